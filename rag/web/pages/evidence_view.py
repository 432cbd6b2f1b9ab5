"""The evidence behind one number: the passage with the cited words marked, and the source that it stands in.

Where the text has changed since the answer was made, the words of then are shown and said to be of then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answer import Citation
from rag.review.base import Shelf
from rag.types import Passage, Source
from rag.web.pages.views import Cite, Facts, Mark, facts_of


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the panel of a number shows. `before` and `after` are the rest of the passage; `changed` says that the
    source is not today as it was, and is empty where it is."""

    cite: Cite
    facts: Facts
    heading: str
    before: str
    quote: str
    after: str
    changed: str
    others: tuple[Cite, ...]
    carries: tuple[tuple[str, Mark], ...]


def evidence_of(
    citation: Citation,
    cite: Cite,
    source: Source,
    shelf: Shelf,
    *,
    others: Sequence[Cite],
    carries: Sequence[tuple[str, Mark]],
) -> Evidence:
    """The evidence of a citation: `source` is the record of then, the shelf has what is there today."""
    today = shelf.source(citation.source_id)
    heading, before, after, changed = "", "", "", ""
    if today is None:
        changed = "This source is not in today’s index. These were its words when the answer was made."
    else:
        passage = passage_with(shelf.passages(citation.source_id), citation.start, citation.end, citation.quote)
        if passage is None:
            changed = "The text of this source has changed since. These were its words when the answer was made."
        else:
            heading = passage.heading
            before = passage.text[: citation.start - passage.start]
            after = passage.text[citation.end - passage.start :]
    return Evidence(
        cite, facts_of(today or source), heading, before, citation.quote, after, changed, tuple(others), tuple(carries)
    )


def passage_with(passages: Sequence[Passage], start: int, end: int, quote: str) -> Passage | None:
    """The passage that has exactly these words at this place; None where none has."""
    return next(
        (
            one
            for one in passages
            if one.start <= start < end <= one.end and one.text[start - one.start : end - one.start] == quote
        ),
        None,
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; a marked one is what was cited."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage on the page of its source."""

    passage_id: str
    heading: str
    pieces: tuple[Piece, ...]
    has_mark: bool


def shown_passages(passages: Sequence[Passage], start: int | None, end: int | None) -> Iterator[Shown]:
    """Passages in the order of the text, with what lies between two offsets marked. Each heading is given once."""
    last, marked_yet = "", False
    for passage in passages:
        pieces = tuple(_pieces(passage, start, end))
        marked = any(piece.marked for piece in pieces)
        yield Shown(
            passage.passage_id, passage.heading if passage.heading != last else "", pieces, marked and not marked_yet
        )
        last, marked_yet = passage.heading, marked_yet or marked


def _pieces(passage: Passage, start: int | None, end: int | None) -> Iterator[Piece]:
    if start is None or end is None or end <= passage.start or start >= passage.end or start >= end:
        yield Piece(passage.text, False)
        return
    first, last = max(start, passage.start) - passage.start, min(end, passage.end) - passage.start
    for text, marked in ((passage.text[:first], False), (passage.text[first:last], True), (passage.text[last:], False)):
        if text:
            yield Piece(text, marked)
