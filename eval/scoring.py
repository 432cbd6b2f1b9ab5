"""Scores a run from its files: a value per measure and question, means, and what could not be scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.datasets import Item
from eval.measures.cards import MEASURES


def score_run(items: Sequence[Item], rows: Sequence[Mapping[str, Any]], texts: Mapping[str, str]) -> dict[str, Any]:
    """Per measure: mean over the questions it applies to, their number, and how many questions are unscored.

    Every question of the suite is expected: one without a row, or whose row is an error, is unscored, is counted, and
    is named. Omission is never rewarded: an expected source, phrase or outcome counts 0 for an abstention.
    """
    by_id = {row["question_id"]: row for row in rows}
    answers = {item.question_id: by_id.get(item.question_id, {}).get("answer") for item in items}
    unscored = [question_id for question_id, answer in answers.items() if answer is None]
    measures = {}
    for measure in MEASURES:
        values = {
            item.question_id: value
            for item in items
            if (answer := answers[item.question_id]) is not None
            and (value := measure.value(item, answer, texts)) is not None
        }
        measures[measure.name] = {
            "meaning": measure.meaning,
            "mean": round(sum(values.values()) / len(values), 4) if values else None,
            "questions": len(values),
            "below_one": sorted(question_id for question_id, value in values.items() if value < 1),
        }
    latencies = sorted(row["latency_s"] for row in rows if "answer" in row)
    return {
        "schema": "sourcebound.scores/1",
        "questions": len(items),
        "unscored": unscored,
        "measures": measures,
        "median_latency_s": latencies[len(latencies) // 2] if latencies else None,
    }
