"""What the ledger keeps, as frozen values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

TurnRelation = Literal["first", "follow_up", "new_subject"]


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One turn of a conversation.

    `number` counts from 1. `answer` is a record of the schema `sourcebound.answer/1`. `corrects` is the number of the
    turn whose stand-alone question was corrected by hand, or None; `rewritten_by` is "asker", "rules", "hand" or a
    model's name. `answer_id` is given by the ledger when the turn is written: each turn is a saved answer.
    """

    number: int
    question: str
    standalone: str
    relation: TurnRelation
    rewritten_by: str
    answer: Mapping[str, Any]
    corrects: int | None = None
    answer_id: str | None = None


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

    def add(self, conversation_id: str, turn: StoredTurn) -> StoredTurn:
        """Write one turn, which is a saved answer; when this returns, with its `answer_id`, it survives a crash.

        Raises:
            LedgerError: it cannot be written.
        """

    def read(self, conversation_id: str | None = None) -> StoredConversation:
        """A conversation, or the one that was added to last.

        Raises:
            LedgerError: there is no such conversation, or none at all.
        """


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """A version of a saved answer, as it was made; times are UTC.

    `record` is of the schema `sourcebound.answer/1` and is never changed. A version is added when the same question is
    answered anew from the index of that day; `latest` is the number of the newest. `owner` is the account id of who
    asked, an opaque id of a browser, or None for the command line.
    """

    answer_id: str
    version: int
    latest: int
    record: Mapping[str, Any]
    made_at: datetime
    conversation_id: str
    turn: int
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit trail. `digest` chains it to the one before: SHA-256 over that digest and this entry."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]
    digest: str


class AnswerStore(Protocol):
    """Keeps answers, version by version."""

    def find(self, answer_id: str, version: int | None = None) -> SavedAnswer:
        """A version of an answer, or its newest.

        Raises:
            NotKeptError: there is no such answer or version.
        """

    def add_version(self, answer_id: str, record: Mapping[str, Any], *, by: str) -> SavedAnswer:
        """Keep a newer answer to the same question."""

    def versions(self, answer_id: str) -> tuple[SavedAnswer, ...]:
        """All versions, oldest first."""

    def history(self, owner: str | None, *, limit: int = 50, before: datetime | None = None) -> tuple[SavedAnswer, ...]:
        """The newest version of each answer of an owner, last asked first."""

    def everything(self) -> Iterator[SavedAnswer]:
        """The newest version of every answer."""


class AuditTrail(Protocol):
    """What was done, by whom, when. It can be added to and read; nothing in it can be changed or removed."""

    def entries(self, *, subject: str | None = None, limit: int = 200) -> tuple[AuditEntry, ...]:
        """The newest entries, newest first."""

    def broken_at(self) -> int | None:
        """The number of the first entry whose digest does not follow from the one before; None where all do."""
