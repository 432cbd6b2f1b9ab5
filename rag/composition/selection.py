"""Selection: which sentences of the evidence answer a question; `options` selects those on each option of one.

Whether a sentence answers, and whether any does, is assessed by `answerability`; being similar is not enough. What a
symptom calls for beyond the question (a condition it does not name, red flags) is selected under topics of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.composition.answerability import assess, is_answerable
from rag.composition.course import denies, moves_alike
from rag.composition.ranking import ABOUT_THE_SOURCE, CHANGED, LIMITS, in_turn, ranked
from rag.composition.relevance import Candidate, Chosen, candidates, distinct, pooled
from rag.evidence import Evidence, Found
from rag.models.base import RelevanceModel
from rag.polarity import negation_scopes
from rag.question import Question
from rag.text import kin_terms, terms, wide_terms
from rag.types import KINDS, Kind

UNNAMED = "Not named in the question"
RED_FLAGS = "Red flags"


def assessed(evidence: Evidence, question: Question, reader: RelevanceModel) -> tuple[list[Candidate], bool]:
    """Every sentence that was found, with the probability that it answers; and whether the question is answerable."""
    pool = pooled(evidence)
    found = assess(pool, question, evidence, reader)
    probable = zip(pool, found.probabilities, strict=True)
    return [replace(one, probability=float(value)) for one, value in probable], is_answerable(found)


def for_question(pool: Sequence[Candidate], evidence: Evidence, question: Question) -> list[Chosen]:
    """The sentences that answer a question without options, from those assessed.

    Asked what a symptom comes from, a sentence in which the symptom does not move as in the question is no answer.
    """
    moved = question.diagnostic and not evidence.named_terms
    fit = [one for one in pool if not moved or moves_alike(question.stem, one.sentence.text)]
    chosen: list[Chosen] = []
    for kind in KINDS:
        best_first = ranked(_near_best(fit, kind), kind, question)
        taken = distinct(in_turn(best_first, question), LIMITS.per_half)
        taken += _in_conflict(taken, best_first, evidence)
        chosen += [Chosen(candidate, None, True) for candidate in taken]
    return chosen


def _near_best(pool: Sequence[Candidate], kind: Kind) -> list[Candidate]:
    """The candidates of a kind that probably answer, held to the best of their own half: a sure guideline does not
    silence the trials. Trials whose best is far behind the guidelines' have nothing to say."""
    of_kind = [one for one in pool if one.sentence.kind == kind]
    best = max((one.likely for one in of_kind), default=0.0)
    if kind == "research" and best < LIMITS.least_of_half * max((one.likely for one in pool), default=0.0):
        return []
    least = max(LIMITS.least_probability, LIMITS.near_best * best)
    return [one for one in of_kind if one.likely >= least]


def _in_conflict(taken: Sequence[Candidate], best_first: Sequence[Candidate], evidence: Evidence) -> list[Candidate]:
    """The best sentence of each source that is not yet there, answers too, and is on record as conflicting with one
    that is."""
    found: list[Candidate] = []
    for candidate in best_first:
        there = [one.sentence for one in (*taken, *found)]
        if any(one.source_id == candidate.sentence.source_id for one in there):
            continue
        if any(evidence.conflict(candidate.sentence, one) for one in there):
            found.append(candidate)
    return found[: LIMITS.per_extra]


def changes(found: Found, evidence: Evidence, question: Question, taken: Sequence[Chosen]) -> list[Chosen]:
    """What a current guideline says it changed, where an earlier one would have answered too; not what is taken."""
    successors = {new for one in evidence.left_out if one.reason == "superseded" for new in one.replaced_by}
    labels = {one.candidate.sentence.label for one in taken}
    pool = [
        one
        for one in candidates(found, evidence)
        if CHANGED.search(one.sentence.heading)
        and one.sentence.source_id in successors
        and one.sentence.label not in labels
        and one.cosine >= LIMITS.alike_cosine_of_change
        and {*evidence.named_terms} <= set(wide_terms(one.sentence.text))
    ]
    return [Chosen(one, None, True) for one in distinct(ranked(pool, "guideline", question), LIMITS.per_extra)]


def beyond(evidence: Evidence, question: Question, taken: Sequence[Chosen]) -> list[Chosen]:
    """What a symptom calls for: conditions that the question does not name, and red flags."""
    chosen: list[Chosen] = []
    for found in evidence.found:
        if found.query.aspect == "unnamed":
            pool = [one for one in candidates(found, evidence) if _fits_unnamed(one, found, question)]
            chosen += _extra(pool, UNNAMED if question.options else None, question, [*taken, *chosen])
        elif found.query.aspect == "red_flags":
            pool = [one for one in candidates(found, evidence) if _is_red_flag(one)]
            chosen += _extra(pool, RED_FLAGS, question, [*taken, *chosen])
    return chosen


def _fits_unnamed(candidate: Candidate, found: Found, question: Question) -> bool:
    """Whether a sentence has the symptom as it was asked, of none of the named options."""
    text = candidate.sentence.text
    wanted = kin_terms(question.stem)
    have = set(kin_terms(text))
    weights = found.term_weights
    share = sum(weights.get(term, 1.0) for term in wanted if term in have) / sum(
        weights.get(term, 1.0) for term in wanted
    )
    return (
        candidate.cosine >= LIMITS.least_cosine
        and share >= LIMITS.answers_stem
        and not any(set(terms(option)) <= set(terms(text)) for option in question.options)
        and not ABOUT_THE_SOURCE.search(candidate.sentence.heading)
        and moves_alike(question.stem, text)
        and not denies(text, question.stem)
    )


def _is_red_flag(candidate: Candidate) -> bool:
    sentence = candidate.sentence
    flags = set(wide_terms("red flags"))
    return (
        flags <= set(wide_terms(sentence.text))
        and candidate.cosine >= LIMITS.least_cosine
        and not ABOUT_THE_SOURCE.search(sentence.heading)
        and not any(scope & flags for scope in negation_scopes(sentence.text))
    )


def _extra(pool: list[Candidate], topic: str | None, question: Question, taken: Sequence[Chosen]) -> list[Chosen]:
    already = [one.candidate.sentence.text for one in taken]
    direct = topic != RED_FLAGS or question.urgent
    return [
        Chosen(one, topic, direct)
        for kind in KINDS
        for one in distinct(ranked(pool, kind, question), LIMITS.per_extra, already)
    ]
