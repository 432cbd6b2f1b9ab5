"""The order of the stages: a question's way to an answer, and a corpus's way to an index. Protocols only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from rag import __version__
from rag.answer import Answer, Draft, DraftClaim, OptionStance, Provenance, Verdict, Verification
from rag.assembly import assemble
from rag.composition.base import Composer
from rag.evidence import Evidence
from rag.question import Question, parse_question
from rag.types import EVERYTHING, Audience, Earlier, Query, SourceFilter


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

    def verify(self, draft: Draft, evidence: Evidence) -> Verification:
        """Every claim with its verdict."""

    def judge_options(self, question: Question, evidence: Evidence) -> tuple[OptionStance, ...]:
        """The stance of the evidence on each option, in the order of the question."""


@dataclass(frozen=True, slots=True)
class IndexIdentity:
    """Which index answers: for the provenance."""

    name: str
    fingerprint: str
    corpus_hash: str
    encoder: str


class AnswerPipeline:
    """question -> retrieve -> compose -> verify -> repair once -> answer or abstention."""

    def __init__(
        self,
        search: Search,
        composer: Composer,
        checker: Checker,
        index: IndexIdentity,
        *,
        question_max_chars: int,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        admit: Callable[[str], str] = lambda text: text,
    ) -> None:
        self.search = search
        self._composer = composer
        self._checker = checker
        self._index = index
        self._question_max_chars = question_max_chars
        self._now = now
        self.admit = admit
        """Lets the text of a question in as it is or redacted, or raises PrivacyError; nothing is sent before."""

    def ask(
        self,
        text: str,
        audience: Audience = "clinician",
        within: SourceFilter = EVERYTHING,
        earlier: Earlier | None = None,
    ) -> Answer:
        """Answer one question, which must stand alone, from the sources that a filter leaves.

        Args:
            text: the question; of a follow-up its stand-alone form.
            audience: who reads the answer.
            within: the sources that may be searched.
            earlier: of a follow-up, what its conversation brings; None: a question by itself.

        Raises:
            QuestionError: the question is empty or too long, or the filter leaves no source.
            PrivacyError: it identifies a person, and such questions are refused.
            ModelError: the model server failed and no claim was obtained.
        """
        question = parse_question(self.admit(text), max_chars=self._question_max_chars)
        evidence = self.search.gather(question.stem, question.queries(), within)
        if earlier is not None and earlier.passage_ids:
            evidence = self.search.with_carried(evidence, earlier.passage_ids, within)
        draft = self._composer.compose(question, evidence, audience)
        verification = self._checker.verify(draft, evidence)
        if verification.failed:
            verification = self._repaired(question, evidence, audience, draft, verification)
        provenance = Provenance(
            index=self._index.name,
            index_fingerprint=self._index.fingerprint,
            corpus_hash=self._index.corpus_hash,
            encoder=self._index.encoder,
            composer=draft.composer,
            model=draft.model,
            verifier=self._checker.name,
            created_at=self._now().isoformat(timespec="seconds"),
            program_version=__version__,
            searched_within=within.shown,
        )
        return assemble(
            question=question.text if earlier is None else self.admit(earlier.asked),
            standalone_question=question.text,
            options=question.options,
            audience=audience,
            verification=verification,
            stances=self._checker.judge_options(question, evidence) if verification.passed else (),
            evidence=evidence,
            provenance=provenance,
            abstention_reason=_why_not(question, evidence, verification),
            numbered=() if earlier is None else earlier.numbered,
        )

    def _repaired(
        self,
        question: Question,
        evidence: Evidence,
        audience: Audience,
        draft: Draft,
        verification: Verification,
    ) -> Verification:
        """Hand the failed claims back once; what then passes takes its place, what does not stays withheld."""
        mendable = [(claim, verdict) for claim, verdict in verification.failed if claim.type != "absence"]
        mended = self._composer.repair(question, evidence, audience, mendable)
        passed = list(verification.passed)
        failed = [(claim, verdict) for claim, verdict in verification.failed if claim.type == "absence"]
        for (claim, verdict), again in zip(mendable, mended, strict=True):
            outcome = self._second_try(draft, evidence, claim, again)
            if outcome is None:
                failed.append((claim, verdict))
            else:
                accepted, second = outcome
                reason = f"{second.reason}; reworded once, since the first wording failed: {verdict.reason}"
                passed.append((accepted, replace(second, reason=reason)))
        return Verification(tuple(passed), tuple(failed), verification.absences)

    def _second_try(
        self, draft: Draft, evidence: Evidence, claim: DraftClaim, again: DraftClaim | None
    ) -> tuple[DraftClaim, Verdict] | None:
        if again is None or again == claim:
            return None
        checked = self._checker.verify(replace(draft, claims=(again,), absences=()), evidence)
        return checked.passed[0] if checked.passed else None


def _why_not(question: Question, evidence: Evidence, verification: Verification) -> str:
    """Why there is no answer, in one sentence that the reader can act on."""
    if question.about_animals:
        return "The question is about an animal; the sources searched are about people."
    if verification.failed:
        return "Every statement that was drafted failed verification and is withheld."
    if evidence.unknown_words:
        return f"No sentence of the sources searched has: {', '.join(evidence.unknown_words)}."
    return "No sentence of the sources searched answers the question."
