"""Which rows a filter leaves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rag.indexing import selection as selection_room
from rag.indexing.selection import Selection, Selections, write_columns
from rag.types import Kind, Source, SourceFilter


def source(kind: Kind, year: int, *topics: str) -> Source:
    return Source(f"{kind}-{year}", kind, "A title", year, "current", topics=topics)


SOURCES = [
    source("guideline", 2018, "heart failure", "dyspnoea"),
    source("research", 2020, "heart failure"),
    source("guideline", 2024),
    source("research", 2024, "asthma", "dyspnoea"),
]
SOURCE_OF_ROW = np.array([0, 0, 1, 2, 3, 3, 3], dtype=np.int32)


@pytest.fixture
def selections(tmp_path: Path) -> Selections:
    write_columns(tmp_path, SOURCES, SOURCE_OF_ROW)
    return Selections(tmp_path)


@pytest.mark.parametrize(
    ("within", "rows"),
    [
        (SourceFilter(), [0, 1, 2, 3, 4, 5, 6]),
        (SourceFilter(kind="guideline"), [0, 1, 3]),
        (SourceFilter(year_from=2020), [2, 3, 4, 5, 6]),
        (SourceFilter(year_to=2020), [0, 1, 2]),
        (SourceFilter(year_from=2019, year_to=2023), [2]),
        (SourceFilter(topics=frozenset({"dyspnoea"})), [0, 1, 4, 5, 6]),
        (SourceFilter(topics=frozenset({"asthma", "heart failure"})), [0, 1, 2, 4, 5, 6]),
        (SourceFilter(kind="research", year_from=2021, topics=frozenset({"dyspnoea", "gout"})), [4, 5, 6]),
        (SourceFilter(topics=frozenset({"gout"})), []),
        (SourceFilter(year_from=2025, year_to=2019), []),
    ],
)
def test_a_filter_leaves_the_rows_whose_source_passes_it(
    selections: Selections, within: SourceFilter, rows: list[int]
) -> None:
    selected = selections.select(within)
    assert selected.rows.tolist() == rows
    assert np.flatnonzero(selected.mask).tolist() == rows
    assert selected.count == len(rows)
    assert selected.is_all == (len(rows) == len(SOURCE_OF_ROW))
    assert selected.fraction == len(rows) / len(SOURCE_OF_ROW)


def test_the_selector_of_faiss_says_the_same_as_the_mask(selections: Selections) -> None:
    selected = selections.select(SourceFilter(kind="research"))
    assert [selected.faiss_selector.is_member(row) for row in range(7)] == selected.mask.tolist()


def test_a_selection_is_made_once_and_shared(selections: Selections) -> None:
    within = SourceFilter(topics=frozenset({"asthma", "dyspnoea"}))
    with ThreadPoolExecutor(8) as threads:
        counts = list(threads.map(lambda _: selections.select(within).count, range(200)))
    assert set(counts) == {5}
    assert selections.select(within) is selections.select(SourceFilter(topics=frozenset({"dyspnoea", "asthma"})))


def test_the_least_recently_used_selection_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection_room, "_KEPT_AT_LEAST", 1)
    monkeypatch.setattr(selection_room, "_KEPT_AT_MOST", 2)
    write_columns(tmp_path, SOURCES, SOURCE_OF_ROW)
    selections = Selections(tmp_path)
    first, second, third = (SourceFilter(year_from=year) for year in (2018, 2019, 2020))
    kept, gone = selections.select(first), selections.select(second)
    assert selections.select(first) is kept
    selections.select(third)
    assert selections.select(first) is kept
    assert selections.select(second) is not gone


def test_a_shared_mask_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Selection(np.ones(3, dtype=np.bool_)).mask[0] = False


def test_rows_of_a_large_selection_are_made_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection_room, "EXACT_ROWS", 2)
    assert Selection(np.array([True, False, True, True])).rows.tolist() == [0, 2, 3]


def test_an_index_of_nothing_selects_nothing(tmp_path: Path) -> None:
    write_columns(tmp_path, [], np.zeros(0, dtype=np.int32))
    selected = Selections(tmp_path).select(SourceFilter(kind="guideline"))
    assert (selected.count, selected.fraction, selected.rows.tolist()) == (0, 0.0, [])


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_columns(tmp_path / name, SOURCES, SOURCE_OF_ROW)
        written.append({path.name: path.read_bytes() for path in sorted((tmp_path / name).iterdir())})
    assert written[0] == written[1]
