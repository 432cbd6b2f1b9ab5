"""The judge, measured: any judge against human labels, each measure with an interval, and its rate."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.claim_sets.base import BINARY, ClaimPair, ClaimSet
from eval.claim_sets.catalogue import claim_set, read_claim_set
from eval.classification import (
    ACCURACY,
    AUROC,
    BALANCED_ACCURACY,
    BRIER,
    ECE,
    KAPPA,
    MACRO_F1,
    RESAMPLES,
    estimate,
    outcomes,
    reliability_bins,
    resample_weights,
)
from eval.judging import judge_identity
from eval.planted.cases import load_cases
from eval.verifier_quality.predictions import Predictions, predictions
from rag.models.base import EntailmentModel
from rag.types import Progress, no_progress

SCHEMA = "sourcebound.benchmark/1"
PLANTED = "planted"
MEASURED = (ACCURACY, MACRO_F1, BALANCED_ACCURACY, AUROC, KAPPA, ECE, BRIER)


def _planted_pairs() -> list[ClaimPair]:
    """Our own rewordings (supported) and planted faults (not), of the half of sources that is kept for measuring."""
    return [
        ClaimPair(" ".join(case.quotes), case.claim, "supports" if case.kind == "true" else "rest", case.source_id)
        for case in load_cases()
        if case.split == "test"
    ]


_OWN = ClaimSet(
    PLANTED, "Rewordings and planted faults of our corpus", "Apache-2.0", BINARY, "evaluation", lambda _: iter(())
)


def benchmark_pairs(name: str, data: Path | None) -> tuple[ClaimSet, Sequence[ClaimPair]]:
    """A labelled set and its pairs: `planted`, which ships, or a public one from the user's own copy.

    Raises:
        ClaimSetError: there is no such set, or its files are not in the data folder.
    """
    if name == PLANTED:
        return _OWN, _planted_pairs()
    chosen = claim_set(name)
    return chosen, read_claim_set(name, data or Path())


def benchmark(
    judge: EntailmentModel, name: str, data: Path | None, kept: Path, progress: Progress = no_progress
) -> dict[str, Any]:
    """A judge held against the human labels of a set; its predictions are kept, so that it goes on if interrupted.

    Returns:
        Estimates by measure (`value`, `low`, `high`), the rate in pairs a second, the bins of the reliability diagram.

    Raises:
        ClaimSetError, EntailmentError: the set or the judge cannot be read or run.
    """
    chosen, pairs = benchmark_pairs(name, data)
    found = predictions(kept, judge, name, pairs, progress)
    return _measured(judge, chosen, pairs, found)


def _measured(
    judge: EntailmentModel, chosen: ClaimSet, pairs: Sequence[ClaimPair], found: Predictions
) -> dict[str, Any]:
    outcome = outcomes([pair.label for pair in pairs], found.probabilities, chosen.labels)
    weights = resample_weights([pair.group for pair in pairs], RESAMPLES)
    estimates = {measure.name: estimate(measure, outcome, weights) for measure in MEASURED}
    return {
        "schema": SCHEMA,
        "judge": judge_identity(judge),
        "set": chosen.name,
        "title": chosen.title,
        "labels": list(chosen.labels),
        "pairs": len(pairs),
        "groups": len({pair.group for pair in pairs}),
        "machine": f"{platform.system()} {platform.machine()}",
        "pairs_per_second": round(len(pairs) / found.seconds, 1) if found.seconds else None,
        "measures": {
            name: {"value": round(one.value, 4), "low": round(one.low, 4), "high": round(one.high, 4)}
            for name, one in estimates.items()
        },
        "by_label": {
            label: {"right": int(outcome.right[of_label].sum()), "of": int(of_label.sum())}
            for column, label in enumerate(chosen.labels)
            if (of_label := outcome.truth == column).any()
        },
        "reliability": [
            {
                "low": bin_.low,
                "high": bin_.high,
                "pairs": bin_.pairs,
                "confidence": bin_.confidence,
                "accuracy": bin_.accuracy,
            }
            for bin_ in reliability_bins(outcome, 10)
            if bin_.pairs
        ],
    }


def benchmark_table(found: dict[str, Any]) -> str:
    """A benchmark as plain lines."""
    lines = [
        f"{found['judge']} on {found['title']}: {found['pairs']} pairs of {found['groups']} groups, "
        f"labels {', '.join(found['labels'])}; {found['pairs_per_second']} pairs a second"
    ]
    lines += [
        f"{name:18} {one['value']:.3f}  [{one['low']:.3f}, {one['high']:.3f}]"
        for name, one in found["measures"].items()
    ]
    return "\n".join(lines)
