"""What a large index costs: built, opened and searched at a size that is asked for, with figures to a file.

`python -m eval.scaling --passages 1000000 --out FILE.json`. The passages are synthetic (`eval.synthetic`), the index is
the real one: the same functions that `rag index build` and a question use. Each stage runs in a process of its own
and leaves its figures in the working folder, so that a run that was broken off goes on where it stopped. The folder
holds the vectors (1.5 GB for a million) and the index; delete it afterwards. docs/scaling.md says what was found.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from eval.synthetic import LARGEST_TOPICS, Corpus, passages_terms, queries_terms
from rag.indexing.arrays import best_places
from rag.indexing.lexical import LexicalIndex, write_lexical
from rag.indexing.selection import Selections, write_columns
from rag.indexing.vectors import VectorIndex, chosen_factory, write_vector_index
from rag.models.base import Vectors
from rag.types import SourceFilter

Found = list[tuple[int, float]]

DEPTH = 20
QUERIES = 200
_WARM_UP = 20
_MIB = 2**20

FILTERS = {
    "no filter": SourceFilter(),
    "kind": SourceFilter(kind="guideline"),
    "kind and years": SourceFilter(kind="research", year_from=2015, year_to=2020),
    "topic of 1 %": SourceFilter(topics=frozenset({LARGEST_TOPICS[9]})),
}


class _AnonymousPeak:
    """Watches the process's memory that is its own, pages of mapped files left out (Linux only)."""

    def __init__(self) -> None:
        self.peak_mib = 0.0
        self._stop = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            self.peak_mib = max(self.peak_mib, _status_mib("RssAnon"))

    def figures(self) -> dict[str, float]:
        """Peak resident memory in MiB: all of it, and the process's own."""
        self._stop.set()
        self._thread.join()
        whole = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        own = max(self.peak_mib, _status_mib("RssAnon"))
        return {"peak_resident_mib": round(whole), "peak_own_mib": round(own)}


