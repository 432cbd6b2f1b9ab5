"""What a composer is."""

from __future__ import annotations

from collections.abc import Sequence
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

    def compose(self, question: Question, evidence: Evidence, audience: Audience) -> Draft:
        """A draft; one without claims means that nothing in the evidence answers the question."""

    def repair(
        self, question: Question, evidence: Evidence, audience: Audience, failures: Sequence[Failure]
    ) -> tuple[DraftClaim | None, ...]:
        """For each claim that failed, in order: its mended form, or None where it is given up."""
