"""BM25 over the words of passages, in the files of bm25s, built and searched within bounds of memory.

The scores are those of bm25s (method lucene), to the last bit; its own build keeps every posting in Python lists, and
numbers terms in an order that differs from run to run. Here postings go through a temporary file, and terms are
numbered by first appearance. Opening reads the files without importing bm25s, which would cost a first question 0.3 s,
and without its vocabulary, a JSON of all terms: terms are found by bisection in a sorted copy that is mapped.
"""

from __future__ import annotations

import json
import math
import tempfile
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from rag.indexing.arrays import best_places, mapped_array, new_array
from rag.indexing.selection import Selection

K1, B = 0.9, 0.4

SCORES = "data.csc.index.npy"
ROWS = "indices.csc.index.npy"
STARTS = "indptr.csc.index.npy"
VOCABULARY = "vocab.index.json"
PARAMETERS = "params.index.json"

SORTED_TERMS = "terms.utf8.npy"
SORTED_STARTS = "terms.starts.npy"
SORTED_NUMBERS = "terms.numbers.npy"

_BLOCK_PASSAGES = 8192
_POSTING = np.dtype([("term", np.int32), ("row", np.int32), ("count", np.int32)])

Postings = NDArray[np.void]


def write_lexical(folder: Path, passages_terms: Iterable[Sequence[str]]) -> None:
    """Write a BM25 index that bm25s can load; the same terms in the same order give the same bytes.

    Formula: Kamphuis et al. 2020, "Which BM25 do you mean?", the variant "Lucene (accurate)", without its constant
    factor k1 + 1. Memory: the vocabulary, a few numbers a passage and one block; 12 bytes of disk a posting meanwhile.

    Args:
        folder: where the files shall lie; made if it is not there.
        passages_terms: the terms of each passage, in row order; read once.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as spill:
        count = _Count(spill, passages_terms)
        _write_postings(folder, count)
    (folder / VOCABULARY).write_text(json.dumps(count.vocabulary, ensure_ascii=False), encoding="utf-8")
    _write_sorted_terms(folder, count.vocabulary)
    (folder / PARAMETERS).write_text(json.dumps(_parameters(len(count.lengths)), indent=4), encoding="utf-8")


class _Count:
    """One reading of all terms: postings in a file, block by block, and what the formula needs of the whole."""

    def __init__(self, spill: IO[bytes], passages_terms: Iterable[Sequence[str]]) -> None:
        self._spill = spill
        self._block_sizes: list[int] = []
        numbered: defaultdict[str, int] = defaultdict()
        numbered.default_factory = numbered.__len__
        self.vocabulary: dict[str, int] = numbered
        lengths = array("i")
        self.passages_with = np.zeros(0, dtype=np.int64)
        passages = iter(passages_terms)
        while block := list(islice(passages, _BLOCK_PASSAGES)):
            self._add(block, first_row=len(lengths))
            lengths.extend(map(len, block))
        self.lengths = np.frombuffer(lengths, dtype=np.int32) if lengths else np.zeros(0, dtype=np.int32)

    def _add(self, block: Sequence[Sequence[str]], first_row: int) -> None:
        ids = array("i")
        for terms in block:
            ids.extend(map(self.vocabulary.__getitem__, terms))
        postings = _postings(ids, [len(terms) for terms in block], first_row)
        found = np.bincount(postings["term"], minlength=len(self.vocabulary))
        found[: len(self.passages_with)] += self.passages_with
        self.passages_with = found
        self._spill.write(postings.tobytes())
        self._block_sizes.append(len(postings))

    def blocks(self) -> Iterator[Postings]:
        """The postings again, sorted by term and row within each block; rows ascend from block to block."""
        self._spill.seek(0)
        for size in self._block_sizes:
            yield np.frombuffer(self._spill.read(size * _POSTING.itemsize), dtype=_POSTING)


def _postings(ids: array[int], lengths: Sequence[int], first_row: int) -> Postings:
    """Each (term, row) of a block once, with how often it occurs; sorted by term, then row."""
    rows = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)
    pairs = np.asarray(ids, dtype=np.int64) * _BLOCK_PASSAGES + rows
    distinct, counts = np.unique(pairs, return_counts=True)
    postings = np.empty(len(distinct), dtype=_POSTING)
    postings["term"] = distinct // _BLOCK_PASSAGES
    postings["row"] = distinct % _BLOCK_PASSAGES + first_row
    postings["count"] = counts
    return postings


def _write_postings(folder: Path, count: _Count) -> None:
    """Put each posting's score at its place: by term, then by row."""
    starts = np.concatenate([[0], np.cumsum(count.passages_with)]).astype(np.int64)
    total = int(starts[-1])
    rarity = _rarities(count.passages_with, len(count.lengths))
    average_length = count.lengths.sum() / max(len(count.lengths), 1) or 1.0
    weight = K1 * ((1 - B) + B * count.lengths / average_length)
    scores, rows = _new_array(folder / SCORES, total, np.float32), _new_array(folder / ROWS, total, np.int32)
    ends = starts[:-1].copy()
    for block in count.blocks():
        terms, first, sizes = np.unique(block["term"], return_index=True, return_counts=True)
        places = np.repeat(ends[terms] - first, sizes) + np.arange(len(block))
        often = block["count"].astype(np.float64)
        scores[places] = rarity[block["term"]] * (often / (weight[block["row"]] + often))
        rows[places] = block["row"]
        ends[terms] += sizes
    for written in (scores, rows):
        if isinstance(written, np.memmap):
            written.flush()
    np.save(folder / STARTS, starts, allow_pickle=False)


