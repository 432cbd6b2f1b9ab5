"""Measures retrieval on public sets: dense, lexical and fused, and what int8 costs. Writes docs/retrieval.md.

Values are nDCG@10 and recall@20 by ir-measures; intervals are 95 % percentile bootstraps over queries (Sakai, SIGIR
2006), paired for differences. A query without a ranking counts as 0. Nothing is fetched and no setting is chosen here.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import cast

import click
import numpy as np
from numpy.typing import NDArray

from eval.datasets import DatasetError
from eval.retrieval_runs import Run, dense_run, fused_run, lexical_run
from eval.retrieval_sets import SETS, RetrievalSet, read_retrieval_set
from rag.errors import RagError
from rag.models.base import Encoder

Values = NDArray[np.float64]
RUNTIMES = ("onnx-int8", "onnx-float32", "sentence-transformers")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
_RESAMPLES = 10_000
_SEED = 20
_LEVEL = 0.95
_LIMIT = 100
_PACKAGES = ("bm25s", "faiss-cpu", "ir-measures", "numpy", "onnxruntime", "sentence-transformers", "torch")


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over queries with the ends of its 95 % interval, all in points (a hundredth of the measure)."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.1f} [{self.low:.1f}, {self.high:.1f}]"

    @property
    def signed(self) -> str:
        """With a sign and two decimals, for differences."""
        return f"{self.mean:+.2f} [{self.low:+.2f}, {self.high:+.2f}]"


def interval(values: Values, resamples: int = _RESAMPLES, seed: int = _SEED) -> Interval:
    """The mean of values, one a query, with its percentile-bootstrap interval. Give differences for a paired one."""
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(resamples)]
    low, high = np.quantile(means, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Interval(100 * float(values.mean()), 100 * float(low), 100 * float(high))


def measured(chosen: RetrievalSet, run: Run) -> Mapping[str, Values]:
    """`nDCG@10` and `R@20` of each judged query, in the order of the judgements; 0 for a query without a ranking."""
    from ir_measures import R, iter_calc, nDCG

    # The library orders by score and breaks ties its own way: ranks stand in, so that our order is what is judged.
    ranks = {
        query_id: {one: float(-rank) for rank, (one, _) in enumerate(ranking)} for query_id, ranking in run.items()
    }
    place = {query_id: row for row, query_id in enumerate(chosen.qrels)}
    values = {"nDCG@10": np.zeros(len(place)), "R@20": np.zeros(len(place))}
    qrels = {query_id: dict(grades) for query_id, grades in chosen.qrels.items()}
    for metric in iter_calc([nDCG @ 10, R @ 20], qrels, ranks):
        values[str(metric.measure)][place[metric.query_id]] = metric.value
    return values


@dataclass(frozen=True, slots=True)
class SetResult:
    """What was measured on one set: by system the values of each query. Systems: `lexical`, and for every runtime
    `dense RUNTIME` and `fused RUNTIME`."""

    chosen: RetrievalSet
    values: Mapping[str, Mapping[str, Values]]

    def mean(self, system: str, measure: str = "nDCG@10") -> Interval:
        """A system's mean."""
        return interval(self.values[system][measure])

    def difference(self, system: str, other: str, measure: str = "nDCG@10") -> Interval:
        """How much better a system is than another, query by query."""
        return interval(self.values[system][measure] - self.values[other][measure])


def measure_set(chosen: RetrievalSet, encoders: Mapping[str, Encoder], cache: Path) -> SetResult:
    """Run and judge every system on a set; `encoders` are by runtime."""
    lexical = lexical_run(chosen)
    values = {"lexical": measured(chosen, lexical)}
    for runtime, encoder in encoders.items():
        dense = dense_run(chosen, encoder, cache, progress=_tell)
        values[f"dense {runtime}"] = measured(chosen, dense)
        values[f"fused {runtime}"] = measured(chosen, fused_run(dense, lexical, _LIMIT))
    return SetResult(chosen, values)


def _tell(stage: str, done: int, total: int) -> None:
    click.echo(f"{stage} {done}/{total}", err=True)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _name(result: SetResult) -> str:
    return f"{result.chosen.name}{' (tuning)' if result.chosen.tuning else ''}"