def _status_mib(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def _spread_ms(seconds: list[float]) -> dict[str, float]:
    return {f"p{part}_ms": round(float(np.percentile(seconds, part)) * 1000, 2) for part in (50, 95)}


def make_vectors(folder: Path, passages: int) -> dict[str, Any]:
    """Generate the vectors, block by block; finished blocks are kept."""
    started = time.perf_counter()
    Corpus(passages).write(folder)
    return {"seconds": round(time.perf_counter() - started, 1)}


def build_vectors(folder: Path, passages: int) -> dict[str, Any]:
    """Build the vector index and the columns."""
    memory, corpus = _AnonymousPeak(), Corpus(passages)
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    stages: dict[str, float] = {}
    started = time.perf_counter()

    def progress(stage: str, done: int, total: int) -> None:
        stages[stage] = round(time.perf_counter() - started, 1)

    settings = write_vector_index(folder / "passages.faiss", vectors, chosen_factory(passages), progress)
    build_s = time.perf_counter() - started
    started = time.perf_counter()
    write_columns(folder, corpus.sources(), corpus.source_of_row)
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    seconds = {"seconds": round(build_s, 1), "columns_s": round(time.perf_counter() - started, 1), "ends_s": stages}
    return {**seconds, **memory.figures(), "settings": settings}


def build_lexical(folder: Path, passages: int) -> dict[str, Any]:
    """Build the lexical index; the time to make up its words is taken off."""
    making = 0.0

    def timed() -> Iterator[list[str]]:
        nonlocal making
        source = passages_terms(passages)
        while True:
            before = time.perf_counter()
            block = next(source, None)
            making += time.perf_counter() - before
            if block is None:
                return
            yield from block

    memory, started = _AnonymousPeak(), time.perf_counter()
    write_lexical(folder / "lexical", timed())
    return {"seconds": round(time.perf_counter() - started - making, 1), **memory.figures()}


def find_exactly(folder: Path, passages: int) -> dict[str, Any]:
    """The rows that an exact search finds, for every filter and query, by numpy alone."""
    corpus = Corpus(passages)
    selections = [Selections(folder).select(within) for within in FILTERS.values()]
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    queries = corpus.queries(QUERIES)
    scores = np.full((len(FILTERS), QUERIES, DEPTH), -np.inf, dtype=np.float32)
    rows = np.full((len(FILTERS), QUERIES, DEPTH), -1, dtype=np.int64)
    for start in range(0, passages, 50_000):
        block = queries @ vectors[start : start + 50_000].T
        for which, selection in enumerate(selections):
            inside = np.flatnonzero(selection.mask[start : start + 50_000])
            for one in range(QUERIES):
                together = np.concatenate([scores[which, one], block[one, inside]])
                kept = best_places(together, DEPTH)
                all_rows = np.concatenate([rows[which, one], inside + start])
                scores[which, one], rows[which, one] = together[kept], all_rows[kept]
    np.save(folder / "truth.npy", rows)
    return {"selected": {name: one.count for name, one in zip(FILTERS, selections, strict=True)}}


def _opened(folder: Path) -> tuple[VectorIndex, Selections, LexicalIndex]:
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    vectors = VectorIndex(folder / "passages.faiss", settings)
    return vectors, Selections(folder), LexicalIndex(folder / "lexical")


def open_cold(folder: Path, passages: int) -> dict[str, Any]:
    """Open with none of the files in the memory of the system, and ask one question under each filter."""
    for path in _index_files(folder):
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    started = time.perf_counter()
    index, selections, lexical = _opened(folder)
    open_s = time.perf_counter() - started
    query, terms = Corpus(passages).queries(1)[0], queries_terms(1)[0]
    first = {}
    for name, within in FILTERS.items():
        dense_s = _seconds(partial(index.search, query, DEPTH, selections.select(within)))
        words_s = _seconds(partial(lexical.search, terms, DEPTH, selections.select(within)))
        first[name] = {"dense_ms": round(dense_s * 1000, 1), "lexical_ms": round(words_s * 1000, 1)}
    return {"open_s": round(open_s, 3), "first": first}


def serve(folder: Path, passages: int) -> dict[str, Any]:
    """Open everything in this fresh process and ask: opening, latency, recall, memory."""
    memory, started = _AnonymousPeak(), time.perf_counter()
    index, selections, lexical = _opened(folder)
    open_s = time.perf_counter() - started
    truth: NDArray[np.int64] = np.load(folder / "truth.npy")
    queries, dense, words = Corpus(passages).queries(QUERIES), {}, {}
    for which, (name, within) in enumerate(FILTERS.items()):

        def nearest(query: Vectors, within: SourceFilter = within) -> Found:
            return index.search(query, DEPTH, selections.select(within))

        first = _seconds(partial(nearest, queries[0]))
        found, taken = _asked(nearest, list(queries))
        hits = sum(len({row for row, _ in one} & set(truth[which, at])) for at, one in enumerate(found))
        recall = hits / int((truth[which] >= 0).sum())
        dense[name] = {"first_ms": round(first * 1000, 1), **_spread_ms(taken), "recall_at_20": round(recall, 4)}
    after_dense = _status_mib("VmHWM")
    for name, within in FILTERS.items():

        def of_words(terms: list[str], within: SourceFilter = within) -> Found:
            return lexical.search(terms, DEPTH, selections.select(within))

        words[name] = _spread_ms(_asked(of_words, list(queries_terms(QUERIES)))[1])
    held = {"file_pages_mib": round(_status_mib("RssFile")), "peak_resident_before_words_mib": round(after_dense)}
    return {"open_s": round(open_s, 3), "dense": dense, "lexical": words, **memory.figures(), **held}


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _asked(search: Callable[[Any], Any], queries: list[Any]) -> tuple[list[Any], list[float]]:
    """What each query found, one after the other, and the seconds it took, after a few to warm up."""
    for query in queries[:_WARM_UP]:
        search(query)
    found, taken = [], []
    for query in queries:
        started = time.perf_counter()
        found.append(search(query))
        taken.append(time.perf_counter() - started)
    return found, taken


_IN_ORDER = (make_vectors, build_vectors, build_lexical, find_exactly, serve, open_cold)
STAGES = {stage.__name__: stage for stage in _IN_ORDER}


def _index_files(folder: Path) -> list[Path]:
    names = ["passages.faiss", "filter_rows.npy", "filter_sources.npy", "filter_topics.json"]
    return [folder / name for name in names] + sorted((folder / "lexical").iterdir())


def _machine() -> dict[str, Any]:
    packages = {name: version(name) for name in ("faiss-cpu", "numpy", "bm25s")}
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    cpu = f"{len(model)} x {model[0].split(':')[1].strip()}"
    return {"cpu": cpu, "system": platform.system(), "python": platform.python_version(), **packages}


@click.command()
@click.option("--passages", default=1_000_000, show_default=True, help="How many passages.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The JSON file of figures to write.")
@click.option("--folder", type=click.Path(path_type=Path), help="Working folder; kept, so that a run can be resumed.")
@click.option("--stage", type=click.Choice(list(STAGES)), hidden=True)
def main(passages: int, out: Path, folder: Path | None, stage: str | None) -> None:
    """Measure an index of synthetic passages."""
    folder = folder or Path(tempfile.gettempdir()) / f"sourcebound-scaling-{passages}"
    folder.mkdir(parents=True, exist_ok=True)
    if stage is not None:
        (folder / f"{stage}.json").write_text(json.dumps(STAGES[stage](folder, passages)), encoding="utf-8")
        return
    figures: dict[str, Any] = {"passages": passages, "machine": _machine()}
    for name in STAGES:
        kept = folder / f"{name}.json"
        if not kept.exists():
            click.echo(f"{name} ...")
            own = ["--passages", str(passages), "--out", str(out), "--folder", str(folder), "--stage", name]
            subprocess.run([sys.executable, "-m", "eval.scaling", *own], check=True)
        figures[name] = json.loads(kept.read_text(encoding="utf-8"))
        click.echo(f"{name}: {json.dumps(figures[name])}")
    figures["bytes"] = {path.name: path.stat().st_size for path in _index_files(folder)}
    figures["bytes_per_passage"] = round(sum(figures["bytes"].values()) / passages, 1)
    out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
