"""Outcomes: answered where there is an answer, refused where there is none, and what the set says must be there."""

from __future__ import annotations

import re

from eval.answers import AnswerRecord
from eval.measures.base import Case, Measure, Score, not_applicable, scored, share

_UNSTATED = "the set does not say whether there is an answer"


def _outcome(case: Case, answer: AnswerRecord) -> Score:
    if case.item.expect is None:
        return not_applicable(_UNSTATED)
    return scored(float(answer.outcome == case.item.expect), f"expected {case.item.expect}, got {answer.outcome}")


def _abstention_recall(case: Case, answer: AnswerRecord) -> Score:
    if case.item.expect != "abstention":
        return not_applicable("the question has an answer")
    return scored(float(answer.outcome == "abstention"), f"got {answer.outcome}")


def _abstention_precision(case: Case, answer: AnswerRecord) -> Score:
    if case.item.expect is None or answer.outcome != "abstention":
        return not_applicable("it was answered")
    return scored(float(case.item.expect == "abstention"), f"expected {case.item.expect}")


def _answered(case: Case, answer: AnswerRecord) -> Score:
    if case.item.expect != "answer":
        return not_applicable("no answer is expected")
    return scored(float(answer.outcome == "answer"), f"got {answer.outcome}")


def _sources(case: Case, answer: AnswerRecord) -> Score:
    if not case.item.sources:
        return not_applicable("the set expects no source")
    cited = {reference.source_id for reference in answer.references}
    found = sorted(cited & set(case.item.sources))
    return scored(float(bool(found)), f"of the expected sources: {', '.join(found) or 'none'}")


def _texts(answer: AnswerRecord) -> list[str]:
    return [claim.text for _, claim in answer.shown()]


def _phrases(case: Case, answer: AnswerRecord) -> Score:
    hits = [any(re.search(one, text, re.I) for text in _texts(answer)) for one in case.item.phrases]
    return share(hits, "expected phrases are there", empty="the set expects no phrase")


def _forbidden(case: Case, answer: AnswerRecord) -> Score:
    # A premise of the question is repeated by the fixed sentence that says it is not so.
    texts = [claim.text for _, claim in answer.shown() if not (claim.relation == "denies" and claim.is_fixed)]
    hits = [not any(re.search(one, text, re.I) for text in texts) for one in case.item.forbidden]
    return share(hits, "forbidden phrases are absent", empty="the set forbids nothing")


MEASURES = (
    Measure(
        "outcome",
        "outcome",
        "answers what can be answered, refuses what cannot",
        "1 where an answer is given and expected, or neither",
        _outcome,
        concerns=lambda case: case.item.expect is not None,
    ),
    Measure(
        "answered",
        "outcome",
        "answers what can be answered",
        "share of answerable questions that are answered",
        _answered,
        concerns=lambda case: case.item.expect == "answer",
    ),
    Measure(
        "abstention_recall",
        "absence",
        "refuses what cannot be answered",
        "share of unanswerable questions that are refused",
        _abstention_recall,
        concerns=lambda case: case.item.expect == "abstention",
    ),
    Measure(
        "abstention_precision",
        "absence",
        "refuses nothing else",
        "share of refused questions that are unanswerable",
        _abstention_precision,
        concerns=lambda case: case.item.expect is not None,
    ),
    Measure(
        "expected_source",
        "outcome",
        "an expected source is cited",
        "1 where at least one of the expected sources is referred to; an abstention refers to none",
        _sources,
        concerns=lambda case: bool(case.item.sources),
    ),
    Measure(
        "expected_phrase",
        "outcome",
        "an expected phrase is there",
        "share of the expected phrases that some shown claim has",
        _phrases,
        concerns=lambda case: bool(case.item.phrases),
    ),
    Measure(
        "forbidden_absent",
        "outcome",
        "a wrong statement is not there",
        "share of the forbidden phrases that no shown claim has, but to deny them in fixed words",
        _forbidden,
        concerns=lambda case: bool(case.item.forbidden),
    ),
)
