"""The judge, measured: against labels worked out by hand, and from its own kept predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eval import benchmarking
from eval.benchmarking import PLANTED, benchmark, benchmark_pairs, benchmark_table
from eval.claim_sets.base import ClaimPair
from rag.errors import RagError

PAIRS = [
    ClaimPair("p1", "c1", "supports", "g1"),
    ClaimPair("p2", "c2", "supports", "g2"),
    ClaimPair("p3", "c3", "rest", "g3"),
    ClaimPair("p4", "c4", "rest", "g4"),
]
SAID = {("p1", "c1"): 0.9, ("p2", "c2"): 0.3, ("p3", "c3"): 0.2, ("p4", "c4"): 0.1}


@pytest.fixture
def four_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarking, "_planted_pairs", lambda: PAIRS)


@pytest.mark.usefixtures("four_pairs")
def test_a_judge_is_measured_as_worked_out_by_hand(scripted_judge: Any, tmp_path: Path) -> None:
    found = benchmark(scripted_judge(SAID, "abc"), PLANTED, None, tmp_path)
    value = {name: one["value"] for name, one in found["measures"].items()}
    # Three of four right; supports found in one of two, the rest in both.
    assert value["accuracy"] == 0.75
    assert value["balanced accuracy"] == 0.75
    assert value["AUROC"] == 1.0
    # Agreement by chance is 1/2: (3/4 - 1/2) : (1 - 1/2).
    assert value["kappa"] == 0.5
    # F1 of supports 2/3, of the rest 4/5.
    assert value["macro F1"] == pytest.approx((2 / 3 + 4 / 5) / 2, abs=1e-4)
    assert found["by_label"] == {"supports": {"right": 1, "of": 2}, "rest": {"right": 2, "of": 2}}
    for one in found["measures"].values():
        assert one["low"] <= one["value"] <= one["high"]
    assert (found["judge"], found["pairs"], found["groups"]) == ("scripted/1 abc", 4, 4)
    assert sum(one["pairs"] for one in found["reliability"]) == 4
    assert "accuracy           0.750  [" in benchmark_table(found)


@pytest.mark.usefixtures("four_pairs")
def test_predictions_are_kept_by_judge(scripted_judge: Any, tmp_path: Path) -> None:
    first = benchmark(scripted_judge(SAID, "abc"), PLANTED, None, tmp_path)
    again = scripted_judge({}, "abc")
    assert benchmark(again, PLANTED, None, tmp_path)["measures"] == first["measures"]
    assert again.asked == []
    with pytest.raises(RagError, match="did not answer in time"):
        benchmark(scripted_judge({}, "def"), PLANTED, None, tmp_path)


def test_the_planted_set_is_the_half_kept_for_measuring_with_both_labels() -> None:
    _, pairs = benchmark_pairs(PLANTED, None)
    assert len(pairs) > 1000
    labels = [pair.label for pair in pairs]
    assert 300 < labels.count("supports") < labels.count("rest")


def test_an_unknown_set_and_a_missing_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(RagError, match="nonesuch"):
        benchmark_pairs("nonesuch", tmp_path)
    with pytest.raises(RagError):
        benchmark_pairs("scifact", tmp_path)
