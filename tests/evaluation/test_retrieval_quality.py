"""The measures of retrieval against values worked out by hand, on runs that are written here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from eval.datasets import DatasetError
from eval.retrieval_quality import (
    BEGIN,
    END,
    Interval,
    SetResult,
    fusion_table,
    interval,
    measured,
    report,
    runtime_table,
    written_between,
)
from eval.retrieval_runs import dense_run, fused_run, lexical_run
from eval.retrieval_sets import RetrievalSet
from rag.models.base import Vectors
from rag.retrieval.fusion import fuse

LETTERS = "abcdefghijklmnopqrstuvwxyz"


class LetterEncoder:
    """Counts letters; remembers what it was asked."""

    name, fingerprint, dimension = "letters", "0" * 64, 26

    def __init__(self) -> None:
        self.asked: list[str] = []

    def _encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        counts = np.array([[text.lower().count(letter) for letter in LETTERS] for text in texts], dtype=np.float32)
        vectors: Vectors = counts / np.linalg.norm(counts, axis=1, keepdims=True)
        return vectors

    encode_queries = encode_documents = _encode


@pytest.fixture
def small() -> RetrievalSet:
    return RetrievalSet(
        "small",
        passages={"p1": "knee pain and rest", "p2": "elbow pain and freeze", "p3": "zzz"},
        queries={"q1": "knee rest", "q2": "elbow ice", "q3": "zz"},
        qrels={"q1": {"p1": 1}, "q2": {"p2": 1, "p1": 1}, "q3": {"p3": 1}},
    )


def test_ndcg_and_recall_are_those_worked_out_by_hand(small: RetrievalSet) -> None:
    run = {"q1": [("p2", 9.0), ("p1", 8.0)], "q2": [("p3", 3.0), ("p2", 2.0)]}
    values = measured(small, run)
    ideal = 1 + 1 / math.log2(3)
    assert values["nDCG@10"] == pytest.approx([1 / math.log2(3), 1 / math.log2(3) / ideal, 0.0])
    assert values["R@20"] == pytest.approx([1.0, 0.5, 0.0])


def test_equal_scores_are_judged_in_the_order_of_the_run(small: RetrievalSet) -> None:
    for ranking, expected in (([("p1", 1.0), ("p2", 1.0)], 1.0), ([("p2", 1.0), ("p1", 1.0)], 1 / math.log2(3))):
        assert measured(small, {"q1": ranking})["nDCG@10"][0] == pytest.approx(expected)


def test_what_stands_below_the_tenth_place_adds_nothing(small: RetrievalSet) -> None:
    others = [(f"x{place}", 1.0) for place in range(10)]
    assert measured(small, {"q1": [*others, ("p1", 0.5)]})["nDCG@10"][0] == 0
    assert measured(small, {"q1": [*others[1:], ("p1", 0.5)]})["nDCG@10"][0] == pytest.approx(1 / math.log2(11))


def test_an_interval_holds_the_mean_is_the_same_each_time_and_narrows_with_more_queries() -> None:
    few, many = np.array([0.0, 1.0] * 10), np.array([0.0, 1.0] * 1000)
    assert interval(few) == interval(few)
    assert interval(few).low < interval(few).mean == 50.0 < interval(few).high
    # The normal approximation: 1.96 * 0.5 / sqrt(2000) = 2.19 points.
    assert interval(many).high - interval(many).mean == pytest.approx(2.19, abs=0.15)
    assert interval(np.zeros(5)) == Interval(0.0, 0.0, 0.0)


def test_a_difference_is_paired(small: RetrievalSet) -> None:
    low, high = np.array([0.1, 0.5, 0.9]), np.array([0.2, 0.6, 1.0])
    result = SetResult(small, {"a": {"nDCG@10": high}, "b": {"nDCG@10": low}})
    found = result.difference("a", "b")
    assert (found.mean, found.low, found.high) == pytest.approx((10.0, 10.0, 10.0))
    assert found.signed == "+10.00 [+10.00, +10.00]"


def test_a_query_without_known_words_has_no_lexical_ranking_and_keeps_the_dense_one(
    small: RetrievalSet, tmp_path: Path
) -> None:
    dense, lexical = dense_run(small, LetterEncoder(), tmp_path), lexical_run(small)
    fused = fused_run(dense, lexical, 10)
    assert [one for one, _ in lexical["q1"]] == ["p1"]
    assert lexical["q3"] == []
    assert [one for one, _ in fused["q3"]] == [one for one, _ in dense["q3"]]
    assert fused["q1"] == fuse(dense["q1"], lexical["q1"], 10)
    assert measured(small, fused)["nDCG@10"] == pytest.approx([1.0, 1.0, 1.0])


def test_no_text_is_embedded_twice(small: RetrievalSet, tmp_path: Path) -> None:
    first, second = LetterEncoder(), LetterEncoder()
    run = dense_run(small, first, tmp_path)
    assert sorted(first.asked) == sorted([*small.passages.values(), *small.queries.values()])
    assert dense_run(small, second, tmp_path) == run
    assert second.asked == []


def test_the_tables_name_the_sets_that_settings_were_chosen_on(small: RetrievalSet) -> None:
    values = {"nDCG@10": np.array([0.5, 1.0]), "R@20": np.array([1.0, 1.0])}
    systems = ("lexical", "dense onnx-int8", "fused onnx-int8", "dense onnx-float32", "fused onnx-float32")
    chosen = RetrievalSet("small", small.passages, small.queries, small.qrels, tuning=True)
    results = [SetResult(chosen, dict.fromkeys(systems, values))]
    table = fusion_table(results, "onnx-int8")
    assert "| small (tuning) | 75.0 [50.0, 100.0] |" in table
    assert table.count("+0.00 [+0.00, +0.00]") == 2
    assert "| small (tuning) | onnx-int8 |" in runtime_table(results, "onnx-float32", ["onnx-int8"])
    assert "ir-measures" in report(results, ["onnx-int8", "onnx-float32"], "letters")


def test_the_tables_go_between_the_markers_of_a_page_and_nowhere_else() -> None:
    page = f"before\n\n{BEGIN}\n\nold\n\n{END}\n\nafter\n"
    assert written_between(page, "new") == page.replace("old", "new")
    with pytest.raises(DatasetError, match="lacks its markers"):
        written_between("no markers", "new")


def test_a_cache_that_cannot_be_written_is_one_line(small: RetrievalSet, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DatasetError, match="give another --cache"):
        dense_run(small, LetterEncoder(), tmp_path / "file")
