"""The verifier: the order of the checks, and what becomes of each claim."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.answer import (
    LANES,
    WHOLE,
    Draft,
    DraftClaim,
    Support,
    Verdict,
    Verification,
    agree_text,
    both_text,
    differ_within_text,
    diverge_text,
    reverse_text,
)
from rag.evidence import Evidence
from rag.models.base import Entailment, EntailmentModel
from rag.polarity import negation_differs, opposed, point_alike, reversed_terms
from rag.verification.absence import absence_fault
from rag.verification.edits import turning_edit
from rag.verification.figures import foreign_figures
from rag.verification.pointers import pointer_fault

RULES = "rules/1"
_PARTIAL = 0.5
_COMPARING = re.compile(
    r"agrees?|agreement|differs?|difference|diverges?|consistent|both|guidelines?|research|studies|sources?"
    r"|statements?|conflicts?|contradicts?|whereas|while|halves|likewise|too|cited",
    re.IGNORECASE,
)


def _figure_fault(text: str, sentences: Sequence[str]) -> str | None:
    foreign = foreign_figures(text, sentences)
    if not foreign:
        return None
    return f"figure not in the cited sentences: {', '.join(figure.shown for figure in foreign)}"


class Verifier:
    """Checks drafts with rules and an entailment model."""

    def __init__(self, entailment: EntailmentModel) -> None:
        self._entailment = entailment
        self.name = f"{RULES} + {entailment.name}"

    def verify(self, draft: Draft, evidence: Evidence) -> Verification:
        """Every claim of the draft, passed or failed, with its verdict.

        A claim whose own sentences do not support it is pointed to another retrieved sentence of its lane where one
        does. A claim with a faulty pointer is never mended in this way: its composer made the pointer up.
        """
        passed: list[tuple[DraftClaim, Verdict]] = []
        failed: list[tuple[DraftClaim, Verdict]] = []
        for claim in draft.claims:
            verdict = self.check(claim, evidence)
            if verdict.support != "full":
                claim, verdict = self._pointed_elsewhere(claim, verdict, evidence)  # noqa: PLW2901
            (passed if verdict.support == "full" else failed).append((claim, verdict))
        absences = []
        for absence in draft.absences:
            fault = absence_fault(absence, evidence)
            if fault is None:
                absences.append(absence)
            else:
                claim = DraftClaim(
                    "guidelines" if absence.kind == "guideline" else "research",
                    "absence",
                    absence.text,
                    (),
                    absence.topic,
                )
                failed.append((claim, self._verdict("contradicted", f"not absent: {fault}")))
        return Verification(tuple(passed), tuple(failed), tuple(absences))

    def check(self, claim: DraftClaim, evidence: Evidence) -> Verdict:
        """The verdict on one claim as it stands."""
        fault = pointer_fault(claim, evidence)
        if fault:
            return self._verdict("none", fault)
        if claim.relation == "changed" and not self._replaced_others(claim, evidence):
            return self._verdict("none", "the cited source is not on record as having replaced another")
        if claim.relation not in (None, "changed"):
            return self._check_relation(claim, evidence)
        return self._check_words(claim, [evidence.sentences[label].text for label in claim.pointers])

    def _check_relation(self, claim: DraftClaim, evidence: Evidence) -> Verdict:
        """The verdict on a claim that says how sentences stand to the question or to each other."""
        if claim.relation == "reverse":
            return self._check_reverse(claim, [evidence.sentences[label].text for label in claim.pointers])
        if claim.relation == "differ_within":
            return self._check_within(claim, evidence)
        return self._check_agreement(claim, evidence)

    def _check_words(self, claim: DraftClaim, sentences: Sequence[str]) -> Verdict:
        """The verdict on a claim's words: figures, negation, direction, small edits, then entailment."""
        fault = _figure_fault(claim.text, sentences)
        if fault:
            return self._verdict("contradicted", fault)
        fault = (
            negation_differs(claim.text, sentences)
            or opposed(claim.text, sentences)
            or turning_edit(claim.text, sentences)
        )
        if fault:
            return self._verdict("contradicted", fault)
        return self._from_entailment(self._entailment.judge(sentences, claim.text))

    def _check_agreement(self, claim: DraftClaim, evidence: Evidence) -> Verdict:
        """Fixed words are held against the rules that choose them, a model's words also against their sentences."""
        guidelines, research = (
            [sentence for sentence in map(evidence.sentences.__getitem__, claim.pointers) if sentence.kind == kind]
            for kind in ("guideline", "research")
        )
        texts = [sentence.text for sentence in (*guidelines, *research)]
        pairs = [(left, right) for left in guidelines for right in research]
        conflict = any(evidence.conflict(left, right) for left, right in pairs)
        if claim.relation == "agree" and conflict:
            return self._verdict("contradicted", "said to agree, but the sources are on record as conflicting")
        name = claim.topic or WHOLE
        if claim.text == both_text(name):
            return self._verdict("full", "both kinds are cited")
        if claim.text == diverge_text(name):
            found, reason = conflict, "the sources are on record as conflicting"
            return self._verdict("full" if found else "none", reason if found else "no conflict is on record")
        if claim.text == agree_text(name):
            found = any(point_alike(left.text, right.text) for left, right in pairs)
            return self._verdict("full" if found else "none", f"they {'do' if found else 'do not'} point the same way")
        fault = _figure_fault(claim.text, texts)
        if fault:
            return self._verdict("contradicted", fault)
        said = " ".join(word for word in claim.text.split() if not _COMPARING.fullmatch(word.strip(".,:;")))
        return self._from_entailment(self._entailment.judge(texts, said))

    def _check_within(self, claim: DraftClaim, evidence: Evidence) -> Verdict:
        """Each cited sentence's source must be on record as conflicting with another cited one's, in fixed words."""
        cited = [evidence.sentences[label] for label in claim.pointers]
        if claim.text != differ_within_text(claim.topic or WHOLE, cited[0].kind):
            return self._verdict("none", "not in the fixed words for sources that differ")
        if not all(any(evidence.conflict(one, other) for other in cited) for one in cited):
            return self._verdict("none", "no conflict is on record")
        return self._verdict("full", "the sources are on record as conflicting")

    @staticmethod
    def _replaced_others(claim: DraftClaim, evidence: Evidence) -> bool:
        return all(evidence.sources[evidence.sentences[label].source_id].supersedes for label in claim.pointers)

    def _check_reverse(self, claim: DraftClaim, sentences: Sequence[str]) -> Verdict:
        """Each cited sentence must say the opposite of what the claim denies, in the claim's fixed words."""
        if not claim.denies or claim.text != reverse_text(claim.topic or "", claim.denies):
            return self._verdict("none", "does not say what it denies")
        if not all(reversed_terms(claim.denies, sentence) for sentence in sentences):
            return self._verdict("none", "a cited sentence does not say the opposite")
        return self._verdict("full", "each cited sentence points the other way")

    def _pointed_elsewhere(self, claim: DraftClaim, verdict: Verdict, evidence: Evidence) -> tuple[DraftClaim, Verdict]:
        if claim.relation is not None or pointer_fault(claim, evidence):
            return claim, verdict
        for label, sentence in evidence.sentences.items():
            if sentence.kind in LANES[claim.part] and label not in claim.pointers:
                other = replace(claim, pointers=(label,))
                found = self.check(other, evidence)
                if found.support == "full":
                    return other, replace(found, reason=f"{found.reason}; pointed to another sentence than drafted")
        return claim, verdict

    def _from_entailment(self, entailment: Entailment) -> Verdict:
        support: Support = "none"
        if entailment.relation == "supports":
            support = "full"
        elif entailment.relation == "refutes":
            support = "contradicted"
        elif entailment.score >= _PARTIAL:
            support = "partial"
        return self._verdict(support, entailment.reason)

    def _verdict(self, support: Support, reason: str) -> Verdict:
        return Verdict(support, reason, self.name)
