"""An answer as server-sent events: each claim when it has passed, the answer when it is kept."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from fastapi import Request
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from rag.answer import Answer, ClaimHeld, ClaimShown
from rag.conversation.base import Condensed
from rag.errors import RagError
from rag.rendering.json_format import claim_record, source_fields
from rag.web.api.views import answer_view
from rag.web.asking import AskStep, Kept
from rag.web.failures import told
from rag.web.problems import problem_record
from rag.web.security.journal import FAULTS, places
from rag.web.services import Services
from rag.web.visitor import Visitor

HEARTBEAT_S = 10.0


def wants_events(request: Request) -> bool:
    """Whether a request asks for a stream."""
    return "text/event-stream" in request.headers.get("accept", "").lower()


async def events_of(
    request: Request, services: Services, visitor: Visitor, steps: AsyncGenerator[AskStep, None]
) -> EventSourceResponse:
    """The stream. What fails before the first event is an error of the request, with its status."""
    first = await anext(steps)

    async def events() -> AsyncIterator[dict[str, str]]:
        async with aclosing(steps):
            try:
                async for step in _with_first(first, steps):
                    if isinstance(step, Kept):
                        yield _event("answer", await run_in_threadpool(_view, services, visitor, step))
                    elif not isinstance(step, Answer):
                        yield _event(*_shown(step))
            except (RagError, HTTPException) as error:
                yield _event("error", _problem(request, error))
            except Exception as error:
                FAULTS.error("%s: %s", request.state.request_id, places(error))
                yield _event("error", problem_record(request.scope, 500, "Something failed on the server."))

    return EventSourceResponse(events(), ping=HEARTBEAT_S)


async def _with_first(first: AskStep, steps: AsyncGenerator[AskStep, None]) -> AsyncIterator[AskStep]:
    yield first
    async for step in steps:
        yield step


def _event(name: str, content: dict[str, Any]) -> dict[str, str]:
    return {"event": name, "data": json.dumps(content, ensure_ascii=False)}


def _shown(step: Condensed | ClaimShown | ClaimHeld) -> tuple[str, dict[str, Any]]:
    if isinstance(step, Condensed):
        return "condensed", {"standalone": step.standalone, "relation": step.relation, "by": step.by}
    if isinstance(step, ClaimShown):
        sources = [source_fields(source) for source in step.sources]
        return "claim", {"part": step.part, "claim": claim_record(step.claim), "sources": sources}
    return "held", {"part": step.part, "reason": step.reason}


def _view(services: Services, visitor: Visitor, kept: Kept) -> dict[str, Any]:
    saved = services.answers.find(str(kept.turn.answer_id))
    return answer_view(services, saved, visitor).model_dump(mode="json")


def _problem(request: Request, error: RagError | HTTPException) -> dict[str, Any]:
    if isinstance(error, HTTPException):
        return problem_record(request.scope, error.status_code, error.detail)
    problem, detail = told(error, public=request.app.state.services.rules.public)
    return problem_record(request.scope, problem.status, detail, problem)
