"""What the page shows of a question: its values, its claims with verdicts, and each citation within its document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.answers import CitationRecord, ClaimRecord
from eval.measures.attribution import is_recalled, precise_citations
from eval.measures.base import Case
from eval.measures.catalogue import MEASURES
from eval.measures.nuggets import assign
from eval.pairs import cited_once, joint_pair

_AROUND = 240
_CHIPS = ("outcome", "citation_precision", "vital_recall")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A cited sentence within its document: what stands before it, its words, what stands after."""

    number: int
    title: str
    source_id: str
    before: str
    marked: str
    after: str
    note: str


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """A claim with the judge's verdict and its excerpts."""

    part: str
    text: str
    verdict: str
    state: str
    excerpts: Sequence[Excerpt]


@dataclass(frozen=True, slots=True)
class ShownNugget:
    """A nugget and how far the answer has it."""

    text: str
    importance: str
    assigned: str


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question with all that was made of it."""

    question_id: str
    question: str
    category: str
    expected: str
    outcome: str
    chips: Sequence[tuple[str, str, str]]
    values: Sequence[tuple[str, str, str]]
    claims: Sequence[ShownClaim]
    nuggets: Sequence[ShownNugget]
    absences: Sequence[str]
    withheld: Sequence[tuple[str, str]]


def excerpt(case: Case, citation: CitationRecord, precise: bool | None) -> Excerpt:
    """A citation within its document; a document that is not there shows the quote alone."""
    document = case.documents.get(citation.source_id)
    note = {True: "", False: "superfluous or unsupported", None: "not judged"}[precise]
    if document is None:
        return Excerpt(citation.number, "unknown source", citation.source_id, "", citation.quote, "", note)
    start, end = max(0, citation.start - _AROUND), min(len(document.text), citation.end + _AROUND)
    return Excerpt(
        citation.number,
        document.source.title,
        citation.source_id,
        ("…" if start else "") + document.text[start : citation.start],
        document.text[citation.start : citation.end],
        document.text[citation.end : end] + ("…" if end < len(document.text) else ""),
        note,
    )


def shown_claim(case: Case, part: str, claim: ClaimRecord) -> ShownClaim:
    """A claim as the page shows it."""
    precise = precise_citations(case, claim) if not claim.is_fixed and not claim.is_absence else []
    notes = precise or [True] * len(claim.citations)
    excerpts = [excerpt(case, one, note) for one, note in zip(cited_once(claim), notes, strict=False)]
    if claim.is_absence:
        return ShownClaim(part, claim.text, "absence", "plain", excerpts)
    if claim.is_fixed:
        return ShownClaim(part, claim.text, "fixed words on how sentences compare", "plain", excerpts)
    judgement = case.judgements.of(joint_pair(claim))
    recalled = is_recalled(case, claim)
    if recalled is None:
        return ShownClaim(part, claim.text, f"unscored: {judgement.unscored}", "open", excerpts)
    if judgement.is_refuted:
        return ShownClaim(part, claim.text, f"refuted ({judgement.refutes:.2f})", "bad", excerpts)
    probability = f"{judgement.supports:.2f}" if claim.citations else "cites nothing"
    return ShownClaim(
        part,
        claim.text,
        f"{'supported' if recalled else 'not supported'} ({probability})",
        "good" if recalled else "bad",
        excerpts,
    )


def _state(value: float | None) -> str:
    if value is None:
        return "open"
    return "good" if value >= 1 else "part" if value > 0 else "bad"


def shown_question(case: Case) -> ShownQuestion:
    """A question as the page shows it."""
    answer = case.answer
    scores = {measure.name: one for measure in MEASURES if (one := measure.score(case)).applies}
    values = [(name, "unscored" if one.value is None else f"{one.value:.3f}", one.why) for name, one in scores.items()]
    chips = [
        (name, "?" if scores[name].value is None else f"{scores[name].value:.2f}", _state(scores[name].value))
        for name in _CHIPS
        if name in scores
    ]
    return ShownQuestion(
        case.item.question_id,
        case.item.question,
        case.item.category or "",
        case.item.expect or "not stated",
        answer.outcome if answer else f"failed: {case.error}",
        chips,
        values if answer else (),
        [shown_claim(case, part, claim) for part, claim in answer.shown()] if answer else (),
        [
            ShownNugget(one.text, one.importance, (assign(one, case, answer) or "unscored") if answer else "unscored")
            for one in case.item.nuggets
        ],
        [f"{one.topic} ({one.kind})" for one in answer.not_found] if answer else (),
        [(one.claim.text, one.reason) for one in answer.withheld] if answer else (),
    )
