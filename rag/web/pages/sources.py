"""The sources of the index in use, to browse and to read: superseded and retracted ones too, and said to be so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from rag.review.base import Shelf
from rag.types import Kind, Passage, Source
from rag.web.pages.doors import Caller, Opened
from rag.web.pages.evidence_view import shown_passages
from rag.web.pages.templating import render
from rag.web.pages.topics import topic_title
from rag.web.pages.views import Facts, facts_of, source_href

router = APIRouter()
_MOST_FOUND = 40
_EXCERPT_CHARS = 260


@dataclass(frozen=True, slots=True)
class Found:
    """A source in the list; where words were looked for, the passage that speaks of them."""

    facts: Facts
    status: str
    excerpt: str
    href: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a filter with how many sources it leaves."""

    value: str
    title: str
    count: int


@router.get("/sources")
def list_sources(
    request: Request,
    services: Opened,
    _visitor: Caller,
    *,
    q: str = "",
    kind: str = "",
    topic: str = "",
    status: str = "",
) -> Response:
    """The sources that fit, by title; or, where words are looked for, by how well they speak of them."""
    shelf, words = services.shelf(), q.strip()[:500]
    every = shelf.sources()
    shown = [one for one in every if _fits(one, kind, topic, status)]
    found = _speaking(shelf, words, shown, kind, topic) if words else [_found(one) for one in shown]
    return render(
        request,
        "sources.html",
        found=found,
        total=len(every),
        q=words,
        kind=kind,
        topic=topic,
        life=status,
        kinds=_choices(every, lambda one: [one.kind], {"guideline": "Guidelines", "research": "Research"}),
        states=_choices(every, lambda one: [one.status]),
        topics=_choices(every, lambda one: one.topics),
    )


def _fits(source: Source, kind: str, topic: str, status: str) -> bool:
    return kind in ("", source.kind) and status in ("", source.status) and (not topic or topic in source.topics)


def _found(source: Source, passage: Passage | None = None) -> Found:
    excerpt, href = "", source_href(source.source_id)
    if passage is not None:
        cut = passage.text[:_EXCERPT_CHARS]
        excerpt = cut if len(passage.text) <= _EXCERPT_CHARS else f"{cut.rsplit(' ', 1)[0]} …"
        href = source_href(source.source_id, passage.start, passage.end)
    return Found(facts_of(source), source.status, excerpt, href)


def _speaking(shelf: Shelf, words: str, shown: Sequence[Source], kind: str, topic: str) -> list[Found]:
    """Sources whose record has all the words, then those whose passages speak of them; each once."""
    left = {one.source_id: one for one in shown}
    best: dict[str, Passage | None] = {one.source_id: None for one in shown if _named(one, words)}
    asked_kind = cast("Kind | None", kind if kind in ("guideline", "research") else None)
    for passage in shelf.find(words, kind=asked_kind, topic=topic or None, limit=_MOST_FOUND):
        if passage.source_id in left and best.get(passage.source_id) is None:
            best[passage.source_id] = passage
    return [_found(left[source_id], passage) for source_id, passage in best.items()]


def _named(source: Source, words: str) -> bool:
    about = (source.title, source.authors, source.organisation, source.journal, source.source_id, str(source.year))
    text = " ".join(part for part in about if part).casefold()
    return all(word in text for word in words.casefold().split())


def _choices(
    sources: Sequence[Source], values: Callable[[Source], Sequence[str]], titles: Mapping[str, str] | None = None
) -> list[Choice]:
    counts = Counter(value for one in sources for value in values(one))
    named = titles or {}
    return [Choice(value, named.get(value, topic_title(value)), counts[value]) for value in sorted(counts)]


@router.get("/sources/{source_id}")
def show_source(
    source_id: str,
    request: Request,
    services: Opened,
    _visitor: Caller,
    start: int | None = None,
    end: int | None = None,
) -> Response:
    """A source: its record, its life, and its text; with offsets, the words between them marked."""
    shelf = services.shelf()
    source = shelf.source(source_id)
    if source is None:
        raise HTTPException(404, "There is no such source in the index in use.")
    passages = list(shown_passages(shelf.passages(source_id), start, end))
    related = [
        (name, facts_of(found))
        for name, ids in (
            ("Superseded by", source.superseded_by),
            ("Supersedes", source.supersedes),
            ("On record as differing from", source.conflicts_with),
        )
        for one in ids
        if (found := shelf.source(one)) is not None
    ]
    return render(
        request,
        "source.html",
        facts=facts_of(source),
        source=source,
        passages=passages,
        related=related,
        topics=[(topic, topic_title(topic)) for topic in source.topics],
    )
