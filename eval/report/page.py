"""The page: from a measure to its questions, from there to claims, from a claim to the highlighted sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from eval.answers import CitationRecord, ClaimRecord
from eval.measures.attribution import is_recalled, precise_citations
from eval.measures.base import Case
from eval.measures.catalogue import MEASURES
from eval.measures.nuggets import assign
from eval.pairs import cited_once, joint_pair
from eval.report import plots
from eval.report.tables import measure_rows, with_interval

_AROUND = 240
_LOWEST = 12
_PLOTTED = (
    "outcome",
    "citation_recall",
    "citation_precision",
    "faithfulness",
    "vital_recall",
    "nugget_recall",
    "option_coverage",
    "guideline_ndcg@10",
    "research_ndcg@10",
)


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


def shown_question(case: Case) -> ShownQuestion:
    """A question as the page shows it."""
    answer = case.answer
    scores = [(measure.name, measure.score(case)) for measure in MEASURES]
    values = [
        (name, "unscored" if one.value is None else f"{one.value:.3f}", one.why) for name, one in scores if one.applies
    ]
    return ShownQuestion(
        case.item.question_id,
        case.item.question,
        case.item.category or "",
        case.item.expect or "not stated",
        answer.outcome if answer else f"failed: {case.error}",
        values if answer else (),
        [shown_claim(case, part, claim) for part, claim in answer.shown()] if answer else (),
        [
            ShownNugget(one.text, one.importance, (assign(one, case, answer) or "unscored") if answer else "unscored")
            for one in case.item.nuggets
        ],
        [f"{one.topic} ({one.kind})" for one in answer.not_found] if answer else (),
        [(one.claim.text, one.reason) for one in answer.withheld] if answer else (),
    )


def _lowest(one: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The questions of a measure with the worst values, and those without one."""
    better = 1 if one["better"] == "higher" else -1
    found = sorted(
        one["questions"].items(),
        key=lambda pair: (pair[1]["value"] is not None, better * (pair[1]["value"] or 0.0), pair[0]),
    )
    return [
        (name, "unscored" if entry["value"] is None else f"{entry['value']:.3f}", entry["why"])
        for name, entry in found[:_LOWEST]
    ]


def _trade_off(scores: Mapping[str, Any]) -> list[tuple[float, float]]:
    complete, faithful = (scores["measures"][name]["questions"] for name in ("vital_recall", "faithfulness"))
    return [
        (complete[name]["value"], faithful[name]["value"])
        for name in sorted(complete.keys() & faithful.keys())
        if complete[name]["value"] is not None and faithful[name]["value"] is not None
    ]


def html_report(
    scores: Mapping[str, Any],
    cases: Sequence[Case],
    about: Mapping[str, Any],
    benchmark: Mapping[str, Any] | None = None,
    comparison: str | None = None,
) -> str:
    """The page as one self-contained text: no script, no request to anywhere.

    Args:
        scores: of `eval.scoring`.
        cases: the questions that they are of.
        about: the run's meta record.
        benchmark: what is known of the judge, as of `eval.benchmarking`; None: nothing.
        comparison: a comparison with another run as Markdown, shown as it is.
    """
    from jinja2 import Environment, StrictUndefined

    template = files("eval.report").joinpath("page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    definitions = {measure.name: (measure.definition, measure.paper, measure.family) for measure in MEASURES}
    return environment.from_string(template).render(
        scores=scores,
        about=about,
        rows=[
            (name, one, meaning, with_interval(one), definitions[name], _lowest(one))
            for name, one, meaning in measure_rows(scores)
        ],
        questions=[shown_question(case) for case in cases],
        benchmark=benchmark,
        comparison=comparison,
        distributions=plots.distributions(scores["measures"], _PLOTTED),
        trade_off=plots.trade_off(_trade_off(scores)),
        reliability=plots.reliability(benchmark["reliability"]) if benchmark else None,
        with_interval=with_interval,
    )
