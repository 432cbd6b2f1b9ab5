"""Routes that read what the index in use holds: sources and passages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException

from rag.types import Kind, Source, SourceStatus
from rag.web.api.doors import Opened, problems
from rag.web.api.models import PassageList, PassageView, SourcePage, SourceView
from rag.web.api.texts import OneId, PlainText
from rag.web.api.views import passage_view

router = APIRouter(prefix="/v1", tags=["sources"])
Words = Annotated[PlainText, Query(min_length=1, max_length=500)]
Cursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,9}$", description="As the page before gave it.")]


@router.get("/sources", responses=problems())
def list_sources(
    *,
    services: Opened,
    kind: Annotated[Kind | None, Query(description="Only of this kind.")] = None,
    topic: Annotated[PlainText | None, Query(max_length=200, description="Only on this topic.")] = None,
    status: Annotated[SourceStatus | None, Query(description="Only in this state.")] = None,
    q: Annotated[PlainText | None, Query(max_length=500, description="Words of title, authors, issuer or id.")] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SourcePage:
    """The sources of the index in use, guidelines first, by title."""
    found = [
        source
        for source in services.shelf().sources()
        if kind in (None, source.kind)
        and status in (None, source.status)
        and (topic is None or topic in source.topics)
        and _speaks_of(source, q or "")
    ]
    first = int(cursor or 0)
    shown = found[first : first + limit]
    following = str(first + limit) if first + limit < len(found) else None
    return SourcePage(
        sources=[SourceView.model_validate(one) for one in shown], total=len(found), next_cursor=following
    )


def _speaks_of(source: Source, words: str) -> bool:
    about = (source.title, source.authors, source.organisation, source.journal, source.source_id, str(source.year))
    text = " ".join(one for one in about if one).lower()
    return all(word in text for word in words.lower().split())


@router.get("/sources/{source_id}", responses=problems(404))
def read_source(source_id: OneId, services: Opened) -> SourceView:
    """One source."""
    source = services.shelf().source(source_id)
    if source is None:
        raise HTTPException(404, "There is no such source in the index in use.")
    return SourceView.model_validate(source)


@router.get("/sources/{source_id}/passages", responses=problems(404))
def read_passages(source_id: OneId, services: Opened) -> PassageList:
    """The passages of a source, in the order of its text."""
    shelf = services.shelf()
    if shelf.source(source_id) is None:
        raise HTTPException(404, "There is no such source in the index in use.")
    return PassageList(passages=[passage_view(one) for one in shelf.passages(source_id)])


@router.get("/passages", responses=problems())
def find_passages(
    services: Opened,
    q: Annotated[Words, Query(description="What they should speak of.", examples=["walking relieves"])],
    kind: Annotated[Kind | None, Query(description="Only of this kind.")] = None,
    topic: Annotated[PlainText | None, Query(max_length=200, description="Only on this topic.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> PassageList:
    """The passages that speak of something, best first; those of superseded and retracted sources too."""
    found = services.shelf().find(q, kind=kind, topic=topic, limit=limit)
    return PassageList(passages=[passage_view(one) for one in found])


@router.get("/passages/{passage_id}", responses=problems(404))
def read_passage(passage_id: OneId, services: Opened) -> PassageView:
    """One passage."""
    passage = services.shelf().passage(passage_id)
    if passage is None:
        raise HTTPException(404, "There is no such passage in the index in use.")
    return passage_view(passage)
