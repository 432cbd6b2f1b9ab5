"""The trade-off: at each threshold for the probability of support, the faults found and the true claims withheld."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.planted.cases import FAULT_KINDS, Case

THRESHOLDS = (0.0, 0.01, 0.02, 0.05, *(step / 20 for step in range(2, 20)), 0.96, 0.97, 0.98, 0.99, 0.995, 0.999)


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold does: the share of faults found, of each kind and in all, and of true claims withheld."""

    threshold: float
    found: Mapping[str, float]
    all_found: float
    false_alarms: float


def trade_off(
    cases: Sequence[Case],
    support: NDArray[np.float32],
    objected: NDArray[np.bool_],
    thresholds: Sequence[float] = THRESHOLDS,
) -> list[Point]:
    """A point a threshold: a claim is withheld where its probability of support lies below, or rules object to it.

    Args:
        cases: the cases, of which some are true and some are faults.
        support: probability of support, shape (len(cases),).
        objected: whether rules withhold the claim whatever the model says, shape (len(cases),).
        thresholds: probabilities.
    """
    kinds = np.array([case.kind for case in cases])
    points = []
    for threshold in thresholds:
        withheld = objected | (support < threshold)
        found: dict[str, float] = {
            kind: float(withheld[kinds == kind].mean()) for kind in FAULT_KINDS if (kinds == kind).any()
        }
        points.append(Point(threshold, found, _mean(withheld[kinds != "true"]), _mean(withheld[kinds == "true"])))
    return points


def _mean(marks: NDArray[np.bool_]) -> float:
    return float(marks.mean()) if marks.size else float("nan")


def curve_table(points: Sequence[Point]) -> str:
    """The points as a Markdown table."""
    kinds = list(points[0].found)
    lines = [
        f"| threshold | false alarms | faults found | {' | '.join(kinds)} |",
        f"|--:|--:|--:|{'--:|' * len(kinds)}",
    ]
    for point in points:
        found = " | ".join(f"{point.found[kind]:.1%}" for kind in kinds)
        lines.append(f"| {point.threshold:g} | {point.false_alarms:.1%} | {point.all_found:.1%} | {found} |")
    return "\n".join(lines)


def write_plot(path: Path, curves: Mapping[str, Sequence[Point]]) -> None:
    """Faults found against false alarms, a line a curve, as a picture file; matplotlib must be installed."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4.5), layout="constrained")
    axis: Any = figure.subplots()
    for (name, points), mark in zip(curves.items(), ("o", "s", "^"), strict=False):
        axis.plot(
            [100 * point.false_alarms for point in points],
            [100 * point.all_found for point in points],
            f"{mark}-",
            markersize=4,
            label=name,
        )
    axis.axvline(5, color="grey", linestyle=":", linewidth=1)
    axis.set(xlabel="true rewordings withheld, %", ylabel="planted faults found, %", ylim=(0, 101))
    axis.legend(loc="lower right")
    figure.savefig(path)
