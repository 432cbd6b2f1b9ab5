"""Selection for the options of a question: the sentences on each, those that compare them, and options unknown here."""

from __future__ import annotations

from collections.abc import Sequence

from rag.composition.admission import is_of_another, speaks_of_others
from rag.composition.asked import Asked, asked_of, surroundings
from rag.composition.course import points_along, turns_on
from rag.composition.ranking import LIMITS, ranked
from rag.composition.relevance import Candidate, Chosen, candidates, coverage, distinct
from rag.evidence import Evidence, Found
from rag.naming import asked_class, drug_class, member_in, speaks_of
from rag.polarity import directions, negation_scopes
from rag.question import Question
from rag.text import wide_terms
from rag.types import KINDS


def for_option(
    found: Found, pool: Sequence[Candidate], evidence: Evidence, question: Question, *, answerable: bool
) -> list[Chosen]:
    """The sentences on one option: those that answer the stem, then, of a symptom, those that say what moves it."""
    direct, touching = _on_option(found, evidence, question)
    if not question.diagnostic:
        asked = asked_of(question, evidence)
        direct = [one for one in direct if not speaks_of_others(one, asked)]
        direct = _naming(found, pool, direct, asked) if answerable else []
        if unknown_options(evidence, question):
            direct = [one for one in direct if _has_the_stem(one, asked, found)]
    axes = {direction.axis for direction in directions(question.stem)}
    chosen: list[Chosen] = []
    for kind in KINDS:
        first = distinct(_on_most_options(ranked(direct, kind, question), question), LIMITS.per_option)
        chosen += [Chosen(one, found.query.topic, True) for one in first]
        if question.diagnostic:
            others = ranked(touching, kind, question)
            pointing = sorted(
                (one for one in others if points_along(one, axes)),
                key=lambda one: bool(negation_scopes(one.sentence.text)),
            )
            texts = [one.sentence.text for one in first]
            more = distinct(pointing, LIMITS.per_option - len(first), texts)
            if not first and not more:
                more = distinct(others, 1)
            chosen += [Chosen(one, found.query.topic, False) for one in more]
    return chosen


def _on_most_options(best_first: Sequence[Candidate], question: Question) -> list[Candidate]:
    """Asked to compare treatments, sentences on the most of them come first: one on a third drug compares nothing."""
    if question.diagnostic:
        return list(best_first)
    options = [set(wide_terms(option)) for option in question.options]
    return sorted(best_first, key=lambda one: -sum(named <= set(wide_terms(one.sentence.text)) for named in options))


def _class_of(option: str, question: Question) -> str | None:
    """The class of a drug that a question names as an option, if it tells that option from the others."""
    found = drug_class(option)
    others = [one for one in question.options if one != option]
    return found if found and not any(found == drug_class(one) or speaks_of(found, one) for one in others) else None


def _names(found: Found, text: str, question: Question) -> bool:
    """Whether a text names the option of a query, the class it is of (guidelines recommend classes), or a drug of the
    class that it is (trials try drugs)."""
    option = found.query.topic or ""
    if coverage(wide_terms(option), text, found.term_weights) >= LIMITS.about_option or _has_member(option, text):
        return True
    of_class = _class_of(option, question)
    return of_class is not None and speaks_of(of_class, text)


def _has_member(option: str, text: str) -> bool:
    """Whether an option is a class of drugs and a text names a drug of it."""
    of_class = asked_class(option)
    return of_class is not None and member_in(of_class, text) is not None


def of_options(pool: Sequence[Candidate], question: Question) -> list[Candidate]:
    """The candidates that name any of the options; all of them where a symptom's causes are told in lay words.

    Asked to choose between two drugs, a sentence on neither is no answer, however near the rest of it.
    """
    if question.diagnostic:
        return list(pool)
    named = {term for option in question.options for term in wide_terms(option)}
    return [one for one in pool if named & set(wide_terms(one.sentence.text))]


def _naming(found: Found, pool: Sequence[Candidate], direct: Sequence[Candidate], asked: Asked) -> list[Candidate]:
    """The assessed sentences that name an option and probably answer, or that have all that is asked of it."""
    sure = {one.sentence.label for one in direct}
    return [
        one
        for one in pool
        if _names(found, one.sentence.text, asked.question)
        and (one.sentence.label in sure or (one.likely >= LIMITS.least_of_option and _is_on_stem(one, asked)))
    ]


def _is_on_stem(candidate: Candidate, asked: Asked) -> bool:
    """Whether a sentence, or what it stands under, has a word of what is asked of every option."""
    stem = set(wide_terms(asked.question.stem))
    around = f"{candidate.sentence.text} {surroundings(candidate, asked.evidence)}"
    return not stem or bool(stem & set(wide_terms(around)))


def unknown_options(evidence: Evidence, question: Question) -> tuple[str, ...]:
    """The options, of treatments or tests, of whose names no sentence of the index has half the words."""
    if question.diagnostic:
        return ()
    unknown = []
    for found in evidence.found:
        named = wide_terms(found.query.topic or "") if found.query.aspect == "option" else ()
        never = [term for term in named if found.term_weights.get(term, 0.0) >= 1.0]
        if 2 * len(never) > len(named):
            unknown.append(found.query.topic or "")
    return tuple(unknown)


def _has_the_stem(candidate: Candidate, asked: Asked, found: Found) -> bool:
    """Whether a sentence, or what it stands under, has most of what is asked of every option: where one of two drugs is
    unknown, the other is not to be told by what it was tried for beside."""
    named = set(wide_terms(found.query.topic or ""))
    stem = [term for term in wide_terms(asked.question.stem) if term not in named]
    around = f"{candidate.sentence.text} {surroundings(candidate, asked.evidence)}"
    return not stem or coverage(stem, around, found.term_weights) >= LIMITS.answers_stem


def _on_option(found: Found, evidence: Evidence, question: Question) -> tuple[list[Candidate], list[Candidate]]:
    """The candidates that name an option: those that speak to what is asked of it, and those that only touch it."""
    option_terms = wide_terms(found.query.topic or "")
    stem_terms = [term for term in wide_terms(question.stem) if term not in option_terms]
    essential = {*evidence.named_terms, *(() if question.diagnostic else evidence.essential_terms)} - set(option_terms)
    turning_on = turns_on(question.stem)
    direct, touching = list[Candidate](), list[Candidate]()
    for candidate in candidates(found, evidence):
        text = candidate.sentence.text
        if candidate.cosine < LIMITS.least_cosine:
            continue
        have = set(wide_terms(text))
        if not _names(found, text, question):
            continue
        if is_of_another({*option_terms, *stem_terms}, have):
            continue
        share = coverage(stem_terms, text, found.term_weights) if stem_terms else 1.0
        if share >= LIMITS.answers_stem and essential <= have and (not turning_on or turning_on & have):
            direct.append(candidate)
        elif share >= LIMITS.touches_stem:
            touching.append(candidate)
    return direct, touching
