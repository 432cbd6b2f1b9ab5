"""Builds an index beside the old one and publishes it by replacing the manifest, so that a crash leaves the old whole.

What has not changed is taken over from the old index: texts and terms by the hash of their file, vectors by the text
they were made from.
"""

from __future__ import annotations

import platform
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import CorpusError, IndexBrokenError, RagError
from rag.indexing.arrays import new_array
from rag.indexing.embeddings import Embedding, FinishedVectors, keys_of
from rag.indexing.gathering import Gathered, Offered, gather, lexical_terms
from rag.indexing.index import Index, open_index
from rag.indexing.layout import (
    BUILDING,
    COLUMNS,
    EMBEDDED,
    ENCODER,
    FAISS,
    KEYS,
    LEXICAL,
    SCHEMA,
    SENTENCE_OFFSETS,
    SENTENCE_VECTORS,
    TEXTS,
    Manifest,
    file_entries,
    fingerprint_of,
    generation_folder,
)
from rag.indexing.lexical import write_lexical
from rag.indexing.lock import building
from rag.indexing.publication import clear, forget_finished, free_name, link, publish
from rag.indexing.selection import write_columns
from rag.indexing.vectors import chosen_factory, write_vector_index
from rag.models.base import Encoder, EncoderMaker
from rag.types import Progress, no_progress

