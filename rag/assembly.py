"""Assembly: builds the answer from what survived verification. Quotes are cut here, and references numbered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.answer import (
    PARTS,
    Answer,
    Citation,
    Claim,
    ClaimShown,
    Cut,
    DraftClaim,
    NotFound,
    OptionStance,
    Part,
    Provenance,
    Reference,
    Verdict,
    Verification,
    Withheld,
)
from rag.coverage import not_covered
from rag.evidence import Evidence
from rag.fixed_words import WHOLE, capital
from rag.reading_order import in_reading_order
from rag.types import Audience, Kind


class Showing:
    """Gives claims their ids and numbers as they pass, in that order: the answer may order them otherwise."""

    def __init__(self, numbered: Sequence[str] = ()) -> None:
        self._numbers = _Numbers(numbered)
        self._ids: dict[tuple[str, tuple[str, ...]], str] = {}

    def shown(self, drafted: DraftClaim, verdict: Verdict, evidence: Evidence) -> ClaimShown:
        """A claim as it can be shown before the answer is whole."""
        claim = _claim(drafted, verdict, evidence, self._numbers, self._ids)
        cited = dict.fromkeys(citation.source_id for citation in claim.citations)
        return ClaimShown(drafted.part, claim, tuple(evidence.sources[source_id] for source_id in cited))


def _one_sided(verification: Verification, asked_of: Sequence[str], verifier: str) -> list[Claim]:
    """For each option, or the whole question, that only one half answers: that fact, without a citation.

    Nothing is said of what the other half lacks where a statement of it was drafted and withheld.
    """
    halves: dict[str | None, set[Part]] = {}
    unanswered = {(absence.topic, absence.kind) for absence in verification.absences}
    withheld = {(drafted.topic, drafted.part) for drafted, _ in verification.failed if drafted.type != "absence"}
    for drafted, _ in verification.passed:
        if drafted.part in ("guidelines", "research"):
            kind: Kind = "guideline" if drafted.part == "guidelines" else "research"
            if (drafted.topic, kind) in unanswered or (drafted.topic and drafted.topic not in asked_of):
                continue
            halves.setdefault(drafted.topic, set()).add(drafted.part)
    claims: list[Claim] = []
    for topic, parts in halves.items():
        other_half: Part = "research" if "guidelines" in parts else "guidelines"
        if len(parts) == 1 and (topic, other_half) not in withheld:
            half, other = ("guidelines", "research source") if "guidelines" in parts else ("research", "guideline")
            text = f"{capital(topic or WHOLE)}: one side only, {half}; no {other} searched answers this."
            verdict = Verdict("full", "follows from which halves hold a statement", verifier)
            claims.append(Claim(f"s{len(claims) + 1}", "absence", text, topic, (), verdict, "one_side"))
    return claims


class _Numbers:
    """Gives each source one number, in order of first use; those of a conversation's earlier turns keep theirs."""

    def __init__(self, numbered: Sequence[str] = ()) -> None:
        self._order = {source_id: number for number, source_id in enumerate(numbered, start=1)}
        self.used: dict[str, int] = {}

    def of(self, source_id: str) -> int:
        number = self._order.setdefault(source_id, len(self._order) + 1)
        self.used[source_id] = number
        return number


def _citations(pointers: Iterable[str], evidence: Evidence, numbers: _Numbers | None) -> tuple[Citation, ...]:
    cited = []
    for label in pointers:
        sentence = evidence.sentences.get(label)
        if sentence is not None:
            number = numbers.of(sentence.source_id) if numbers else 0
            cited.append(
                Citation(
                    number,
                    sentence.source_id,
                    sentence.passage_id,
                    sentence.start,
                    sentence.end,
                    sentence.text,
                )
            )
    return tuple(cited)


def _claim(
    drafted: DraftClaim,
    verdict: Verdict,
    evidence: Evidence,
    numbers: _Numbers,
    ids: dict[tuple[str, tuple[str, ...]], str],
) -> Claim:
    claim_id = ids.setdefault((drafted.text, drafted.pointers), f"c{len(ids) + 1}")
    cited = _citations(drafted.pointers, evidence, numbers)
    return Claim(claim_id, drafted.type, drafted.text, drafted.topic, cited, verdict, drafted.relation)


def assemble(
    *,
    question: str,
    standalone_question: str,
    options: Sequence[str],
    audience: Audience,
    verification: Verification,
    stances: Sequence[OptionStance],
    evidence: Evidence,
    provenance: Provenance,
    abstention_reason: str | None,
    incomplete: str | None = None,
    numbered: Sequence[str] = (),
) -> Answer:
    """Build the answer from what survived: put in reading order, quotes cut, references numbered, the failed withheld.

    The stances on the options stand, and are numbered, after the short answer. An abstention has none. Of a draft that
    is `incomplete` nothing is said about what one half lacks. `numbered` are the sources that earlier turns of a
    conversation numbered 1, 2, ...: they keep their numbers, and new ones follow them.
    """
    verification = in_reading_order(verification, evidence)
    numbers = _Numbers(numbered)
    ids: dict[tuple[str, tuple[str, ...]], str] = {}
    parts: dict[Part, list[Claim]] = {part: [] for part in PARTS}
    answered = any(drafted.pointers for drafted, _ in verification.passed)
    shown: list[OptionStance] = []
    for part in PARTS:
        for drafted, verdict in verification.passed:
            if drafted.part == part:
                parts[part].append(_claim(drafted, verdict, evidence, numbers, ids))
        if part == "short_answer" and answered:
            shown = [replace(one, citations=_citations(one.pointers, evidence, numbers)) for one in stances]
    if incomplete is None:
        parts["agreement"] += _one_sided(verification, options, provenance.verifier)
    withheld = tuple(_withheld(verification.failed, evidence))
    if not answered:
        parts = {part: [] for part in PARTS}
    return Answer(
        outcome="answer" if answered else "abstention",
        question=question,
        standalone_question=standalone_question,
        audience=audience,
        short_answer=tuple(parts["short_answer"]),
        guidelines=tuple(parts["guidelines"]),
        research=tuple(parts["research"]),
        agreement=tuple(parts["agreement"]),
        not_found=tuple(
            NotFound(absence.topic, absence.kind, absence.text, evidence.searched[absence.kind])
            for absence in verification.absences
        ),
        withheld=withheld,
        left_out=evidence.left_out,
        references=tuple(
            Reference(number, evidence.sources[source])
            for source, number in sorted(numbers.used.items(), key=lambda pair: pair[1])
        ),
        status="not_reviewed",
        provenance=provenance,
        abstention_reason=None if answered else abstention_reason,
        options=tuple(shown),
        cut=tuple(
            Cut(sentence.source_id, sentence.passage_id, sentence.start, sentence.end, evidence.cut[label])
            for label, sentence in evidence.found_sentences.items()
            if label in evidence.cut
        ),
        incomplete=incomplete,
        not_covered=not_covered(standalone_question, verification, evidence) if answered else (),
    )


def _withheld(failed: Iterable[tuple[DraftClaim, Verdict]], evidence: Evidence) -> Iterable[Withheld]:
    seen = set()
    for drafted, verdict in failed:
        key = (drafted.text, verdict.reason)
        if key not in seen:
            seen.add(key)
            cited = _citations(drafted.pointers, evidence, None)
            claim = Claim(f"w{len(seen)}", drafted.type, drafted.text, drafted.topic, cited, verdict, drafted.relation)
            yield Withheld(claim, verdict.reason)
