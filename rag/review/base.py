"""The states of a review, and what has become of an answer's evidence, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from rag.accounts.base import Account
from rag.answer import Status
from rag.ledger.base import SavedAnswer
from rag.types import Kind, Passage, Source

Change = Literal["removed", "retracted", "superseded", "concern", "text_changed", "record_changed"]
"""What may have become of a cited source: not in the index, retracted, superseded, under an expression of
concern, other words where the quote stood, other bibliographic fields."""


@dataclass(frozen=True, slots=True)
class Stale:
    """One reason why an answer no longer rests on what it rested on. `text` says it in one sentence for the reader."""

    source_id: str
    number: int
    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark of a reviewer on an answer, or on one of its claims."""

    comment_id: int
    claim_id: str | None
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """The one status of a version of an answer, with who set it and when (the shown name, UTC).

    `void` says why the last approval no longer holds, such as "the text of source [2] has changed", or is None; then
    the answer is back at "submitted". `comments` are oldest first.
    """

    status: Status
    by: str | None = None
    at: datetime | None = None
    digest: str | None = None
    void: str | None = None
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A version of an answer in the queue of the board."""

    answer: SavedAnswer
    standing: Standing


class Shelf(Protocol):
    """What the index in use holds today."""

    @property
    def fingerprint(self) -> str:
        """Of the index."""

    def sources(self) -> Sequence[Source]:
        """Every source, guidelines first, by title."""

    def source(self, source_id: str) -> Source | None:
        """A source, or None."""

    def text(self, source_id: str) -> str | None:
        """The text of its document, or None."""

    def passages(self, source_id: str) -> Sequence[Passage]:
        """The passages of a source, in the order of its text; none for one that is not there."""

    def passage(self, passage_id: str) -> Passage | None:
        """A passage, or None."""

    def find(
        self, words: str, *, kind: Kind | None = None, topic: str | None = None, limit: int = 20
    ) -> Sequence[Passage]:
        """The passages that speak of something, best first; superseded and retracted sources too."""


class Rechecking(Protocol):
    """Tells what has become of an answer's evidence."""

    def stale(self, record: Mapping[str, Any]) -> tuple[Stale, ...]:
        """Why the record of an answer no longer stands on its sources as the index has them; empty where it does."""


class Board(Protocol):
    """Signs answers off. Each step is one transaction with its entry in the audit trail.

    Steps raise ReviewError where the order of states does not have them, where the account may not take them, and
    where someone else was quicker (the standing seen is no longer the standing).
    """

    def standing(self, answer: SavedAnswer) -> Standing:
        """The status now. An approval that has become void is recorded as such here, once."""

    def queue(self) -> tuple[Waiting, ...]:
        """What is submitted or under review, oldest first."""

    def submit(self, answer: SavedAnswer, by: Account) -> Standing:
        """not_reviewed or returned -> submitted. A reader may."""

    def take(self, answer: SavedAnswer, by: Account) -> Standing:
        """submitted -> under_review. From here on, a reviewer must."""

    def approve(self, answer: SavedAnswer, by: Account, remark: str = "") -> Standing:
        """under_review -> approved, bound to today's digest. Refused for a stale answer."""

    def give_back(self, answer: SavedAnswer, by: Account, remark: str) -> Standing:
        """under_review -> returned; the remark says why and must not be empty."""

    def comment(self, answer: SavedAnswer, by: Account, text: str, claim_id: str | None = None) -> Comment:
        """A remark on an answer under review, or on one of its claims."""
