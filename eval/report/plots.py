"""Plots as SVG text, by matplotlib: distributions, reliability of the judge, faithfulness against completeness."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

_INK, _SOFT, _ACCENT = "#1f2a37", "#c9d2dc", "#2563a8"


def _axes(width: float, height: float) -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "sourcebound"
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Any) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    body = text.getvalue()
    return body[body.index("<svg") :]


def distributions(measures: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> str:
    """How the values of some measures are spread over the questions: a strip of points, the mean with its interval."""
    kept = [name for name in names if measures.get(name, {}).get("scored")]
    figure, axes = _axes(8.0, 0.42 * max(1, len(kept)) + 0.8)
    for place, name in enumerate(reversed(kept)):
        values = sorted(one["value"] for one in measures[name]["questions"].values() if one["value"] is not None)
        # Equal values are drawn beside each other, so that many show as a heap.
        heights, last = [], None
        for value in values:
            heights.append(heights[-1] + 1 if last is not None and abs(value - last) < 0.004 else 0)
            last = value
        most = max(heights, default=0) or 1
        axes.scatter(
            values, [place - 0.3 + 0.6 * height / most for height in heights], s=9, color=_SOFT, edgecolors="none"
        )
        found = measures[name]
        axes.plot([found["low"], found["high"]], [place, place], color=_ACCENT, linewidth=3, solid_capstyle="butt")
        axes.plot([found["mean"]], [place], "o", color=_INK, markersize=6)
    axes.set_yticks(range(len(kept)), list(reversed(kept)))
    axes.set_xlim(-0.03, 1.03)
    axes.set_xlabel("value; each grey point a question, dot and bar the mean and its 95 % interval")
    return _svg(figure)


def reliability(bins: Sequence[Mapping[str, Any]]) -> str:
    """Confidence of the judge against the share that is right, with the number of pairs in each bin."""
    figure, axes = _axes(4.6, 4.0)
    axes.plot([0, 1], [0, 1], color=_SOFT, linewidth=1.5)
    axes.plot([one["confidence"] for one in bins], [one["accuracy"] for one in bins], "o-", color=_ACCENT)
    for one in bins:
        axes.annotate(
            str(one["pairs"]), (one["confidence"], one["accuracy"]), (4, -11), textcoords="offset points", fontsize=7
        )
    axes.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="confidence", ylabel="share that is right")
    return _svg(figure)


def trade_off(points: Sequence[tuple[float, float]]) -> str:
    """Faithfulness against completeness, a point a question; equal points lie on each other and grow."""
    counts: dict[tuple[float, float], int] = {}
    for point in points:
        counts[point] = counts.get(point, 0) + 1
    figure, axes = _axes(4.6, 4.0)
    axes.scatter(
        [x for x, _ in counts],
        [y for _, y in counts],
        s=[18 * count**0.7 for count in counts.values()],
        color=_ACCENT,
        alpha=0.55,
        edgecolors="none",
    )
    axes.set(xlim=(-0.05, 1.05), ylim=(-0.05, 1.05), xlabel="vital nugget recall (completeness)", ylabel="faithfulness")
    return _svg(figure)
