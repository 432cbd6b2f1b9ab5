"""Builds an index beside the old one and publishes it by renaming, so that a crash leaves the old one whole."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import CorpusError, IndexBrokenError
from rag.indexing.layout import (
    DOCUMENTS,
    ENCODER,
    FAISS,
    LEXICAL,
    MANIFEST,
    PASSAGES,
    SCHEMA,
    SENTENCE_VECTORS,
    SOURCES,
    TERMS,
    FileEntry,
    Manifest,
)
from rag.leftovers import clear_leftovers
from rag.models.base import ExportableEncoder
from rag.text import wide_terms
from rag.types import Document, Passage, Progress, no_progress

BM25 = {"method": "lucene", "k1": 0.9, "b": 0.4}
_PACKAGES = ("bm25s", "faiss-cpu", "numpy", "onnxruntime", "sentence-transformers", "tokenizers", "torch")


def indexed_text(passage: Passage, title: str) -> str:
    """The words a passage is found by: its source's title, its heading and its text."""
    return f"{title}. {passage.heading}. {passage.text}"


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _write_texts(
    folder: Path, documents: Sequence[Document], passages: Sequence[Passage], sentences: Sequence[str]
) -> None:
    _write_json(folder / SOURCES, [asdict(document.source) for document in documents])
    _write_json(folder / DOCUMENTS, {document.source.source_id: document.text for document in documents})
    _write_json(folder / PASSAGES, [asdict(passage) for passage in passages])
    counts = Counter(term for sentence in sentences for term in set(wide_terms(sentence)))
    _write_json(folder / TERMS, {"sentences": len(sentences), "counts": dict(sorted(counts.items()))})


def _write_dense(folder: Path, texts: Sequence[str], sentences: Sequence[str], encoder: ExportableEncoder) -> None:
    import faiss

    vectors = encoder.encode([*texts, *sentences])
    index = faiss.IndexFlatIP(encoder.dimension)
    index.add(np.ascontiguousarray(vectors[: len(texts)]))
    faiss.write_index(index, str(folder / FAISS))
    np.save(folder / SENTENCE_VECTORS, vectors[len(texts) :], allow_pickle=False)


def _write_lexical(folder: Path, texts: Sequence[str]) -> None:
    import bm25s

    index = bm25s.BM25(**BM25)
    index.index([list(wide_terms(text)) for text in texts], show_progress=False)
    index.save(str(folder / LEXICAL), show_progress=False)


def _file_entries(folder: Path) -> dict[str, FileEntry]:
    entries = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            entries[path.relative_to(folder).as_posix()] = FileEntry(size=path.stat().st_size, sha256=digest)
    return entries


def _package_versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _publish(new: Path, folder: Path) -> None:
    """Put a finished folder in the place of the old one. A crash between the renames is mended by `recover`."""
    old = _old_folder(folder)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.rename(folder, old)
    os.rename(new, folder)
    shutil.rmtree(old, ignore_errors=True)


def _old_folder(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def recover(folder: Path) -> None:
    """Put the old index back where a crash fell between the two renames of a publication."""
    if not folder.exists() and _old_folder(folder).exists():
        os.rename(_old_folder(folder), folder)


def build_index(
    folder: Path,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    encoder: ExportableEncoder,
    *,
    corpus_hash: str,
    chunking: Mapping[str, Any],
    progress: Progress = no_progress,
) -> Manifest:
    """Build an index folder and publish it.

    Args:
        folder: where it shall lie; what lies there stays usable until the new one is whole.
        documents: the documents, each with its source.
        passages: their passages, in the documents' order.
        encoder: embeds passages and sentences, and exports its light copy into the folder.
        corpus_hash: what the documents were read from.
        chunking: the settings that made the passages, for the manifest.
        progress: told of each stage.

    Raises:
        CorpusError: there is nothing to index.
        IndexBrokenError: the folder cannot be written.
    """
    if not passages:
        raise CorpusError("nothing to index: the corpus has no sentences")
    recover(folder)
    clear_leftovers(folder.parent, f".{folder.name}.building-")
    new = folder.with_name(f".{folder.name}.building-{os.getpid()}")
    titles = {document.source.source_id: document.source.title for document in documents}
    texts = [indexed_text(passage, titles[passage.source_id]) for passage in passages]
    sentences = [passage.quote(sentence) for passage in passages for sentence in passage.sentences]
    try:
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        _write_texts(new, documents, passages, sentences)
        _write_dense(new, texts, sentences, encoder)
        progress("lexical index", 0, 1)
        _write_lexical(new, texts)
        progress("lexical index", 1, 1)
        progress("exporting the query encoder", 0, 1)
        encoder.export(new / ENCODER)
        progress("exporting the query encoder", 1, 1)
        files = _file_entries(new)
        fingerprint = hashlib.sha256(
            "".join(f"{name}:{entry.sha256}\n" for name, entry in files.items()).encode()
        ).hexdigest()
        manifest = Manifest(
            schema_version=SCHEMA,
            name=folder.name,
            fingerprint=fingerprint,
            corpus_hash=corpus_hash,
            source_hashes={document.source.source_id: document.file_hash for document in documents},
            encoder={
                "name": encoder.name,
                "fingerprint": encoder.fingerprint,
                "dimension": encoder.dimension,
            },
            chunking=dict(chunking),
            counts={
                "sources": len(documents),
                "guidelines": sum(document.source.kind == "guideline" for document in documents),
                "research": sum(document.source.kind == "research" for document in documents),
                "passages": len(passages),
                "sentences": len(sentences),
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
        _write_json(new / MANIFEST, manifest.model_dump())
        _publish(new, folder)
    except OSError as error:
        raise IndexBrokenError("the index cannot be written", value=f"{folder}: {error.strerror}") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return manifest
