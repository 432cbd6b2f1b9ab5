"""Conversations in the ledger: begun, added to turn by turn, read again."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import select

from rag.errors import LedgerError
from rag.ledger.base import StoredConversation, StoredTurn, TurnRelation
from rag.ledger.database import Database
from rag.ledger.tables import ConversationRow, TurnRow


class Conversations:
    """Keeps conversations in a database; nothing is written before the first turn."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def start(self) -> StoredConversation:
        """A new conversation under an id that begins with its day."""
        now = self._now()
        return StoredConversation(f"{now:%Y%m%d}-{secrets.token_hex(3)}", now)

    def add(self, conversation_id: str, turn: StoredTurn) -> StoredTurn:
        """Write one turn. Errors as of `Database.session`."""
        now = self._now().replace(tzinfo=None)
        with self._database.session() as session:
            row = session.get(ConversationRow, conversation_id)
            if row is None:
                row = ConversationRow(conversation_id=conversation_id, started_at=now, changed_at=now)
                session.add(row)
            row.changed_at = now
            session.flush()
            session.add(
                TurnRow(
                    conversation_id=conversation_id,
                    number=turn.number,
                    question=turn.question,
                    standalone=turn.standalone,
                    relation=turn.relation,
                    rewritten_by=turn.rewritten_by,
                    corrects=turn.corrects,
                    answer=dict(turn.answer),
                    added_at=now,
                )
            )
        return turn

    def read(self, conversation_id: str | None = None) -> StoredConversation:
        """A conversation, or the one that was added to last.

        Raises:
            LedgerError: there is no such conversation, or none at all.
        """
        with self._database.session() as session:
            newest = select(ConversationRow).order_by(
                ConversationRow.changed_at.desc(), ConversationRow.conversation_id
            )
            wanted = newest if conversation_id is None else newest.filter_by(conversation_id=conversation_id)
            row = session.scalars(wanted.limit(1)).first()
            found = _stored(row) if row else None
        if found is None and conversation_id is None:
            raise LedgerError("there is no conversation to go on with", mend="start one: rag chat")
        if found is None:
            raise LedgerError(
                "there is no such conversation",
                value=conversation_id,
                mend="rag chat --resume goes on with the last one",
            )
        return found


def _stored(row: ConversationRow) -> StoredConversation:
    turns = tuple(
        StoredTurn(
            turn.number,
            turn.question,
            turn.standalone,
            cast(TurnRelation, turn.relation),
            turn.rewritten_by,
            turn.answer,
            turn.corrects,
        )
        for turn in row.turns
    )
    return StoredConversation(row.conversation_id, row.started_at.replace(tzinfo=UTC), turns)
