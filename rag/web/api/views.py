"""Values of the program as the interface shows them."""

from __future__ import annotations

from dataclasses import asdict

from rag.ledger.base import SavedAnswer, StoredConversation
from rag.rendering.exports import EXPORTS
from rag.review.base import Standing
from rag.types import Passage
from rag.web.api.models import (
    AnswerLine,
    AnswerView,
    CommentView,
    ConversationView,
    Links,
    PassageView,
    SentenceView,
    StaleView,
    StandingView,
    TurnView,
)
from rag.web.services import Services
from rag.web.visitor import Visitor


def answer_view(services: Services, saved: SavedAnswer, visitor: Visitor) -> AnswerView:
    """A saved answer with its standing, and what has become of its evidence."""
    return AnswerView(
        answer_id=saved.answer_id,
        version=saved.version,
        latest=saved.latest,
        made_at=saved.made_at,
        conversation_id=saved.conversation_id,
        turn=saved.turn,
        answer=dict(saved.record),
        standing=standing_view(services.board.standing(saved), visitor),
        stale=[StaleView(**asdict(one)) for one in services.rechecking.stale(saved.record)],
        links=_links(saved),
    )


def _links(saved: SavedAnswer) -> Links:
    own = f"/v1/answers/{saved.answer_id}"
    version = f"{own}/versions/{saved.version}"
    return Links(
        version=version,
        latest=own,
        conversation=f"/v1/conversations/{saved.conversation_id}",
        review=f"{version}/review",
        page=f"/answers/{saved.answer_id}/versions/{saved.version}",
        exports={form: f"{own}/export/{form}?version={saved.version}" for form in EXPORTS},
    )


def answer_line(saved: SavedAnswer) -> AnswerLine:
    """A saved answer in a list."""
    record = saved.record
    return AnswerLine(
        answer_id=saved.answer_id,
        version=saved.version,
        made_at=saved.made_at,
        conversation_id=saved.conversation_id,
        question=record["question"],
        outcome=record["outcome"],
        audience=record["audience"],
    )


def standing_view(standing: Standing, visitor: Visitor) -> StandingView:
    """A standing; remarks are for those who are signed in."""
    comments = standing.comments if visitor.account is not None else ()
    return StandingView(
        status=standing.status,
        by=standing.by,
        at=standing.at,
        digest=standing.digest,
        void=standing.void,
        comments=[CommentView(**asdict(one)) for one in comments],
    )


def conversation_view(conversation: StoredConversation) -> ConversationView:
    """A conversation without the answers, which have addresses of their own."""
    return ConversationView(
        conversation_id=conversation.conversation_id,
        started_at=conversation.started_at,
        turns=[
            TurnView(
                number=turn.number,
                question=turn.question,
                standalone=turn.standalone,
                relation=turn.relation,
                rewritten_by=turn.rewritten_by,
                corrects=turn.corrects,
                answer_id=turn.answer_id,
            )
            for turn in conversation.turns
        ],
    )


def passage_view(passage: Passage) -> PassageView:
    """A passage with the words of its sentences."""
    return PassageView(
        passage_id=passage.passage_id,
        source_id=passage.source_id,
        kind=passage.kind,
        heading=passage.heading,
        start=passage.start,
        end=passage.end,
        text=passage.text,
        sentences=[SentenceView(start=one.start, end=one.end, text=passage.quote(one)) for one in passage.sentences],
    )
