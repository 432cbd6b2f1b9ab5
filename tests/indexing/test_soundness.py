"""`verify` finds every flipped byte, and vectors that do not come out again; `diff` foretells what a build does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.indexing.builder import Built, Recipe
from rag.indexing.difference import Difference, difference
from rag.indexing.gathering import Offered
from rag.indexing.layout import FileEntry, fingerprint_of, generation_folder, read_manifest
from rag.indexing.soundness import check_soundness
from rag.ingestion.chunking import chunk
from rag.ingestion.corpus_file import corpus_digests, corpus_hash, read_corpus_file

Build = Callable[..., Built]
Write = Callable[..., Path]


def test_a_fresh_index_is_sound(small_folder: Path, letters: Any) -> None:
    found = check_soundness(small_folder, letters.open, sample=None)
    counts = read_manifest(small_folder).counts
    assert found.faults == ()
    assert found.vectors == counts["passages"] + counts["sentences"]
    assert found.least_cosine == pytest.approx(1.0, abs=1e-3)


def test_a_flipped_byte_in_each_file_is_found_and_named(small_folder: Path, letters: Any) -> None:
    manifest = read_manifest(small_folder)
    generation = generation_folder(small_folder, manifest)
    chance = np.random.default_rng(7)
    for name, entry in manifest.files.items():
        path = generation / name
        whole = path.read_bytes()
        for place in {0, entry.size - 1, *chance.integers(0, entry.size, 5).tolist()}:
            flipped = bytearray(whole)
            flipped[place] ^= 1 << int(chance.integers(0, 8))
            path.write_bytes(flipped)
            assert [fault.part for fault in check_soundness(small_folder, letters.open).faults] == [name]
        path.write_bytes(whole)
    assert check_soundness(small_folder, letters.open).faults == ()


def test_a_flipped_byte_in_the_manifest_is_found(small_folder: Path, letters: Any) -> None:
    from rag.errors import RagError

    path = small_folder / "manifest.json"
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        flipped = bytearray(whole)
        flipped[place] ^= 1
        path.write_bytes(flipped)
        try:
            faults = check_soundness(small_folder, letters.open).faults
        except RagError:
            continue
        assert faults, f"byte {place}: {whole[max(0, place - 20) : place + 20]!r}"
    path.write_bytes(whole)


def test_a_file_that_does_not_belong_is_named(small_folder: Path, letters: Any) -> None:
    (generation_folder(small_folder, read_manifest(small_folder)) / "model.pickle").write_bytes(b"x")
    assert [fault.part for fault in check_soundness(small_folder, letters.open).faults] == ["model.pickle"]


def rewritten(folder: Path, name: str, content: bytes) -> None:
    """Change a file together with its hash, as a builder that makes other vectors would."""
    manifest = read_manifest(folder)
    (generation_folder(folder, manifest) / name).write_bytes(content)
    entry = FileEntry(size=len(content), sha256=hashlib.sha256(content).hexdigest())
    files = manifest.files | {name: entry}
    changed = manifest.model_copy(update={"files": files, "fingerprint": fingerprint_of(files)})
    (folder / "manifest.json").write_text(changed.written(), encoding="utf-8")


def test_vectors_of_other_texts_are_found_though_every_byte_is_as_stated(small_folder: Path, letters: Any) -> None:
    path = generation_folder(small_folder, read_manifest(small_folder)) / "sentence_vectors.npy"
    header, size = path.read_bytes()[:128], path.stat().st_size
    vectors = np.load(path)
    swapped = vectors[::-1].tobytes()
    assert len(header) + len(swapped) == size
    rewritten(small_folder, "sentence_vectors.npy", header + swapped)
    found = check_soundness(small_folder, letters.open, sample=None)
    assert found.faults
    assert all(fault.part.startswith("vector of sentence") for fault in found.faults)
    assert found.least_cosine is not None
    assert found.least_cosine < 0.99


def foretold(corpus: Path, folder: Path, maker: Any, passage_chars: int = 60, factory: str | None = None) -> Difference:
    def reading(path: Path) -> Any:
        def read() -> Any:
            document = read_corpus_file(path)
            return document, chunk(document, max_chars=passage_chars)

        return read

    digests = corpus_digests(corpus)
    offered = [Offered(path.stem, digest, reading(path)) for path, digest in digests]
    return difference(folder, offered, Recipe(maker, corpus_hash(digests), {"passage_chars": passage_chars}, factory))


def test_an_index_that_is_up_to_date_has_no_difference(small_corpus: Path, small_folder: Path, letters: Any) -> None:
    found = foretold(small_corpus, small_folder, letters)
    assert found.up_to_date
    assert (found.unchanged, found.embed) == (5, 0)


def test_the_difference_names_sources_and_foretells_what_is_embedded(
    small_corpus: Path, small_folder: Path, letters: Any, build_from: Build, write_source: Write
) -> None:
    write_source(small_corpus, "wrist-2024", "Wrist pain is relieved by warmth. Wrist pain is relieved by warmth.")
    write_source(small_corpus, "knee-2020", "Knee pain is relieved by rest. The Board recommends 20 mg of alphacaine.")
    (small_corpus / "research" / "fraud-2018.md").unlink()
    letters.texts.clear()
    found = foretold(small_corpus, small_folder, letters)
    assert (found.added, found.changed, found.removed, found.unchanged) == (
        ("wrist-2024",),
        ("knee-2020",),
        ("fraud-2018",),
        3,
    )
    assert letters.texts == []
    built = build_from(small_corpus, small_folder, letters)
    assert found.embed == built.embedded == len(letters.texts)
    assert found.texts == built.manifest.counts["passages"] + built.manifest.counts["sentences"]
    assert foretold(small_corpus, small_folder, letters).up_to_date


def test_what_forces_more_than_the_changed_sources_is_said(
    small_corpus: Path, small_folder: Path, letters: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "passage_chars was 60, and is 500 now" in foretold(small_corpus, small_folder, letters, 500).reasons[0]
    assert "is HNSW16 now" in foretold(small_corpus, small_folder, letters, factory="HNSW16").reasons[0]
    assert "no index" in foretold(small_corpus, tmp_path / "indexes" / "none", letters).reasons[0]
    monkeypatch.setattr(type(letters), "fingerprint", "e" * 64)
    other = foretold(small_corpus, small_folder, letters)
    assert "eeeeeeeeeeee" in other.reasons[0]
    assert other.embed == other.texts


def test_a_damaged_index_is_said_to_give_nothing_over(small_corpus: Path, small_folder: Path, letters: Any) -> None:
    path = generation_folder(small_folder, read_manifest(small_folder)) / "passages.faiss"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    found = foretold(small_corpus, small_folder, letters)
    assert "damaged" in found.reasons[0]
    assert found.embed == found.texts > 0
