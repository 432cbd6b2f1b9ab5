"""What the ledger keeps, as frozen values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

TurnRelation = Literal["first", "follow_up", "new_subject"]


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One turn of a conversation.

    `number` counts from 1. `answer` is a record of the schema `sourcebound.answer/1`. `corrects` is the number of the
    turn whose stand-alone question was corrected by hand, or None; `rewritten_by` is "asker", "rules", "hand" or a
    model's name. `answer_id` is given by the ledger when the turn is written: each turn is a saved answer, and `answer`
    is its first version. `within` is the filter of the search as plain values; None: it was not kept.
    """

    number: int
    question: str
    standalone: str
    relation: TurnRelation
    rewritten_by: str
    answer: Mapping[str, Any]
    corrects: int | None = None
    answer_id: str | None = None
    within: Mapping[str, Any] | None = None


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
    asked, an opaque id of a browser, or None for the command line. `within` is the filter of the search as plain
    values; None: it was not kept.
    """

    answer_id: str
    version: int
    latest: int
    record: Mapping[str, Any]
    made_at: datetime
    conversation_id: str
    turn: int
    owner: str | None = None
    within: Mapping[str, Any] | None = None


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


@dataclass(frozen=True, slots=True)
class Finding:
    """What the last recheck of a version of an answer found: the reasons why it is stale, as plain values with at least
    `source_id`, `number`, `change` and `text`; none where it stands. `checked_at` is UTC."""

    answer_id: str
    version: int
    checked_at: datetime
    index_fingerprint: str
    reasons: tuple[Mapping[str, Any], ...]


class FindingStore(Protocol):
    """Keeps what rechecks found, so that lists can show it without looking at every source."""

    def keep(self, finding: Finding) -> None:
        """Keep the newest finding of a version, in the place of the one before."""

    def of(self, answers: Sequence[SavedAnswer]) -> Mapping[tuple[str, int], Finding]:
        """The findings of these answers that there are, by answer id and version."""


class IdempotencyStore(Protocol):
    """Keeps under which key a request was made, so that its repetition is not answered anew. Forgets after 24 hours.

    A request begins, and is then finished or abandoned. One that was never finished, because the program ended, may be
    begun again after ten minutes.
    """

    def begin(self, key: str, owner: str, request_digest: str) -> str | None:
        """None: the request is the first under this key, and is now under way. Otherwise the id of the answer that the
        same request was given.

        Args:
            key: what the caller calls the request, at most 255 characters.
            owner: whose key it is; the same key of another owner is another one.
            request_digest: SHA-256 of what is asked for, as hexadecimal digits.

        Raises:
            RepeatedKeyError: another request was made under the key, or the same one is still under way.
        """

    def finish(self, key: str, owner: str, answer_id: str) -> None:
        """Keep what the request was given."""

    def abandon(self, key: str, owner: str) -> None:
        """Forget the request, which failed: the key is free again."""


class AuditTrail(Protocol):
    """What was done, by whom, when. It can be added to and read; nothing in it can be changed or removed."""

    def entries(self, *, subject: str | None = None, limit: int = 200) -> tuple[AuditEntry, ...]:
        """The newest entries, newest first."""

    def broken_at(self) -> int | None:
        """The number of the first entry whose digest does not follow from the one before; None where all do."""