_PACKAGES = ("bm25s", "faiss-cpu", "numpy", "onnxruntime", "sentence-transformers", "tokenizers", "torch")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes an index of sources.

    `chunking` is for the manifest: an index with another one gives no texts over. `factory` overrides the kind of
    vector index (a FAISS factory string); None leaves it to the number of passages.
    """

    maker: EncoderMaker
    corpus_hash: str
    chunking: Mapping[str, Any]
    factory: str | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """A published index, how many sources and vectors it took over, and how many texts were embedded for it."""

    manifest: Manifest
    reused_sources: int
    reused_vectors: int
    embedded: int


def build_index(
    folder: Path, offered: Sequence[Offered], recipe: Recipe, *, anew: bool = False, progress: Progress = no_progress
) -> Built:
    """Build an index folder and publish it.

    Args:
        folder: where it shall lie; what lies there stays usable until the new one is whole.
        offered: the sources, in the order they shall have.
        recipe: what makes the index.
        anew: take nothing over from the old index, nor from an interrupted build.
        progress: told of each stage.

    Raises:
        CorpusError: there is nothing to index, or a source cannot be read.
        IndexBusyError: another process is building it.
        IndexBrokenError: the folder cannot be written.
    """
    try:
        with building(folder):
            clear(folder)
            if anew:
                forget_finished(folder)
            old = None if anew else sound_index(folder)
            try:
                if old is not None and _is_current(old, recipe):
                    counts = old.manifest.counts
                    return Built(old.manifest, counts["sources"], counts["passages"] + counts["sentences"], 0)
                return _Build(folder, offered, recipe, old, progress=progress).run()
            finally:
                if old is not None:
                    old.close()
                shutil.rmtree(folder / BUILDING, ignore_errors=True)
    except (OSError, sqlite3.OperationalError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise IndexBrokenError(
            "the index cannot be written", value=f"{folder}: {reason}", mend="the index before it is as it was"
        ) from error


def sound_index(folder: Path) -> Index | None:
    """The index that lies in a folder, if every byte is as its manifest says; only then is anything taken over."""
    try:
        index = open_index(folder)
    except RagError:
        return None
    generation = generation_folder(folder, index.manifest)
    with suppress(OSError):
        if index.manifest.files.items() <= file_entries(generation).items():
            return index
    index.close()
    return None


def _is_current(old: Index, recipe: Recipe) -> bool:
    """Whether an index is what the recipe would make."""
    found = old.manifest
    return (
        found.corpus_hash == recipe.corpus_hash
        and found.chunking == dict(recipe.chunking)
        and found.encoder["fingerprint"] == recipe.maker.fingerprint
        and found.search["asked"] == recipe.factory
    )


class _Build:
    """One build of one index, in the order of its steps; the caller holds the lock."""

    def __init__(
        self, folder: Path, offered: Sequence[Offered], recipe: Recipe, old: Index | None, *, progress: Progress
    ) -> None:
        self._folder, self._new = folder, folder / BUILDING
        self._offered, self._recipe, self._old, self._progress = offered, recipe, old, progress
        same = old is not None and old.manifest.encoder["fingerprint"] == recipe.maker.fingerprint
        self._same_encoder = old if same else None
        self._opened: Encoder | None = None

    def run(self) -> Built:
        self._new.mkdir(parents=True)
        with self._encoder_written():
            gathered = self._write_texts()
        embedded, search = self._write_vectors(gathered)
        self._progress("publishing", 0, 1)
        manifest = self._manifest(gathered, search)
        publish(self._folder, self._new, manifest)
        self._progress("publishing", 1, 1)
        vectors = len(gathered.texts) + len(gathered.sentences)
        return Built(manifest, gathered.reused_sources, vectors - embedded, embedded)

    def _write_texts(self) -> Gathered:
        """Write the texts, the lexical index and the columns of the filters."""
        same_chunking = self._old is not None and self._old.manifest.chunking == dict(self._recipe.chunking)
        gathered = gather(self._new / TEXTS, self._offered, self._old if same_chunking else None, self._progress)
        if not gathered.texts:
            raise CorpusError("nothing to index: the corpus has no sentences")
        with ThreadPoolExecutor(1) as pool:
            if self._same_encoder is not None and gathered.reused_sources < len(gathered.sources):
                pool.submit(self._encoder)  # something is to be embedded: it is opened meanwhile
            write_lexical(self._new / LEXICAL, lexical_terms(self._new / TEXTS))
        (self._new / COLUMNS).mkdir()
        write_columns(self._new / COLUMNS, gathered.sources, np.array(gathered.source_of_row, dtype=np.int32))
        return gathered

    @contextmanager
    def _encoder_written(self) -> Iterator[None]:
        """Have the encoder's copy written at the end: that of the old index where it is the same, else exported
        meanwhile."""
        if self._same_encoder is not None:
            shutil.copytree(self._same_encoder.encoder_folder, self._new / ENCODER, copy_function=link)
            yield
            return
        with ThreadPoolExecutor(1) as pool:
            export = pool.submit(self._recipe.maker.export, self._new / ENCODER)
            try:
                yield
            except BaseException:
                self._recipe.maker.abandon()
                raise
            export.result()

    def _encoder(self) -> Encoder:
        """The encoder, opened only when something has to be embedded."""
        self._opened = self._opened or self._recipe.maker.open(self._new / ENCODER)
        return self._opened

    def _write_vectors(self, gathered: Gathered) -> tuple[int, dict[str, Any]]:
        """Write all vectors; how many texts were embedded, and the settings of the vector index."""
        keys, sentence_keys = keys_of(gathered.texts), keys_of(gathered.sentences)
        np.save(self._new / KEYS, np.concatenate([keys, sentence_keys]), allow_pickle=False)
        offsets = np.concatenate([[0], np.cumsum(gathered.sentence_counts)])
        np.save(self._new / SENTENCE_OFFSETS, offsets, allow_pickle=False)
        dimension = int(self._recipe.maker.description["dimension"])
        scratch = self._new / "scratch.npy"
        vectors = new_array(scratch, (len(keys), dimension), np.float32)
        sentences = new_array(self._new / SENTENCE_VECTORS, (len(sentence_keys), dimension), np.float16)
        of_passages, of_sentences = self._same_encoder.known_vectors() if self._same_encoder else (None, None)
        finished = FinishedVectors(self._folder / EMBEDDED, self._recipe.maker.fingerprint)
        embedding = Embedding(finished, self._encoder, self._progress)
        try:
            embedded = embedding.fill(vectors, gathered.texts, keys, of_passages)
            embedded += embedding.fill(sentences, gathered.sentences, sentence_keys, of_sentences)
        finally:
            finished.close()
        sentences.flush()
        factory = chosen_factory(len(keys), self._recipe.factory)
        search = write_vector_index(self._new / FAISS, vectors, factory, self._progress)
        scratch.unlink()
        return embedded, search

    def _manifest(self, gathered: Gathered, search: Mapping[str, Any]) -> Manifest:
        files = file_entries(self._new)
        fingerprint = fingerprint_of(files)
        kinds = Counter(source.kind for source in gathered.sources)
        return Manifest(
            schema_version=SCHEMA,
            name=self._folder.name,
            generation=free_name(self._folder, fingerprint),
            fingerprint=fingerprint,
            corpus_hash=self._recipe.corpus_hash,
            source_hashes={one.source_id: one.file_hash for one in self._offered},
            encoder=dict(self._recipe.maker.description),
            chunking=dict(self._recipe.chunking),
            search={"asked": self._recipe.factory, **search},
            counts={
                "sources": len(gathered.sources),
                "guidelines": kinds["guideline"],
                "research": kinds["research"],
                "passages": len(gathered.texts),
                "sentences": len(gathered.sentences),
            },
            packages=_package_versions(),
            built_at=datetime.now(UTC).isoformat(timespec="seconds"),
            machine={
                "system": platform.platform(),
                "python": platform.python_version(),
                "cpu": platform.machine(),
            },
            files=files,
        )


def _package_versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
