"""A build that is killed, starved of disk or raced leaves an index that answers; readers change over whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag.errors import IndexMismatchError
from rag.indexing.builder import Built
from rag.indexing.index import Index, open_index
from rag.indexing.layout import read_manifest
from rag.pipeline import AnswerPipeline
from rag.retrieval.evidence_search import EvidenceSearch
from rag.retrieval.retrievers import DenseRetriever, FusedRetriever, LexicalRetriever
from rag.serving import LivePipeline
from rag.stages import IndexIdentity
from rag.types import SourceFilter
from rag.verification.verifier import Verifier
from tests.readers import SharedWords

HERE = Path(__file__).resolve().parent


def test_builds_killed_at_thirty_random_moments_leave_a_sound_index_and_the_next_one_finishes(tmp_path: Path) -> None:
    command = [sys.executable, str(HERE / "killed_builds.py"), str(tmp_path), "20261122"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stdout + done.stderr
    assert {(one["checked"], one["finished"]) for one in rounds} == {(0, 0)}
    assert Counter(one["status"] for one in rounds)[-9] == 30
    assert any(".building" in one["left"] for one in rounds)
    assert any(".embedded.sqlite" in one["left"] for one in rounds)


STARVED = """
import resource, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import LetterEncoder, built_from
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
from rag.errors import RagError
try:
    built_from(Path({corpus!r}), Path({folder!r}), LetterEncoder())
except RagError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("limit", [1, 500, 5000, 20000])
def test_where_files_may_not_grow_a_build_says_so_in_one_line_and_loses_nothing(
    small_corpus: Path, small_folder: Path, write_source: Callable[..., Path], limit: int
) -> None:
    before = read_manifest(small_folder)
    write_source(small_corpus, "wrist-2024", "Wrist pain is relieved by warmth. " * 300)
    code = STARVED.format(tests=str(HERE.parent), corpus=str(small_corpus), folder=str(small_folder), limit=limit)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("IndexBrokenError the index cannot be written"), done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert open_index(small_folder).manifest == before
    assert not (small_folder / ".building").exists()