def _rarities(passages_with: NDArray[np.int64], passages: int) -> NDArray[np.float32]:
    """Inverse passage frequency of each term. The logarithm of `math`, as bm25s takes it: numpy's may differ."""
    distinct, which = np.unique(passages_with, return_inverse=True)
    values = [math.log(1 + (passages - one + 0.5) / (one + 0.5)) for one in distinct.tolist()]
    return np.array(values, dtype=np.float32)[which]


def _new_array(path: Path, length: int, dtype: type[np.generic]) -> NDArray[Any]:
    """An array that lies in a file. A file of no elements cannot be mapped, so it is written at once."""
    if length:
        return new_array(path, (length,), dtype)
    empty: NDArray[Any] = np.zeros(0, dtype=dtype)
    np.save(path, empty, allow_pickle=False)
    return empty


def _write_sorted_terms(folder: Path, vocabulary: dict[str, int]) -> None:
    """The vocabulary for bisection: the terms in the order of their bytes, where each starts, and its number."""
    ordered = sorted(vocabulary)  # the order of their characters is that of their UTF-8
    written = [term.encode() for term in ordered]
    starts = np.cumsum([0, *map(len, written)], dtype=np.int64)
    letters = np.frombuffer(b"".join(written), dtype=np.uint8)
    np.save(folder / SORTED_TERMS, letters, allow_pickle=False)
    np.save(folder / SORTED_STARTS, starts, allow_pickle=False)
    np.save(folder / SORTED_NUMBERS, np.array([vocabulary[term] for term in ordered], np.int32), allow_pickle=False)


class _Vocabulary:
    """Numbers of terms, found in the mapped files: a look-up costs some 20 steps for a million terms."""

    def __init__(self, folder: Path) -> None:
        self._letters = mapped_array(folder / SORTED_TERMS)
        self._starts = mapped_array(folder / SORTED_STARTS)
        self._numbers = mapped_array(folder / SORTED_NUMBERS)

    def number_of(self, term: str) -> int | None:
        """The number of a term, or None for an unknown one."""
        wanted = term.encode()
        place = bisect_left(range(len(self._numbers)), wanted, key=self._term)
        return int(self._numbers[place]) if place < len(self._numbers) and self._term(place) == wanted else None

    def _term(self, place: int) -> bytes:
        return self._letters[self._starts[place] : self._starts[place + 1]].tobytes()


def _parameters(passages: int) -> dict[str, Any]:
    """What bm25s writes of itself."""
    method = {"k1": K1, "b": B, "delta": 0.5, "method": "lucene", "idf_method": "lucene"}
    types = {"dtype": "float32", "int_dtype": "int32"}
    return {**method, **types, "num_docs": passages, "version": version("bm25s"), "backend": "numpy"}


class LexicalIndex:
    """An open BM25 index, mapped from its files. Threads may share it.

    Raises:
        OSError, ValueError: files are missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._scores, self._rows, self._starts = (mapped_array(folder / name) for name in (SCORES, ROWS, STARTS))
        self._vocabulary = _Vocabulary(folder)
        self._passages = int(json.loads((folder / PARAMETERS).read_text(encoding="utf-8"))["num_docs"])

    def search(self, terms: Sequence[str], limit: int, selection: Selection) -> list[tuple[int, float]]:
        """The selected passages that share terms with a query.

        Args:
            terms: of the query; one that occurs twice counts twice, one that no passage has counts nothing.
            limit: how many to return at most.
            selection: which rows may be found.

        Returns:
            (row, BM25 score), best first, equal scores by row; only scores above 0.
        """
        known = [number for term in terms if (number := self._vocabulary.number_of(term)) is not None]
        if not known or not selection.count:
            return []
        scores = np.zeros(self._passages, dtype=np.float32)
        for number in known:
            start, end = self._starts[number], self._starts[number + 1]
            # A term has a row once, so that this adds as np.add.at would, in a third of the time.
            scores[self._rows[start:end]] += self._scores[start:end]
        if not selection.is_all:
            scores *= selection.mask
        return [(int(row), float(scores[row])) for row in best_places(scores, limit) if scores[row] > 0]
