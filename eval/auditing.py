"""The audit: a finished answer, of any system, checked as data with all that the product knows.

Its citations must resolve to whole sentences of the documents, its references be as on record, each claim keep to its
half and to sources that are alive, and its words be carried by what it cites, as the shipped verifier reads it. An
audit sees the answer and the documents alone, not what was retrieved: whether something else should have been said, or
whether what was not found is really missing, it does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from eval.answer_evidence import evidence_for
from eval.answer_records import AnswerRecord, CitationRecord, ClaimRecord, read_answer
from eval.planted.judging import Checker
from rag.answer import LANES, PARTS, DraftClaim, Fault, Part, Verdict
from rag.evidence import Evidence
from rag.fixed_words import WHOLE, capital
from rag.polarity import negation_scopes
from rag.text import terms
from rag.types import Document
from rag.verification.pointers import may_be_cited, pointer_objection
from rag.verification.verifier import REPOINT_THRESHOLD

AuditFault = Fault | Literal["wrong_quote", "wrong_number", "unknown_source", "block_citation"]
"""The verifier's faults; `wrong_quote`: not the words at its offsets; `wrong_number`: not the number of its source, or
a reference that is not numbered 1..n, listed twice or not used; `unknown_source`: none of the documents;
`block_citation`: claims share a block of citations of which one does nothing for the claim."""
REFERENCES, OPTIONS, NOT_FOUND = "references", "options", "not_found"
MOST_ELSEWHERE = 5
"""Other sentences of an answer's own references that a claim which fails is held against."""
_REVERSE = re.compile(r".*: the cited sentence describes the reverse of “(.*)”\.", re.DOTALL)
_DENIES = re.compile(r"The question takes it that “(.*)”; the cited sentence says otherwise\.")
_LABEL = re.compile(r"\b[GR]\d+\.\d+\b")

Place = tuple[str, str | None]
"""The part and the id of a claim; an option and a topic that was not found stand for an id; of references None."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a claim, or, where `part` is none of the four, with an option, an absence or a reference."""

    part: str
    claim_id: str | None
    fault: AuditFault
    reason: str


@dataclass(frozen=True)
class _Case:
    """An answer with what it is held against."""

    answer: AnswerRecord
    documents: Mapping[str, Document]
    evidence: Evidence
    checker: Checker

    def check(self, claim: DraftClaim) -> Verdict:
        """The checker's verdict on a claim."""
        return self.checker.check(claim, self.evidence)


def audit(
    answer: Mapping[str, object], documents: Mapping[str, Document], checker: Checker, *, only: Place | None = None
) -> tuple[Finding, ...]:
    """All that is wrong with an answer, in its order; nothing for a faultless one.

    Args:
        answer: a record of the schema `sourcebound.answer/1`.
        documents: every document by its source's id, those that may not be cited too.
        checker: what holds a claim's words against its sentences.
        only: the one claim, option or absence to check; None for the whole answer and its references.

    Raises:
        DatasetError: the record is not of the schema.
        EntailmentError, ModelError: the checker failed.
    """
    record = read_answer(answer)
    case = _Case(record, documents, evidence_for(record, documents), checker)
    return tuple(found for place, findings in _checks(case) if only in (None, place) for found in findings)


def _checks(case: _Case) -> Iterator[tuple[Place, Iterator[Finding]]]:
    """What there is to check, each with its findings, which are sought only when they are asked for."""
    yield (REFERENCES, None), _references(case)
    for part in PARTS:
        for claim in case.answer.part(part):
            yield (part, claim.claim_id), _claim(part, claim, case)
    for option in case.answer.options:
        yield (OPTIONS, option.option), _option(option.option, option.citations, case)
    for absence in case.answer.not_found:
        yield (NOT_FOUND, absence.topic), _absence(absence.topic, absence.citations)


