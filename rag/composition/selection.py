"""Selection: which sentences of the evidence answer a question, option by option where it names options.

Whether a sentence answers, and whether any does, is assessed by `answerability`; being similar is not enough. What a
symptom calls for beyond the question (a condition it does not name, red flags) is selected under topics of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.composition.admission import is_of_another, speaks_of_others
from rag.composition.answerability import assess, is_answerable
from rag.composition.asked import Asked, asked_of, surroundings
from rag.composition.ranking import ABOUT_THE_SOURCE, CHANGED, LIMITS, in_turn, ranked
from rag.composition.relevance import Candidate, candidates, coverage, distinct, pooled
from rag.evidence import Evidence, Found
from rag.models.base import RelevanceModel
from rag.naming import asked_class, drug_class, member_in, speaks_of
from rag.polarity import Axis, Direction, directions, negation_scopes, reversed_terms
from rag.question import Question
from rag.text import kin_of, kin_terms, terms, wide_terms
from rag.types import KINDS, Kind

UNNAMED = "Not named in the question"
RED_FLAGS = "Red flags"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence taken for a topic. `direct`: it speaks to what was asked, not only about the topic."""

    candidate: Candidate
    topic: str | None
    direct: bool

    @property
    def kind(self) -> Kind:
        """The kind of its source."""
        return self.candidate.sentence.kind


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
    fit = [one for one in pool if not moved or _moves_alike(question.stem, one.sentence.text)]
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
    best = max((_probability(one) for one in of_kind), default=0.0)
    if kind == "research" and best < LIMITS.least_of_half * max((_probability(one) for one in pool), default=0.0):
        return []
    least = max(LIMITS.least_probability, LIMITS.near_best * best)
    return [one for one in of_kind if _probability(one) >= least]


def _probability(candidate: Candidate) -> float:
    return candidate.probability or 0.0


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
                (one for one in others if _points_along(one, axes)),
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
        and (one.sentence.label in sure or (_probability(one) >= LIMITS.least_of_option and _is_on_stem(one, asked)))
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
    turning_on = _turns_on(question.stem)
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
        and _moves_alike(question.stem, text)
        and not _denies(text, question.stem)
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


def _moves_alike(statement: str, sentence: str) -> bool:
    """Whether a sentence has a symptom move as a statement does: relieved, or provoked, by the same or its kin, and by
    none of it the other way round. Of a statement in which nothing relieves or provokes, every sentence does."""
    asked = [direction for direction in directions(statement) if direction.axis == "relief" and direction.governs]
    if not asked:
        return True
    if reversed_terms(statement, sentence):
        return False
    found = [direction for direction in directions(sentence) if direction.axis == "relief"]
    return any(
        mine.sign == theirs.sign and {kin_of(term) for term in mine.governs} & {kin_of(term) for term in theirs.governs}
        for mine in asked
        for theirs in found
    )


def _turns_on(statement: str) -> frozenset[str]:
    """What a statement's directions govern: "walk" in "relieved by walking"."""
    return frozenset[str]().union(*(direction.governs for direction in directions(statement)))


def _points_along(candidate: Candidate, axes: set[Axis]) -> bool:
    """Whether a sentence says what the question turns on in kind: what relieves or provokes, raises or lowers, ..."""
    found: list[Direction] = directions(candidate.sentence.text)
    return any(direction.axis in axes for direction in found)


def _denies(sentence: str, statement: str) -> bool:
    """Whether a sentence negates what a statement turns on."""
    wanted = _turns_on(statement) or frozenset(terms(statement))
    return any(scope & wanted for scope in negation_scopes(sentence))
