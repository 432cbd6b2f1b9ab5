"""From the results to figures: medians with their range, and the ratios that the product promises, kept or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles

from eval.bench.jobs import ANSWER, OURS, PEERS, SYSTEMS, Result, Results

WARM_UP = 20
"""The first questions of a served run, which are asked and not counted."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A median over runs, and the lowest and highest of them."""

    middle: float
    low: float
    high: float


Figures = dict[str, dict[str, Figure]]
"""measure -> system -> figure; a system that has none is absent."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A promise: `value` must be at least, or at most, `bound`; both are plain ratios."""

    what: str
    value: float
    bound: float
    at_least: bool

    @property
    def kept(self) -> bool:
        """Whether it holds."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound


def figure_of(values: Iterable[float]) -> Figure:
    """The figure of at least one value."""
    ordered = sorted(values)
    return Figure(median(ordered), ordered[0], ordered[-1])


def percentile(values: list[float], percent: int) -> float:
    """A percentile between 1 and 99, linear between neighbours (as numpy's default)."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def _latency(percent: int) -> Callable[[Result], float]:
    def read(result: Result) -> float:
        latencies = result["report"]["latencies_ms"]
        return percentile(latencies[WARM_UP:] if len(latencies) > 2 * WARM_UP else latencies, percent)

    return read


def figures_of(results: Results, passages: int) -> Figures:
    """All figures. Seconds, passages per second, milliseconds, bytes.

    Args:
        results: of all runs.
        passages: how many passages were indexed.
    """
    readings: dict[str, tuple[str, Callable[[Result], float]]] = {
        "build_s": ("build", lambda result: result["seconds"]),
        "build_rate": ("build", lambda result: passages / result["seconds"]),
        "build_rate_work": ("build", lambda result: passages / result["report"]["work_s"]),
        "build_peak_bytes": ("build", lambda result: result["peak_bytes"]),
        "disk_bytes": ("build", lambda result: result["disk_bytes"]),
        "encoder_bytes": ("build", lambda result: result["encoder_bytes"]),
        "update_s": ("update", lambda result: result["seconds"]),
        "update_work_s": ("update", lambda result: result["report"]["work_s"]),
        "ask_s": ("ask", lambda result: result["seconds"]),
        "open_s": ("serve", lambda result: result["report"]["open_s"]),
        "p50_ms": ("serve", _latency(50)),
        "p95_ms": ("serve", _latency(95)),
        "serve_peak_bytes": ("serve", lambda result: result["peak_bytes"]),
    }
    figures = {
        name: {
            system: figure_of(read(result) for result in results[measure, system])
            for system in (*SYSTEMS, ANSWER)
            if results.get((measure, system))
        }
        for name, (measure, read) in readings.items()
    }
    # On their first pages the peers have no rebuild: one builds anew. Our command for both is the same.
    return figures | {"rebuild_s": figures["build_s"] | {OURS: figures["update_s"][OURS]}}


def lost_after_update(results: Results) -> dict[str, tuple[int, int]]:
    """system -> how many passages could not be found by their own words after its update, and how many were sought."""
    return {
        system: (len(runs[-1]["lost"]), int(runs[-1]["looked_for"]))
        for (measure, system), runs in results.items()
        if measure == "update"
    }


def _fastest(of_peers: Mapping[str, Figure]) -> float:
    return min(of_peers[system].middle for system in PEERS)


def ratios_of(figures: Figures) -> list[Ratio]:
    """The promises, by the medians of this run. "The best peer" is the best of that measure."""
    build_s, update_s, ask_s = figures["build_s"], figures["update_s"], figures["ask_s"]
    rate, work_rate = figures["build_rate"], figures["build_rate_work"]
    rebuild_s, ours = figures["rebuild_s"], update_s[OURS].middle
    return [
        Ratio(
            "build rate, whole call, of the best peer's",
            rate[OURS].middle / max(rate[peer].middle for peer in PEERS),
            2.0,
            True,
        ),
        Ratio(
            "build rate, imports left out, of the best peer's",
            work_rate[OURS].middle / max(work_rate[peer].middle for peer in PEERS),
            2.0,
            True,
        ),
        Ratio("cold first question, `rag ask`: times faster", _fastest(ask_s) / ask_s[ANSWER].middle, 5.0, True),
        Ratio("cold first question, search alone: times faster", _fastest(ask_s) / ask_s[OURS].middle, 5.0, True),
        Ratio(
            "warm p50, of the fastest peer's",
            figures["p50_ms"][OURS].middle / _fastest(figures["p50_ms"]),
            1 / 3,
            False,
        ),
        Ratio("rebuild after one changed source, of our full build", ours / build_s[OURS].middle, 1 / 50, False),
        Ratio("the same, of the fastest peer's build anew", ours / _fastest(rebuild_s), 1 / 50, False),
        Ratio("the same, of the fastest peer's incremental call", ours / _fastest(update_s), 1 / 50, False),
    ]
