"""Vectors of passages in one faiss file: exact for few, inverted lists of compressed codes with exact scores for many.

Whatever the kind, the exact vectors lie in the file too: every score that leaves this room is an exact cosine, and a
selection of few rows is compared row by row. The file is mapped, not read: codes, lists and exact vectors alike.
"""

from __future__ import annotations

import errno
import math
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ConfigError, IndexBrokenError
from rag.indexing.arrays import best_places
from rag.indexing.effort import search_parameters, step_for, tuned_steps
from rag.indexing.selection import EXACT_ROWS, Selection
from rag.models.base import Vectors
from rag.types import Progress

SEED = 1234
"""That of faiss's own k-means; written down, so that a manifest says it."""

_ADD_ROWS = 65_536
_TRAINING_ROWS_PER_LIST = 50
_TRAINING_ROWS_AT_LEAST = 50_000


def chosen_factory(count: int, override: str | None = None) -> str:
    """The faiss factory string for so many vectors: an override wins, few are searched exactly.

    Many are put into about 2 * sqrt(count) inverted lists, as codes of one byte a dimension: on two cores a million of
    384 dimensions are built in minutes (docs/scaling.md). A graph would have to be built by one thread to come out the
    same twice, and wanders through rows that a filter forbids.
    """
    if override:
        return override
    if count <= EXACT_ROWS:
        return "Flat"
    return f"IVF{2 ** round(math.log2(2 * math.sqrt(count)))},SQ8,RFlat"


def write_vector_index(path: Path, vectors: Vectors, factory: str, progress: Progress) -> dict[str, Any]:
    """Build an index of vectors and write it into one file; the same vectors give the same bytes on one machine.

    Memory: the exact vectors, their codes and a sample; the input may be mapped.

    Args:
        path: the file to write.
        vectors: shape (passages, dimension), float32, of Euclidean length 1; row i is passage i.
        factory: a faiss factory string. Unless it keeps the exact vectors ("Flat", "...,RFlat"), they are added.
        progress: told of training and of rows added.

    Returns:
        How to search it, for the manifest: `factory`, `seed`, and where the search is approximate `steps`: for each
        fraction of rows that a filter leaves, the effort (`nprobe` or `ef_search`), `k_factor` and the recall@20
        reached on sample queries. JSON throughout.

    Raises:
        ConfigError: faiss refuses the factory string, or cannot search under a filter with it.
        OSError: the file cannot be written.
    """
    import faiss

    index = _new_index(vectors.shape[1], factory)
    settings: dict[str, Any] = {"factory": factory, "seed": SEED}
    threads = faiss.omp_get_max_threads()
    try:
        if _is_graph(index):
            faiss.omp_set_num_threads(1)  # With more, the order of insertion, and so the graph, differs by run.
        _fill(index, vectors, progress)
        if not isinstance(index, faiss.IndexFlat):
            settings |= tuned_steps(index, vectors, progress)
    except RuntimeError as error:
        raise _refusal(factory, error) from error
    finally:
        faiss.omp_set_num_threads(threads)
    _write(index, path)
    return settings


def _new_index(dimension: int, factory: str) -> Any:
    """An empty index that keeps the exact vectors."""
    import faiss

    try:
        index = faiss.index_factory(dimension, factory, faiss.METRIC_INNER_PRODUCT)
    except RuntimeError as error:
        raise _refusal(factory, error) from error
    return index if _exact_part(index) is not None else faiss.IndexRefineFlat(index)


