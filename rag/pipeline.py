"""The order of the stages: a question's way to an answer, and a corpus's way to an index. Protocols only."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Thread

from rag import __version__
from rag.answer import (
    LANES,
    Answer,
    ClaimHeld,
    ClaimShown,
    Draft,
    DraftAbsence,
    DraftClaim,
    Provenance,
    Verdict,
    Verification,
)
from rag.assembly import Showing, assemble
from rag.composition.base import Composer
from rag.composition.options import unknown_options
from rag.coverage import unspoken_of
from rag.errors import ModelError
from rag.evidence import Evidence
from rag.models.metering import Tally, tallied
from rag.question import Question, parse_question
from rag.reading_order import in_reading_order
from rag.several import joined, merged, under_topic
from rag.stages import Checker, IndexIdentity, Search
from rag.types import EVERYTHING, Audience, Earlier, Query, SourceFilter

Step = ClaimShown | ClaimHeld | Answer
"""What comes on the way to an answer: claims as they pass or fail, and last the answer."""
_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with what its answer is for; `said` is what was asked, before a follow-up was made to stand alone.

    `topic` is what its claims stand under: of several questions in one, each is its own topic.
    """

    question: Question
    audience: Audience
    within: SourceFilter
    said: str
    earlier: Earlier | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class _Composed:
    """A draft as far as it came, verified, and the evidence that it was offered."""

    draft: Draft
    verification: Verification
    evidence: Evidence


