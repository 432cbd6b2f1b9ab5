"""Intervals, paired tests and their correction. Pure functions over values; resampling by SciPy, seeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

RESAMPLES = 9999
_SEED = 20261126
_Z = 1.959963984540054  # the standard normal's 97.5 % point


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, J Am Stat Assoc 1927;22:209-12); 0 of 0 gives 0 to 1."""
    if of == 0:
        return 0.0, 1.0
    share = hits / of
    middle = (share + _Z**2 / (2 * of)) / (1 + _Z**2 / of)
    half = _Z * sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2)) / (1 + _Z**2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def interval(values: Sequence[float]) -> Interval | None:
    """The mean over questions and its 95 % interval; None without any.

    Of values that are all 0 or 1 Wilson's, which is honest where all are alike; of others the percentile bootstrap over
    questions (Efron 1979). A single value that is neither, and values that are all the same, have no width.
    """
    if not values:
        return None
    found = np.asarray(values, np.float64)
    mean = float(found.mean())
    if set(values) <= {0.0, 1.0}:
        return Interval(mean, *wilson(int(found.sum()), len(found)))
    if len(found) == 1 or np.ptp(found) == 0:
        return Interval(mean, mean, mean)
    drawn = stats.bootstrap(
        (found,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng(_SEED)
    )
    return Interval(mean, float(drawn.confidence_interval.low), float(drawn.confidence_interval.high))


@dataclass(frozen=True, slots=True)
class Difference:
    """B less A over the same questions: its mean, its 95 % interval, and a two-sided p."""

    mean: float
    low: float
    high: float
    p: float


def paired(a: Sequence[float], b: Sequence[float]) -> Difference | None:
    """What is between two systems on the same questions; None without any.

    The interval by the paired percentile bootstrap; p by the paired randomisation test (Fisher 1935; Smucker et al.
    2007), exact where all sign changes can be tried, else over drawn ones.

    Raises:
        ValueError: there are not as many of the one as of the other.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} values against {len(b)}")
    if not a:
        return None
    gaps = np.asarray(b, np.float64) - np.asarray(a, np.float64)
    mean = float(gaps.mean())
    if len(gaps) == 1 or np.ptp(gaps) == 0:
        low = high = mean
    else:
        drawn = stats.bootstrap(
            (gaps,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng(_SEED)
        )
        low, high = float(drawn.confidence_interval.low), float(drawn.confidence_interval.high)
    if not gaps.any() or len(gaps) == 1:  # Of one question alone both signs are equally far from none.
        return Difference(mean, low, high, 1.0)
    tested = stats.permutation_test(
        (gaps,),
        np.mean,
        permutation_type="samples",
        n_resamples=RESAMPLES,
        vectorized=True,
        rng=np.random.default_rng(_SEED),
    )
    return Difference(mean, low, high, float(tested.pvalue))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for their number, in their order (Holm, Scand J Stat 1979;6:65-70)."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[index]))
        corrected[index] = highest
    return corrected
