"""Plots as SVG text, by matplotlib: distributions, reliability of the judge, faithfulness against completeness.

Colours are names that the page's style sheet fills in, so that a plot is readable on light and on dark paper.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

# Placeholders: matplotlib knows no style sheet variables.
_INK, _SOFT, _ACCENT, _DOTS = "#010203", "#040506", "#070809", "#0a0b0c"
_VARIABLES = {_INK: "var(--ink)", _SOFT: "var(--line)", _ACCENT: "var(--accent)", _DOTS: "var(--dots)"}
_SAME = 0.004
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


def _axes(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_SOFT)
    axes.tick_params(colors=_INK, labelsize=9)
    axes.xaxis.label.set_color(_INK)
    axes.yaxis.label.set_color(_INK)
    return figure, axes


def _svg(figure: Any) -> str:
    import matplotlib

    text = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "sourcebound", "font.family": "sans-serif"}):
        figure.savefig(text, format="svg", transparent=True, metadata=_NO_METADATA)
    body = text.getvalue()
    body = body[body.index("<svg") :]
    for placeholder, variable in _VARIABLES.items():
        body = body.replace(placeholder, variable)
    return body


def _heaps(values: Sequence[float]) -> list[int]:
    """The height of each of some sorted values on the heap of those like it, so that many equal ones show."""
    heights: list[int] = []
    for place, value in enumerate(values):
        is_like = place > 0 and abs(value - values[place - 1]) < _SAME
        heights.append(heights[-1] + 1 if is_like else 0)
    return heights


def distributions(measures: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> str:
    """How the values of some measures are spread over the questions: a strip of points, the mean with its interval."""
    kept = [name for name in names if measures.get(name, {}).get("scored")]
    figure, axes = _axes(7.6, 0.46 * max(1, len(kept)) + 0.7)
    for place, name in enumerate(reversed(kept)):
        found = measures[name]
        values = sorted(one["value"] for one in found["questions"].values() if one["value"] is not None)
        heights = _heaps(values)
        most = max(heights, default=0) or 1
        heaped = [place - 0.32 + 0.64 * height / most for height in heights]
        axes.scatter(values, heaped, s=8, color=_DOTS, edgecolors="none")
        axes.plot([found["low"], found["high"]], [place, place], color=_ACCENT, linewidth=3, solid_capstyle="butt")
        axes.plot([found["mean"]], [place], "o", color=_ACCENT, markersize=6)
    axes.set_yticks(range(len(kept)), list(reversed(kept)))
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(-0.03, 1.03)
    return _svg(figure)


def reliability(bins: Sequence[Mapping[str, Any]]) -> str:
    """Confidence of the judge against the share that is right, with the number of pairs in each bin."""
    figure, axes = _axes(4.4, 3.8)
    axes.plot([0, 1], [0, 1], color=_SOFT, linewidth=1.5)
    axes.plot([one["confidence"] for one in bins], [one["accuracy"] for one in bins], "o-", color=_ACCENT)
    for one in bins:
        place = (one["confidence"], one["accuracy"])
        axes.annotate(str(one["pairs"]), place, (4, -12), textcoords="offset points", fontsize=8, color=_INK)
    axes.set(xlim=(0, 1.04), ylim=(0, 1.04), xlabel="confidence", ylabel="share that is right")
    return _svg(figure)


def trade_off(points: Sequence[tuple[float, float]]) -> str:
    """Faithfulness against completeness, a point a question; equal points lie on each other, and the point grows."""
    counts = Counter(points)
    figure, axes = _axes(4.4, 3.8)
    axes.scatter(
        [x for x, _ in counts],
        [y for _, y in counts],
        s=[20 * count**0.7 for count in counts.values()],
        color=_ACCENT,
        alpha=0.6,
        edgecolors="none",
    )
    axes.set(xlim=(-0.06, 1.06), ylim=(-0.06, 1.06), xlabel="vital nugget recall", ylabel="faithfulness")
    return _svg(figure)
