"""The desk of the board: what waits, and one answer with the evidence of each statement open beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from rag.errors import ReviewError
from rag.ledger.base import SavedAnswer
from rag.review.base import Comment, Stale, Standing, Waiting
from rag.web.pages.answer_parts import AnswerPage, ClaimView
from rag.web.pages.answer_view import answer_page
from rag.web.pages.doors import Caller, Opened, account_with, line_of, see
from rag.web.pages.evidence_view import Evidence
from rag.web.pages.templating import render
from rag.web.services import Services

router = APIRouter()
_MOST_ENTRIES = 100
Step = Literal["take", "approve", "return"]


@dataclass(frozen=True, slots=True)
class Queued:
    """A line of the queue."""

    waiting: Waiting
    stale: tuple[Stale, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement on the desk: where it stands, the evidence it rests on, what was remarked on it."""

    where: str
    claim: ClaimView
    evidence: tuple[Evidence, ...]
    comments: tuple[Comment, ...]


@router.get("/review")
def show_queue(request: Request, services: Opened, visitor: Caller) -> Response:
    """What waits for the board, oldest first."""
    account_with(visitor, "reviewer", request)
    queue = [Queued(one, services.rechecking.stale(one.answer.record)) for one in services.board.queue()]
    return render(request, "review_queue.html", queue=queue)


@router.get("/review/{answer_id}/{version}")
def show_review(answer_id: str, version: int, request: Request, services: Opened, visitor: Caller) -> Response:
    """A version of an answer on the desk."""
    account_with(visitor, "reviewer", request)
    return _review_page(request, services, services.answers.find(answer_id, version))


def _review_page(
    request: Request, services: Services, saved: SavedAnswer, *, status: int = 200, problem: str = "", remark: str = ""
) -> Response:
    page, standing = answer_page(saved.record, services.shelf()), services.board.standing(saved)
    return render(
        request,
        "review.html",
        status,
        saved=saved,
        page=page,
        standing=standing,
        judged=list(_judged(page, standing)),
        general=[one for one in standing.comments if one.claim_id is None],
        stale=services.rechecking.stale(saved.record),
        trail=services.audit.entries(subject=saved.answer_id, limit=_MOST_ENTRIES),
        problem=problem,
        remark=remark,
    )


def _judged(page: AnswerPage, standing: Standing) -> Iterator[Judged]:
    """Each statement once, in the order of reading."""
    by_place = {one.cite.place: one for one in page.evidence}
    seen: set[str] = set()
    parts: list[tuple[str, tuple[ClaimView, ...]]] = [(page.headings["short_answer"], page.short)]
    for half in page.halves:
        parts.append((half.heading, tuple(one for topic in (*half.topics, *half.folded) for one in topic.claims)))
    parts.append((page.headings["agreement"], page.agreement))
    for where, claims in parts:
        for claim in claims:
            if claim.claim_id in seen:
                continue
            seen.add(claim.claim_id)
            evidence = tuple(by_place[one.place] for one in claim.cites if one.place in by_place)
            comments = tuple(one for one in standing.comments if one.claim_id == claim.claim_id)
            yield Judged(where, claim, evidence, comments)


@router.post("/review/{answer_id}/{version}/step")
def take_step(
    answer_id: str,
    version: int,
    request: Request,
    services: Opened,
    visitor: Caller,
    *,
    step: Annotated[Step, Form()],
    remark: Annotated[str, Form(max_length=5000)] = "",
) -> Response:
    """Take, approve or return. What is refused is said on the page, with the remark kept."""
    account = account_with(visitor, "reviewer", request)
    saved = services.answers.find(answer_id, version)
    try:
        match step:
            case "take":
                services.board.take(saved, account)
            case "approve":
                services.board.approve(saved, account, remark.strip())
            case "return":
                services.board.give_back(saved, account, remark.strip())
    except ReviewError as error:
        problem = line_of(error, services)
        return _review_page(request, services, saved, status=409, problem=problem, remark=remark)
    return see(f"/review/{answer_id}/{version}")


@router.post("/review/{answer_id}/{version}/comments")
def add_comment(
    answer_id: str,
    version: int,
    request: Request,
    services: Opened,
    visitor: Caller,
    *,
    text: Annotated[str, Form(max_length=5000)] = "",
    claim_id: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Remark on the answer, or on one of its statements."""
    account = account_with(visitor, "reviewer", request)
    saved = services.answers.find(answer_id, version)
    if not text.strip():
        return _review_page(request, services, saved, status=422, problem="A remark needs words.")
    try:
        services.board.comment(saved, account, text.strip(), claim_id or None)
    except ReviewError as error:
        return _review_page(request, services, saved, status=409, problem=line_of(error, services))
    return see(f"/review/{answer_id}/{version}#{f'claim-{claim_id}' if claim_id else 'remarks'}")
