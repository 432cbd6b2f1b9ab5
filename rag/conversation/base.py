"""What a conversation is: its turns, and what makes a follow-up question stand alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.ledger.base import TurnRelation

Relation = TurnRelation


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a conversation, as asked and as searched for; `told` is its short answer."""

    question: str
    standalone: str
    relation: Relation = "first"
    told: str = ""


@dataclass(frozen=True, slots=True)
class Condensed:
    """A question made stand-alone.

    `relation` says how it stands to the turns before: with "new_subject" nothing of them is taken over. `by` names who
    rewrote it, for the provenance: "rules", or the model.
    """

    standalone: str
    relation: Relation
    by: str = "rules"


class Condenser(Protocol):
    """Makes follow-up questions stand alone."""

    def condense(self, question: str, earlier: Sequence[Asked]) -> Condensed:
        """The question as it would be asked without the turns before it, oldest of them first."""


class Subjects(Protocol):
    """Knows what the sources speak of."""

    def near(self, text: str) -> frozenset[str]:
        """The topics of the sources that are nearest to a text; empty where none is near."""

    def speak_of(self, phrase: str, topics: frozenset[str]) -> bool:
        """Whether a source on one of these topics has the words of a phrase."""


def same_subject(earlier: Sequence[Asked]) -> tuple[Asked, ...]:
    """The turns since the subject last changed, oldest first."""
    start = max((place for place, one in enumerate(earlier) if one.relation != "follow_up"), default=0)
    return tuple(earlier[start:])
