"""The texts of an index: sources, documents and passages in one SQLite file, written once, then read only.

Rows are fetched when asked for, so that opening a large index reads next to nothing.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, overload

from pydantic import TypeAdapter
from pydantic_core import from_json

from rag.types import Kind, Passage, Sentence, Source

_SOURCE = TypeAdapter(Source)
_CACHED = 1024
_TABLES = """
CREATE TABLE sources (place INTEGER PRIMARY KEY, source_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
                      record TEXT NOT NULL, text TEXT NOT NULL, first_row INTEGER NOT NULL, row_count INTEGER NOT NULL,
                      terms TEXT NOT NULL);
CREATE TABLE passages (row INTEGER PRIMARY KEY, passage_id TEXT NOT NULL UNIQUE, place INTEGER NOT NULL,
                       heading TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, sentences TEXT NOT NULL);
CREATE TABLE topics (topic TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE terms (term TEXT PRIMARY KEY, sentences INTEGER NOT NULL) WITHOUT ROWID;
"""
PassageTerms = tuple[list[str], list[list[str]]]
"""The terms of a passage: those of its title and heading, and those of each sentence."""


@dataclass(frozen=True, slots=True)
class WrittenPassage:
    """What is embedded of a passage: the heading it stands under, its text, and the texts of its sentences."""

    heading: str
    text: str
    sentences: list[str]


class TextsWriter:
    """Writes the file, source by source. Use as a context; nothing is kept unless it ends well.

    Args:
        path: the file to write.
        old: the file of an index that sources can be taken over from, if there is one.
    """

    def __init__(self, path: Path, old: Path | None = None) -> None:
        self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rwc", uri=True, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")
        if old is not None:
            self._connection.execute("ATTACH ? AS old", (_read_only(old),))
        self._connection.executescript("BEGIN;" + _TABLES)
        self._place = 0
        self._row = 0

    def __enter__(self) -> TextsWriter:
        return self

    def __exit__(self, *failure: object) -> None:
        if failure[0] is None:
            self._connection.execute("COMMIT")
        self._connection.close()

    def add(self, source: Source, text: str, passages: Sequence[Passage], terms: Sequence[PassageTerms]) -> None:
        """Add a source: its document's text, its passages in order, and the terms of each."""
        record, written_terms = _compact(asdict(source)), _compact(terms)
        self._connection.execute(
            "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self._place, source.source_id, source.kind, record, text, self._row, len(passages), written_terms),
        )
        self._connection.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (row, one.passage_id, self._place, one.heading, one.start, one.end, _spans(one))
                for row, one in enumerate(passages, self._row)
            ],
        )
        self._place += 1
        self._row += len(passages)

    def take_over(self, first: int, last: int) -> None:
        """Add the sources that stand at the places from `first` to `last` of the old file, as they are there."""
        within = (first, last)
        bounds = "SELECT min(first_row), sum(row_count) FROM old.sources WHERE place BETWEEN ? AND ?"
        first_row, rows = self._connection.execute(bounds, within).fetchone()
        places_on, rows_on = self._place - first, self._row - first_row
        self._connection.execute(
            "INSERT INTO sources SELECT place + ?, source_id, kind, record, text, first_row + ?, row_count, terms "
            "FROM old.sources WHERE place BETWEEN ? AND ? ORDER BY place",
            (places_on, rows_on, *within),
        )
        self._connection.execute(
            "INSERT INTO passages SELECT row + ?, passage_id, place + ?, heading, start, end, sentences "
            "FROM old.passages WHERE row >= ? AND row < ? ORDER BY row",
            (rows_on, places_on, first_row, first_row + rows),
        )
        self._place += last - first + 1
        self._row += rows

    def written(self) -> Iterator[tuple[Source, list[WrittenPassage]]]:
        """All sources so far with their passages, in order."""
        sources = self._connection.execute("SELECT record, text, row_count FROM sources ORDER BY place")
        passages = self._connection.execute("SELECT heading, start, end, sentences FROM passages ORDER BY row")
        for record, text, count in sources:
            yield (
                _SOURCE.validate_json(record),
                [
                    WrittenPassage(heading, text[start:end], [text[first:last] for first, last in from_json(spans)])
                    for heading, start, end, spans in islice(passages, count)
                ],
            )

    def add_topics(self, topics: Iterable[str]) -> None:
        """Add the topics that sources have."""
        self._connection.executemany("INSERT OR IGNORE INTO topics VALUES (?)", [(topic,) for topic in topics])

    def add_terms(self, counts: Mapping[str, int]) -> None:
        """Add in how many sentences each term stands."""
        self._connection.executemany("INSERT INTO terms VALUES (?, ?)", sorted(counts.items()))


