"""Measures of a classifier's probabilities against human labels, with intervals by the clustered bootstrap.

A resample is a weight a pair: how often its group was drawn. Every measure takes all resamples at once. This room knows
no model and no file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.claim_sets.base import Label
from rag.models.base import RELATIONS

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
RESAMPLES = 1000
BINS = 15
_SEED = 20261123
_BLOCK = 100
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Labels and what was predicted, in one label space, `supports` first.

    Attributes:
        labels: the label space.
        truth: for each pair the place of its human label in `labels`.
        decided: likewise of the label decided for.
        probabilities: shape (pairs, labels); rows sum to 1.
    """

    labels: tuple[Label, ...]
    truth: Integers
    decided: Integers
    probabilities: Floats

    @property
    def confidence(self) -> Floats:
        """For each pair the probability given to the label decided for."""
        chosen: Floats = self.probabilities[np.arange(len(self.truth)), self.decided]
        return chosen

    @property
    def right(self) -> NDArray[np.bool_]:
        """For each pair whether the decision is the human label."""
        agrees: NDArray[np.bool_] = self.truth == self.decided
        return agrees


def outcomes(given: Sequence[Label], probabilities: NDArray[np.floating], labels: tuple[Label, ...]) -> Outcomes:
    """Human labels beside a model's probabilities of shape (pairs, 3), in the order of `RELATIONS`.

    The decision is the likeliest of the three relations. For the binary space everything but `supports` is `rest`: in
    the human labels, in the decision, and its probabilities are added up.
    """
    three = np.asarray(probabilities, dtype=np.float64)
    three = three / three.sum(axis=1, keepdims=True)
    decided = three.argmax(axis=1).astype(np.int64)
    if labels == RELATIONS:
        truth = np.array([labels.index(one) for one in given], dtype=np.int64)
        return Outcomes(labels, truth, decided, three)
    truth = np.array([one != "supports" for one in given], dtype=np.int64)
    both = np.column_stack([three[:, 0], 1 - three[:, 0]])
    return Outcomes(labels, truth, np.minimum(decided, 1), both)


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure's card.

    `values` takes outcomes and weights of shape (resamples, pairs) and gives a value a resample, NaN where the measure
    is not defined. The tests hold it against scikit-learn's function on the same pairs drawn anew: that takes one
    resample a call, and a thousand calls a measure, set and model take too long.
    """

    name: str
    meaning: str
    values: Callable[[Outcomes, Floats], Floats]

    def value(self, found: Outcomes) -> float:
        """The measure on all pairs."""
        return float(self.values(found, np.ones((1, len(found.truth))))[0])


def _confusion(found: Outcomes, weights: Floats) -> Floats:
    """Shares of shape (resamples, labels, labels), the human label first."""
    size = len(found.labels)
    cell = np.eye(size * size)[found.truth * size + found.decided]
    shares: Floats = (weights @ cell / weights.sum(axis=1, keepdims=True)).reshape(-1, size, size)
    return shares


def _ratio(part: NDArray[Any], whole: Floats, otherwise: float = np.nan) -> Floats:
    ratio: Floats = np.divide(part, whole, out=np.full(part.shape, otherwise), where=whole > _TINY)
    return ratio


def _parts(found: Outcomes, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Of each label the share that is right, the share of the human labels, and of the decisions."""
    confusion = _confusion(found, weights)
    return np.diagonal(confusion, axis1=1, axis2=2), confusion.sum(axis=2), confusion.sum(axis=1)


def _accuracy(found: Outcomes, weights: Floats) -> Floats:
    accuracy: Floats = _parts(found, weights)[0].sum(axis=1)
    return accuracy


def _macro_f1(found: Outcomes, weights: Floats) -> Floats:
    right, human, decided = _parts(found, weights)
    means: Floats = _ratio(2 * right, human + decided, otherwise=0.0).mean(axis=1)
    return means


def _balanced_accuracy(found: Outcomes, weights: Floats) -> Floats:
    right, human, _ = _parts(found, weights)
    means: Floats = np.nanmean(_ratio(right, human), axis=1)
    return means


def _kappa(found: Outcomes, weights: Floats) -> Floats:
    right, human, decided = _parts(found, weights)
    chance = (human * decided).sum(axis=1)
    return _ratio(right.sum(axis=1) - chance, 1 - chance)


def _auroc(found: Outcomes, weights: Floats) -> Floats:
    """Share of pairs of a supported and another claim that are in order; equal probabilities count half."""
    score = found.probabilities[:, 0]
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.concatenate([[True], np.diff(score[order]) > 0]))
    supports = (found.truth == 0)[order]
    drawn = weights[:, order]
    above = np.add.reduceat(drawn * supports, starts, axis=1)
    rest = np.add.reduceat(drawn * ~supports, starts, axis=1)
    below = np.cumsum(rest, axis=1) - rest / 2
    return _ratio((above * below).sum(axis=1), above.sum(axis=1) * rest.sum(axis=1))


