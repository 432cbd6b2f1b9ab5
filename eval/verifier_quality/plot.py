"""The reliability plot: how often the checker is right where it says how sure it is, a panel a set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.classification import ECE
from eval.verifier_quality.results import SetResult

_COLUMNS = 4
_COLOUR = "#0072B2"  # blue of Okabe and Ito's palette


def write_reliability_plot(path: Path, results: Sequence[SetResult]) -> None:
    """Write the plot as PNG. A dot is a bin of confidence; its area is the share of the pairs in it.

    Raises:
        ImportError: matplotlib, of the `bench` extra, is not installed.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    columns = min(_COLUMNS, len(results))
    rows = -(-len(results) // columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(2.3 * columns, 2.4 * rows), squeeze=False)
    for axis in axes.flat[len(results) :]:
        axis.set_visible(False)
    for axis, result in zip(axes.flat, results, strict=False):
        filled = [one for one in result.reliability if one.pairs]
        axis.plot([0, 1], [0, 1], color="#999999", linewidth=0.8, linestyle="--")
        axis.plot([one.confidence for one in filled], [one.accuracy for one in filled], color=_COLOUR, linewidth=1)
        areas = [150 * one.pairs / result.pairs + 4 for one in filled]
        axis.scatter([one.confidence for one in filled], [one.accuracy for one in filled], areas, color=_COLOUR)
        axis.set(xlim=(0.2, 1.02), ylim=(0, 1.02))
        axis.set_title(f"{result.chosen.title}\nECE {result.ours[ECE.name].value:.3f}", fontsize=8)
        axis.tick_params(labelsize=7)
    figure.supxlabel("confidence in the label decided for", fontsize=9)
    figure.supylabel("share that is right", fontsize=9)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
