"""The page: from a measure to its questions, from there to claims, from a claim to the highlighted sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from eval.answers import CitationRecord, ClaimRecord
from eval.measures.attribution import is_recalled, precise_citations
from eval.measures.base import Case, Family, Measure
from eval.measures.catalogue import MEASURES, measure_named
from eval.measures.nuggets import assign
from eval.pairs import cited_once, joint_pair
from eval.report import plots
from eval.report.tables import measure_rows, with_interval

_AROUND = 240
_LOWEST = 12
_PAIRED = 8
_FAMILIES: dict[Family, str] = {
    "outcome": "Answering and refusing",
    "absence": "What is not there",
    "attribution": "Are the citations right?",
    "nuggets": "Is it complete?",
    "pointers": "Pointers, quotes and figures",
    "lifecycle": "Retracted and superseded sources",
    "agreement": "Do guidelines and research agree?",
    "retrieval": "Was it found?",
    "reading": "Reading, time and cost",
}
_HEADLINE = ("outcome", "citation_recall", "citation_precision", "faithfulness", "contradiction_rate", "vital_recall")
_CHIPS = ("outcome", "citation_precision", "vital_recall")
_FINGERPRINT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{20,}")
_OWN_JUDGE = "sourcebound-entailment/"
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


@dataclass(frozen=True, slots=True)
class ShownMeasure:
    """A measure with its mean as the page shows it, and the questions where it is worst."""

    measure: Measure
    summary: Mapping[str, Any]
    is_share: bool
    lowest: Sequence[tuple[str, str, str]]


def shown_measures(scores: Mapping[str, Any]) -> dict[str, ShownMeasure]:
    """Every measure that concerns some question of the run, by name, in the order of the catalogue."""
    found: dict[str, ShownMeasure] = {}
    for name, one, _ in measure_rows(scores):
        values = [entry["value"] for entry in one["questions"].values() if entry["value"] is not None]
        is_share = bool(values) and measure_named(name).family != "reading" and 0 <= min(values) <= max(values) <= 1
        found[name] = ShownMeasure(measure_named(name), one, is_share, _lowest(one))
    return found


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


@dataclass(frozen=True, slots=True)
class Beside:
    """Another run of the same questions: the comparison with it, and its cases for reading side by side."""

    found: Mapping[str, Any]
    cases: Sequence[Case]


def _side_by_side(beside: Beside, cases: Sequence[Case]) -> list[tuple[ShownQuestion, ShownQuestion, str]]:
    """The questions that differ most in the headline measures, each once, with what differs."""
    ours, theirs = ({case.item.question_id: case for case in some} for some in (cases, beside.cases))
    what: dict[str, list[str]] = {}
    for row in beside.found["measures"]:
        if row["measure"] in _HEADLINE:
            for one in row["most_different"][:_PAIRED]:
                what.setdefault(one["question_id"], []).append(f"{row['measure']} {one['a']:.2f} / {one['b']:.2f}")
    most = sorted(what, key=lambda name: (-len(what[name]), name))[:_PAIRED]
    return [(shown_question(theirs[name]), shown_question(ours[name]), ", ".join(what[name])) for name in most]


def html_report(
    scores: Mapping[str, Any],
    cases: Sequence[Case],
    about: Mapping[str, Any],
    benchmark: Mapping[str, Any] | None = None,
    beside: Beside | None = None,
) -> str:
    """The page as one self-contained text: no script, no request to anywhere.

    Args:
        scores: of `eval.scoring`.
        cases: the questions that they are of.
        about: the run's meta record.
        benchmark: what is known of the judge, as of `eval.benchmarking`; None: nothing.
        beside: another run to compare with.
    """
    from jinja2 import Environment, StrictUndefined

    def short(text: object) -> str:
        return _FINGERPRINT.sub(r"\1…", str(text))

    template = files("eval.report").joinpath("page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["short"] = short
    measures = shown_measures(scores)
    families = [
        (title, [one for one in measures.values() if one.measure.family == family])
        for family, title in _FAMILIES.items()
    ]
    return environment.from_string(template).render(
        scores=scores,
        about=about,
        headline=[measures[name] for name in _HEADLINE if name in measures],
        families=[(title, some) for title, some in families if some],
        questions=[shown_question(case) for case in cases],
        benchmark=benchmark,
        is_own_judge=(scores["judge"] or "").startswith(_OWN_JUDGE),
        comparison=beside.found if beside else None,
        side_by_side=_side_by_side(beside, cases) if beside else (),
        distributions=plots.distributions(scores["measures"], _PLOTTED),
        trade_off=plots.trade_off(_trade_off(scores)),
        reliability=plots.reliability(benchmark["reliability"]) if benchmark else None,
        with_interval=with_interval,
    )
