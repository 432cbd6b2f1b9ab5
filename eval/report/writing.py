"""Writes the report of a run: the page and the tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eval.comparing import compare, comparison_table, most_different
from eval.datasets import DatasetError
from eval.report.page import Beside, html_report
from eval.report.tables import markdown_report
from eval.run_folder import Run
from eval.scoring import cases_of, score_run

_COMPARED = ("citation_precision", "vital_recall", "outcome")


def read_benchmark(path: Path | None) -> dict[str, Any] | None:
    """What `rag-eval judge --benchmark --out` wrote of a judge; None without a path.

    Raises:
        DatasetError: the file is missing, or is something else.
    """
    if path is None:
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if found["schema"] != "sourcebound.benchmark/1":
            raise ValueError(f"schema {found['schema']}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            "that is no benchmark of a judge",
            value=f"{path}: {error}",
            mend="rag-eval judge --benchmark SET --out FILE",
        ) from error
    return found


def write_report(run: Run, out: Path | None, benchmark: Path | None, beside: Run | None) -> tuple[dict[str, Any], Path]:
    """Score a run and write its page, with the same tables as Markdown beside it; the scores and the page's path.

    Raises:
        DatasetError: a file of a run is damaged, the benchmark is none, or the runs share no question.
    """
    known = read_benchmark(benchmark)
    scores = score_run(run)
    comparison, other = None, None
    if beside is not None:
        found = compare(score_run(beside), scores)
        questions = {item.question_id: item.question for item in run.items}
        comparison = f"{comparison_table(found)}\n\n{most_different(found, questions, _COMPARED)}"
        other = Beside(found, cases_of(beside))
    page = out or run.folder / "report.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(html_report(scores, cases_of(run), run.meta, known, other), encoding="utf-8")
    text = markdown_report(scores, run.meta) + (f"\n## Beside another run\n\n{comparison}\n" if comparison else "")
    page.with_suffix(".md").write_text(text, encoding="utf-8")
    return scores, page