def _references(case: _Case) -> Iterator[Finding]:
    """What is wrong with the list: numbers, sources named twice or not used, and what is not as on record."""
    listed, cited = case.answer.references, {one.source_id for one in case.answer.citations}
    ids = [one.source_id for one in listed]
    numbers = [one.number for one in listed]
    if numbers != list(range(1, len(listed) + 1)):
        yield Finding(REFERENCES, None, "wrong_number", f"references are numbered {numbers}, not from 1 without a gap")
    for one in listed:
        document, name = case.documents.get(one.source_id), f"reference {one.number}, {one.source_id},"
        if document is None:
            yield Finding(REFERENCES, None, "unknown_source", f"{name} is none of the documents")
            continue
        if ids.count(one.source_id) > 1:
            yield Finding(REFERENCES, None, "wrong_number", f"{name} is listed {ids.count(one.source_id)} times")
        if one.source_id not in cited:
            yield Finding(REFERENCES, None, "wrong_number", f"{name} is listed, but nothing cites it")
        if one.kind != document.source.kind:
            yield Finding(
                REFERENCES, None, "wrong_lane", f"{name} is listed as {one.kind}, and is not on record as one"
            )
        if one.status != document.source.status:
            why = f"{name} is listed as {one.status}, and on record as {document.source.status}"
            yield Finding(REFERENCES, None, "lifecycle", why)


def _option(option: str, citations: Sequence[CitationRecord], case: _Case) -> Iterator[Finding]:
    """What is wrong with the citations of an option; how it was decided is not read again."""
    for citation in citations:
        fault, labels = _resolve(citation, case)
        ended = labels and not may_be_cited(citation.source_id, case.evidence)
        if ended:
            fault = "lifecycle", f"cites {citation.source_id}, which is retracted or superseded"
        if fault:
            yield Finding(OPTIONS, option, *fault)


def _absence(topic: str, citations: Sequence[object]) -> Iterator[Finding]:
    if citations:
        why = f"says that something was not found, but cites {len(citations)} sentences"
        yield Finding(NOT_FOUND, topic, "absence_with_citation", why)


def _claim(part: Part, claim: ClaimRecord, case: _Case) -> Iterator[Finding]:
    """What is wrong with a claim: its citations first; its words only where all of them resolve."""
    resolved = [_resolve(citation, case) for citation in claim.citations]
    faults = [fault for fault, _ in resolved if fault]
    draft = _draft(part, claim, [label for _, labels in resolved for label in labels])
    if claim.type == "absence":
        faults += _absence_faults(part, claim, case)
    elif not faults:
        faults += _word_faults(draft, case)
        faults += [] if faults else _block_faults(part, claim, draft, case)
    yield from (Finding(part, claim.claim_id, fault, _told(reason, case)) for fault, reason in faults)


def _told(reason: str, case: _Case) -> str:
    """A reason with the places of sentences for their labels: whoever reads a finding has not seen the labels."""

    def placed(found: re.Match[str]) -> str:
        one = case.evidence.sentences.get(found[0])
        return f"{one.source_id}[{one.start}:{one.end}]" if one else found[0]

    return _LABEL.sub(placed, reason)


_Said = tuple[AuditFault, str]


def _resolve(citation: CitationRecord, case: _Case) -> tuple[_Said | None, tuple[str, ...]]:
    """What is wrong with a citation, or the labels of the sentences that it points to."""
    name, start, end = citation.source_id, citation.start, citation.end
    document = case.documents.get(name)
    if document is None:
        return ("unknown_source", f"cites {name}, which is none of the documents"), ()
    if not 0 <= start < end <= len(document.text):
        return ("invented_pointer", f"cites {name}[{start}:{end}]; its text has {len(document.text)} characters"), ()
    if document.text[start:end] != citation.quote:
        return ("wrong_quote", f"quotes “{citation.quote[:80]}”, which is not what stands at {name}[{start}:{end}]"), ()
    of_source = [one for one in case.evidence.sentences.values() if one.source_id == name]
    within = [one for one in of_source if start <= one.start and one.end <= end]
    if not within or (within[0].start, within[-1].end) != (start, end):
        return ("invented_pointer", f"cites {name}[{start}:{end}], which is no whole sentence"), ()
    numbers = [one.number for one in case.answer.references if one.source_id == name]
    if citation.number not in numbers:
        return (
            "wrong_number",
            f"cites {name} as {citation.number}; the references have it as {numbers or 'nothing'}",
        ), ()
    return None, tuple(one.label for one in within)


def _draft(part: Part, claim: ClaimRecord, labels: Sequence[str]) -> DraftClaim:
    """The claim as its composer would have proposed it; what one of the relations that deny denies is in its text."""
    fixed = {"reverse": _REVERSE, "denies": _DENIES}.get(claim.relation or "")
    denied = fixed.fullmatch(claim.text) if fixed else None
    return DraftClaim(
        part,
        claim.type,
        claim.text,
        tuple(dict.fromkeys(labels)),
        claim.topic,
        claim.relation,
        denied[1] if denied else None,
    )


