"""What is in an index folder, where, and the manifest that points to it.

`NAME/manifest.json` is the only file that is ever replaced: it names the generation, a folder beside it that is written
once and never changed. Whoever replaces the manifest publishes an index; whoever has read it has a whole one.
"""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from rag.errors import IndexBrokenError, IndexMismatchError, IndexMissingError
from rag.models.encoder_files import file_sha256

FORMAT = "sourcebound.index/"
VERSION = 2
SCHEMA = f"{FORMAT}{VERSION}"
MANIFEST = "manifest.json"
TEXTS = "texts.sqlite"
FAISS = "passages.faiss"
SENTENCE_VECTORS = "sentence_vectors.npy"
SENTENCE_OFFSETS = "sentence_offsets.npy"
KEYS = "keys.npy"
COLUMNS = "columns"
LEXICAL = "lexical"
ENCODER = "encoder"
GENERATION = "generation-"
BUILDING = ".building"
EMBEDDED = ".embedded.sqlite"


class FileEntry(BaseModel):
    """One file of the generation: its size in bytes and its SHA-256."""

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str


class Manifest(BaseModel):
    """What an index was built from, with what, when and where."""

    model_config = ConfigDict(frozen=True)

    schema_version: str
    name: str
    generation: str
    fingerprint: str
    corpus_hash: str
    source_hashes: dict[str, str]
    encoder: dict[str, Any]
    chunking: dict[str, Any]
    search: dict[str, Any]
    counts: dict[str, int]
    packages: dict[str, str]
    built_at: str
    machine: dict[str, str]
    files: dict[str, FileEntry]
    checksum: str = ""

    def written(self) -> str:
        """The text of the manifest's file, with the SHA-256 of all its other fields."""
        content = self.model_dump(exclude={"checksum"})
        checksum = hashlib.sha256(json.dumps(content, ensure_ascii=False, indent=1).encode()).hexdigest()
        return json.dumps(content | {"checksum": checksum}, ensure_ascii=False, indent=1)


def fingerprint_of(files: dict[str, FileEntry]) -> str:
    """One SHA-256 over the names and hashes of the files of a generation."""
    lines = "".join(f"{name}:{entry.sha256}\n" for name, entry in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def file_entry(path: Path) -> FileEntry:
    """Size and SHA-256 of a file."""
    return FileEntry(size=path.stat().st_size, sha256=file_sha256(path))


def file_entries(folder: Path) -> dict[str, FileEntry]:
    """Every file below a folder by its relative path; hashed side by side, as hashing leaves the interpreter free."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor() as pool:
        entries = list(pool.map(file_entry, paths))
    return {path.relative_to(folder).as_posix(): entry for path, entry in zip(paths, entries, strict=True)}


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an index folder.

    Raises:
        IndexMissingError: no such index.
        IndexBrokenError: the manifest cannot be read.
        IndexMismatchError: it was written by another version of the format.
    """
    path = folder / MANIFEST
    mend = f"rag index build {folder.name}"
    if not path.is_file():
        raise IndexMissingError("no such index", value=folder.name, mend=mend)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = str(content["schema_version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexBrokenError("the manifest of the index cannot be read", value=path, mend=mend) from error
    if found != SCHEMA:
        raise IndexMismatchError(
            f"index '{folder.name}' has the format {found}, this program reads {SCHEMA}",
            mend=f"update the program, or {mend}" if _later(found) else mend,
        )
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise IndexBrokenError("the manifest of the index lacks fields", value=path, mend=mend) from error


def _later(schema: str) -> bool:
    number = schema.removeprefix(FORMAT)
    return number.isdigit() and int(number) > VERSION


def generation_folder(folder: Path, manifest: Manifest) -> Path:
    """Where the files lie that a manifest speaks of."""
    return folder / manifest.generation
