"""Vectors in one faiss file: exact scores, filters inside the search, and an effort that was measured."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from rag.errors import ConfigError, IndexBrokenError
from rag.indexing import effort, vectors
from rag.indexing.effort import step_for
from rag.indexing.selection import Selection
from rag.indexing.vectors import VectorIndex, chosen_factory, write_vector_index
from rag.models.base import Vectors
from rag.types import no_progress

COUNT, DIMENSION = 4000, 32
FEW = 200
COMPRESSED = "IVF32,SQ8,RFlat"


def unit(rows: NDArray[Any]) -> Vectors:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def made_up(count: int = COUNT) -> tuple[Vectors, Vectors]:
    random = np.random.default_rng(7)
    centres = random.standard_normal((60, DIMENSION))
    rows = centres[random.integers(0, 60, count)] + 0.6 * random.standard_normal((count, DIMENSION))
    queries = centres[random.integers(0, 60, 50)] + 0.8 * random.standard_normal((50, DIMENSION))
    return unit(rows), unit(queries)


ROWS, QUERIES = made_up()
ALL = Selection(np.ones(COUNT, dtype=np.bool_))
HALF = Selection(np.arange(COUNT) % 2 == 0)
NARROW = Selection(np.arange(COUNT) % 100 == 0)


@pytest.fixture(autouse=True)
def few_rows_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the size from which a search is approximate, so that tests stay small."""
    monkeypatch.setattr(vectors, "EXACT_ROWS", FEW)
    monkeypatch.setattr(effort, "EXACT_ROWS", FEW)


