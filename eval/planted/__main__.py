"""The command `python -m eval.planted`: how many planted faults the verifier finds, and what it withholds wrongly."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from eval.planted.cases import Case, load_cases
from eval.planted.curve import curve_table, trade_off, write_plot
from eval.planted.judging import Agreeing, Judged, judge, support_of
from eval.planted.scoring import content_of, score, table
from rag.console import progress_shown, run
from rag.types import Progress

_FOLDER = click.Path(path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--split", type=click.Choice(["dev", "test", "all"]), default="all", show_default=True, help="Sources.")
@click.option("--verifier", metavar="NAME", help="The entailment model, as in RAG_VERIFIER.")
@click.option("--out", type=_FOLDER, default=Path("runs/verifier/planted"), show_default=True, help="Where to write.")
@click.option("--every", type=click.IntRange(min=1), default=1, show_default=True, help="Judge each n-th case only.")
@click.option("--curve", is_flag=True, help="The trade-off over thresholds too, by the model alone and with the rules.")
@click.option("--plot", is_flag=True, help="With --curve: draw it as well.")
def planted(*, split: str, verifier: str | None, out: Path, every: int, curve: bool, plot: bool) -> None:
    """Broken and true claims, each shown to the verifier with the very sentences it rests on.

    Writes scores.json, and misses.jsonl with the faults missed and the true claims withheld. Of the test half of the
    sources only the figures are told, never a case: what is tuned on its cases is no longer measured by them.
    """
    from rag.config import load_settings
    from rag.factory import entailment_model
    from rag.verification.verifier import Verifier

    cases = [case for case in load_cases() if split in ("all", case.split)][::every]
    model = entailment_model(settings=load_settings(verifier=verifier))
    checker = Verifier(model)
    out.mkdir(parents=True, exist_ok=True)
    with progress_shown() as progress:
        judged = judge(cases, checker, progress)
        _write_misses(out / "misses.jsonl", judged)
        content: dict[str, object] = {"verifier": checker.name, "split": split, "cases": len(cases)}
        click.echo(f"{checker.name}, {len(cases)} cases, sources: {split}\n")
        parts = ("dev", "test") if split == "all" else (split,)
        for part in parts:
            rows = score([one for one in judged if one.case.split == part])
            content[part] = content_of(rows)
            click.echo(f"Sources of the {part} half\n\n{table(rows)}\n")
        if curve:
            content["curve"] = _told_curve(cases, support_of(cases, model, progress), out if plot else None, progress)
    (out / "scores.json").write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _told_curve(
    cases: Sequence[Case], support: np.ndarray, plot_in: Path | None, progress: Progress
) -> dict[str, list[dict[str, object]]]:
    """Both curves, printed, drawn where asked for, and as JSON content."""
    from rag.verification.verifier import Verifier

    by_rules = np.array([one.withheld for one in judge(cases, Verifier(Agreeing()), progress)])
    nothing = np.zeros(len(cases), bool)
    curves = {
        "model alone": trade_off(cases, support, nothing),
        "model with rules": trade_off(cases, support, by_rules),
    }
    for name, points in curves.items():
        click.echo(f"{name}\n\n{curve_table(points)}\n")
    if plot_in:
        write_plot(plot_in / "curve.png", curves)
    return {
        name: [
            {"threshold": one.threshold, "false_alarms": one.false_alarms, "all_found": one.all_found, **one.found}
            for one in points
        ]
        for name, points in curves.items()
    }


def _write_misses(path: Path, judged: Sequence[Judged]) -> None:
    """The cases of the dev half that were judged wrongly, a line each."""
    with path.open("w", encoding="utf-8") as file:
        for one in judged:
            if one.case.split == "dev" and one.withheld == (one.case.kind == "true"):
                verdict = {"support": one.verdict.support, "reason": one.verdict.reason}
                file.write(json.dumps({**one.case.model_dump(), "verdict": verdict}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    run(planted, sys.argv[1:])
