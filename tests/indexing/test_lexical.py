"""BM25 in the files of bm25s: the same scores, found under a filter, built from a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.indexing import lexical as lexical_room
from rag.indexing.arrays import best_places
from rag.indexing.lexical import K1, B, LexicalIndex, write_lexical
from rag.indexing.selection import Selection

ALL = Selection(np.ones(3000, dtype=np.bool_))
THIRD = Selection(np.arange(3000) % 3 == 0)


def made_up_passages(count: int = 3000, terms: int = 800) -> list[list[str]]:
    random = np.random.default_rng(0)
    reached = np.cumsum(1 / (np.arange(terms) + 3))
    lengths = random.integers(0, 60, count)
    return [[f"wört{place}" for place in np.searchsorted(reached / reached[-1], random.random(n))] for n in lengths]


PASSAGES = made_up_passages()
QUERIES = [passage[:7] for passage in PASSAGES[:60] if passage]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index built in several blocks."""
    path = tmp_path_factory.mktemp("index") / "lexical"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexical_room, "_BLOCK_PASSAGES", 512)
        write_lexical(path, PASSAGES)
    return path


@pytest.fixture(scope="module")
def reference() -> bm25s.BM25:
    index = bm25s.BM25(method="lucene", k1=K1, b=B)
    index.index(PASSAGES, show_progress=False)
    return index


def expected(scores: np.ndarray, selection: Selection, limit: int) -> list[tuple[int, float]]:
    scores = np.where(selection.mask, scores, 0)
    order = np.lexsort((np.arange(len(scores)), -scores))[:limit]
    return [(int(row), float(scores[row])) for row in order if scores[row] > 0]


@pytest.mark.parametrize("selection", [ALL, THIRD])
def test_scores_are_those_of_bm25s_to_the_last_bit(folder: Path, reference: bm25s.BM25, selection: Selection) -> None:
    index = LexicalIndex(folder)
    for query in QUERIES:
        assert index.search(query, 20, selection) == expected(reference.get_scores(query), selection, 20)


def test_bm25s_opens_the_folder_and_scores_alike(folder: Path, reference: bm25s.BM25) -> None:
    opened = bm25s.BM25.load(folder, mmap=True, show_progress=False)
    for query in QUERIES:
        assert np.array_equal(opened.get_scores(query), reference.get_scores(query))
    assert (opened.k1, opened.b, opened.method) == (0.9, 0.4, "lucene")


def test_equal_scores_come_by_row(tmp_path: Path) -> None:
    write_lexical(tmp_path, [["gout", "foot"], ["hip"], ["gout", "hand"], ["gout", "knee"]])
    found = LexicalIndex(tmp_path).search(["gout"], 2, Selection(np.ones(4, dtype=np.bool_)))
    assert [row for row, _ in found] == [0, 2]
    assert found[0][1] == found[1][1] > 0


def test_a_passage_that_shares_no_term_is_not_found(tmp_path: Path) -> None:
    write_lexical(tmp_path, [["gout"], ["hip"], []])
    found = LexicalIndex(tmp_path).search(["hip", "unheard"], 20, Selection(np.ones(3, dtype=np.bool_)))
    assert [row for row, _ in found] == [1]


def test_nothing_is_found_without_a_known_term_a_row_or_a_place(folder: Path) -> None:
    index, nothing = LexicalIndex(folder), Selection(np.zeros(3000, dtype=np.bool_))
    assert index.search([], 20, ALL) == []
    assert index.search(["unheard", "", "wört"], 20, ALL) == []
    assert index.search(["wört0"], 20, nothing) == []
    assert index.search(["wört0"], 0, ALL) == []


def test_a_term_asked_twice_counts_twice(tmp_path: Path) -> None:
    write_lexical(tmp_path, [["gout", "foot"], ["hip"]])
    index, both = LexicalIndex(tmp_path), Selection(np.ones(2, dtype=np.bool_))
    ((_, once),), ((_, twice),) = index.search(["gout"], 5, both), index.search(["gout", "gout"], 5, both)
    assert twice == pytest.approx(2 * once)


def test_terms_are_read_once_from_a_stream_and_leave_no_other_file(tmp_path: Path) -> None:
    def stream() -> Iterator[tuple[str, ...]]:
        yield ("gout",)
        yield ("hip", "gout")

    write_lexical(tmp_path / "new", stream())
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "data.csc.index.npy",
        "indices.csc.index.npy",
        "indptr.csc.index.npy",
        "params.index.json",
        "terms.numbers.npy",
        "terms.starts.npy",
        "terms.utf8.npy",
        "vocab.index.json",
    ]
    assert json.loads((tmp_path / "new" / "vocab.index.json").read_text(encoding="utf-8")) == {"gout": 0, "hip": 1}


@pytest.mark.parametrize("passages", [[], [[]], [[], []]])
def test_an_index_without_any_term_opens_and_finds_nothing(tmp_path: Path, passages: list[list[str]]) -> None:
    write_lexical(tmp_path, passages)
    assert LexicalIndex(tmp_path).search(["gout"], 5, Selection(np.ones(len(passages), dtype=np.bool_))) == []


def test_the_same_terms_give_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        write_lexical(tmp_path / name, PASSAGES)
        written.append({path.name: path.read_bytes() for path in sorted((tmp_path / name).iterdir())})
    assert written[0] == written[1]


def test_threads_may_share_an_index(folder: Path) -> None:
    index = LexicalIndex(folder)
    alone = [index.search(query, 20, THIRD) for query in QUERIES]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda query: index.search(query, 20, THIRD), QUERIES)) == alone


@pytest.mark.parametrize("missing", ["data.csc.index.npy", "terms.utf8.npy", "params.index.json"])
def test_a_missing_file_is_an_error_of_opening(tmp_path: Path, missing: str) -> None:
    write_lexical(tmp_path, [["gout"]])
    (tmp_path / missing).unlink()
    with pytest.raises(OSError, match=missing):
        LexicalIndex(tmp_path)


@given(
    st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), max_size=40),
    st.integers(1, 400),
    st.integers(0, 30),
)
def test_the_best_places_are_those_of_a_stable_sort(values: list[float], times: int, limit: int) -> None:
    scores = np.array(values * times, dtype=np.float32)
    assert best_places(scores, limit).tolist() == np.argsort(-scores, kind="stable")[:limit].tolist()