@pytest.mark.parametrize("kilobytes", [200, 260, 300, 340, 400, 480, 560])
def test_a_disk_that_is_full_is_one_line_and_the_index_stays(
    small_corpus: Path, small_folder: Path, write_source: Callable[..., Path], tmp_path: Path, kilobytes: int
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(disk)]
    if (
        shutil.which("mount") is None
        or subprocess.run(["mount", *options], capture_output=True, check=False).returncode
    ):
        pytest.skip("this user may not mount a disk")
    try:
        shutil.copytree(small_folder, disk / "small")
        before = read_manifest(disk / "small")
        write_source(
            small_corpus, "wrist-2024", "".join(f"Wrist pain {n} is relieved by warmth. " for n in range(2000))
        )
        code = STARVED.format(tests=str(HERE.parent), corpus=str(small_corpus), folder=str(disk / "small"), limit=2**40)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("IndexBrokenError the index cannot be written"), done.stdout
        assert "No space left" in done.stdout or "full" in done.stdout
        assert len(done.stdout.splitlines()) == 1
        assert open_index(disk / "small").manifest == before
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_reader_that_meets_a_publication_opens_the_new_index(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Callable[..., Built],
    write_source: Callable[..., Path], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from rag.indexing import index as room

    whole, published = room._opened, [False]

    def opened(folder: Path, manifest: Any) -> Index:
        if not published[0]:
            published[0] = True
            write_source(small_corpus, "wrist-2024", "Wrist pain is relieved by warmth.")
            build_from(small_corpus, folder, letters)
        return whole(folder, manifest)

    monkeypatch.setattr(room, "_opened", opened)
    assert "wrist-2024" in open_index(small_folder).sources


def test_an_open_index_goes_on_answering_after_it_was_replaced(
    small_corpus: Path, small_folder: Path, small_index: Index, letters: Any, build_from: Callable[..., Built],
    write_source: Callable[..., Path],
) -> None:  # fmt: skip
    write_source(small_corpus, "knee-2020", "Knee pain is relieved by warmth.")
    build_from(small_corpus, small_folder, letters)
    assert not small_index.encoder_folder.exists()
    assert "15 mg of alphacaine" in small_index.documents["knee-2020"]
    vector = letters.encode_queries(["Knee pain"])[0]
    rows = small_index.dense(vector, SourceFilter("guideline"), 3)
    assert all(small_index.sentence_scores(row, vector) for row, _ in rows)


def pipeline_over(folder: Path, letters: Any) -> AnswerPipeline:
    from rag.composition.extractive import ExtractiveComposer
    from rag.models.lexical_entailment import LexicalEntailment

    index = open_index(folder)
    dense = DenseRetriever(index, letters)
    fused = FusedRetriever(index, dense, LexicalRetriever(index))
    search = EvidenceSearch(index, fused, dense, {"guideline": 8, "research": 8})
    identity = IndexIdentity(index.manifest.name, index.manifest.fingerprint, index.manifest.corpus_hash, "letters")
    return AnswerPipeline(
        search, ExtractiveComposer(SharedWords()), Verifier(LexicalEntailment()), identity, question_max_chars=500
    )


def live_over(folder: Path, letters: Any, told: list[str]) -> LivePipeline:
    def version() -> tuple[int, int]:
        found = (folder / "manifest.json").stat()
        return found.st_mtime_ns, found.st_ino

    return LivePipeline(lambda: pipeline_over(folder, letters), version, told.append)


def dose_body(milligrams: int) -> str:
    return f"Knee pain is relieved by rest. The Board recommends {milligrams} mg of alphacaine daily for knee pain."


def test_eight_threads_ask_while_five_rebuilds_are_published(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Callable[..., Built],
    write_source: Callable[..., Path],
) -> None:  # fmt: skip
    doses = {read_manifest(small_folder).fingerprint: 15}
    told: list[str] = []
    live = live_over(small_folder, letters, told)
    stop, seen, failed = threading.Event(), list[tuple[str, int, str]](), list[BaseException]()

    def ask() -> None:
        while not stop.is_set():
            try:
                answer = live.ask("What dose of alphacaine is recommended for knee pain?")
                text = " ".join(claim.text for claim in answer.guidelines)
                sources = {one.source.source_id for one in answer.references}
                seen.append((answer.provenance.index_fingerprint, len(sources), text))
            except BaseException as error:  # whatever it is, the test must see it
                failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for milligrams in (21, 22, 23, 24, 25):
        write_source(small_corpus, "knee-2020", dose_body(milligrams))
        doses[build_from(small_corpus, small_folder, letters).manifest.fingerprint] = milligrams
        asked = len(seen)
        while len(seen) < asked + 16 and not failed:
            threading.Event().wait(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert told == []
    assert {fingerprint for fingerprint, _, _ in seen} == set(doses)
    for fingerprint, _, text in seen:
        assert f"{doses[fingerprint]} mg" in text
        assert not any(f"{other} mg" in text for other in doses.values() if other != doses[fingerprint])


def test_a_new_index_that_cannot_be_used_is_told_once_and_the_old_one_answers(small_folder: Path, letters: Any) -> None:
    told: list[str] = []
    live = live_over(small_folder, letters, told)
    before = live.current()
    path = small_folder / "manifest.json"
    path.write_text(path.read_text().replace("sourcebound.index/2", "sourcebound.index/3"))
    for _ in range(3):
        assert live.ask("Is knee pain relieved by rest?").provenance.index == "small"
    assert live.current() is before
    assert len(told) == 1
    assert "sourcebound.index/3" in told[0]


def test_the_first_opening_fails_loudly(small_folder: Path, letters: Any) -> None:
    path = small_folder / "manifest.json"
    path.write_text(path.read_text().replace("sourcebound.index/2", "sourcebound.index/3"))
    with pytest.raises(IndexMismatchError):
        live_over(small_folder, letters, [])
