"""What has become of an answer's evidence: the record as it was made, held against the sources as they are. Pure.

A source that the answer shows is looked at; claims that were withheld are not. That more has been published since is
not found here: an answer is stale only where what it rests on no longer is what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from rag.answer import PARTS
from rag.review.base import Change, Shelf, Stale
from rag.types import Notice, NoticeKind, Source

FIELDS = {
    "kind": "kind",
    "title": "title",
    "organisation": "organisation",
    "authors": "authors",
    "journal": "journal",
    "year": "year",
    "doi": "DOI",
    "pmid": "PMID",
    "url": "address",
    "study_type": "study type",
    "population": "population",
    "n": "number of people",
    "strength": "strength",
    "text_type": "type of text",
}
"""The fields of a bibliographic record that a reader sees, and their names in words."""

_ANNOUNCED: dict[NoticeKind, str] = {"correction": "correction", "reinstatement": "reinstatement"}


def stale_reasons(record: Mapping[str, Any], shelf: Shelf) -> tuple[Stale, ...]:
    """Why a record of the schema `sourcebound.answer/1` no longer stands on its sources; empty where it does.

    Reasons come in the order of the sources' numbers. Of a source that is no longer there, that is the only one.
    """
    quotes = _quotes(record)
    return tuple(
        Stale(reference["source_id"], reference["number"], change, f"Source [{reference['number']}] {text}")
        for reference in sorted(record["references"], key=lambda one: int(one["number"]))
        for change, text in _changes(reference, quotes.get(reference["source_id"], []), shelf)
    )


def _quotes(record: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """The citations of what is shown, by source."""
    shown = [claim for part in PARTS for claim in record[part]] + list(record["options"])
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in shown:
        for citation in one["citations"]:
            found.setdefault(citation["source_id"], []).append(citation)
    return found


def _changes(
    reference: Mapping[str, Any], citations: list[Mapping[str, Any]], shelf: Shelf
) -> Iterator[tuple[Change, str]]:
    source = shelf.source(reference["source_id"])
    if source is None:
        yield "removed", "is no longer among the sources."
        return
    yield from _life(reference, source)
    text = shelf.text(source.source_id) or ""
    moved = {one["quote"] for one in citations if text[one["start"] : one["end"]] != one["quote"]}
    if moved:
        what = "the cited sentence" if len(moved) == 1 else f"{len(moved)} cited sentences"
        yield "text_changed", f"has other words now where {what} stood."
    yield from _record(reference, source)


def _life(reference: Mapping[str, Any], source: Source) -> Iterator[tuple[Change, str]]:
    """What was published about a source since."""
    if source.status == "retracted" and reference["status"] != "retracted":
        yield "retracted", f"has been retracted{_told(_last(source, 'retraction'))}."
    if source.status == "superseded" and reference["status"] != "superseded":
        by = f" by {', '.join(source.superseded_by)}" if source.superseded_by else ""
        since = f" since {source.superseded_since}" if source.superseded_since else ""
        yield "superseded", f"has been superseded{by}{since}."
    known = [dict(one) for one in reference.get("notices", ())]
    for notice in source.notices:
        if any(_same(notice, one) for one in known):
            continue
        if notice.kind == "expression-of-concern":
            yield "concern", f"is under an expression of concern{_told(notice)}."
        elif notice.kind in _ANNOUNCED:
            yield "record_changed", f"has had a {_ANNOUNCED[notice.kind]} published{_told(notice)}."


def _same(notice: Notice, kept: Mapping[str, Any]) -> bool:
    """Whether a notice is one that was kept; a field that was not kept then says nothing."""
    return all(kept[name] == value for name, value in asdict(notice).items() if name in kept)


def _last(source: Source, kind: NoticeKind) -> Notice | None:
    return next((notice for notice in reversed(source.notices) if notice.kind == kind), None)


def _told(notice: Notice | None) -> str:
    if notice is None:
        return ""
    date = f" ({notice.date})" if notice.date else ""
    return f"{date}: {notice.reason.rstrip('.')}" if notice.reason else date


def _record(reference: Mapping[str, Any], source: Source) -> Iterator[tuple[Change, str]]:
    names = [
        words for field, words in FIELDS.items() if field in reference and reference[field] != getattr(source, field)
    ]
    if names:
        yield "record_changed", f"has another bibliographic record now ({', '.join(names)})."


class ShelfRechecking:
    """Rechecks against the index in use at the moment.

    Args:
        shelf: gives what that index holds.
    """

    def __init__(self, shelf: Callable[[], Shelf]) -> None:
        self._shelf = shelf

    def stale(self, record: Mapping[str, Any]) -> tuple[Stale, ...]:
        """As `stale_reasons`, for the sources of today."""
        return stale_reasons(record, self._shelf())
