"""The command `python -m eval.report.document RUN OTHER...`: writes measures and results into docs/evaluation.md.

What stands between a pair of markers is written from the catalogue and from the run folders; the words around them are
kept. Scores are made anew from the files of the runs; nothing is asked and nothing is judged.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from eval.comparing import compare, comparison_table, most_different
from eval.datasets import DatasetError
from eval.measures.catalogue import MEASURES
from eval.report.tables import categories_table, measure_rows, with_interval
from eval.report.writing import read_benchmark
from eval.run_folder import Run, open_run
from eval.scoring import score_run
from rag.console import run

PAGE = Path("docs") / "evaluation.md"
SHOWN = ("citation_precision", "nugget_recall")
_FINGERPRINT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{20,}")


def put_between(text: str, name: str, content: str) -> str:
    """The text with other content between `<!-- name -->` and `<!-- /name -->`.

    Raises:
        DatasetError: it lacks a marker.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise DatasetError("the page lacks a pair of markers", value=f"{begin} and {end}")
    return f"{before}{begin}\n\n{content.strip()}\n\n{end}{after}"


def measures_table() -> str:
    """Every measure of the catalogue with its definition and where it is from."""
    lines = ["| measure | family | definition | from |", "|---|---|---|---|"]
    for one in MEASURES:
        less = " Less is better." if one.better == "lower" else ""
        definition = f"{one.definition[:1].upper()}{one.definition[1:]}.{less}"
        lines.append(f"| `{one.name}` | {one.family} | {definition} | {one.paper or 'our own'} |")
    return "\n".join(lines)


def side_by_side(scores: Sequence[Mapping[str, Any]]) -> str:
    """The means of several runs with their intervals, a column a run, and how many questions the first has."""
    names = [str(one["system"]) for one in scores]
    lines = [f"| measure | {' | '.join(names)} | questions | unscored |", f"|---|{'---|' * len(names)}--:|--:|"]
    shown = {name for one in scores for name, *_ in measure_rows(one)}
    for measure in MEASURES:
        if measure.name in shown:
            found = [one["measures"][measure.name] for one in scores]
            cells = " | ".join(map(with_interval, found))
            less = " (less is better)" if measure.better == "lower" else ""
            lines.append(f"| {measure.name}{less} | {cells} | {found[0]['scored']} | {found[0]['unscored']} |")
    return "\n".join(lines)


def judge_table(found: Mapping[str, Any]) -> str:
    """What is known of the judge, as of `eval.benchmarking`."""
    shares = "; ".join(
        f"of {one['of']:,} pairs labelled “{label}” it says so of {100 * one['right'] / one['of']:.0f} %"
        for label, one in found["by_label"].items()
    )
    lines = [
        f"{found['judge']} on {found['title'].lower()}: {found['pairs']:,} pairs; {shares}.",
        "",
        "| measure | value [95 % interval] |",
        "|---|---|",
    ]
    lines += [
        f"| {name} | {one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}] |"
        for name, one in found["measures"].items()
    ]
    return "\n".join(lines)


def results(first: Run, others: Sequence[Run], benchmark: Mapping[str, Any] | None) -> str:
    """The results of a run beside others, as Markdown; compared in full with the first of them."""
    scores = [score_run(one) for one in (first, *others)]
    about, failed = first.meta, len(scores[0]["failed"])
    settings = ", ".join(
        f"{name} {value}" for name, value in scores[0]["settings"].items() if not isinstance(value, bool | None)
    )
    parts = [
        f"{scores[0]['questions']} questions, {failed} failed or not asked. {about['started_at'][:10]}, "
        f"{about['machine']}, program {about['program']}; {settings}. Judge: {scores[0]['judge'] or 'none'}.",
        "In brackets 95 % intervals over questions: Wilson's where all values are 0 or 1, else percentile bootstrap.",
        side_by_side(scores),
        "**By category of question**",
        categories_table(scores[0]),
    ]
    questions = {item.question_id: item.question for item in first.items}
    for other in scores[1:2]:
        found = compare(other, scores[0])
        parts += [f"**{scores[0]['system']} beside {other['system']}**", comparison_table(found)]
        parts += [most_different(found, questions, SHOWN)]
    if benchmark:
        parts += ["**The judge**", judge_table(benchmark)]
    return _FINGERPRINT.sub(r"\1…", "\n\n".join(part for part in parts if part))


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
@click.option("--benchmark", type=click.Path(path_type=Path), help="What `judge --benchmark --out` wrote of the judge.")
@click.option(
    "--page", type=click.Path(path_type=Path), default=PAGE, show_default=True, help="The page to write into."
)
def document(*, folders: tuple[Path, ...], benchmark: Path | None, page: Path) -> None:
    """Write the table of measures, and the results of the first run in FOLDERS beside the others, into a page.

    The first is compared in full with the second. Without a folder the results are left as they are.
    """
    if not page.is_file():
        raise DatasetError("no such page", value=page)
    text = put_between(page.read_text(encoding="utf-8"), "measures", measures_table())
    if folders:
        first, *others = (open_run(folder) for folder in folders)
        text = put_between(text, "results", results(first, others, read_benchmark(benchmark)))
    page.write_text(text, encoding="utf-8")
    click.echo(page)


if __name__ == "__main__":
    run(document, sys.argv[1:])
