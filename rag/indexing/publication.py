"""Publication: a finished generation takes the place of the one before by one atomic renaming of the manifest.

Readers of an older generation have its files open and keep them; those who come upon it half removed read anew.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from rag.errors import IndexMissingError, RagError
from rag.indexing.layout import BUILDING, EMBEDDED, GENERATION, MANIFEST, Manifest, read_manifest

_FIRST_FORMAT = (
    "sources.json",
    "documents.json",
    "passages.json",
    "terms.json",
    "passages.faiss",
    "sentence_vectors.npy",
    "lexical",
    "encoder",
)


def publish(folder: Path, new: Path, manifest: Manifest) -> None:
    """Name a finished generation, have it on disk, point the manifest to it, and remove what it replaces."""
    for path in (*new.rglob("*"), new):
        _sync(path)
    os.rename(new, folder / manifest.generation)
    written = folder / f".{MANIFEST}"
    written.write_text(manifest.written(), encoding="utf-8")
    _sync(written)
    os.replace(written, folder / MANIFEST)
    _sync(folder)
    forget_finished(folder)
    clear(folder)


def forget_finished(folder: Path) -> None:
    """Remove the vectors that builds have left behind."""
    for name in (EMBEDDED, f"{EMBEDDED}-journal"):
        (folder / name).unlink(missing_ok=True)


def clear(folder: Path) -> None:
    """Remove what no manifest speaks of: interrupted builds, other generations, the files of the first format.

    Where the manifest cannot be read, its generation is not known, and all generations are left as they are.
    """
    shutil.rmtree(folder / BUILDING, ignore_errors=True)
    try:
        current = read_manifest(folder).generation
    except IndexMissingError:
        current = None
    except RagError:
        return
    left = [path for path in folder.glob(f"{GENERATION}*") if path.name != current]
    if current is not None:
        left += [folder / name for name in _FIRST_FORMAT]
    for path in left:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def free_name(folder: Path, fingerprint: str) -> str:
    """A name for a generation that no other one of the folder has."""
    name = f"{GENERATION}{fingerprint[:12]}"
    return name if not (folder / name).exists() else f"{name}-{os.getpid()}"


def link(origin: str, target: str) -> None:
    """One file under two names where the disk can; generations are never changed, so that neither sees the other."""
    try:
        os.link(origin, target)
    except OSError:
        shutil.copy2(origin, target)


def _sync(path: Path) -> None:
    """Have a file or folder on disk before anything points to it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