def fusion_table(results: Sequence[SetResult], runtime: str, measure: str = "nDCG@10") -> str:
    """The fused ranking beside its two parts, as Markdown, in points."""
    fused, dense = f"fused {runtime}", f"dense {runtime}"
    rows = [
        [
            _name(one),
            *(str(one.mean(system, measure)) for system in ("lexical", dense, fused)),
            *(one.difference(fused, system, measure).signed for system in ("lexical", dense)),
        ]
        for one in results
    ]
    return _table([f"{measure}, points", "lexical", "dense", "fused", "fused - lexical", "fused - dense"], rows)


def runtime_table(results: Sequence[SetResult], reference: str, runtimes: Sequence[str]) -> str:
    """What each runtime loses or gains in nDCG@10 against the reference, as Markdown, in points."""
    rows = [
        [_name(one), runtime, str(one.mean(f"dense {runtime}"))]
        + [one.difference(f"{way} {runtime}", f"{way} {reference}").signed for way in ("dense", "fused")]
        for one in results
        for runtime in runtimes
    ]
    return _table(["set", "runtime", "dense nDCG@10, points", f"dense - {reference}", f"fused - {reference}"], rows)


def set_table(results: Sequence[SetResult]) -> str:
    """The sets with their sizes, as Markdown."""
    rows = [
        [
            _name(one),
            f"{len(one.chosen.qrels):,}",
            f"{len(one.chosen.passages):,}",
            f"{sum(map(len, one.chosen.qrels.values())):,}",
        ]
        for one in results
    ]
    return _table(["set", "queries", "passages", "judged relevant"], rows)


def report(results: Sequence[SetResult], runtimes: Sequence[str], encoder: str) -> str:
    """All tables, with the versions and the machine, as Markdown."""
    packages = ", ".join(f"{one} {version(one)}" for one in _PACKAGES)
    reference = runtimes[-1]
    parts = [
        f"Encoder {encoder}; first runtime {runtimes[0]}. {datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, "
        f"{os.cpu_count()} cores; {packages}.",
        set_table(results),
        *(fusion_table(results, runtimes[0], measure) for measure in ("nDCG@10", "R@20")),
    ]
    if len(runtimes) > 1:
        parts.append(runtime_table(results, reference, runtimes[:-1]))
    return "\n\n".join(parts)


def written_between(page: str, text: str) -> str:
    """A page with what stands between its two markers replaced.

    Raises:
        DatasetError: the page lacks a marker.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise DatasetError("the page lacks its markers", value=f"{BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def open_encoders(name: str, runtimes: Sequence[str], folder: Path) -> dict[str, Encoder]:
    """The copies of one encoder that an index would carry, by runtime, written into a folder and opened.

    Raises:
        EncoderError: the encoder is not on this machine, or a copy does not give its vectors.
    """
    from rag.models.encoder_maker import encoder_maker
    from rag.models.encoder_spec import EncoderSpec, RuntimeChoice

    opened = {}
    for runtime in runtimes:
        maker = encoder_maker(EncoderSpec(name=name, runtime=cast(RuntimeChoice, runtime)))
        maker.export(folder / runtime)
        opened[runtime] = maker.open(folder / runtime)
    return opened


@click.command(context_settings={"show_default": True})
@click.option("--sets", "names", multiple=True, type=click.Choice(SETS), default=SETS)
@click.option("--data", envvar="SOURCEBOUND_DATA", required=True, type=click.Path(path_type=Path), help="Data folder.")
@click.option("--encoder", default="all-MiniLM-L6-v2", help="Packaged encoder, or a folder with one.")
@click.option("--runtime", "runtimes", multiple=True, type=click.Choice(RUNTIMES), default=RUNTIMES)
@click.option("--cache", default=Path("runs/retrieval"), type=click.Path(path_type=Path), help="Keeps the vectors.")
@click.option("--write", type=click.Path(path_type=Path), help="Also put the tables between the markers of this page.")
def main(  # noqa: PLR0917  # click gives them by name
    names: Sequence[str], data: Path, encoder: str, runtimes: Sequence[str], cache: Path, write: Path | None
) -> None:
    """Measure retrieval on public sets and print the tables. The last runtime is the reference of the others."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            encoders = open_encoders(encoder, runtimes, Path(folder))
            results = [measure_set(read_retrieval_set(name, data), encoders, cache) for name in names]
        text = report(results, runtimes, encoder)
        click.echo(text)
        if write is not None:
            write.write_text(written_between(write.read_text(encoding="utf-8"), text), encoding="utf-8")
    except RagError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
