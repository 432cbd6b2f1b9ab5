"""Measures against values worked out by hand, and against scikit-learn's own on the same pairs drawn anew."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    cohen_kappa_score,
    f1_score,
    roc_auc_score,
)

from eval.claim_sets.base import BINARY, THREE_WAY, Label
from eval.classification import (
    ACCURACY,
    AUROC,
    BALANCED_ACCURACY,
    BRIER,
    ECE,
    KAPPA,
    MACRO_F1,
    MEASURES,
    Outcomes,
    estimate,
    one_sided_p,
    outcomes,
    reliability_bins,
    resample_weights,
)

LABELS: list[Label] = ["supports", "supports", "supports", "neutral", "neutral", "refutes"]
PROBABILITIES = np.array(
    [
        [0.9, 0.1, 0.0],
        [0.6, 0.2, 0.2],
        [0.3, 0.7, 0.0],
        [0.2, 0.7, 0.1],
        [0.8, 0.1, 0.1],
        [0.1, 0.3, 0.6],
    ]
)


def test_three_way_measures_are_those_worked_out_by_hand() -> None:
    found = outcomes(LABELS, PROBABILITIES, THREE_WAY)
    assert found.decided.tolist() == [0, 0, 1, 1, 0, 2]
    # F1: supports 2 * 2 / (3 + 3), neutral 2 * 1 / (2 + 2), refutes 1.
    assert MACRO_F1.value(found) == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert ACCURACY.value(found) == pytest.approx(4 / 6)
    assert BALANCED_ACCURACY.value(found) == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    # P(supports) of the supported 0.9, 0.6, 0.3 against 0.2, 0.8, 0.1 of the rest: 3 + 2 + 2 of 9 in order.
    assert AUROC.value(found) == pytest.approx(7 / 9)
    # Agreement 4/6; by chance (3 * 3 + 2 * 2 + 1 * 1) / 36.
    assert KAPPA.value(found) == pytest.approx((4 / 6 - 14 / 36) / (1 - 14 / 36))
    squared = [0.01 + 0.01, 0.16 + 0.04 + 0.04, 0.49 + 0.49, 0.04 + 0.09 + 0.01, 0.64 + 0.81 + 0.01, 0.01 + 0.09 + 0.16]
    assert BRIER.value(found) == pytest.approx(sum(squared) / 6)


def test_binary_measures_add_up_what_is_not_support_and_keep_the_likeliest_relation_as_the_decision() -> None:
    given: list[Label] = ["supports", "rest", "refutes", "neutral"]
    found = outcomes(given, np.array([[0.4, 0.3, 0.3], [0.1, 0.2, 0.7], [0.5, 0.3, 0.2], [0.2, 0.6, 0.2]]), BINARY)
    assert found.truth.tolist() == [0, 1, 1, 1]
    # 0.4 is less than a half and still the likeliest of the three.
    assert found.decided.tolist() == [0, 1, 0, 1]
    assert found.confidence == pytest.approx([0.4, 0.9, 0.5, 0.8])
    assert MACRO_F1.value(found) == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert AUROC.value(found) == pytest.approx(2 / 3)
    assert BRIER.value(found) == pytest.approx(2 * (0.6**2 + 0.1**2 + 0.5**2 + 0.2**2) / 4)


def sure(confidences: list[float], right: list[bool]) -> Outcomes:
    given: list[Label] = ["supports" if one else "refutes" for one in right]
    rows = [[one, 1 - one, 0.0] for one in confidences]
    return outcomes(given, np.array(rows), THREE_WAY)


def test_calibration_error_is_the_weighted_gap_between_confidence_and_accuracy_over_fifteen_bins() -> None:
    # Bins of 1/15: 0.95 and 0.98 share the last, 0.71 and 0.73 the eleventh (0.667, 0.733].
    found = sure([0.95, 0.98, 0.71, 0.73], [True, True, True, False])
    assert ECE.value(found) == pytest.approx((2 * abs(1 - 0.965) + 2 * abs(0.5 - 0.72)) / 4)
    bins = reliability_bins(found)
    assert len(bins) == 15
    assert [(round(one.low, 3), one.pairs, one.accuracy) for one in bins if one.pairs] == [
        (0.667, 2, 0.5),
        (0.933, 2, 1.0),
    ]
    assert sum(one.pairs for one in bins) == 4


def test_a_confidence_of_one_falls_into_the_last_bin_and_a_perfect_model_has_no_calibration_error() -> None:
    found = sure([1.0, 1.0], [True, True])
    assert ECE.value(found) == 0
    assert reliability_bins(found)[-1].pairs == 2


def made(pairs: int, seed: int) -> tuple[list[Label], NDArray[np.float64], list[str]]:
    generator = np.random.default_rng(seed)
    given = [THREE_WAY[one] for one in generator.integers(0, 3, pairs)]
    return given, generator.dirichlet([1, 1, 1], pairs), [str(one) for one in generator.integers(0, pairs // 3, pairs)]


def by_scikit_learn(found: Outcomes) -> dict[str, float]:
    places = list(range(len(found.labels)))
    return {
        "macro F1": f1_score(found.truth, found.decided, average="macro", labels=places),
        "AUROC": roc_auc_score(found.truth == 0, found.probabilities[:, 0]),
        "kappa": cohen_kappa_score(found.truth, found.decided),
        "Brier": brier_score_loss(found.truth, found.probabilities, labels=places, scale_by_half=False),
        "accuracy": accuracy_score(found.truth, found.decided),
        "balanced accuracy": balanced_accuracy_score(found.truth, found.decided),
    }


@pytest.mark.parametrize("labels", [THREE_WAY, BINARY])
def test_measures_on_resamples_are_scikit_learns_on_the_same_pairs_drawn_anew(labels: tuple[Label, ...]) -> None:
    given, probabilities, groups = made(90, seed=1)
    probabilities = probabilities.round(1) + 0.01  # So that some are equal.
    weights = resample_weights(groups, resamples=4, seed=2)
    whole = outcomes(given, probabilities, labels)
    by_weight = {measure.name: measure.values(whole, weights.astype(float)) for measure in MEASURES}
    for place, row in enumerate(weights):
        drawn = np.repeat(np.arange(90), row)
        again = outcomes([given[one] for one in drawn], probabilities[drawn], labels)
        for name, expected in by_scikit_learn(again).items():
            assert by_weight[name][place] == pytest.approx(expected), name
        assert by_weight["ECE"][place] == pytest.approx(ECE.value(again))


def test_a_measure_that_is_not_defined_is_nan_and_a_label_that_never_occurs_counts_nothing() -> None:
    alone = outcomes(["neutral", "neutral"], np.array([[0.1, 0.8, 0.1], [0.1, 0.7, 0.2]]), THREE_WAY)
    assert np.isnan(AUROC.value(alone))
    assert np.isnan(KAPPA.value(alone))
    assert BALANCED_ACCURACY.value(alone) == 1
    assert MACRO_F1.value(alone) == pytest.approx(1 / 3)


def test_pairs_of_a_group_are_drawn_together_and_as_many_groups_as_there_are() -> None:
    weights = resample_weights(["a", "b", "a", "c"], resamples=200)
    assert np.array_equal(weights[:, 0], weights[:, 2])
    assert set(weights[:, [0, 1, 3]].sum(axis=1)) == {3}
    assert len({tuple(row) for row in weights.tolist()}) == 10  # Every way to draw three of three with replacement.


def test_the_interval_holds_the_value_and_is_wider_where_pairs_are_not_independent() -> None:
    given, probabilities, _ = made(150, seed=3)
    three_times = [one for one in given for _ in range(3)]
    found = outcomes(three_times, np.repeat(probabilities, 3, axis=0), THREE_WAY)
    alone = estimate(ACCURACY, found, resample_weights([str(one) for one in range(450)], 300))
    together = estimate(ACCURACY, found, resample_weights([str(one // 3) for one in range(450)], 300))
    assert alone.low < alone.value < alone.high
    assert together.low < together.value < together.high
    assert together.high - together.low > 1.4 * (alone.high - alone.low)
    # The normal interval of 150 independent pairs, 2 * 1.96 * sqrt(p (1 - p) / 150).
    normal = 2 * 1.96 * np.sqrt(together.value * (1 - together.value) / 150)
    assert together.high - together.low == pytest.approx(normal, rel=0.15)


def test_an_undefined_resample_is_left_out_of_the_interval() -> None:
    given: list[Label] = ["supports", "refutes", "refutes"]
    found = outcomes(given, np.array([[0.9, 0.1, 0], [0.2, 0.2, 0.6], [0.1, 0.2, 0.7]]), THREE_WAY)
    drawn = estimate(AUROC, found, resample_weights(["a", "b", "c"], 100))
    assert np.isnan(drawn.resampled).any()
    assert (drawn.value, drawn.low, drawn.high) == (1.0, 1.0, 1.0)


def test_p_is_small_for_a_better_model_large_for_a_worse_one_and_never_zero() -> None:
    given, noise, groups = made(120, seed=4)
    good = np.array([[0.9 if one == label else 0.05 for one in THREE_WAY] for label in given])
    weights = resample_weights(groups, 199)
    better = estimate(MACRO_F1, outcomes(given, good, THREE_WAY), weights)
    worse = estimate(MACRO_F1, outcomes(given, noise, THREE_WAY), weights)
    assert one_sided_p(better, worse) == pytest.approx(1 / 200)
    assert one_sided_p(worse, better) == 1.0
    assert one_sided_p(better, better) == 1.0
