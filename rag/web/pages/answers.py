"""The pages of an answer: each version under an address of its own, with its conversation before it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from rag.errors import NotKeptError
from rag.ledger.base import SavedAnswer, StoredConversation, StoredTurn
from rag.rendering.wording import EXPLAINED
from rag.web.asking import Asks, while_listened
from rag.web.pages.answer_parts import AnswerPage
from rag.web.pages.answer_view import answer_page
from rag.web.pages.doors import Caller, Opened, account_with, see
from rag.web.pages.templating import render
from rag.web.pages.views import LEGEND
from rag.web.security.limits import spend_ask
from rag.web.services import Services
from rag.web.visitor import Visitor

router = APIRouter()
EXPORTS = (
    ("pdf", "PDF"),
    ("html", "HTML page"),
    ("markdown", "Markdown"),
    ("json", "JSON"),
    ("ris", "References: RIS"),
    ("bibtex", "References: BibTeX"),
    ("csl", "References: CSL-JSON"),
    ("fhir", "Evidence: FHIR R5"),
)


@dataclass(frozen=True, slots=True)
class EarlierTurn:
    """A turn before the one that is shown."""

    answer_id: str | None
    page: AnswerPage


@router.get("/answers/{answer_id}")
def show_answer(answer_id: str, request: Request, services: Opened, visitor: Caller) -> Response:
    """The newest version of an answer. Who has its address may read it."""
    return _shown(request, services, visitor, services.answers.find(answer_id))


@router.get("/answers/{answer_id}/versions/{version}")
def show_version(answer_id: str, version: int, request: Request, services: Opened, visitor: Caller) -> Response:
    """One version of an answer."""
    return _shown(request, services, visitor, services.answers.find(answer_id, version))


@router.get("/answers/{answer_id}/{version:int}")
def lead_to_version(answer_id: str, version: int) -> Response:
    """The shorter address of a version."""
    return RedirectResponse(f"/answers/{answer_id}/versions/{version}", status_code=308)


@router.get("/answers/{answer_id}/suggestions")
async def show_suggestions(answer_id: str, request: Request, services: Opened, visitor: Caller) -> Response:
    """Further questions that the sources can answer: each was tried before it is shown."""
    saved = await run_in_threadpool(services.answers.find, answer_id)
    asks: Asks = request.app.state.asks
    questions = await while_listened(request, asks.once(partial(services.suggest, saved.record)))
    return render(request, "suggestions.html", saved=saved, questions=questions, is_owner=_owns(saved, visitor))


@router.post("/answers/{answer_id}/again")
async def ask_again(answer_id: str, request: Request, services: Opened, visitor: Caller) -> Response:
    """Have the same question answered from the sources of today; the older versions stay."""
    saved = await run_in_threadpool(services.answers.find, answer_id)
    if not _may_ask_again(saved, visitor):
        raise HTTPException(403, "Only who asked the question, or a reviewer, may have it answered anew.")
    spend_ask(request)
    asks: Asks = request.app.state.asks
    again = await while_listened(request, asks.once(partial(services.ask_again, saved, by=visitor.owner)))
    return see(f"/answers/{answer_id}/versions/{again.version}")


@router.post("/answers/{answer_id}/versions/{version}/submit")
def submit(answer_id: str, version: int, request: Request, services: Opened, visitor: Caller) -> Response:
    """Hand a version to the board."""
    account = account_with(visitor, "reader", request)
    services.board.submit(services.answers.find(answer_id, version), account)
    return see(f"/answers/{answer_id}/versions/{version}#status-heading")


def _shown(request: Request, services: Services, visitor: Visitor, saved: SavedAnswer) -> Response:
    shelf = services.shelf()
    page = answer_page(saved.record, shelf)
    conversation = _conversation(services, visitor, saved)
    earlier = [
        EarlierTurn(turn.answer_id, answer_page(turn.answer, shelf, f"t{turn.number}"))
        for turn in (_before(conversation, saved.turn) if conversation else ())
    ]
    standing = services.board.standing(saved)
    account = visitor.account
    return render(
        request,
        "answer.html",
        saved=saved,
        page=page,
        earlier=earlier,
        standing=standing,
        stale=services.rechecking.stale(saved.record),
        versions=services.answers.versions(saved.answer_id),
        exports=EXPORTS,
        legend=LEGEND,
        explained_note=EXPLAINED,
        is_owner=_owns(saved, visitor) and conversation is not None,
        may_ask_again=_may_ask_again(saved, visitor),
        may_submit=account is not None and standing.status in ("not_reviewed", "returned"),
        may_review=account is not None and account.may("reviewer"),
    )


def _owns(saved: SavedAnswer, visitor: Visitor) -> bool:
    return saved.owner is not None and saved.owner == visitor.owner


def _may_ask_again(saved: SavedAnswer, visitor: Visitor) -> bool:
    return _owns(saved, visitor) or (visitor.account is not None and visitor.account.may("reviewer"))


def _conversation(services: Services, visitor: Visitor, saved: SavedAnswer) -> StoredConversation | None:
    """The conversation of an answer, for whose it is."""
    if not _owns(saved, visitor):
        return None
    try:
        return services.talk(saved.conversation_id, owner=visitor.owner).conversation
    except NotKeptError:
        return None


def _before(conversation: StoredConversation, number: int) -> list[StoredTurn]:
    """The turns before one, without those that were corrected up to it."""
    turns = [turn for turn in conversation.turns if turn.number <= number]
    corrected = {turn.corrects for turn in turns}
    return [turn for turn in turns if turn.number < number and turn.number not in corrected]
