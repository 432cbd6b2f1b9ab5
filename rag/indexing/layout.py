"""What is in an index folder, and its manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from rag.errors import IndexBrokenError, IndexMismatchError, IndexMissingError

SCHEMA = "sourcebound.index/1"
MANIFEST = "manifest.json"
SOURCES = "sources.json"
DOCUMENTS = "documents.json"
PASSAGES = "passages.json"
TERMS = "terms.json"
FAISS = "passages.faiss"
SENTENCE_VECTORS = "sentence_vectors.npy"
LEXICAL = "lexical"
ENCODER = "encoder"


class FileEntry(BaseModel):
    """One file of the folder: its size in bytes and its SHA-256."""

    size: int
    sha256: str


class Manifest(BaseModel):
    """What an index was built from, with what, when and where."""

    model_config = ConfigDict(frozen=True)

    schema_version: str
    name: str
    fingerprint: str
    corpus_hash: str
    source_hashes: dict[str, str]
    encoder: dict[str, Any]
    chunking: dict[str, Any]
    counts: dict[str, int]
    packages: dict[str, str]
    built_at: str
    machine: dict[str, str]
    files: dict[str, FileEntry]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an index folder.

    Raises:
        IndexMissingError: no such index.
        IndexBrokenError: the manifest cannot be read.
        IndexMismatchError: it was written by another version of the format.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise IndexMissingError("no such index", value=folder.name, mend=f"rag index build {folder.name}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = content["schema_version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexBrokenError(
            "the manifest of the index cannot be read", value=path, mend=f"rag index build {folder.name}"
        ) from error
    if found != SCHEMA:
        raise IndexMismatchError(
            f"index '{folder.name}' has the format {found}, this program reads {SCHEMA}",
            mend=f"rag index build {folder.name}",
        )
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise IndexBrokenError(
            "the manifest of the index lacks fields", value=path, mend=f"rag index build {folder.name}"
        ) from error
