"""What the stages of an answer are to the pipeline: the search and the checker, and which index answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from rag.answer import Draft, OptionStance, Verification
from rag.evidence import Evidence
from rag.question import Question
from rag.types import EVERYTHING, Query, SourceFilter


@runtime_checkable
class Search(Protocol):
    """Gathers the evidence of a question."""

    def gather(self, question: str, queries: Sequence[Query], within: SourceFilter = EVERYTHING) -> Evidence:
        """The evidence for these queries, from the sources that the filter leaves.

        Raises:
            QuestionError: it leaves none.
        """

    def with_carried(
        self, evidence: Evidence, passage_ids: Sequence[str], within: SourceFilter = EVERYTHING
    ) -> Evidence:
        """The evidence with passages cited in earlier turns of a conversation, those that may still be cited."""


class Checker(Protocol):
    """Verifies drafts, and says how the evidence stands to the options that a question names."""

    name: str

    def prepare(self) -> None:
        """Load what the first claim would have to wait for. Makes no request to any server."""

    def verify(self, draft: Draft, evidence: Evidence) -> Verification:
        """Every claim with its verdict."""

    def judge_options(self, question: Question, evidence: Evidence) -> tuple[OptionStance, ...]:
        """The stance of the evidence on each option, in the order of the question."""

    def compare_halves(self, verification: Verification, evidence: Evidence) -> Verification:
        """The same, in which halves that agree are said to."""

    def deny_premises(self, question: Question, evidence: Evidence) -> Verification:
        """What the question takes for granted and the evidence denies, as claims that have passed."""


@dataclass(frozen=True, slots=True)
class IndexIdentity:
    """Which index answers: for the provenance."""

    name: str
    fingerprint: str
    corpus_hash: str
    encoder: str
