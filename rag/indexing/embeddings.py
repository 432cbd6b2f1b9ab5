"""Vectors by the text they were made from: taken over from the old index, kept from an interrupted build, or made.

A text whose vector is known is never embedded again. Finished vectors are kept at once, so that an interrupted build
goes on where it was.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.models.base import Encoder, Vectors
from rag.types import Progress

Keys = NDArray[np.bytes_]
_SLAB = 256
_BLOCK = 8192
KEY_BYTES = 16


def key_of(text: str) -> bytes:
    """What a text is known by: 15 bytes of its BLAKE2b digest and a last one, since numpy drops zeros at the end."""
    return hashlib.blake2b(text.encode(), digest_size=KEY_BYTES - 1).digest() + b"\x01"


def keys_of(texts: Sequence[str]) -> Keys:
    """The keys of texts, of shape (len(texts),), dtype S16."""
    return np.array([key_of(text) for text in texts], dtype=f"S{KEY_BYTES}")


@dataclass(frozen=True, slots=True)
class KnownVectors:
    """The vectors of an index: `keys` of its rows, and what gives the vectors of some rows."""

    keys: Keys
    vectors: Callable[[NDArray[np.int64]], Vectors]

    def rows_of(self, keys: Keys) -> NDArray[np.int64]:
        """For each key the row that has its vector, or -1."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        order = np.argsort(self.keys, kind="stable")
        ordered = self.keys[order]
        places = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
        return np.where(ordered[places] == keys, order[places], -1).astype(np.int64)


class FinishedVectors:
    """The vectors that a build has made so far, in a file that outlives it. Another encoder's are thrown away."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        try:
            self._open(path)
            same = self._connection.execute("SELECT value FROM encoder").fetchone() == (fingerprint,)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "full" in str(error):
                raise
            same = False
        if not same:
            self._connection.close()
            path.unlink(missing_ok=True)
            self._open(path)
            self._connection.execute("INSERT INTO encoder VALUES (?)", (fingerprint,))
            self._connection.commit()

    def _open(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute("CREATE TABLE IF NOT EXISTS encoder (value TEXT)")
        self._connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    @classmethod
    def count(cls, path: Path, fingerprint: str, keys: Sequence[bytes]) -> int:
        """How many of some keys an interrupted build has left vectors of, made by this encoder."""
        if not path.is_file():
            return 0
        try:
            connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            try:
                if connection.execute("SELECT value FROM encoder").fetchone() != (fingerprint,):
                    return 0
                query = "SELECT 1 FROM vectors WHERE key = ?"
                return sum(connection.execute(query, (key,)).fetchone() is not None for key in keys)
            finally:
                connection.close()
        except sqlite3.DatabaseError:
            return 0

    def get(self, key: bytes) -> Vectors | None:
        """The vector of a key, of shape (dimension,), or None."""
        found = self._connection.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
        return np.frombuffer(found[0], dtype=np.float32) if found else None

    def keep(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Keep vectors of shape (len(keys), dimension)."""
        rows = [(key, vector.tobytes()) for key, vector in zip(keys, vectors, strict=True)]
        self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        self._connection.commit()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


@dataclass(frozen=True, slots=True)
class Embedding:
    """What a build embeds with.

    Attributes:
        finished: the vectors of interrupted builds; what is embedded now is kept there.
        encoder: opens the encoder; called only if a text has to be embedded.
        progress: told after each slab.
    """

    finished: FinishedVectors
    encoder: Callable[[], Encoder]
    progress: Progress

    def fill(self, out: NDArray[np.floating], texts: Sequence[str], keys: Keys, known: KnownVectors | None) -> int:
        """Fill `out` with the vectors of texts; how many had to be embedded.

        Args:
            out: a float array of shape (len(texts), dimension), of whatever precision is to be stored.
            texts: what the vectors are of.
            keys: their keys.
            known: the vectors of the old index, or None.
        """
        missing = np.arange(len(keys)) if known is None else _take_over(out, keys, known)
        _, firsts, copies = np.unique(keys[missing], return_index=True, return_inverse=True)
        wanted = missing[firsts]
        pending = [int(place) for place in wanted if not _taken(out, int(place), self.finished.get(bytes(keys[place])))]
        for slab, done in _slabs(sorted(pending, key=lambda place: (-len(texts[place]), place))):
            vectors = self.encoder().encode_documents([texts[place] for place in slab])
            self.finished.keep([bytes(keys[place]) for place in slab], vectors)
            out[slab] = vectors
            self.progress("embedding", done, len(pending))
        for start in range(0, len(missing), _BLOCK):
            out[missing[start : start + _BLOCK]] = out[wanted[copies[start : start + _BLOCK]]]
        return len(pending)


def _take_over(out: NDArray[np.floating], keys: Keys, known: KnownVectors) -> NDArray[np.int64]:
    """Fill in what is known; which places are left."""
    rows = known.rows_of(keys)
    found = np.flatnonzero(rows >= 0)
    for start in range(0, len(found), _BLOCK):
        block = found[start : start + _BLOCK]
        out[block] = known.vectors(rows[block])
    return np.flatnonzero(rows < 0)


def _taken(out: NDArray[np.floating], place: int, vector: Vectors | None) -> bool:
    if vector is None:
        return False
    out[place] = vector
    return True


def _slabs(places: Sequence[int]) -> Iterator[tuple[list[int], int]]:
    for start in range(0, len(places), _SLAB):
        slab = list(places[start : start + _SLAB])
        yield slab, start + len(slab)
