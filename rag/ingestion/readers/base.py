"""What every reader gives back, and how a file is opened: as bytes, unpacked where it is gzip, never all at once."""

from __future__ import annotations

import gzip
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from rag.errors import ReadingError
from rag.types import Kind, Notice

GZIP_MAGIC = b"\x1f\x8b"
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0e-\x1b\x7f]|\u00ad(?:[ \t]*\r?\n[ \t]*)?")
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_LIGATURE = re.compile(f"[{''.join(_LIGATURES)}]")

OWN_FIELDS = (
    "title",
    "year",
    "kind",
    "authors",
    "organisation",
    "journal",
    "doi",
    "pmid",
    "url",
    "study_type",
    "licence",
)
"""The fields of a source record that a reading has of its own."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (`level` 1 to 6) or a paragraph (`level` 0): one line of clean text, never empty."""

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader understood of one source; None or empty where the file does not say.

    `blocks` are its headings and paragraphs in order. `remarks` say, for the user, what was left out or is in doubt.
    `replaced_by` and `replaces` are PMIDs of later and earlier versions. `further` are fields of a source record that
    only our own front matter has. `place` is where in the file it stands, where that helps to find it; `read_bytes` how
    much of the file had been read by then, for files that are read in a stream.
    """

    title: str | None = None
    year: int | None = None
    kind: Kind | None = None
    authors: str | None = None
    organisation: str | None = None
    journal: str | None = None
    doi: str | None = None
    pmid: str | None = None
    url: str | None = None
    study_type: str | None = None
    licence: str | None = None
    notices: tuple[Notice, ...] = ()
    blocks: tuple[Block, ...] = ()
    remarks: tuple[str, ...] = ()
    replaced_by: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    further: Mapping[str, object] = field(default_factory=dict)
    place: str | None = None
    read_bytes: int = 0


class Reader(Protocol):
    """Reads files of one format."""

    format: str

    def read(self, path: Path) -> Iterator[Reading]:
        """The sources of a file, one after the other, in bounded memory where a file may hold many.

        Raises:
            ReadingError: in one line, what is wrong with the file and how to mend it. It may come after some readings.
        """


def clean(text: str) -> str:
    """One line of text: NFC, ligatures taken apart, invisible characters out, white space single."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    visible = _LIGATURE.sub(lambda found: _LIGATURES[found[0]], _INVISIBLE.sub("", text))
    return " ".join(unicodedata.normalize("NFC", visible).split())


def block(text: str, level: int = 0) -> Iterator[Block]:
    """A block of the cleaned text, or nothing where nothing is left of it."""
    cleaned = clean(text)
    if cleaned:
        yield Block(cleaned, level)


def counted(count: int, noun: str) -> str:
    """A number with its noun: "1 table", "3 tables"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file as a stream of bytes, unpacked where it begins as gzip does.

    Raises:
        ReadingError: it is not there, is no file, or its compressed form is damaged.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            if packed:
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield cast(BinaryIO, unpacked)
            else:
                yield raw
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ReadingError(
            f"{path}: the gzip file is cut off or damaged", value=error, mend="fetch it again"
        ) from error
    except OSError as error:
        raise ReadingError(f"{path}: cannot be read", value=error.strerror or error) from error


def position(stream: BinaryIO) -> int:
    """How many bytes of the file on disk a stream of `opened` has used up."""
    packed = getattr(stream, "fileobj", None)
    return int((packed or stream).tell())


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """All bytes of a file (unpacked) that is read as a whole.

    Raises:
        ReadingError: it is larger than `max_bytes`, or cannot be read.
    """
    with opened(path) as stream:
        content = stream.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise ReadingError(
            f"{path}: too large to read as one document",
            value=f"more than {max_bytes // 2**20} MB",
            mend="split it, or raise RAG_FILE_MAX_MB",
        )
    return content
