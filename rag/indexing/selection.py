"""Which passages a filter leaves: columns of kind, year and topics by source, and the selections made of them.

A selection is made once and kept, because the searches of a question share a few filters. What it holds is read only,
so that threads may share it. It knows nothing of scores.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.types import KINDS, Source, SourceFilter

EXACT_ROWS = 50_000
"""So many rows are compared one by one: it takes a few milliseconds, and misses nothing."""

SOURCE_OF_ROW = "filter_rows.npy"
KIND_AND_YEAR = "filter_sources.npy"
TOPICS = "filter_topics.json"

_KEPT_BYTES = 2**26
_KEPT_AT_LEAST, _KEPT_AT_MOST = 8, 64

Mask = NDArray[np.bool_]


def write_columns(folder: Path, sources: Sequence[Source], source_of_row: NDArray[np.int32]) -> None:
    """Write what filters need into an existing folder; the same sources give the same bytes.

    Args:
        folder: where the three files shall lie.
        sources: all sources, in the order that `source_of_row` counts them.
        source_of_row: shape (passages,): the place in `sources` of each passage's source.
    """
    columns = np.array([(KINDS.index(one.kind), one.year) for one in sources], dtype=np.int32).reshape(-1, 2)
    topics: dict[str, list[int]] = {}
    for place, source in enumerate(sources):
        for topic in dict.fromkeys(source.topics):
            topics.setdefault(topic, []).append(place)
    np.save(folder / SOURCE_OF_ROW, np.ascontiguousarray(source_of_row, dtype=np.int32), allow_pickle=False)
    np.save(folder / KIND_AND_YEAR, columns, allow_pickle=False)
    (folder / TOPICS).write_text(json.dumps(dict(sorted(topics.items())), ensure_ascii=False), encoding="utf-8")


class Selection:
    """The rows that a filter leaves.

    Attributes:
        mask: bool, shape (passages,): whether a row is selected.
        count: how many are.
        is_all: whether all are.
    """

    def __init__(self, mask: Mask) -> None:
        mask.flags.writeable = False
        self.mask = mask
        self.count = int(np.count_nonzero(mask))
        self.is_all = self.count == len(mask)
        self._few = np.flatnonzero(mask) if self.count <= EXACT_ROWS else None

    @property
    def fraction(self) -> float:
        """The part of all rows that is selected, from 0 to 1."""
        return self.count / len(self.mask) if len(self.mask) else 0.0

    @property
    def rows(self) -> NDArray[np.int64]:
        """The selected rows, ascending. Kept where they are few; otherwise made anew, 8 bytes a row."""
        return np.flatnonzero(self.mask) if self._few is None else self._few

    @cached_property
    def faiss_selector(self) -> Any:
        """The same for faiss: one bit a row. It keeps its bits alive, which faiss holds by a bare pointer."""
        import faiss

        bits = np.packbits(self.mask, bitorder="little")
        return faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]  # its Python form is not in the stubs


class Selections:
    """Makes selections by filter, and keeps the last ones used within a bound of memory. Threads may share it.

    Raises:
        OSError, ValueError: the columns cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._source_of_row = np.load(folder / SOURCE_OF_ROW, mmap_mode="r", allow_pickle=False)
        columns = np.load(folder / KIND_AND_YEAR, allow_pickle=False)
        self._kinds, self._years = columns[:, 0], columns[:, 1]
        self._topics: dict[str, list[int]] = json.loads((folder / TOPICS).read_text(encoding="utf-8"))
        self._keep = min(max(_KEPT_BYTES // (len(self._source_of_row) + 1), _KEPT_AT_LEAST), _KEPT_AT_MOST)
        self._kept: OrderedDict[SourceFilter, Selection] = OrderedDict()
        self._lock = Lock()

    def select(self, within: SourceFilter) -> Selection:
        """The rows whose source passes a filter. An unknown topic selects nothing."""
        with self._lock:
            kept = self._kept.get(within)
            if kept is not None:
                self._kept.move_to_end(within)
                return kept
        made = Selection(self._sources_within(within)[self._source_of_row])
        with self._lock:
            self._kept[within] = made
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        return made

    def _sources_within(self, within: SourceFilter) -> Mask:
        """Which sources pass."""
        passing = np.ones(len(self._kinds), dtype=np.bool_)
        if within.kind is not None:
            passing &= self._kinds == KINDS.index(within.kind)
        if within.year_from is not None:
            passing &= self._years >= within.year_from
        if within.year_to is not None:
            passing &= self._years <= within.year_to
        if within.topics:
            on_topic = np.zeros(len(self._kinds), dtype=np.bool_)
            for topic in within.topics:
                on_topic[self._topics.get(topic, [])] = True
            passing &= on_topic
        return passing
