"""The tables of a report as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.measures.catalogue import MEASURES


def number(value: float | None) -> str:
    """A value with three digits, or a dash."""
    return "-" if value is None else f"{value:.3f}"


def with_interval(one: Mapping[str, Any]) -> str:
    """A mean with its interval."""
    return "-" if one["mean"] is None else f"{one['mean']:.3f} [{one['low']:.3f}, {one['high']:.3f}]"


def measure_rows(scores: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any], str]]:
    """Name, summary and meaning of every measure that applies to some question, in the order of the catalogue."""
    found = scores["measures"]
    return [
        (measure.name, found[measure.name], measure.meaning)
        for measure in MEASURES
        if measure.name in found and found[measure.name]["scored"] + found[measure.name]["unscored"]
    ]


def scores_table(scores: Mapping[str, Any], names: Sequence[str] | None = None) -> str:
    """The measures, or some of them, with 95 % intervals and how many questions each has."""
    lines = ["| measure | mean [95 % interval] | questions | unscored | what |", "|---|---|--:|--:|---|"]
    for name, one, meaning in measure_rows(scores):
        if names is None or name in names:
            less = " (less is better)" if one["better"] == "lower" else ""
            lines.append(f"| {name}{less} | {with_interval(one)} | {one['scored']} | {one['unscored']} | {meaning} |")
    return "\n".join(lines)


def categories_table(scores: Mapping[str, Any]) -> str:
    """Outcome, citation precision and vital recall by category of question."""
    if not scores["categories"]:
        return ""
    columns = ("outcome", "citation_precision", "vital_recall")
    lines = [f"| category | questions | {' | '.join(columns)} |", f"|---|--:|{'---|' * len(columns)}"]
    for category, one in scores["categories"].items():
        cells = " | ".join(with_interval(one[name]) for name in columns)
        lines.append(f"| {category} | {one['questions']} | {cells} |")
    return "\n".join(lines)


def markdown_report(scores: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    """The whole report as Markdown."""
    failed = scores["failed"]
    lines = [
        f"# Evaluation of {scores['system']}",
        "",
        f"{scores['questions']} questions, {len(failed)} failed or not asked. Judge: {scores['judge'] or 'none'}. "
        f"{about['machine']}, {about['started_at']}, program {about['program']}.",
        "",
        "Means over questions; 95 % intervals (Wilson where all are 0 or 1, else percentile bootstrap over questions).",
        "",
        scores_table(scores),
    ]
    if scores["categories"]:
        lines += ["", "## By category", "", categories_table(scores)]
    if failed:
        lines += ["", "## Failed", "", *[f"- {name}: {why}" for name, why in failed.items()]]
    return "\n".join(lines) + "\n"
