"""Two runs of the same questions side by side: differences with intervals and tests, and where they differ most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.datasets import DatasetError
from eval.measures.base import Measure
from eval.measures.catalogue import MEASURES
from eval.stats import holm, paired

SCHEMA = "sourcebound.comparison/1"
_MOST_DIFFERENT = 8
_SAME = 1e-9


def _values(scores: Mapping[str, Any], measure: str) -> dict[str, float]:
    found = scores["measures"].get(measure, {}).get("questions", {})
    return {name: one["value"] for name, one in found.items() if one["value"] is not None}


def _row(measure: Measure, a: Mapping[str, float], b: Mapping[str, float]) -> dict[str, Any] | None:
    both = sorted(a.keys() & b.keys())
    found = paired([a[name] for name in both], [b[name] for name in both])
    if found is None:
        return None
    sign = 1 if measure.better == "higher" else -1
    gaps = {name: b[name] - a[name] for name in both}
    return {
        "measure": measure.name,
        "better": measure.better,
        "a": round(sum(a[name] for name in both) / len(both), 4),
        "b": round(sum(b[name] for name in both) / len(both), 4),
        "difference": round(found.mean, 4),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
        "p": found.p,
        "questions": len(both),
        "only_a": len(a.keys() - b.keys()),
        "only_b": len(b.keys() - a.keys()),
        "wins_b": sum(sign * gap > _SAME for gap in gaps.values()),
        "ties": sum(abs(gap) <= _SAME for gap in gaps.values()),
        "losses_b": sum(sign * gap < -_SAME for gap in gaps.values()),
        "most_different": [
            {"question_id": name, "a": a[name], "b": b[name]}
            for name in sorted(both, key=lambda one: (-abs(gaps[one]), one))[:_MOST_DIFFERENT]
            if abs(gaps[name]) > _SAME
        ],
    }


def compare(a: Mapping[str, Any], b: Mapping[str, Any], measures: Sequence[Measure] = MEASURES) -> dict[str, Any]:
    """Scores of two runs against each other: B less A, over the questions that have a value in both.

    Questions with a value in one of them only are counted (`only_a`, `only_b`). p-values are corrected for the number
    of measures (Holm).

    Raises:
        DatasetError: the runs have no question in common, or were judged by different judges.
    """
    judges = [scores.get("judge") for scores in (a, b)]
    if None not in judges and judges[0] != judges[1]:
        raise DatasetError(
            "the two runs were judged by different judges",
            value=" against ".join(map(str, judges)),
            mend="judge both with the same --judge",
        )
    names = [
        {name for one in scores["measures"].values() for name in one["questions"]} | set(scores["failed"])
        for scores in (a, b)
    ]
    if not names[0] & names[1]:
        raise DatasetError("the two runs have no question in common", value=f"{a.get('system')}, {b.get('system')}")
    rows = [
        row
        for measure in measures
        if (row := _row(measure, _values(a, measure.name), _values(b, measure.name))) is not None
    ]
    for row, corrected in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_holm"] = round(corrected, 5)
        row["p"] = round(row["p"], 5)
    return {
        "schema": SCHEMA,
        "a": a.get("system"),
        "b": b.get("system"),
        "common_questions": len(names[0] & names[1]),
        "only_in_a": sorted(names[0] - names[1]),
        "only_in_b": sorted(names[1] - names[0]),
        "measures": rows,
    }


def comparison_table(found: Mapping[str, Any]) -> str:
    """The comparison as a Markdown table."""
    lines = [
        f"A: {found['a']}; B: {found['b']}; {found['common_questions']} common questions. Difference: B less A, 95 % "
        "interval by the paired bootstrap; p by the paired randomisation test, two-sided, corrected for the number of "
        "measures (Holm).",
        "",
        "| measure | A | B | B - A | 95 % interval | p | B better / same / worse | in A / B only |",
        "|---|--:|--:|--:|---|--:|---|---|",
    ]
    for row in found["measures"]:
        arrow = " (less is better)" if row["better"] == "lower" else ""
        p = f"{row['p_holm']:.4f}" if row["p_holm"] >= 0.0001 else "< 0.0001"
        lines.append(
            f"| {row['measure']}{arrow} | {row['a']:.3f} | {row['b']:.3f} | {row['difference']:+.3f} "
            f"| {row['low']:+.3f} to {row['high']:+.3f} | {p} | {row['wins_b']} / {row['ties']} / {row['losses_b']} "
            f"| {row['only_a']} / {row['only_b']} |"
        )
    return "\n".join(lines)


def most_different(found: Mapping[str, Any], questions: Mapping[str, str], measures: Sequence[str]) -> str:
    """The questions that differ most in some measures, as Markdown."""
    lines = []
    for row in found["measures"]:
        if row["measure"] in measures and row["most_different"]:
            lines += ["", f"**{row['measure']}**, where they differ most:", ""]
            lines += [
                f"- {one['question_id']}: A {one['a']:.2f}, B {one['b']:.2f}. {questions.get(one['question_id'], '')}"
                for one in row["most_different"]
            ]
    return "\n".join(lines).strip()
