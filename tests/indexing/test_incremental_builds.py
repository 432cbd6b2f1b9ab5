"""What has not changed is never embedded again, what is gone disappears, and a build that stops loses nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import EncoderError, IndexBrokenError, IndexBusyError
from rag.indexing.builder import Built
from rag.indexing.embeddings import keys_of
from rag.indexing.index import Index, open_index
from rag.indexing.layout import EMBEDDED, TEXTS, generation_folder, read_manifest
from rag.indexing.lock import building
from rag.types import SourceFilter

Build = Callable[..., Built]
Write = Callable[..., Path]


class InterruptedBuildError(Exception):
    """Stands for whatever ends a build half-way."""


def embedded_texts(letters: Any) -> list[str]:
    texts: list[str] = sorted(letters.texts)
    letters.texts.clear()
    return texts


def same_vectors(one: Index, other: Index) -> bool:
    return all(
        np.array_equal(left.keys, right.keys)
        and np.array_equal(left.vectors(np.arange(len(left.keys))), right.vectors(np.arange(len(right.keys))))
        for left, right in zip(one.known_vectors(), other.known_vectors(), strict=True)
    )


def test_nothing_changed_means_nothing_done(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Build
) -> None:
    before = (small_folder / "manifest.json").read_bytes()
    letters.texts.clear()
    built = build_from(small_corpus, small_folder, letters)
    assert (built.embedded, built.reused_sources, embedded_texts(letters)) == (0, 5, [])
    assert (small_folder / "manifest.json").read_bytes() == before


def test_one_changed_sentence_is_all_that_is_embedded(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Build, write_source: Write, tmp_path: Path
) -> None:
    letters.texts.clear()
    write_source(
        small_corpus, "knee-2020", "Knee pain is relieved by rest. The Board recommends 20 mg of alphacaine daily."
    )
    built = build_from(small_corpus, small_folder, letters)
    changed = "The Board recommends 20 mg of alphacaine daily."
    assert embedded_texts(letters) == [changed, f"Title of knee-2020. Findings. {changed}"]
    assert (built.embedded, built.reused_sources) == (2, 4)
    assert letters.exports == 1
    anew = tmp_path / "indexes" / "anew"
    build_from(small_corpus, anew, letters)
    assert same_vectors(open_index(small_folder), open_index(anew))
    assert open_index(small_folder).documents == open_index(anew).documents
    assert open_index(small_folder).sources == open_index(anew).sources


def test_an_incremental_build_searches_as_a_whole_one_does(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Build, write_source: Write, tmp_path: Path
) -> None:
    write_source(small_corpus, "wrist-2024", "Wrist pain is relieved by warmth.")
    (small_corpus / "research" / "trial-2019.md").unlink()
    build_from(small_corpus, small_folder, letters)
    anew = tmp_path / "indexes" / "anew"
    build_from(small_corpus, anew, letters)
    one, other = open_index(small_folder), open_index(anew)
    vector = letters.encode_queries(["wrist pain"])[0]
    for within in (SourceFilter("guideline"), SourceFilter("research"), SourceFilter(topics=frozenset({"testing"}))):
        assert one.dense(vector, within, 9) == other.dense(vector, within, 9)
        assert one.lexical(["wrist", "pain"], within, 9) == other.lexical(["wrist", "pain"], within, 9)
    assert one.term_weight("wrist") == other.term_weight("wrist")
    assert one.manifest.counts == other.manifest.counts


def test_an_incremental_build_writes_the_very_texts_of_a_whole_one(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Build, write_source: Write, tmp_path: Path
) -> None:
    write_source(small_corpus, "wrist-2024", "Wrist pain is relieved by warmth.")
    write_source(small_corpus, "knee-2020", "Knee pain is relieved by knee rest and warmth. Ankles are not knees.")
    (small_corpus / "guidelines" / "elbow-2005.md").unlink()
    built = build_from(small_corpus, small_folder, letters)
    assert built.reused_sources == 3
    anew = tmp_path / "indexes" / "anew"
    build_from(small_corpus, anew, letters)
    one, other = (generation_folder(folder, read_manifest(folder)) / TEXTS for folder in (small_folder, anew))
    assert one.read_bytes() == other.read_bytes()
    assert open_index(small_folder).texts.term_counts()["knee"] == open_index(anew).texts.term_counts()["knee"] > 1
    assert min(open_index(small_folder).texts.term_counts().values()) == 1


def test_a_removed_source_disappears_with_its_words(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Build
) -> None:
    (small_corpus / "guidelines" / "elbow-2005.md").unlink()
    letters.texts.clear()
    build_from(small_corpus, small_folder, letters)
    index = open_index(small_folder)
    assert "elbow-2005" not in index.sources
    assert not index.knows("elbow")
    assert index.lexical(["elbow"], SourceFilter(), 5) == []
    assert embedded_texts(letters) == []


def test_a_changed_life_is_taken_over_without_embedding(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Build, write_source: Write
) -> None:
    write_source(
        small_corpus,
        "trial-2019",
        "Knee pain was relieved by rest in 40 of 80 patients. No harm was seen.",
        "research",
        status="retracted",
        notices=[{"kind": "retraction", "date": "2026-01-02"}],
    )
    letters.texts.clear()
    build_from(small_corpus, small_folder, letters)
    assert open_index(small_folder).sources["trial-2019"].status == "retracted"
    assert embedded_texts(letters) == []


def test_another_passage_size_keeps_the_vectors_of_the_sentences(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Build
) -> None:
    letters.texts.clear()
    build_from(small_corpus, small_folder, letters, passage_chars=500)
    assert all(text.startswith("Title of ") for text in embedded_texts(letters))
    assert open_index(small_folder).manifest.chunking == {"passage_chars": 500}


def test_another_encoder_embeds_everything_again(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters.texts.clear()
    monkeypatch.setattr(type(letters), "fingerprint", "e" * 64)
    built = build_from(small_corpus, small_folder, letters)
    assert built.reused_vectors == 0
    assert (len(embedded_texts(letters)), letters.exports) == (built.embedded, 2)


def test_anew_takes_nothing_over(small_corpus: Path, small_folder: Path, letters: Any, build_from: Build) -> None:
    letters.texts.clear()
    built = build_from(small_corpus, small_folder, letters, anew=True)
    assert (built.reused_sources, built.reused_vectors) == (0, 0)
    assert len(embedded_texts(letters)) == built.embedded > 0


@pytest.mark.parametrize("name", ["passages.faiss", "sentence_vectors.npy", "encoder/encoder.json"])
def test_nothing_is_taken_over_from_a_damaged_index(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Build, name: str
) -> None:
    path = generation_folder(small_folder, read_manifest(small_folder)) / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    letters.texts.clear()
    assert build_from(small_corpus, small_folder, letters).reused_vectors == 0
    assert embedded_texts(letters)


def interrupt(letters: Any, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Have the encoder fail after some calls."""
    from rag.indexing import embeddings

    monkeypatch.setattr(embeddings, "_SLAB", 1)
    calls = [0]
    whole = type(letters).encode_documents

    def failing(self: Any, texts: Sequence[str]) -> np.ndarray:
        calls[0] += 1
        if calls[0] > after:
            raise InterruptedBuildError
        return np.asarray(whole(self, texts))

    monkeypatch.setattr(type(letters), "encode_documents", failing)


