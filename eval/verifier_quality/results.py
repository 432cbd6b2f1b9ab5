"""One set measured: the checker and its baselines on the same pairs and the same resamples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.claim_sets.base import ClaimPair, ClaimSet
from eval.classification import (
    AUROC,
    ECE,
    KAPPA,
    MACRO_F1,
    RESAMPLES,
    Bin,
    Estimate,
    Measure,
    estimate,
    one_sided_p,
    outcomes,
    reliability_bins,
    resample_weights,
)
from eval.verifier_quality.predictions import Predictions

COMPARED = (MACRO_F1, AUROC)
"""Measures on which a checker is held against its baselines."""
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class SetResult:
    """What was measured on one set.

    Attributes:
        chosen: the set.
        pairs: their number.
        pairs_per_second: the checker's rate on this set; pairs of another set are of another length.
        ours: the checker's estimates by the name of the measure.
        baselines: those of each baseline, of the measures in `COMPARED`.
        reliability: bins of the checker's reliability diagram.
    """

    chosen: ClaimSet
    pairs: int
    pairs_per_second: float
    ours: Mapping[str, Estimate]
    baselines: Mapping[str, Mapping[str, Estimate]]
    reliability: Sequence[Bin]

    def p_value(self, measure: Measure) -> float:
        """The largest one-sided p over the baselines: small only if the checker is better than every one of them."""
        return max(one_sided_p(self.ours[measure.name], one[measure.name]) for one in self.baselines.values())

    @property
    def beats_every_baseline(self) -> bool:
        """Whether that p is below 0.05 on each of the measures in `COMPARED`."""
        return all(self.p_value(measure) < SIGNIFICANT for measure in COMPARED)


def measure_set(
    chosen: ClaimSet,
    pairs: Sequence[ClaimPair],
    ours: Predictions,
    baselines: Mapping[str, Predictions],
    *,
    measures: Sequence[Measure] = (MACRO_F1, AUROC, KAPPA, ECE),
    resamples: int | None = None,
) -> SetResult:
    """Measure a checker's predictions on the pairs of a set, and those of its baselines."""
    labels = [pair.label for pair in pairs]
    weights = resample_weights([pair.group for pair in pairs], resamples or RESAMPLES)

    def estimates(given: Predictions, wanted: Sequence[Measure]) -> dict[str, Estimate]:
        found = outcomes(labels, given.probabilities, chosen.labels)
        return {measure.name: estimate(measure, found, weights) for measure in wanted}

    return SetResult(
        chosen,
        len(pairs),
        len(pairs) / ours.seconds if ours.seconds else float("inf"),
        estimates(ours, measures),
        {name: estimates(given, COMPARED) for name, given in baselines.items()},
        reliability_bins(outcomes(labels, ours.probabilities, chosen.labels)),
    )
