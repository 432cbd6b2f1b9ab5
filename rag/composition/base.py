"""What a composer is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from rag.answer import Draft, DraftClaim, Verdict
from rag.evidence import Evidence
from rag.question import Question
from rag.types import Audience

Failure = tuple[DraftClaim, Verdict]


class Composer(Protocol):
    """Proposes claims for a question from its evidence."""

    @property
    def name(self) -> str:
        """Name for the provenance."""

    @property
    def model(self) -> str | None:
        """The language model used, or None."""

    def offer(self, question: Question, evidence: Evidence, stated: Sequence[DraftClaim] = ()) -> Evidence:
        """The evidence that it can read, beside what is stated already: the rest is cut, and cannot be cited.

        Raises:
            ModelError: it can read none.
        """

    def compose(self, question: Question, evidence: Evidence, audience: Audience) -> Draft:
        """A whole draft; one without claims means that nothing in the evidence answers the question."""

    def stream(
        self, question: Question, evidence: Evidence, audience: Audience, stated: Sequence[DraftClaim] | None = None
    ) -> Iterator[Draft]:
        """The same draft in pieces, as they come; there is at least one. Closing the iterator ends the work.

        Args:
            question: what was asked.
            evidence: what `offer` gave.
            audience: who reads it.
            stated: what an earlier draft has stated, where this is a further one, over more evidence: only what is to
                be added is drafted, and no further search is asked for.

        Raises:
            ModelError: no usable reply was obtained, or it broke off after some pieces.
        """

    def repair(
        self, question: Question, evidence: Evidence, audience: Audience, failures: Sequence[Failure]
    ) -> tuple[DraftClaim | None, ...]:
        """For each claim that failed, in order: its mended form, or None where it is given up."""