def break_off(letters: Any, monkeypatch: pytest.MonkeyPatch, after: int, build: Callable[[], Built]) -> None:
    """Begin a build that fails after some calls of the encoder."""
    with monkeypatch.context() as patched:
        interrupt(letters, patched, after)
        with pytest.raises(InterruptedBuildError):
            build()


def test_an_interrupted_build_keeps_its_finished_vectors_and_goes_on(
    small_corpus: Path, tmp_path: Path, letters: Any, build_from: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "indexes" / "begun"
    break_off(letters, monkeypatch, 4, lambda: build_from(small_corpus, folder, letters))
    assert not (folder / "manifest.json").exists()
    first = embedded_texts(letters)
    built = build_from(small_corpus, folder, letters)
    rest = embedded_texts(letters)
    assert len(first) == 4
    assert not set(first) & set(rest)
    assert built.embedded == len(rest)
    assert sorted(path.name for path in folder.iterdir()) == [built.manifest.generation, "manifest.json"]


def test_finished_vectors_of_another_encoder_are_thrown_away(
    small_corpus: Path, tmp_path: Path, letters: Any, build_from: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "indexes" / "begun"
    break_off(letters, monkeypatch, 4, lambda: build_from(small_corpus, folder, letters))
    letters.texts.clear()
    monkeypatch.setattr(type(letters), "fingerprint", "e" * 64)
    built = build_from(small_corpus, folder, letters)
    assert built.embedded == len(set(embedded_texts(letters)))


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\x00" + b"\xff" * 90])
def test_a_damaged_file_of_finished_vectors_is_begun_anew(
    small_corpus: Path, tmp_path: Path, letters: Any, build_from: Build, content: bytes
) -> None:
    folder = tmp_path / "indexes" / "begun"
    folder.mkdir(parents=True)
    (folder / EMBEDDED).write_bytes(content)
    build_from(small_corpus, folder, letters)
    assert open_index(folder)


def test_a_failed_build_leaves_the_old_index_usable(
    small_corpus: Path, small_folder: Path, small_index: Index, letters: Any, build_from: Build, write_source: Write,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    write_source(small_corpus, "wrist-2024", "Wrist pain is relieved by warmth.")

    def failing(self: Any, texts: Sequence[str]) -> None:
        raise EncoderError("no room")

    monkeypatch.setattr(type(letters), "encode_documents", failing)
    with pytest.raises(EncoderError):
        build_from(small_corpus, small_folder, letters)
    assert open_index(small_folder).manifest == small_index.manifest
    assert not (small_folder / ".building").exists()


def test_a_second_builder_is_told_who_is_building_and_harms_nothing(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Build
) -> None:
    (small_folder / ".building").mkdir()
    with building(small_folder), pytest.raises(IndexBusyError, match=r"by process \d+ on .+ since 20\d\d-"):
        build_from(small_corpus, small_folder, letters)
    assert (small_folder / ".building").exists()
    build_from(small_corpus, small_folder, letters, anew=True)
    assert not (small_folder / ".building").exists()


def test_the_files_of_the_first_format_are_replaced(
    small_corpus: Path, tmp_path: Path, letters: Any, build_from: Build
) -> None:
    folder = tmp_path / "indexes" / "old"
    (folder / "lexical").mkdir(parents=True)
    (folder / "manifest.json").write_text('{"schema_version": "sourcebound.index/1"}')
    (folder / "documents.json").write_text("{}")
    (folder / "notes.txt").write_text("mine")
    built = build_from(small_corpus, folder, letters)
    assert sorted(path.name for path in folder.iterdir()) == [built.manifest.generation, "manifest.json", "notes.txt"]


def test_a_manifest_of_a_later_version_keeps_its_generation_until_the_new_one_is_whole(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_folder / "manifest.json"
    generation = small_folder / read_manifest(small_folder).generation
    path.write_text(path.read_text().replace("sourcebound.index/2", "sourcebound.index/3"))
    with monkeypatch.context() as patched:
        interrupt(letters, patched, after=1)
        with pytest.raises(InterruptedBuildError):
            build_from(small_corpus, small_folder, letters)
    assert generation.is_dir()
    build_from(small_corpus, small_folder, letters)
    assert open_index(small_folder)


def test_a_full_disk_is_one_clear_line(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Build, write_source: Write,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    before = read_manifest(small_folder)
    write_source(small_corpus, "wrist-2024", "Wrist pain is relieved by warmth.")

    def full(*args: object, **how: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("rag.indexing.texts.TextsWriter.add_terms", full)
    with pytest.raises(IndexBrokenError, match=r"cannot be written.*disk is full"):
        build_from(small_corpus, small_folder, letters)
    assert open_index(small_folder).manifest == before


def test_keys_differ_for_different_texts_and_never_end_in_zero() -> None:
    keys = keys_of([str(number) for number in range(5000)] + ["0"])
    assert len(np.unique(keys)) == 5000
    assert all(len(bytes(key)) == 16 for key in keys)
