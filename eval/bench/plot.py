"""The figures as small multiples: a dot a system on a logarithmic scale, so that equal distances are equal ratios."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eval.bench.figures import Figure, Figures
from eval.bench.jobs import ANSWER, OURS, SYSTEMS
from eval.bench.page import NAMES

_OURS_COLOUR, _PEER_COLOUR = "#0072B2", "#7F7F7F"  # blue of Okabe and Ito's palette, and grey; marks differ too
_PANELS = (
    ("build_rate", "Build rate, passages/s", "more is better", 1.0),
    ("update_s", "Rebuild after one change, s (hollow: all anew)", "less is better", 1.0),
    ("ask_s", "Cold first question, whole call, s", "less is better", 1.0),
    ("p50_ms", "Warm search p50, ms", "less is better", 1.0),
    ("serve_peak_bytes", "Peak memory while serving, MB", "less is better", 1e-6),
    ("disk_bytes", "Saved index on disk, MB", "less is better", 1e-6),
)


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _draw(axis: Any, of_systems: dict[str, Figure], scale: float, anew: dict[str, Figure]) -> None:
    shown = [system for system in (OURS, ANSWER, *SYSTEMS[1:]) if system in of_systems]
    for place, system in enumerate(reversed(shown)):
        figure, ours = of_systems[system], system in (OURS, ANSWER)
        colour = _OURS_COLOUR if ours else _PEER_COLOUR
        axis.plot([figure.low * scale, figure.high * scale], [place, place], color=colour, linewidth=2)
        mark, size = ("o", 8) if ours else ("D", 6.5)
        if system in anew:
            axis.plot(anew[system].middle * scale, place, mark, color=colour, markersize=size, fillstyle="none")
        axis.plot(figure.middle * scale, place, mark, color=colour, markersize=size)
        axis.annotate(
            _number(figure.middle * scale),
            (figure.middle * scale, place),
            textcoords="offset points",
            xytext=(0, 8),
            ha="center",
            fontsize=9,
            color=colour if ours else "#333333",
        )
    axis.set_yticks(range(len(shown)), [NAMES[system].replace("`", "") for system in reversed(shown)], fontsize=9)
    axis.set_ylim(-0.6, len(shown) - 0.3)
    middles = [figure.middle * scale for figure in (*of_systems.values(), *anew.values())]
    axis.set_xscale("log")
    axis.set_xlim(min(middles) / 2, max(middles) * 2)


def write_plot(path: Path, figures: Figures) -> None:
    """Write the plot as PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    drawing, axes = pyplot.subplots(2, 3, figsize=(13, 5.6), layout="constrained")
    for axis, (name, title, sense, scale) in zip(axes.flat, _PANELS, strict=True):
        _draw(axis, figures[name], scale, figures["build_s"] if name == "update_s" else {})
        axis.set_title(title, fontsize=10, loc="left")
        axis.set_xlabel(sense, fontsize=8)
        axis.xaxis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0), numticks=8))
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.grid(axis="x", color="#DDDDDD", linewidth=0.8)
        axis.set_axisbelow(True)
        axis.spines[["top", "right", "left"]].set_visible(False)
        axis.tick_params(axis="y", length=0)
        axis.tick_params(axis="x", labelsize=8)
    drawing.savefig(path, dpi=120)
    pyplot.close(drawing)
