"""The verifier: the order of the checks, and what becomes of each claim."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from rag.answer import LANES, Draft, DraftAbsence, DraftClaim, Fault, OptionStance, Part, Support, Verdict, Verification
from rag.errors import RagError
from rag.evidence import Evidence, EvidenceSentence
from rag.models.base import EntailmentModel
from rag.models.certainty import stands_verbatim
from rag.models.language_model_entailment import LanguageModelEntailment
from rag.models.lexical_entailment import LexicalEntailment
from rag.premises import premises_of
from rag.question import Question
from rag.text import terms
from rag.verification.absence import absence_fault
from rag.verification.accord import ACCORD_REASON, in_accord
from rag.verification.combination import RULES
from rag.verification.objections import Objection, objection_to_words
from rag.verification.pointers import may_be_cited, pointer_objection
from rag.verification.premise import denials, judged, quoted, refutes
from rag.verification.relations import compared_sides, compared_words, rule_on_relation
from rag.verification.stance import judge_options
from rag.verification.support import (
    REFUTE_THRESHOLD,
    SUPPORT_THRESHOLD,
    Reading,
    joined,
    ordered_sentences,
    passage_texts,
    read_support,
    reading_reason,
    titles_of,
)

MOST_CANDIDATES = 12
"""Other sentences that a claim may be pointed to: those that share most terms with it."""
REPOINT_THRESHOLD = 0.85
"""Least probability of "supports" at which a claim is pointed to another sentence: higher than for the cited ones,
since the best of many readings is more often wrong than one."""
_LEAST_SHARED = 1 / 3
_MENDED_BY_MODEL: frozenset[Fault | None] = frozenset(("unsupported", "figure_mismatch"))
"""Faults that say only that the wrong sentence was cited. A claim that its own sentences oppose is pointed elsewhere
only where another sentence says it word for word."""

_Checked = tuple[DraftClaim, Verdict]


@dataclass(frozen=True, slots=True)
class _Open:
    """A claim whose words must be read: what it says, the sides of which each must carry it, and what rules hold
    against it. Of one that is `denied` the words are a premise, which its sides must refute."""

    words: str
    sides: tuple[tuple[str, ...], ...]
    objection: Objection | None
    denied: bool = False


class Verifier:
    """Checks drafts with rules and an entailment model. Where either objects, a claim is withheld."""

    def __init__(self, entailment: EntailmentModel) -> None:
        self._entailment = entailment
        self.name = (
            f"{RULES} + {entailment.name} (supports >= {SUPPORT_THRESHOLD:g}, "
            f"refutes >= {REFUTE_THRESHOLD:g}, re-points >= {REPOINT_THRESHOLD:g})"
        )

    def prepare(self) -> None:
        """Load the rules and the model, so that the first claim need not wait for them. A language model is not asked.

        What cannot be loaded is left for the first claim to tell.
        """
        with suppress(RagError):
            objection_to_words("Give 5 mg a day.", ["Do not give 5 mg a day."], [])
            if not isinstance(self._entailment, LanguageModelEntailment):
                self._entailment.predict([("Give it every day.", "It is given every day.")])

    def verify(self, draft: Draft, evidence: Evidence) -> Verification:
        """Every claim of the draft, passed or failed, with its verdict.

        A claim whose own sentences do not support it is pointed to another retrieved sentence of its lane where one
        does. A claim with a faulty pointer is never mended in this way: its composer made the pointer up.

        Raises:
            EntailmentError, ModelError: the entailment model failed.
        """
        verdicts = self._check_all(draft.claims, evidence)
        checked = self._point_elsewhere(list(zip(draft.claims, verdicts, strict=True)), evidence)
        passed = [one for one in checked if one[1].support == "full"]
        failed = [one for one in checked if one[1].support != "full"]
        absences = []
        for absence in draft.absences:
            fault = absence_fault(absence, evidence)
            if fault is None:
                absences.append(absence)
            else:
                objection = Objection("not_absent", f"not absent: {fault}", "contradicted")
                failed.append((_as_claim(absence), self._objected(objection)))
        return Verification(tuple(passed), tuple(failed), tuple(absences))

    def judge_options(self, question: Question, evidence: Evidence) -> tuple[OptionStance, ...]:
        """What the evidence says of each option that the question names; nothing for a question that names none.

        A model that reads words, not meaning, decides none: what rules leave open is then not addressed.

        Raises:
            EntailmentError, ModelError: the entailment model failed.
        """
        reads_meaning = not isinstance(self._entailment, LexicalEntailment)
        return judge_options(question, evidence, self._entailment if reads_meaning else None)

    def compare_halves(self, verification: Verification, evidence: Evidence) -> Verification:
        """The verification with each claim that two halves cannot be compared put as one that they agree, where a
        guideline's sentence and a study's on its topic do.

        Raises:
            EntailmentError, ModelError: the entailment model failed.
        """
        model = None if isinstance(self._entailment, LexicalEntailment) else self._entailment
        passed = []
        for claim, verdict in verification.passed:
            sides = [_said_in(part, claim.topic, verification, evidence) for part in ("guidelines", "research")]
            agreed = in_accord(claim, sides, evidence, model) if claim.relation == "not_compared" else None
            passed.append((claim, verdict) if agreed is None else (agreed, self._verdict("full", ACCORD_REASON)))
        return replace(verification, passed=tuple(passed))

    def deny_premises(self, question: Question, evidence: Evidence) -> Verification:
        """What the question takes for granted and a sentence found denies: that, and the sentence itself, as claims.

        Nothing where nothing is taken for granted, or where the model reads words, not meaning.

        Raises:
            EntailmentError, ModelError: the entailment model failed.
        """
        premises = premises_of(question.text)
        if not premises or isinstance(self._entailment, LexicalEntailment):
            return Verification((), (), ())
        denied = [
            claim
            for claim in denials(premises, evidence, self._entailment)
            if self.check(claim, evidence).support == "full"
        ]
        claims = dict.fromkeys(claim for one in denied for claim in (one, *quoted(one, evidence)))
        return self.verify(Draft(tuple(claims), (), "premises"), evidence)

    def check(self, claim: DraftClaim, evidence: Evidence) -> Verdict:
        """The verdict on one claim as it stands."""
        return self._check_all([claim], evidence)[0]

    def _check_all(self, claims: Sequence[DraftClaim], evidence: Evidence) -> list[Verdict]:
        """The verdicts in order; the model reads all that rules leave open in one batch."""
        rulings = [self._rule(claim, evidence) for claim in claims]
        open_ones = [ruling for ruling in rulings if isinstance(ruling, _Open)]
        readings = read_support([(one.words, side) for one in open_ones for side in one.sides], self._entailment)
        ahead = iter(readings)
        return [
            self._read(ruling, [next(ahead) for _ in ruling.sides]) if isinstance(ruling, _Open) else ruling
            for ruling in rulings
        ]

    def _rule(self, claim: DraftClaim, evidence: Evidence) -> Verdict | _Open:
        """The verdict where rules alone decide, or what is left to read."""
        objection = pointer_objection(claim, evidence)
        if objection:
            return self._objected(objection)
        ruling = rule_on_relation(claim, evidence)
        if isinstance(ruling, Objection):
            return self._objected(ruling)
        if ruling is not None:
            return self._verdict("full", ruling)
        cited = ordered_sentences(evidence.sentences[label] for label in claim.pointers)
        if claim.denies:
            said = judged(claim.denies, cited[0], evidence)
            return _Open(said, (tuple(passage_texts(cited, evidence)),), None, True)
        return self._rule_on_words(claim, cited, evidence)

    def _rule_on_words(
        self, claim: DraftClaim, cited: Sequence[EvidenceSentence], evidence: Evidence
    ) -> Verdict | _Open:
        """The same of a claim whose words are a source's own, or are to be held against it."""
        if _verbatim(claim, cited):
            return self._verdict("full", "the words of the source")
        said, sides = compared_words(claim), compared_sides(claim, cited)
        texts = tuple(tuple(passage_texts(side, evidence)) for side in sides)
        objections = (
            objection_to_words(said, [one.text for one in side], [*read, *titles_of(side, evidence)])
            for side, read in zip(sides, texts, strict=True)
        )
        objection = next((one for one in objections if one), None)
        if objection is None and any(stands_verbatim(joined(side), said) for side in texts):
            objection = Objection("unsupported", "stands in the sentence before the cited one, not in the cited one")
        if objection and objection.fault == "unsupported":
            return self._objected(objection)
        return _Open(said, texts, objection)

    def _read(self, one: _Open, readings: Sequence[Reading]) -> Verdict:
        """The verdict of rules and model together: the more cautious of the two, and who objected."""
        if one.denied:
            return self._read_denied(one, readings[0])
        side, reading = min(
            zip(one.sides, readings, strict=True), key=lambda pair: (pair[1].supports, -pair[1].refutes)
        )
        if one.objection:
            return self._objected(one.objection, reading)
        refuting = max(readings, key=lambda other: other.refutes)
        if refuting.support == "contradicted":
            side, reading = one.sides[readings.index(refuting)], refuting
        reason, support = reading_reason(one.words, side, reading), reading.support
        if support == "full":
            return self._verdict("full", reason, None, reading.supports)
        fault: Fault = "contradicted" if support == "contradicted" else "unsupported"
        why = f"{reason}; the model objects, the rules do not" if fault == "contradicted" else reason
        return self._verdict(support, why, fault, reading.supports)

    def _read_denied(self, one: _Open, reading: Reading) -> Verdict:
        """The verdict on a claim that a premise is denied: rules have found that the cited sentence does."""
        if refutes(one.words, one.sides[0][-1], reading):
            reason = f"the cited sentence says otherwise, by rules and as the model reads it ({reading.refutes:.2f})"
            return self._verdict("full", reason, None, reading.refutes)
        why = f"the model does not read the cited sentence as the contrary of it ({reading.refutes:.2f})"
        return self._verdict("none", why, "unsupported", reading.refutes)

    def _objected(self, objection: Objection, reading: Reading | None = None) -> Verdict:
        reason = objection.reason
        if reading:
            agrees = {"full": "the model would not", "contradicted": "so does the model"}.get(reading.support)
            reason += f"; the rules object, {agrees}" if agrees else ""
        return self._verdict(objection.support, reason, objection.fault, reading.supports if reading else None)

    def _point_elsewhere(self, checked: list[_Checked], evidence: Evidence) -> list[_Checked]:
        """The claims in order, those that failed pointed to another sentence that carries them, where there is one."""
        others = [
            (place, replace(claim, pointers=(label,)))
            for place, (claim, verdict) in enumerate(checked)
            if verdict.support != "full" and claim.relation is None and not pointer_objection(claim, evidence)
            for label in _candidates(claim, verdict, evidence)
        ]
        verdicts = self._check_all([claim for _, claim in others], evidence)
        best: dict[int, _Checked] = {}
        for (place, claim), verdict in zip(others, verdicts, strict=True):
            known = best.get(place)
            if verdict.support != "full" or _strength(verdict) < REPOINT_THRESHOLD:
                continue
            if known is None or _strength(verdict) > _strength(known[1]):
                best[place] = (claim, self._repointed(checked[place], claim, verdict))
        return [best.get(place, one) for place, one in enumerate(checked)]

    def _repointed(self, drafted: _Checked, claim: DraftClaim, verdict: Verdict) -> Verdict:
        moved = f"pointed to another sentence than drafted, {claim.pointers[0]} for {', '.join(drafted[0].pointers)}"
        return replace(verdict, fault="misattributed", reason=f"{verdict.reason}; {moved}: {drafted[1].reason}")

    def _verdict(
        self, support: Support, reason: str, fault: Fault | None = None, score: float | None = None
    ) -> Verdict:
        return Verdict(support, reason, self.name, fault, None if score is None else round(score, 3))


