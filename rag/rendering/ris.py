"""References as RIS, which EndNote, Zotero, Mendeley and Citavi read. Written by rispy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rag.answer import Answer
from rag.rendering.bibliography import (
    Body,
    Person,
    Work,
    authors_of,
    notes_of,
    organisations_of,
    web_address,
    work_of,
)
from rag.rendering.plain import plain_line
from rag.types import Source

_TYPES: Mapping[Work, str] = {"article": "JOUR", "report": "RPRT", "page": "ELEC", "document": "GEN"}


def to_ris(answer: Answer) -> str:
    """The references of an answer, in the order of their numbers."""
    return sources_to_ris(reference.source for reference in answer.references)


def sources_to_ris(sources: Iterable[Source]) -> str:
    """One record for each source. A value is one line, so that none can begin a tag or a record of its own."""
    import rispy

    class Writer(rispy.RisWriter):  # type: ignore[misc]
        def set_header(self, count: int) -> str:
            """No line between records: some readers take it for a part of one."""
            return ""

    text: str = rispy.dumps([_record(source) for source in sources], implementation=Writer)
    return text


def _record(source: Source) -> dict[str, Any]:
    organisations = organisations_of(source)
    values: dict[str, Any] = {
        "type_of_reference": _TYPES[work_of(source)],
        "id": source.source_id,
        "title": source.title,
        "authors": [_name(one) for one in authors_of(source).names],
        "year": str(source.year),
        "journal_name": source.journal,
        "publisher": "; ".join(organisations) or None,
        "doi": source.doi,
        "accession_number": source.pmid,
        "name_of_database": "PubMed" if source.pmid else None,
        "type_of_work": source.study_type,
        "urls": [url] if (url := web_address(source)) else [],
        "notes": list(notes_of(source)),
    }
    return {key: _lines(value) for key, value in values.items() if value}


def _lines(value: str | list[str]) -> str | list[str]:
    return plain_line(value) if isinstance(value, str) else [plain_line(one) for one in value]


def _name(name: Person | Body) -> str:
    if isinstance(name, Body):
        return name.name
    return ", ".join(part for part in (name.family, name.given, name.suffix) if part)
