"""References as CSL-JSON, which Zotero, pandoc and every citeproc read."""

from __future__ import annotations

import json
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

_TYPES: Mapping[Work, str] = {
    "article": "article-journal",
    "report": "report",
    "page": "webpage",
    "document": "document",
}


def to_csl(answer: Answer) -> str:
    """The references of an answer, in the order of their numbers."""
    return sources_to_csl(reference.source for reference in answer.references)


def sources_to_csl(sources: Iterable[Source]) -> str:
    """A JSON array with one item for each source; the id of an item is that of the source."""
    return json.dumps([_item(source) for source in sources], ensure_ascii=False, indent=2) + "\n"


def _item(source: Source) -> dict[str, Any]:
    organisations = organisations_of(source)
    texts = {
        "title": source.title,
        "container-title": source.journal,
        "publisher": "; ".join(organisations) or None,
        "genre": source.study_type,
        "DOI": source.doi,
        "PMID": source.pmid,
        "URL": web_address(source),
        "note": " ".join(notes_of(source)) or None,
    }
    authors = [_name(name) for name in authors_of(source).names]
    item: dict[str, Any] = {"id": plain_line(source.source_id), "type": _TYPES[work_of(source)]}
    item |= {name: plain_line(text) for name, text in texts.items() if text}
    item["issued"] = {"date-parts": [[source.year]]}
    return item | ({"author": authors} if authors else {})


def _name(name: Person | Body) -> dict[str, str]:
    if isinstance(name, Body):
        return {"literal": name.name}
    suffix = {"suffix": name.suffix} if name.suffix else {}
    return {"family": name.family, "given": name.given} | suffix