def _brier(found: Outcomes, weights: Floats) -> Floats:
    squared = ((np.eye(len(found.labels))[found.truth] - found.probabilities) ** 2).sum(axis=1)
    errors: Floats = weights @ squared / weights.sum(axis=1)
    return errors


def _bin_places(found: Outcomes, bins: int) -> Integers:
    edges = np.linspace(0.0, 1.0, bins + 1)
    return np.clip(np.digitize(found.confidence, edges, right=True) - 1, 0, bins - 1).astype(np.int64)


def _calibration_error(found: Outcomes, weights: Floats) -> Floats:
    places = np.eye(BINS)[_bin_places(found, BINS)]
    gaps = np.abs(weights @ (places * (found.right - found.confidence)[:, None]))
    errors: Floats = gaps.sum(axis=1) / weights.sum(axis=1)
    return errors


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of the reliability diagram: confidences in (low, high], its pairs, and their means (NaN if empty)."""

    low: float
    high: float
    pairs: int
    confidence: float
    accuracy: float


def reliability_bins(found: Outcomes, bins: int = BINS) -> list[Bin]:
    """Confidence beside accuracy in bins of equal width over 0 to 1."""
    places = _bin_places(found, bins)
    pairs = np.bincount(places, minlength=bins)
    means = [
        _ratio(np.bincount(places, column, bins), pairs.astype(np.float64))
        for column in (found.confidence, found.right)
    ]
    return [
        Bin(place / bins, (place + 1) / bins, int(pairs[place]), float(means[0][place]), float(means[1][place]))
        for place in range(bins)
    ]


MACRO_F1 = Measure("macro F1", "mean over the labels of the harmonic mean of precision and recall", _macro_f1)
AUROC = Measure("AUROC", "area under the ROC curve of P(supports), supports against the rest", _auroc)
KAPPA = Measure("kappa", "Cohen's kappa: agreement with the human labels beyond chance (Cohen 1960)", _kappa)
ECE = Measure(
    "ECE",
    "expected calibration error of the label decided for, 15 bins of equal width (Guo et al. 2017)",
    _calibration_error,
)
BRIER = Measure("Brier", "squared error of the probabilities, summed over the labels, 0 to 2 (Brier 1950)", _brier)
ACCURACY = Measure("accuracy", "share of decisions that are the human label", _accuracy)
BALANCED_ACCURACY = Measure("balanced accuracy", "mean recall over the labels", _balanced_accuracy)
MEASURES = (MACRO_F1, AUROC, KAPPA, ECE, BRIER, ACCURACY, BALANCED_ACCURACY)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure's value with its 95 % bootstrap interval, and the values of the resamples behind it."""

    value: float
    low: float
    high: float
    resampled: Floats


def resample_weights(groups: Sequence[str], resamples: int = RESAMPLES, seed: int = _SEED) -> NDArray[np.int16]:
    """Weights of shape (resamples, pairs): groups drawn with replacement, as many as there are.

    Pairs of a group come and go together, since they are not independent. The same groups give the same draws, so that
    two models are compared on the same resamples.
    """
    names, place = np.unique(np.asarray(groups), return_inverse=True)
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    weights: NDArray[np.int16] = drawn.astype(np.int16)[:, place]
    return weights


def estimate(measure: Measure, found: Outcomes, weights: NDArray[np.int16]) -> Estimate:
    """A measure on all pairs, and its percentile interval over resamples of these weights."""
    value = measure.value(found)
    blocks = [weights[start : start + _BLOCK] for start in range(0, len(weights), _BLOCK)]
    resampled = np.concatenate([measure.values(found, block.astype(np.float64)) for block in blocks])
    low, high = np.nanpercentile(resampled, [2.5, 97.5]) if np.isfinite(resampled).any() else (value, value)
    return Estimate(value, float(low), float(high), resampled)


def one_sided_p(better: Estimate, other: Estimate) -> float:
    """Paired bootstrap p-value that `better` is not higher than `other`: how often it is not over the same resamples.

    Counted with one more resample that speaks against (Davison and Hinkley 1997), so that it is never 0.
    """
    defined = np.isfinite(better.resampled) & np.isfinite(other.resampled)
    against = np.count_nonzero(better.resampled[defined] <= other.resampled[defined])
    return float((against + 1) / (np.count_nonzero(defined) + 1))
