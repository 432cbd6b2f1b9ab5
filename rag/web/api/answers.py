"""Routes that have a question answered, and those that read what was answered before."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from rag.rendering.exports import EXPORTS
from rag.types import SourceFilter
from rag.web.api.doors import Caller, Opened, problems, services_of
from rag.web.api.events import events_of, wants_events
from rag.web.api.models import AnswerPage, AnswerView, AskBody, ConversationView, FollowUpBody
from rag.web.api.repeats import Key, asked_once
from rag.web.api.texts import OneId
from rag.web.api.views import answer_line, answer_view, conversation_view
from rag.web.asking import Asking, Asks, AskSteps, Kept, ask, while_listened
from rag.web.exporting import ExportFormat, download, exported
from rag.web.security.limits import spend_ask
from rag.web.services import Services
from rag.web.visitor import Visitor, visitor_of

router = APIRouter(prefix="/v1", tags=["answers"])
VersionNumber = Annotated[int, Path(ge=1, le=1_000_000)]
_EVENTS = {"text/event-stream": {"schema": {"type": "string"}}}
_FILES = {
    form.media_type: {"schema": {} if "json" in form.media_type else {"type": "string"}} for form in EXPORTS.values()
}
_ASKED: dict[int | str, dict[str, Any]] = {
    200: {"description": "With `Accept: text/event-stream`: the answer claim by claim.", "content": _EVENTS}
}


def _asking(body: FollowUpBody, visitor: Visitor, conversation_id: str | None) -> Asking:
    within = SourceFilter(year_from=body.from_year, year_to=body.to_year, topics=frozenset(body.topics))
    return Asking(body.question, visitor.owner, conversation_id, body.standalone, body.audience, within)


async def _answered(request: Request, response: Response, asking: Asking, key: str | None) -> AnswerView | Response:
    """The answer when it is kept; or, where events are asked for, the stream of its making."""
    asks: Asks = request.app.state.asks
    services, visitor = services_of(request), visitor_of(request)

    def anew() -> AskSteps:
        return asks.measured(ask(services.talk, asking))

    def steps() -> AskSteps:
        return anew() if key is None else asked_once(services, asking, key, anew)

    if wants_events(request):
        return await events_of(request, services, visitor, asks.steps(steps))
    last = await while_listened(request, asks.last(steps))
    if not isinstance(last, Kept):
        raise TypeError("the last step does not say where the answer is kept")
    view = await run_in_threadpool(_kept_view, services, visitor, last)
    response.headers["Location"] = view.links.version
    return view


def _kept_view(services: Services, visitor: Visitor, kept: Kept) -> AnswerView:
    return answer_view(services, services.answers.find(str(kept.turn.answer_id)), visitor)


@router.post("/answers", status_code=201, response_model=AnswerView, responses=problems(404, 409, 502, 504) | _ASKED)
async def ask_question(
    *,
    request: Request,
    response: Response,
    body: AskBody,
    visitor: Caller,
    _spent: Annotated[None, Depends(spend_ask)],
    key: Key = None,
) -> AnswerView | Response:
    """Ask a question, or go on with a conversation.

    With `Accept: text/event-stream` the response is a stream of events: `condensed` (the question as it is answered),
    `claim` and `held` (a claim has passed, or failed), and `answer` (what the plain response would be) or `error` (a
    problem). Closing the connection ends the work.
    """
    return await _answered(request, response, _asking(body, visitor, body.conversation_id), key)


@router.post(
    "/conversations/{conversation_id}/answers",
    status_code=201,
    response_model=AnswerView,
    responses=problems(404, 409, 502, 504) | _ASKED,
)
async def ask_further(
    *,
    conversation_id: OneId,
    request: Request,
    response: Response,
    body: FollowUpBody,
    visitor: Caller,
    _spent: Annotated[None, Depends(spend_ask)],
    key: Key = None,
) -> AnswerView | Response:
    """Ask a further question of a conversation of one's own; as `POST /v1/answers`."""
    return await _answered(request, response, _asking(body, visitor, conversation_id), key)


@router.get("/answers", responses=problems())
def list_answers(
    services: Opened,
    visitor: Caller,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,17}$", description="As the page before gave it.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AnswerPage:
    """One's own answers, last asked first: those of the account, or of the browser."""
    before = None if cursor is None else _moment(cursor)
    found = services.answers.history(visitor.owner, limit=limit, before=before)
    following = str(int(found[-1].made_at.timestamp() * 1_000_000)) if len(found) == limit else None
    return AnswerPage(answers=[answer_line(one) for one in found], next_cursor=following)


def _moment(cursor: str) -> datetime:
    return datetime.fromtimestamp(int(cursor) // 1_000_000, UTC).replace(microsecond=int(cursor) % 1_000_000)


@router.get("/answers/{answer_id}", responses=problems(404))
def read_answer(answer_id: OneId, services: Opened, visitor: Caller) -> AnswerView:
    """The newest version of an answer. Who has its address may read it."""
    return answer_view(services, services.answers.find(answer_id), visitor)


@router.get("/answers/{answer_id}/versions/{version}", responses=problems(404))
def read_version(answer_id: OneId, version: VersionNumber, services: Opened, visitor: Caller) -> AnswerView:
    """One version of an answer: as it was made, for good."""
    return answer_view(services, services.answers.find(answer_id, version), visitor)


@router.post("/answers/{answer_id}/versions", status_code=201, responses=problems(404, 409, 502, 504))
async def ask_again(
    *,
    answer_id: OneId,
    request: Request,
    response: Response,
    services: Opened,
    visitor: Caller,
    _spent: Annotated[None, Depends(spend_ask)],
) -> AnswerView:
    """Have the same question answered anew from the index of today; the older versions stay. For who asked it, and
    reviewers."""
    saved = await run_in_threadpool(services.answers.find, answer_id)
    reviews = visitor.account is not None and visitor.account.may("reviewer")
    if saved.owner != visitor.owner and not reviews:
        raise HTTPException(403, "Only who asked the question, or a reviewer, may have it answered anew.")
    asks: Asks = request.app.state.asks
    again = await while_listened(request, asks.once(partial(services.ask_again, saved, by=visitor.owner)))
    view = await run_in_threadpool(answer_view, services, again, visitor)
    response.headers["Location"] = view.links.version
    return view


@router.get(
    "/answers/{answer_id}/export/{form}",
    response_class=Response,
    responses=problems(404) | {200: {"description": "The file.", "content": _FILES}},
)
def export_answer(
    answer_id: OneId,
    form: ExportFormat,
    services: Opened,
    version: Annotated[int | None, Query(ge=1, le=1_000_000, description="Unset: the newest.")] = None,
) -> Response:
    """An answer as a file, with the status of its review."""
    saved = services.answers.find(answer_id, version)
    return download(saved, exported(saved, form, services.board.standing(saved)))


@router.get("/conversations/{conversation_id}", responses=problems(404))
def read_conversation(conversation_id: OneId, services: Opened, visitor: Caller) -> ConversationView:
    """The turns of a conversation of one's own."""
    return conversation_view(services.talk(conversation_id, owner=visitor.owner).conversation)
