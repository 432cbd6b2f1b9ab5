"""The command `rag-eval`: run a question set, judge, score, compare, report."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from eval.fault_commands import faults
from rag.console import progress_shown, run, say
from rag.errors import RagError

_FOLDER = click.Path(path_type=Path)
_FAIL_UNDER = click.option(
    "--fail-under", "bounds", multiple=True, metavar="MEASURE=VALUE", help="Exit with 1 below this; repeat for more."
)

_FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "json"]),
    default="markdown",
    show_default=True,
    help="How to print.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def rag_eval(debug: bool) -> None:
    """Run question sets through Sourcebound, or judge the answers of any other system.

    \b
    rag-eval run --out runs/starter
    rag-eval judge runs/starter
    rag-eval score runs/starter
    rag-eval report runs/starter
    """


@rag_eval.command("run")
@click.option("--suite", default="starter", show_default=True, help="A shipped suite, a .jsonl file, or FORMAT:PATH.")
@click.option("--out", type=_FOLDER, required=True, help="The run folder; goes on if interrupted.")
@click.option(
    "--system",
    type=click.Choice(["sourcebound", "baseline-block", "baseline-each"]),
    default="sourcebound",
    show_default=True,
    help="Who answers.",
)
@click.option("--answers", type=_FOLDER, help="Take the answers from this file of another system instead of asking.")
@click.option("--name", help="What the other system is called.")
@click.option("--documents", type=_FOLDER, help="Documents that those answers cite, beside the corpus.")
@click.option("--composer", type=click.Choice(["extractive", "model"]), help="Who words the answers.")
@click.option("--verifier", metavar="NAME", help="What judges claims before they are shown.")
@click.option("--index", metavar="NAME", help="Which index to ask.")
@click.option(
    "--audience",
    type=click.Choice(["clinician", "researcher", "patient"]),
    default="clinician",
    show_default=True,
    help="Whom to answer.",
)
@click.option("--every-audience", is_flag=True, help="Answer each question for all three readers.")
@click.option("--anew", is_flag=True, help="Ask everything again; what was judged stays judged.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Questions asked at a time.")
def run_command(*, suite: str, out: Path, answers: Path | None, name: str | None, anew: bool, **how: Any) -> None:
    """Ask every question of a suite and keep the answers, with all that is needed to do it again."""
    from eval.question_sets import load_questions
    from eval.run_folder import begin_anew
    from eval.running import imported, ran

    items = load_questions(suite)
    if anew:
        begin_anew(out)
    with progress_shown() as progress:
        if answers is not None:
            count = imported(items, answers, out, name=name or answers.stem, documents=how["documents"])
        else:
            count = ran(items, out, how, say, progress)
    click.echo(f"{count} answers to {len(items)} questions in {out}")


@rag_eval.command("judge")
@click.argument("folder", type=_FOLDER, required=False)
@click.option("--judge", "name", metavar="NAME", help="As of `rag ask --verifier`.  [default: the shipped one]")
@click.option(
    "--benchmark", metavar="SET", help="Hold the judge against human labels instead: planted, or a public set."
)
@click.option(
    "--data", type=_FOLDER, envvar="SOURCEBOUND_DATA", help="Where public sets lie.  [default: $SOURCEBOUND_DATA]"
)
@click.option("--out", type=_FOLDER, help="Write the benchmark to this JSON file.")
def judge_command(
    *, folder: Path | None, name: str | None, benchmark: str | None, data: Path | None, out: Path | None
) -> None:
    """Judge the claims and citations of the run in FOLDER; what is judged already is not judged again."""
    from eval.judging import judge_run
    from eval.run_folder import open_run, write_json
    from rag.factory import entailment_model

    if (folder is None) == (benchmark is None):
        raise click.UsageError("give a run folder, or --benchmark SET")
    judge = entailment_model(name)
    with progress_shown() as progress:
        if folder is not None:
            count, failed = judge_run(open_run(folder), judge, progress)
            again = "; the same command tries them again" if failed else ""
            click.echo(f"{count - failed} of {count} pairs judged by {judge.name}, {failed} unscored{again}")
            return
        from eval.benchmarking import benchmark as measured
        from eval.benchmarking import benchmark_table

        found = measured(judge, str(benchmark), data, Path("runs") / "benchmarks", progress)
    click.echo(benchmark_table(found))
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_json(out, found)


def _hold(scores: dict[str, Any], bounds: tuple[str, ...]) -> None:
    from eval.scoring import fallen_under

    missed = fallen_under(scores, bounds)
    if missed:
        raise RagError("the run falls short", value="; ".join(missed))


@rag_eval.command()
@click.argument("folder", type=_FOLDER)
@click.option(
    "--judge", "name", metavar="NAME", help="Take the verdicts of the judge of this name.  [default: the last]"
)
@_FORMAT
@_FAIL_UNDER
def score(folder: Path, name: str | None, form: str, bounds: tuple[str, ...]) -> None:
    """Score the run in FOLDER from its files: prints a table and writes scores.json."""
    from eval.report.tables import categories_table, scores_table
    from eval.run_folder import open_run
    from eval.scoring import score_run

    scores = score_run(open_run(folder), name)
    if form == "json":
        click.echo(json.dumps(scores, ensure_ascii=False, indent=1))
    else:
        click.echo(
            f"{scores['system']}: {scores['questions']} questions, {len(scores['failed'])} failed or not asked\n"
        )
        click.echo(scores_table(scores))
        click.echo(f"\n{categories_table(scores)}" if scores["categories"] else "", nl=bool(scores["categories"]))
    _hold(scores, bounds)


@rag_eval.command()
@click.argument("a", type=_FOLDER)
@click.argument("b", type=_FOLDER)
@click.option("--measure", "chosen", multiple=True, help="Only this measure; repeat for more.  [default: all]")
@_FORMAT
def compare(a: Path, b: Path, chosen: tuple[str, ...], form: str) -> None:
    """Compare the runs in folders A and B on the same questions, with intervals and tests."""
    from eval.comparing import compare as compared
    from eval.comparing import comparison_table, most_different
    from eval.measures.catalogue import MEASURES, measure_named
    from eval.run_folder import open_run
    from eval.scoring import score_run

    measures = [measure_named(name) for name in chosen] or list(MEASURES)
    runs = [open_run(folder) for folder in (a, b)]
    found = compared(score_run(runs[0]), score_run(runs[1]), measures)
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    click.echo(comparison_table(found))
    questions = {item.question_id: item.question for one in runs for item in one.items}
    shown = most_different(found, questions, chosen or ("citation_precision", "vital_recall", "outcome"))
    click.echo(f"\n{shown}" if shown else "", nl=bool(shown))


@rag_eval.command()
@click.argument("folder", type=_FOLDER)
@click.option("--out", type=_FOLDER, help="The page; the tables lie beside it as .md.  [default: FOLDER/report.html]")
@click.option("--benchmark", "known", type=_FOLDER, help="What `rag-eval judge --benchmark --out` wrote of the judge.")
@click.option("--beside", type=_FOLDER, help="Another run of the same questions to compare with.")
@_FAIL_UNDER
def report(folder: Path, out: Path | None, known: Path | None, beside: Path | None, bounds: tuple[str, ...]) -> None:
    """Write the report of the run in FOLDER: one self-contained page, and its tables as Markdown."""
    from eval.report.writing import write_report
    from eval.run_folder import open_run

    scores, page = write_report(open_run(folder), out, known, open_run(beside) if beside else None)
    click.echo(f"{page}\n{page.with_suffix('.md')}")
    _hold(scores, bounds)


@rag_eval.command()
@click.argument("source", metavar="RUN|FILE", type=_FOLDER)
@click.option("--to", "form", type=click.Choice(["ragas", "inspect", "answers"]), required=True, help="What to write.")
@click.option("--out", type=_FOLDER, required=True, help="The file; documents of ragas samples lie beside it.")
def convert(source: Path, form: str, out: Path) -> None:
    """Write a run as ragas or inspect_ai samples, or ragas samples (FILE) as answers and documents to be judged."""
    from eval.interchange import from_ragas, inspect_samples, ragas_samples
    from eval.run_folder import document_row, open_run, read_lines, write_lines

    out.parent.mkdir(parents=True, exist_ok=True)
    if form == "answers":
        answers, documents = from_ragas(list(read_lines(source)))
        write_lines(out, answers)
        beside = out.with_name(f"{out.stem}.documents.jsonl")
        write_lines(beside, map(document_row, documents))
        click.echo(f"{len(answers)} answers in {out}, {len(documents)} documents in {beside}")
        return
    opened = open_run(source)
    write_lines(out, ragas_samples(opened) if form == "ragas" else inspect_samples(opened.items))
    click.echo(f"{len(opened.items)} samples in {out}")


rag_eval.add_command(faults)


def main() -> None:
    """Entry point of the console script."""
    run(rag_eval, sys.argv[1:])
