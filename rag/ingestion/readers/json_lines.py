"""JSON lines, one record a line, as open guideline and PubMed-snippet collections publish them.

Which key holds what is told by a field map; for what it does not name, the usual keys are tried.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.errors import ReadingError
from rag.ingestion.readers.base import Block, Reading, clean, opened, position
from rag.ingestion.readers.names import family_first, short_list
from rag.ingestion.readers.plain_text import text_blocks

LINE_MAX_BYTES = 16 * 2**20
USUAL_KEYS: dict[str, tuple[str, ...]] = {
    "title": ("title", "name"),
    "text": ("text", "content", "contents", "clean_text", "body", "abstract", "raw_text"),
    "year": ("year", "publication_year", "pub_year", "date", "publication_date", "pubdate"),
    "kind": ("kind",),
    "authors": ("authors", "author"),
    "organisation": ("organisation", "organization", "publisher", "source"),
    "journal": ("journal", "venue"),
    "doi": ("doi", "DOI"),
    "pmid": ("pmid", "PMID", "pubmed_id"),
    "url": ("url", "URL", "link"),
    "study_type": ("study_type", "publication_type"),
    "licence": ("licence", "license"),
}
_YEAR = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?=\D|\d{4}(?!\d)|$)")
_ADDRESS = re.compile(r"https?://\S+")


def _names(value: Any) -> str:
    """Authors, whether as one text or a list of texts or of objects with a name."""
    if isinstance(value, list):
        names = [one.get("name") if isinstance(one, dict) else one for one in value]
        return short_list(family_first(clean(str(name))) for name in names if name) or ""
    return _text(value)


def _text(value: Any) -> str:
    """A value in one line; whole numbers without the ".0" that tables leave behind."""
    return clean(str(int(value) if isinstance(value, float) and value.is_integer() else value))


class JsonLinesReader:
    """Reads one source a line.

    Args:
        field_map: source field (or "text") -> key of the records.
    """

    format = "JSON lines"

    def __init__(self, field_map: Mapping[str, str] | None = None) -> None:
        given = dict(field_map or {})
        self._keys = {name: (given[name],) if name in given else keys for name, keys in USUAL_KEYS.items()}

    def read(self, path: Path) -> Iterator[Reading]:
        """A reading for each line that is not blank.

        Raises:
            ReadingError: a line that is no JSON object, is not UTF-8, or is over 16 MB.
        """
        with opened(path) as stream:
            number = 0
            while line := stream.readline(LINE_MAX_BYTES + 1):
                number += 1
                if len(line) > LINE_MAX_BYTES:
                    raise ReadingError(
                        f"{path}: line {number} is too long",
                        value=f"over {LINE_MAX_BYTES // 2**20} MB",
                        mend="write one record a line",
                    )
                if line.strip():
                    yield self._reading(self._record(line, number, path), number, position(stream))

    @staticmethod
    def _record(line: bytes, number: int, path: Path) -> Mapping[str, Any]:
        try:
            record = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except UnicodeDecodeError as error:
            raise ReadingError(f"{path}: line {number} is not UTF-8 text", mend="save it as UTF-8") from error
        except (ValueError, RecursionError) as error:
            raise ReadingError(f"{path}: line {number} is not JSON", value=error, mend="one object a line") from error
        if not isinstance(record, dict):
            raise ReadingError(f"{path}: line {number} is no JSON object", value=type(record).__name__)
        return record

    def _value(self, record: Mapping[str, Any], name: str) -> Any:
        return next((record[key] for key in self._keys[name] if record.get(key) not in (None, "", [])), None)

    def _reading(self, record: Mapping[str, Any], number: int, read_bytes: int) -> Reading:
        values = {name: self._value(record, name) for name in self._keys}
        title = _text(values["title"]) or None if values["title"] is not None else None
        blocks = tuple(_blocks(values["text"], title))
        year = _YEAR.search(_text(values["year"] or ""))
        texts = {
            name: _text(values[name]) or None
            for name in ("kind", "organisation", "journal", "doi", "pmid", "url", "study_type", "licence")
            if values[name] is not None
        }
        address = _ADDRESS.search(texts.get("url") or "")
        texts["url"] = address[0] if address else None
        return Reading(
            title=title,
            year=int(year[0]) if year else None,
            authors=_names(values["authors"]) or None if values["authors"] is not None else None,
            blocks=blocks,
            remarks=() if blocks else ("has no text",),
            place=f"line {number}",
            read_bytes=read_bytes,
            **texts,  # type: ignore[arg-type]
        )


def _blocks(text: Any, title: str | None) -> Iterator[Block]:
    """The blocks of a record's text, without a first heading that only repeats the title."""
    texts = text if isinstance(text, list) else [text] if text is not None else []
    found = [one for part in texts for one in text_blocks(str(part))]
    if found and found[0].level and found[0].text == title:
        found = found[1:]
    yield from (Block(one.text, max(2, one.level)) if one.level else one for one in found)
