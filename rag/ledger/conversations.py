"""Conversations in the ledger: begun, added to turn by turn, read again by who owns them.

Each turn is a saved answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from rag.errors import NotKeptError
from rag.ledger.base import StoredConversation, StoredTurn, TurnRelation
from rag.ledger.database import Database
from rag.ledger.keys import new_id
from rag.ledger.tables import AnswerRow, ConversationRow, ReviewRow, TurnRow, VersionRow


class Conversations:
    """Keeps the conversations of one owner; nothing is written before the first turn.

    Args:
        database: where.
        owner: an account id, or the opaque id of a browser; None: the command line.
        now: the clock.
    """

    def __init__(
        self, database: Database, owner: str | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._owner = owner
        self._now = now

    def start(self) -> StoredConversation:
        """A new conversation under an id that begins with its day."""
        now = self._now()
        return StoredConversation(f"{now:%Y%m%d}-{secrets.token_hex(8)}", now)

    def add(self, conversation_id: str, turn: StoredTurn) -> StoredTurn:
        """Write one turn and its answer, whole or not at all. Errors as of `Database.session`.

        Raises:
            NotKeptError: the conversation is another owner's.
        """
        now, kept = self._now(), replace(turn, answer_id=new_id())
        with self._database.session() as session:
            row = session.get(ConversationRow, conversation_id)
            if row is None:
                row = ConversationRow(
                    conversation_id=conversation_id, started_at=now, changed_at=now, owner=self._owner
                )
                session.add(row)
            elif row.owner != self._owner:
                raise _not_there(conversation_id)
            row.changed_at = now
            session.flush()
            self._write(session, conversation_id, kept, now)
        return kept

    def _write(self, session: Session, conversation_id: str, turn: StoredTurn, now: datetime) -> None:
        session.add(
            TurnRow(
                conversation_id=conversation_id,
                number=turn.number,
                question=turn.question,
                standalone=turn.standalone,
                relation=turn.relation,
                rewritten_by=turn.rewritten_by,
                corrects=turn.corrects,
                added_at=now,
            )
        )
        session.add(
            AnswerRow(
                answer_id=turn.answer_id,
                conversation_id=conversation_id,
                turn=turn.number,
                owner=self._owner,
                asked_at=now,
                latest=1,
                within=None if turn.within is None else dict(turn.within),
            )
        )
        session.flush()
        session.add(VersionRow(answer_id=turn.answer_id, version=1, record=dict(turn.answer), made_at=now))
        session.flush()
        session.add(ReviewRow(answer_id=turn.answer_id, version=1, status="not_reviewed", revision=0))

    def read(self, conversation_id: str | None = None) -> StoredConversation:
        """A conversation of this owner, or the one that was added to last; with the first versions of its answers.

        Raises:
            NotKeptError: there is no such conversation, it is another owner's, or there is none at all.
        """
        with self._database.reading() as session:
            newest = select(ConversationRow).order_by(
                ConversationRow.changed_at.desc(), ConversationRow.conversation_id
            )
            wanted = newest.where(ConversationRow.owner.is_not_distinct_from(self._owner))
            if conversation_id is not None:
                wanted = wanted.where(ConversationRow.conversation_id == conversation_id)
            row = session.scalars(wanted.limit(1)).first()
            found = _stored(session, row) if row else None
        if found is None and conversation_id is None:
            raise NotKeptError("there is no conversation to go on with", mend="start one: rag chat")
        if found is None:
            raise _not_there(str(conversation_id))
        return found


def _not_there(conversation_id: str) -> NotKeptError:
    return NotKeptError(
        "there is no such conversation", value=conversation_id, mend="rag chat --resume goes on with the last one"
    )


def _stored(session: Session, row: ConversationRow) -> StoredConversation:
    kept = (
        select(AnswerRow, VersionRow)
        .join(VersionRow, VersionRow.answer_id == AnswerRow.answer_id)
        .where(AnswerRow.conversation_id == row.conversation_id, VersionRow.version == 1)
    )
    answers = {answer.turn: (answer, version) for answer, version in session.execute(kept)}
    return StoredConversation(
        row.conversation_id, row.started_at, tuple(_turn(turn, *answers[turn.number]) for turn in row.turns)
    )


def _turn(turn: TurnRow, answer: AnswerRow, version: VersionRow) -> StoredTurn:
    return StoredTurn(
        number=turn.number,
        question=turn.question,
        standalone=turn.standalone,
        relation=cast(TurnRelation, turn.relation),
        rewritten_by=turn.rewritten_by,
        answer=version.record,
        corrects=turn.corrects,
        answer_id=answer.answer_id,
        within=answer.within,
    )