def _absence_faults(part: Part, claim: ClaimRecord, case: _Case) -> list[_Said]:
    """An absence cites nothing and denies something; one that says that one half alone speaks must be right in it."""
    if claim.citations:
        return [("absence_with_citation", f"says that something is absent, but cites {len(claim.citations)} sentences")]
    if claim.relation == "one_side":
        return _one_side_faults(claim, case.answer)
    if not negation_scopes(claim.text):
        return [("no_pointer", "cites nothing, and does not say that something is absent")]
    return []


def _one_side_faults(claim: ClaimRecord, answer: AnswerRecord) -> list[_Said]:
    for half, kind, words in (("guidelines", "research", "research source"), ("research", "guideline", "guideline")):
        fixed = f"{capital(claim.topic or WHOLE)}: one side only, {half}; no {words} searched answers this."
        if claim.text != fixed:
            continue
        there, not_there = (answer.guidelines, answer.research)[:: 1 if half == "guidelines" else -1]
        missing = any((one.topic, one.kind) == (claim.topic, kind) for one in answer.not_found)
        if not any(one.topic == claim.topic for one in there):
            return [("no_pointer", f"says that the {half} speak, but none of its claims does")]
        if any(one.topic == claim.topic for one in not_there) and not missing:
            return [("not_absent", f"says that the {half} alone speak, but the other half does too")]
        return []
    return [("unsupported", "not in the fixed words for one side only")]


def _word_faults(draft: DraftClaim, case: _Case) -> list[_Said]:
    """Lane, life and words, by the product's own rules and the checker; where the answer's other sentences carry what
    the cited ones do not, the claim is misattributed."""
    objection = pointer_objection(draft, case.evidence)
    if objection:
        return [(objection.fault, objection.reason)]
    verdict = case.check(draft)
    if verdict.support == "full":
        return []
    elsewhere = None if draft.relation else _carried_by(draft, verdict, case)
    if elsewhere:
        return [("misattributed", f"{elsewhere} carries it, the cited sentences do not: {verdict.reason}")]
    return [(verdict.fault or "unsupported", verdict.reason)]


def _carried_by(draft: DraftClaim, verdict: Verdict, case: _Case) -> str | None:
    """Another sentence of the answer's references that carries a claim: word for word where its own oppose it."""
    mine = set(terms(draft.text))
    near = [
        (len(mine & set(terms(one.text))), one)
        for one in case.evidence.sentences.values()
        if one.label not in draft.pointers
        and one.kind in LANES[draft.part]
        and may_be_cited(one.source_id, case.evidence)
    ]
    near = [pair for pair in sorted(near, key=lambda pair: -pair[0]) if 2 * pair[0] >= len(mine)][:MOST_ELSEWHERE]
    said = " ".join(draft.text.split())
    for _, sentence in near:
        if " ".join(sentence.text.split()) != said and verdict.fault not in ("unsupported", "figure_mismatch"):
            continue
        other = case.check(replace(draft, pointers=(sentence.label,)))
        if other.support == "full" and (other.score is None or other.score >= REPOINT_THRESHOLD):
            return sentence.label
    return None


def _block_faults(part: Part, claim: ClaimRecord, draft: DraftClaim, case: _Case) -> list[_Said]:
    """Citations of a shared block that do nothing for the claim: alone they do not support it, and without them the
    others still do (citation precision of ALCE, Gao et al., EMNLP 2023)."""
    block = _spans(claim)
    sharing = [one for one in case.answer.part(part) if _spans(one) == block and one.text != claim.text]
    if len(block) < 2 or not sharing or claim.relation:
        return []
    by_citation = [_resolve(one, case)[1] for one in claim.citations]
    idle = [labels for labels in dict.fromkeys(by_citation) if _idle(draft, labels, case)]
    if not idle:
        return []
    shown = ", ".join(label for labels in idle for label in labels)
    return [("block_citation", f"shares {len(block)} citations with {len(sharing)} other claims; {shown} adds nothing")]


def _idle(draft: DraftClaim, labels: tuple[str, ...], case: _Case) -> bool:
    rest = tuple(label for label in draft.pointers if label not in labels)
    return (
        case.check(replace(draft, pointers=labels)).support != "full"
        and case.check(replace(draft, pointers=rest)).support == "full"
    )


def _spans(claim: ClaimRecord) -> frozenset[tuple[str, int, int]]:
    return frozenset((one.source_id, one.start, one.end) for one in claim.citations)