class AnswerPipeline:
    """question -> retrieve -> compose -> verify -> look further once -> repair once -> answer or abstention."""

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
        split: Callable[[str], tuple[str, ...]] = lambda text: (text,),
    ) -> None:
        self.search = search
        self._composer = composer
        self._checker = checker
        self._index = index
        self._question_max_chars = question_max_chars
        self._now = now
        self.admit = admit
        """Lets the text of a question in as it is or redacted, or raises PrivacyError; nothing is sent before."""
        self._split = split
        """Takes several questions in one apart, each made to stand alone."""
        self._prepared = composer.model is None

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
        *_, last = self.stream(text, audience, within, earlier)
        if not isinstance(last, Answer):
            raise TypeError("the last step is not an answer")
        return last

    def stream(
        self,
        text: str,
        audience: Audience = "clinician",
        within: SourceFilter = EVERYTHING,
        earlier: Earlier | None = None,
    ) -> Generator[Step, None, None]:
        """The steps to the answer that `ask` gives: each claim as soon as it has passed or failed, the answer last.

        Closing the generator ends a request that is under way. Errors as of `ask`; a model server's fault after the
        first claim makes the answer incomplete instead.
        """
        tally = Tally()
        question = parse_question(self.admit(text), max_chars=self._question_max_chars)
        said = question.text if earlier is None else self.admit(earlier.asked)
        return tallied(self._steps(_Asked(question, audience, within, said, earlier), tally), tally)

    def _gathered(self, asked: _Asked) -> Evidence:
        """The evidence of a question, with what its conversation carries on."""
        evidence = self.search.gather(asked.question.stem, asked.question.queries(), asked.within)
        if asked.earlier is not None and asked.earlier.passage_ids:
            evidence = self.search.with_carried(evidence, asked.earlier.passage_ids, asked.within)
        return evidence

    def _steps(self, asked: _Asked, tally: Tally) -> Generator[Step, None, None]:
        question, numbered = asked.question, () if asked.earlier is None else asked.earlier.numbered
        showing = Showing(numbered)
        self._prepare_checker()
        parts = [parse_question(part, max_chars=2 * self._question_max_chars) for part in self._split(question.text)]
        alone = len(parts) < _SEVERAL
        composed: list[_Composed] = []
        for part in [question] if alone else parts:
            one = replace(asked, question=part, topic=None if alone else part.text)
            found = self._gathered(one)
            known = found if not composed else found.following(composed[-1].evidence)
            composed.append((yield from self._drafted(one, known, showing)))
        draft, verification = joined([(one.draft, one.verification) for one in composed])
        evidence = merged([one.evidence for one in composed], [None] if alone else [part.text for part in parts])
        stances = [
            stance
            for part, one in zip([question] if alone else parts, composed, strict=True)
            for stance in (self._checker.judge_options(part, one.evidence) if one.verification.passed else ())
        ]
        yield assemble(
            question=asked.said,
            standalone_question=question.text,
            options=question.options if alone else [name for part in parts for name in (part.text, *part.options)],
            audience=asked.audience,
            verification=verification,
            stances=stances,
            evidence=evidence,
            provenance=self._provenance(asked, draft, tally),
            abstention_reason=_why_not(question, evidence, verification),
            incomplete=draft.incomplete,
            numbered=numbered,
        )

    def _drafted(self, asked: _Asked, found: Evidence, showing: Showing) -> Generator[Step, None, _Composed]:
        """A question composed and verified, looked further into and repaired once."""
        composed = yield from self._composed(asked, found, showing)
        if composed.draft.look_for and not composed.draft.broken_off:
            composed = yield from self._looked_further(asked, composed, showing)
        verification = composed.verification
        if verification.failed and not composed.draft.broken_off:
            repaired = self._repaired(asked, composed)
            for claim, verdict in repaired.passed[len(verification.passed) :]:
                yield showing.shown(claim, verdict, composed.evidence)
            composed = replace(composed, verification=repaired)
        return composed

    def _prepare_checker(self) -> None:
        """Have the checker load itself while the first draft is being written by a server."""
        if not self._prepared:
            self._prepared = True
            Thread(target=self._checker.prepare, name="prepare-checker").start()

    def _composed(
        self, asked: _Asked, found: Evidence, showing: Showing, stated: Sequence[DraftClaim] | None = None
    ) -> Generator[Step, None, _Composed]:
        """Compose and verify, piece by piece. A draft that breaks off counts as far as its claims have passed."""
        evidence = self._composer.offer(asked.question, found, stated or ())
        known = {(claim.part, claim.text) for claim in stated or ()}
        pieces = self._composer.stream(asked.question, evidence, asked.audience, stated)
        draft = Draft((), (), self._composer.name)
        verification = Verification((), (), ())
        if stated is None:
            verification = under_topic(asked.topic, self._checker.deny_premises(asked.question, evidence))
            yield from (showing.shown(claim, verdict, evidence) for claim, verdict in verification.passed)
        try:
            while (piece := self._next(pieces, draft, verification)) is not None:
                fresh = tuple(claim for claim in piece.claims if (claim.part, claim.text) not in known)
                piece = replace(piece, claims=fresh)
                checked = in_reading_order(self._checker.verify(piece, evidence), evidence)
                checked = under_topic(asked.topic, self._checker.compare_halves(checked, evidence))
                draft, verification = draft.with_piece(piece), verification.with_piece(checked)
                yield from (showing.shown(claim, verdict, evidence) for claim, verdict in checked.passed)
                yield from (ClaimHeld(claim.part, verdict.reason) for claim, verdict in checked.failed)
        finally:
            if isinstance(pieces, Generator):
                pieces.close()
        return _Composed(draft, verification, evidence)

    def _next(self, pieces: Iterator[Draft], draft: Draft, verification: Verification) -> Draft | None:
        """The next piece of a draft; where it breaks off after claims have passed, a piece that says so."""
        try:
            return next(pieces, None)
        except ModelError as error:
            if not verification.passed:
                raise
            why = f"the model's draft broke off: {error}"
            return Draft((), (), draft.composer, draft.model, incomplete=why, broken_off=True)

    def _looked_further(self, asked: _Asked, first: _Composed, showing: Showing) -> Generator[Step, None, _Composed]:
        """Search once more for what the composer says is missing, and have it add what that brings.

        Where it fails, the first draft stands. What has been shown stays shown, and keeps its labels.
        """
        queries = [*asked.question.queries(), *(Query(text, "further") for text in first.draft.look_for)]
        found = self.search.gather(asked.question.stem, queries, asked.within).following(first.evidence)
        if len(found.found_sentences) == len(first.evidence.found_sentences):
            return replace(first, evidence=found.without(first.evidence.cut))
        stated = [claim for claim, _ in first.verification.passed]
        try:
            second = yield from self._composed(asked, found, showing, stated)
        except ModelError as error:
            why = f"the second search was not used: {error}"
            draft = replace(first.draft, incomplete=why, broken_off=True)
            return _Composed(draft, first.verification, first.evidence)
        added = second.verification
        mended = {(claim.part, claim.text) for claim, _ in added.passed}
        failed = tuple(one for one in first.verification.failed if (one[0].part, one[0].text) not in mended)
        still = self._checker.verify(replace(first.draft, claims=()), found).absences
        verification = Verification(
            first.verification.passed + added.passed,
            failed + added.failed,
            tuple(one for one in dict.fromkeys(still + added.absences) if not _answered(one, added.passed)),
        )
        never = {label: why for label, why in second.evidence.cut.items() if label not in first.evidence.sentences}
        return _Composed(first.draft.with_piece(second.draft), verification, found.without(never))

    def _repaired(self, asked: _Asked, composed: _Composed) -> Verification:
        """Hand the failed claims back once; what then passes takes its place, what does not stays withheld."""
        verification, evidence = composed.verification, composed.evidence
        mendable = [(claim, verdict) for claim, verdict in verification.failed if claim.type != "absence"]
        mended = self._composer.repair(asked.question, evidence, asked.audience, mendable)
        passed = list(verification.passed)
        failed = [(claim, verdict) for claim, verdict in verification.failed if claim.type == "absence"]
        for (claim, verdict), again in zip(mendable, mended, strict=True):
            outcome = self._second_try(composed.draft, evidence, claim, again)
            if outcome is None:
                failed.append((claim, verdict))
            else:
                accepted, second = outcome
                reason = f"{second.reason}; reworded once, since the first wording failed: {verdict.reason}"
                passed.append((replace(accepted, topic=claim.topic), replace(second, reason=reason)))
        return Verification(tuple(passed), tuple(failed), verification.absences)

    def _second_try(
        self, draft: Draft, evidence: Evidence, claim: DraftClaim, again: DraftClaim | None
    ) -> tuple[DraftClaim, Verdict] | None:
        if again is None or again == claim:
            return None
        checked = self._checker.verify(replace(draft, claims=(again,), absences=()), evidence)
        return checked.passed[0] if checked.passed else None

    def _provenance(self, asked: _Asked, draft: Draft, tally: Tally) -> Provenance:
        usage = tally.usage
        return Provenance(
            index=self._index.name,
            index_fingerprint=self._index.fingerprint,
            corpus_hash=self._index.corpus_hash,
            encoder=self._index.encoder,
            composer=draft.composer,
            model=draft.model,
            verifier=self._checker.name,
            created_at=self._now().isoformat(timespec="seconds"),
            program_version=__version__,
            searched_within=asked.within.shown,
            reply_form=draft.form,
            usage=usage if usage.requests or usage.cached else None,
        )


def _answered(absence: DraftAbsence, added: Sequence[tuple[DraftClaim, Verdict]]) -> bool:
    """Whether what was missing at first has been found by a second search."""
    return any(
        claim.type != "absence"
        and absence.kind in LANES[claim.part]
        and len(LANES[claim.part]) == 1
        and claim.topic in (absence.topic, None)
        for claim, _ in added
    )


def _why_not(question: Question, evidence: Evidence, verification: Verification) -> str:
    """Why there is no answer, in one sentence that the reader can act on."""
    if question.about_animals:
        return "The question is about an animal; the sources searched are about people."
    if verification.failed:
        return "Every statement that was drafted failed verification and is withheld."
    unknown = (*evidence.unknown_words, *unknown_options(evidence, question))
    if unknown:
        return f"No sentence of the sources searched has: {', '.join(unknown)}."
    unspoken = unspoken_of(question.text, evidence)
    if unspoken:
        return f"None of the sentences found speaks of {' or of '.join(unspoken)}."
    return "No sentence of the sources searched answers the question."