class Texts:
    """Reads the file; safe for threads, since each reading holds the lock."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self.path = path
        self._connection = sqlite3.connect(_read_only(path), uri=True, check_same_thread=False)
        self.passage_count = int(self._one("SELECT coalesce(max(row), -1) + 1 FROM passages")[0])
        self.source_count = int(self._one("SELECT coalesce(max(place), -1) + 1 FROM sources")[0])
        self.topics: tuple[str, ...] = tuple(row[0] for row in self._all("SELECT topic FROM topics ORDER BY topic"))
        self.source = lru_cache(_CACHED)(self._source)
        self.text = lru_cache(_CACHED)(self._text)
        self.passage = lru_cache(_CACHED)(self._passage)
        self.row_of = lru_cache(_CACHED)(self._row_of)
        self.sentences_with = lru_cache(_CACHED)(self._sentences_with)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def source_ids(self) -> Iterator[str]:
        """The ids of all sources, in order."""
        return (row[0] for row in self._all("SELECT source_id FROM sources ORDER BY place"))

    def places(self) -> dict[str, int]:
        """At which place each source stands."""
        return dict(self._all("SELECT source_id, place FROM sources"))

    def passages_of(self, source_id: str) -> list[Passage]:
        """The passages of a source, in order.

        Raises:
            KeyError: there is no such source.
        """
        query = "SELECT kind, text, first_row, row_count FROM sources WHERE source_id = ?"
        kind, text, first, count = self._found(source_id, query)
        rows = self._all("SELECT * FROM passages WHERE row >= ? AND row < ? ORDER BY row", first, first + count)
        return [_as_passage(row, source_id, kind, text) for row in rows]

    def terms(self, source_id: str) -> list[PassageTerms]:
        """The terms of each passage of a source, in order."""
        return _terms(self._found(source_id, "SELECT terms FROM sources WHERE source_id = ?")[0])

    def all_terms(self) -> Iterator[list[PassageTerms]]:
        """The terms of each passage, source by source; no other thread may read meanwhile."""
        for (written,) in self._connection.execute("SELECT terms FROM sources ORDER BY place"):
            yield from_json(written)

    def term_counts(self) -> dict[str, int]:
        """In how many sentences each term stands."""
        return dict(self._all("SELECT term, sentences FROM terms"))

    def text_count(self, source_id: str) -> int:
        """How many passages and sentences a source has."""
        return sum(1 + len(sentences) for _, sentences in self.terms(source_id))

    def _source(self, source_id: str) -> Source:
        return _SOURCE.validate_json(self._found(source_id, "SELECT record FROM sources WHERE source_id = ?")[0])

    def _text(self, source_id: str) -> str:
        return str(self._found(source_id, "SELECT text FROM sources WHERE source_id = ?")[0])

    def _passage(self, row: int) -> Passage:
        found = self._one(
            "SELECT passages.*, source_id, kind, text FROM passages JOIN sources USING (place) WHERE row = ?", row
        )
        if found is None:
            raise IndexError(row)
        return _as_passage(found[:-3], *found[-3:])

    def _row_of(self, passage_id: str) -> int:
        return int(self._found(passage_id, "SELECT row FROM passages WHERE passage_id = ?")[0])

    def _sentences_with(self, term: str) -> int:
        found = self._one("SELECT sentences FROM terms WHERE term = ?", term)
        return int(found[0]) if found else 0

    def _found(self, key: str, query: str) -> Any:
        found = self._one(query, key)
        if found is None:
            raise KeyError(key)
        return found

    def _one(self, query: str, *values: object) -> Any:
        with self._lock:
            return self._connection.execute(query, values).fetchone()

    def _all(self, query: str, *values: object) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()


class Sources(Mapping[str, Source]):
    """The sources of an index by their ids, in order."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def __getitem__(self, source_id: str) -> Source:
        return self._texts.source(source_id)

    def __iter__(self) -> Iterator[str]:
        return self._texts.source_ids()

    def __len__(self) -> int:
        return self._texts.source_count


class Documents(Mapping[str, str]):
    """The texts of the documents of an index by the ids of their sources."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def __getitem__(self, source_id: str) -> str:
        return self._texts.text(source_id)

    def __iter__(self) -> Iterator[str]:
        return self._texts.source_ids()

    def __len__(self) -> int:
        return self._texts.source_count


class Passages(Sequence[Passage]):
    """The passages of an index by row."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    @overload
    def __getitem__(self, place: int) -> Passage: ...
    @overload
    def __getitem__(self, place: slice) -> list[Passage]: ...
    def __getitem__(self, place: int | slice) -> Passage | list[Passage]:
        if isinstance(place, slice):
            return [self._texts.passage(row) for row in range(*place.indices(len(self)))]
        return self._texts.passage(place if place >= 0 else len(self) + place)

    def __len__(self) -> int:
        return self._texts.passage_count


def _read_only(path: Path) -> str:
    """The address of a finished file, which is never changed."""
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


def _compact(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _spans(passage: Passage) -> str:
    return _compact([(sentence.start, sentence.end) for sentence in passage.sentences])


def _terms(written: str) -> list[PassageTerms]:
    return [(lead, sentences) for lead, sentences in from_json(written)]


def _as_passage(row: Any, source_id: str, kind: Kind, text: str) -> Passage:
    _, passage_id, _, heading, start, end, spans = row
    sentences = tuple(Sentence(first, last) for first, last in from_json(spans))
    return Passage(passage_id, source_id, kind, heading, start, end, text[start:end], sentences)
