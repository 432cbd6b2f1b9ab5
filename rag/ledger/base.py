"""What the ledger keeps, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

TurnRelation = Literal["first", "follow_up", "new_subject"]


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One turn of a conversation.

    `number` counts from 1. `answer` is a record of the schema `sourcebound.answer/1`. `corrects` is the number of the
    turn whose stand-alone question was corrected by hand, or None; `rewritten_by` is "asker", "rules", "hand" or a
    model's name.
    """

    number: int
    question: str
    standalone: str
    relation: TurnRelation
    rewritten_by: str
    answer: Mapping[str, Any]
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation as it stands; times are UTC."""

    conversation_id: str
    started_at: datetime
    turns: tuple[StoredTurn, ...] = ()


class ConversationStore(Protocol):
    """Keeps conversations."""

    def start(self) -> StoredConversation:
        """A new conversation, without turns. It is written with its first turn."""

    def add(self, conversation_id: str, turn: StoredTurn) -> None:
        """Write one turn; when this returns, it survives a crash.

        Raises:
            LedgerError: it cannot be written.
        """

    def read(self, conversation_id: str | None = None) -> StoredConversation:
        """A conversation, or the one that was added to last.

        Raises:
            LedgerError: there is no such conversation, or none at all.
        """