def _said_in(part: str, topic: str | None, verification: Verification, evidence: Evidence) -> list[EvidenceSentence]:
    """The sentences that the claims of a half on a topic cite, the first first."""
    return [
        evidence.sentences[claim.pointers[0]]
        for claim, _ in verification.passed
        if claim.part == part and claim.topic == topic and claim.pointers
    ]


def _verbatim(claim: DraftClaim, cited: Sequence[EvidenceSentence]) -> bool:
    """Whether a claim is one of its cited sentences, or several that follow each other in one source."""
    by_source: dict[str, list[str]] = {}
    for sentence in cited:
        by_source.setdefault(sentence.source_id, []).append(sentence.text)
    said = " ".join(claim.text.split())
    return any(
        said == " ".join(text.split()) or stands_verbatim(" ".join(texts), claim.text)
        for texts in by_source.values()
        for text in texts
    )


def _candidates(claim: DraftClaim, verdict: Verdict, evidence: Evidence) -> list[str]:
    """The labels of other sentences of the claim's lane that share most of its terms; only those that say it word for
    word where its own sentences oppose it."""
    mine = set(terms(claim.text))
    shared = {
        label: len(mine & set(terms(sentence.text)))
        for label, sentence in evidence.sentences.items()
        if sentence.kind in LANES[claim.part]
        and label not in claim.pointers
        and may_be_cited(sentence.source_id, evidence)
        and (verdict.fault in _MENDED_BY_MODEL or _verbatim(claim, [sentence]))
    }
    near = [label for label, count in shared.items() if count and count >= _LEAST_SHARED * len(mine)]
    most_first = sorted(near, key=lambda label: -shared[label])
    return most_first[:MOST_CANDIDATES]


def _strength(verdict: Verdict) -> float:
    """How sure a pass is: what rules alone let pass, because it stands verbatim, comes first."""
    return 2.0 if verdict.score is None else verdict.score


def _as_claim(absence: DraftAbsence) -> DraftClaim:
    part: Part = "guidelines" if absence.kind == "guideline" else "research"
    return DraftClaim(part, "absence", absence.text, (), absence.topic)