def _exact_part(index: Any) -> Any:
    """Where an index keeps the exact vectors, or None."""
    import faiss

    if isinstance(index, faiss.IndexRefine):
        index = faiss.downcast_index(index.refine_index)
    return index if isinstance(index, faiss.IndexFlat) else None


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let faiss work in the calling thread alone: for one query, waiting for helpers costs more than they bring.

    With both cores busy the wait is 10 ms and more. The setting is the calling thread's own.
    """
    import faiss

    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _is_graph(index: Any) -> bool:
    """Whether a graph is among its parts."""
    import faiss

    graphs = (faiss.IndexHNSW, faiss.IndexNSG)
    if isinstance(index, faiss.IndexRefine):
        return _is_graph(faiss.downcast_index(index.base_index))
    if isinstance(index, faiss.IndexPreTransform):
        return _is_graph(faiss.downcast_index(index.index))
    if isinstance(index, faiss.IndexIVF):
        return _is_graph(faiss.downcast_index(index.quantizer))
    return isinstance(index, graphs)


def _fill(index: Any, vectors: Vectors, progress: Progress) -> None:
    """Train on an even sample, then add all rows in blocks."""
    count = len(vectors)
    progress("vector index", 0, count)
    if not index.is_trained:
        step = max(count // _training_rows(index), 1)
        index.train(np.ascontiguousarray(vectors[::step]))
    for start in range(0, count, _ADD_ROWS):
        index.add(np.ascontiguousarray(vectors[start : start + _ADD_ROWS]))
        progress("vector index", min(start + _ADD_ROWS, count), count)


def _training_rows(index: Any) -> int:
    """So many rows that k-means has enough for each list."""
    import faiss

    try:
        lists = int(faiss.extract_index_ivf(index).nlist)
    except RuntimeError:
        lists = 0
    return max(lists * _TRAINING_ROWS_PER_LIST, _TRAINING_ROWS_AT_LEAST)


def _write(index: Any, path: Path) -> None:
    """Write the file. What faiss raises for a full disk becomes what the rest of the program expects."""
    import faiss

    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:
        full = os.strerror(errno.ENOSPC)
        number, reason = (errno.ENOSPC, full) if full in str(error) else (errno.EIO, _last_words(error))
        raise OSError(number, reason, str(path)) from error


def _last_words(error: RuntimeError) -> str:
    """What faiss says after its own function, file and line."""
    return re.sub(r"^.*\.(?:cpp|h):\d+: (?:Error: )?", "", str(error), flags=re.DOTALL).strip()


def _refusal(factory: str, error: RuntimeError) -> ConfigError:
    return ConfigError(
        f"faiss cannot make a searchable index of '{factory}'",
        value=_last_words(error),
        mend="give another factory string, such as Flat, HNSW32 or IVF1024,SQ8,RFlat, or none",
    )


class VectorIndex:
    """An open index of vectors, mapped from its file. Threads may share it.

    Args:
        path: the file that `write_vector_index` wrote.
        settings: what it returned.

    Raises:
        IndexBrokenError: the file cannot be read as such an index.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any]) -> None:
        import faiss

        try:
            self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise IndexBrokenError("the vector index cannot be read", value=path.name) from error
        self._exact = _exact_part(self._index)
        if self._exact is None:
            raise IndexBrokenError("the vector index lacks the exact vectors", value=path.name)
        self._steps = settings.get("steps", ())

    @property
    def count(self) -> int:
        """How many vectors it has."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of its vectors."""
        return int(self._index.d)

    def search(self, vector: Vectors, limit: int, selection: Selection) -> list[tuple[int, float]]:
        """The selected rows nearest to a vector.

        Exact where all rows or the selected ones are few, or the index is flat. Otherwise approximate with exact
        scores; if the lists visited hold fewer selected rows than asked for, the selection is compared row by row.

        Args:
            vector: shape (dimension,), float32, of Euclidean length 1.
            limit: how many to return at most.
            selection: which rows may be found.

        Returns:
            (row, cosine), best first, equal scores by row.
        """
        wanted = min(limit, selection.count)
        if wanted <= 0:
            return []
        query = np.ascontiguousarray(vector, dtype=np.float32)
        if self._index is self._exact or selection.count <= EXACT_ROWS or not self._steps:
            return self._ranked(query, selection.rows, wanted)
        step = step_for(self._steps, selection.fraction)
        parameters = search_parameters(self._index, step, None if selection.is_all else selection.faiss_selector)
        with _one_thread():
            found = self._index.search(query[None, :], wanted, params=parameters)[1][0]
        found = np.sort(found[found >= 0])
        return self._ranked(query, selection.rows if len(found) < wanted else found, wanted)

    def vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """The exact vectors of rows, shape (len(rows), dimension).

        Raises:
            IndexError: there is no such row.
        """
        rows = np.ascontiguousarray(rows, dtype=np.int64)
        if len(rows) and not 0 <= rows.min() <= rows.max() < self.count:
            raise IndexError("the index has no such row")
        found: Vectors = self._exact.reconstruct_batch(rows)
        return found

    def _ranked(self, query: Vectors, rows: NDArray[np.int64], limit: int) -> list[tuple[int, float]]:
        """Ascending rows compared one by one. One kernel for each, so that equal vectors get equal scores."""
        import faiss

        scores = np.empty(len(rows), dtype=np.float32)
        pointers = (faiss.swig_ptr(scores), faiss.swig_ptr(rows))
        with _one_thread():
            self._exact.compute_distance_subset(1, faiss.swig_ptr(query), len(rows), *pointers)
        return [(int(rows[place]), float(scores[place])) for place in best_places(scores, limit)]