@pytest.fixture(scope="module")
def compressed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A compressed index built once, and its settings."""
    path = tmp_path_factory.mktemp("compressed") / "index"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(effort, "EXACT_ROWS", FEW)
        return path, write_vector_index(path, ROWS, COMPRESSED, no_progress)


def opened(path: Path, factory: str, rows: Vectors = ROWS) -> VectorIndex:
    return VectorIndex(path, write_vector_index(path, rows, factory, no_progress))


def brute_force(query: Vectors, selection: Selection, limit: int, rows: Vectors = ROWS) -> list[int]:
    scores = np.where(selection.mask, rows @ query, -np.inf)
    best: list[int] = np.lexsort((np.arange(len(rows)), -scores))[: min(limit, selection.count)].tolist()
    return best


def test_the_kind_follows_the_size_unless_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "EXACT_ROWS", 50_000)
    assert chosen_factory(50_000) == "Flat"
    assert chosen_factory(50_001) == "IVF512,SQ8,RFlat"
    assert chosen_factory(1_000_000) == "IVF2048,SQ8,RFlat"
    assert chosen_factory(10_000_000) == "IVF8192,SQ8,RFlat"
    assert chosen_factory(10, "HNSW32") == "HNSW32"


@pytest.mark.parametrize("selection", [ALL, HALF, NARROW])
def test_a_flat_index_finds_what_numpy_finds(tmp_path: Path, selection: Selection) -> None:
    index = opened(tmp_path / "index", "Flat")
    assert (index.count, index.dimension) == (COUNT, DIMENSION)
    for query in QUERIES:
        found = index.search(query, 20, selection)
        assert [row for row, _ in found] == brute_force(query, selection, 20)
        assert [score for _, score in found] == pytest.approx([ROWS[row] @ query for row, _ in found], abs=1e-6)


@pytest.mark.parametrize("selection", [ALL, HALF])
def test_a_compressed_index_finds_nearly_all_with_exact_scores(
    compressed: tuple[Path, dict[str, Any]], selection: Selection
) -> None:
    index = VectorIndex(*compressed)
    hits = 0
    for query in QUERIES:
        found = index.search(query, 20, selection)
        hits += len({row for row, _ in found} & set(brute_force(query, selection, 20)))
        assert all(selection.mask[row] for row, _ in found)
        assert found == sorted(found, key=lambda one: (-one[1], one[0]))
        assert [score for _, score in found] == pytest.approx([ROWS[row] @ query for row, _ in found], abs=1e-6)
    assert hits / (20 * len(QUERIES)) >= 0.95


def test_a_narrow_selection_is_searched_exactly_in_a_compressed_index(compressed: tuple[Path, dict[str, Any]]) -> None:
    index = VectorIndex(*compressed)
    for query in QUERIES:
        assert [row for row, _ in index.search(query, 20, NARROW)] == brute_force(query, NARROW, 20)


def test_a_selection_far_from_the_query_is_still_found_whole(compressed: tuple[Path, dict[str, Any]]) -> None:
    path, settings = compressed
    lists_visited = [{**step, "nprobe": 1} for step in settings["steps"]]
    index = VectorIndex(path, {**settings, "steps": lists_visited})
    farthest = np.argsort(ROWS @ QUERIES[0])[: FEW + 50]
    selection = Selection(np.isin(np.arange(COUNT), farthest))
    assert [row for row, _ in index.search(QUERIES[0], 20, selection)] == brute_force(QUERIES[0], selection, 20)


@pytest.mark.parametrize("factory", ["Flat", COMPRESSED])
def test_equal_vectors_come_by_row(tmp_path: Path, factory: str) -> None:
    rows = ROWS.copy()
    rows[[3900, 17, 1201]] = QUERIES[0]
    found = opened(tmp_path / "index", factory, rows).search(QUERIES[0], 3, ALL)
    assert [row for row, _ in found] == [17, 1201, 3900]
    assert len({score for _, score in found}) == 1


@pytest.mark.parametrize("factory", ["Flat", COMPRESSED])
def test_nothing_is_found_where_nothing_is_selected_or_asked_for(tmp_path: Path, factory: str) -> None:
    index = opened(tmp_path / "index", factory)
    assert index.search(QUERIES[0], 20, Selection(np.zeros(COUNT, dtype=np.bool_))) == []
    assert index.search(QUERIES[0], 0, ALL) == []


@pytest.mark.parametrize("factory", ["Flat", COMPRESSED, "IVF16,SQ8", "IVF16,Flat", "HNSW8", "PCA16,IVF16,SQ8"])
def test_any_kind_gives_back_the_stored_vectors_and_exact_scores(tmp_path: Path, factory: str) -> None:
    rows, query = ROWS[:1500], QUERIES[1]
    index = opened(tmp_path / "index", factory, rows)
    wanted = np.array([1499, 0, 7], dtype=np.int64)
    assert np.array_equal(index.vectors(wanted), rows[wanted])
    assert index.vectors(np.zeros(0, dtype=np.int64)).shape == (0, DIMENSION)
    found = index.search(query, 10, Selection(np.arange(1500) % 3 > 0))
    assert len(found) == 10
    assert [score for _, score in found] == pytest.approx([rows[row] @ query for row, _ in found], abs=1e-6)


def test_a_row_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(IndexError):
        opened(tmp_path / "index", "Flat").vectors(np.array([COUNT]))


@pytest.mark.parametrize("factory", ["nonsense", "LSH", "IDMap,Flat", "PQ2x4fs,RFlat", "IVF5000,SQ8"])
def test_a_factory_string_that_cannot_serve_is_one_line(tmp_path: Path, factory: str) -> None:
    with pytest.raises(ConfigError, match="give another factory string") as caught:
        write_vector_index(tmp_path / "index", ROWS, factory, no_progress)
    assert f"'{factory}'" in str(caught.value)
    assert ".cpp" not in str(caught.value)
    assert not (tmp_path / "index").exists()


def test_the_effort_is_measured_for_each_part_a_filter_may_leave(compressed: tuple[Path, dict[str, Any]]) -> None:
    settings = compressed[1]
    assert json.loads(json.dumps(settings)) == settings
    fractions = [step["fraction"] for step in settings["steps"]]
    assert fractions[0] == 1
    assert fractions == sorted(fractions, reverse=True)
    assert fractions[-1] == pytest.approx(FEW / COUNT, abs=0.02)
    assert settings["recall_at_20"] == min(step["recall_at_20"] for step in settings["steps"]) >= 0.97
    assert {"factory", "seed", "sample_queries"} <= set(settings)


def test_a_search_takes_the_effort_of_the_next_smaller_part() -> None:
    steps = [{"fraction": 1.0}, {"fraction": 0.25}, {"fraction": 0.05}]
    assert [step_for(steps, part)["fraction"] for part in (1.0, 0.9, 0.25, 0.2, 0.01)] == [1.0, 0.25, 0.25, 0.05, 0.05]


@pytest.mark.parametrize("factory", ["Flat", COMPRESSED, "HNSW8"])
def test_the_same_vectors_give_the_same_bytes(tmp_path: Path, factory: str) -> None:
    written = [(write_vector_index(tmp_path / name, ROWS[:1500], factory, no_progress)) for name in ("one", "two")]
    assert written[0] == written[1]
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_mapped_array_is_built_as_one_in_memory(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", ROWS)
    write_vector_index(tmp_path / "one", ROWS, COMPRESSED, no_progress)
    write_vector_index(tmp_path / "two", np.load(tmp_path / "rows.npy", mmap_mode="r"), COMPRESSED, no_progress)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("factory", ["Flat", COMPRESSED])
def test_threads_may_share_an_index(tmp_path: Path, factory: str) -> None:
    index = opened(tmp_path / "index", factory)
    alone = [index.search(query, 20, HALF) for query in QUERIES]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda query: index.search(query, 20, HALF), QUERIES)) == alone


def test_a_search_leaves_the_threads_of_faiss_as_they_were(compressed: tuple[Path, dict[str, Any]]) -> None:
    before = faiss.omp_get_max_threads()
    VectorIndex(*compressed).search(QUERIES[0], 5, ALL)
    assert faiss.omp_get_max_threads() == before


def test_an_empty_index_opens_and_finds_nothing(tmp_path: Path) -> None:
    index = opened(tmp_path / "index", "Flat", np.zeros((0, DIMENSION), dtype=np.float32))
    assert index.search(QUERIES[0], 5, Selection(np.zeros(0, dtype=np.bool_))) == []


@pytest.mark.parametrize("damage", [b"", b"not an index", None])
def test_a_damaged_file_is_one_line(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "passages.faiss"
    write_vector_index(path, ROWS, COMPRESSED, no_progress)
    path.write_bytes(path.read_bytes()[:100_000] if damage is None else damage)
    with pytest.raises(IndexBrokenError, match=r"passages\.faiss"):
        VectorIndex(path, {})


def test_a_file_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no-such-folder"):
        write_vector_index(tmp_path / "no-such-folder" / "index", ROWS[:100], "Flat", no_progress)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_called_a_full_disk() -> None:
    with pytest.raises(OSError, match="/dev/full") as caught:
        write_vector_index(Path("/dev/full"), ROWS, "Flat", no_progress)
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.strerror == os.strerror(errno.ENOSPC)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs the memory figures of Linux")
@pytest.mark.parametrize("factory", ["Flat", "IVF16,SQ8,RFlat"])
def test_opening_maps_the_file_and_reads_little_of_it(tmp_path: Path, factory: str) -> None:
    random = np.random.default_rng(0)
    rows = unit(random.standard_normal((20_000, 256)))
    settings = write_vector_index(tmp_path / "index", rows, factory, no_progress)
    script = (
        "import json, sys; from pathlib import Path; import faiss; from rag.indexing.vectors import VectorIndex\n"
        "def held():\n"
        "    lines = Path('/proc/self/status').read_text().splitlines()\n"
        "    return sum(int(l.split()[1]) for l in lines if l.startswith(('RssAnon', 'RssFile')))\n"
        "before = held(); index = VectorIndex(Path(sys.argv[1]), json.loads(sys.argv[2])); print(held() - before)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "index"), json.dumps(settings)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    grown_kib = int(subprocess.run(command, capture_output=True, check=True, text=True, env=environment).stdout)
    assert grown_kib * 1024 < (tmp_path / "index").stat().st_size / 5
