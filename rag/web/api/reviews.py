"""Routes by which a board signs an answer off, step by step."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from rag.review.base import Standing
from rag.web.api.doors import Caller, Opened, problems, signed_in
from rag.web.api.models import CommentBody, ReviewBody, StandingView
from rag.web.api.texts import OneId
from rag.web.api.views import standing_view
from rag.web.services import Services

router = APIRouter(prefix="/v1/answers/{answer_id}/versions/{version}", tags=["review"])
VersionNumber = Annotated[int, Path(ge=1, le=1_000_000)]


@router.post("/review", responses=problems(404, 409))
def take_step(
    answer_id: OneId, version: VersionNumber, body: ReviewBody, services: Opened, visitor: Caller
) -> StandingView:
    """Take a step of the review of this version. Whoever is signed in may submit it; the rest is for reviewers."""
    signed_in(visitor, "reader" if body.step == "submit" else "reviewer")
    return standing_view(_step(services, answer_id, version, body, visitor), visitor)


def _step(services: Services, answer_id: str, version: int, body: ReviewBody, visitor: Caller) -> Standing:
    saved, account = services.answers.find(answer_id, version), signed_in(visitor)
    match body.step:
        case "submit":
            return services.board.submit(saved, account)
        case "take":
            return services.board.take(saved, account)
        case "approve":
            return services.board.approve(saved, account, body.remark)
        case "return":
            return services.board.give_back(saved, account, body.remark)


@router.post("/comments", status_code=201, responses=problems(404, 409))
def add_comment(
    answer_id: OneId, version: VersionNumber, body: CommentBody, services: Opened, visitor: Caller
) -> StandingView:
    """Remark on this version while it is under review, or on one of its claims. For reviewers."""
    account = signed_in(visitor, "reviewer")
    saved = services.answers.find(answer_id, version)
    services.board.comment(saved, account, body.text, body.claim_id)
    return standing_view(services.board.standing(saved), visitor)
