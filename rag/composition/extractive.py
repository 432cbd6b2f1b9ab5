"""The extractive composer: chooses sentences of the sources, word for word. No language model, no wording of its own.

A question that names options is answered option by option. What a symptom calls for beyond them (a condition that the
question does not name, red flags) is added under its own topic.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer import (
    WHOLE,
    ClaimType,
    Draft,
    DraftAbsence,
    DraftClaim,
    Part,
    Relation,
    agree_text,
    both_text,
    diverge_text,
    reverse_text,
)
from rag.composition.base import Failure
from rag.composition.relevance import Candidate, candidates, coverage, distinct
from rag.evidence import Evidence, EvidenceSentence, Found
from rag.polarity import Axis, Direction, directions, negation_scopes, point_alike, reversed_terms
from rag.question import Question
from rag.text import terms, wide_terms
from rag.types import KINDS, Audience, Kind

UNNAMED = "Not named in the question"
RED_FLAGS = "Red flags"

_ABOUT_THE_SOURCE = re.compile(r"\b(?:studied|covers|limits?|status|methods?|limitations)\b", re.IGNORECASE)
_APART = 0.1

_PART: dict[Kind, Part] = {"guideline": "guidelines", "research": "research"}
_RECOMMENDS = re.compile(
    r"\b(?:recommend\w*|advis\w+|offers?|should|suggests? (?:that|using|against)|conditionally|prefers?|favou?rs?"
    r"|usually (?:not )?appropriate|refer(?:red|ral)?)\b",
    re.IGNORECASE,
)
_DEFINES = re.compile(r"\b(?:is defined as|defines?|definition)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a sentence is taken, and how many. The figures were set on `eval/suites/first.jsonl`."""

    least_coverage: float = 0.55
    least_cosine: float = 0.35
    alike_cosine: float = 0.72
    near_best: float = 0.72
    about_option: float = 0.6
    answers_stem: float = 0.6
    touches_stem: float = 0.3
    per_half: int = 5
    per_option: int = 2
    per_extra: int = 2
    in_short: int = 3


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A sentence taken for a topic. `direct`: it speaks to what was asked, not only about the topic."""

    candidate: Candidate
    topic: str | None
    direct: bool


class ExtractiveComposer:
    """Chooses sentences by relevance, verbatim, each citing itself."""

    name = "extractive"
    model = None

    def __init__(self, limits: Limits = Limits()) -> None:
        self._limits = limits

    def compose(self, question: Question, evidence: Evidence, audience: Audience) -> Draft:
        """A draft of verbatim claims; empty where no sentence answers, or the question is not about people."""
        if question.about_animals:
            return Draft((), tuple(DraftAbsence(question.text, kind) for kind in KINDS), self.name)
        chosen: list[_Chosen] = []
        absences: list[DraftAbsence] = []
        for found in evidence.found:
            if found.query.aspect == "question":
                taken = self._for_question(found, evidence)
                chosen += taken
                absences += _absences(question.text, None, taken)
            elif found.query.aspect == "option":
                taken = self._for_option(found, evidence, question, chosen)
                chosen += taken
                absences += _absences(found.query.topic or "", question.stem, taken)
        if any(one.direct for one in chosen) or question.options:
            chosen += self._beyond(evidence, question, chosen)
        if not any(one.direct for one in chosen):
            return Draft((), tuple(absences), self.name)
        lanes = [_claim(one, _PART[kind]) for kind in KINDS for one in chosen if one.candidate.sentence.kind == kind]
        claims = (*self._short(chosen, question), *lanes, *_comparisons(chosen, evidence))
        return Draft(claims, tuple(absences), self.name)

    def repair(
        self, question: Question, evidence: Evidence, audience: Audience, failures: Sequence[Failure]
    ) -> tuple[DraftClaim | None, ...]:
        """Nothing: a sentence of the source has no other wording."""
        return tuple(None for _ in failures)

    def _for_question(self, found: Found, evidence: Evidence) -> list[_Chosen]:
        limits = self._limits
        if evidence.unknown_words:
            return []
        essential = set(evidence.essential_terms)
        pool = [
            candidate
            for candidate in candidates(found, evidence)
            if candidate.cosine >= limits.alike_cosine
            or (
                candidate.coverage >= limits.least_coverage
                and candidate.cosine >= limits.least_cosine
                and essential <= set(wide_terms(candidate.sentence.text))
            )
        ]
        asked = directions(found.query.text)
        kept: list[Candidate] = []
        for kind in KINDS:
            ranked = _ranked(pool, kind, asked)
            least = limits.near_best * max((candidate.score for candidate in ranked), default=0.0)
            kept += distinct([candidate for candidate in ranked if candidate.score >= least], limits.per_half)
        return [_Chosen(candidate, None, True) for candidate in kept]

    def _for_option(
        self, found: Found, evidence: Evidence, question: Question, taken: Sequence[_Chosen]
    ) -> list[_Chosen]:
        """Sentences that name the option: first those that speak to the stem, else one a kind that touches it."""
        limits, option = self._limits, found.query.topic or ""
        option_terms, stem_terms = wide_terms(option), _without(wide_terms(question.stem), wide_terms(option))
        asked = directions(question.stem)
        turning_on = frozenset[str]().union(*(direction.governs for direction in asked))
        direct, touching = list[Candidate](), list[Candidate]()
        for candidate in candidates(found, evidence):
            text = candidate.sentence.text
            if candidate.cosine < limits.least_cosine:
                continue
            if coverage(option_terms, text, found.term_weights) < limits.about_option:
                continue
            share = coverage(stem_terms, text, found.term_weights)
            if share >= limits.answers_stem and (not turning_on or turning_on & set(wide_terms(text))):
                direct.append(candidate)
            elif share >= limits.touches_stem:
                touching.append(candidate)
        already = [one.candidate.sentence.text for one in taken]
        axes = {direction.axis for direction in asked}
        chosen = []
        for kind in KINDS:
            first = distinct(_ranked(direct, kind, asked), limits.per_option, already)
            pointing = [one for one in _ranked(touching, kind, asked) if _points_along(one, axes)]
            pointing.sort(key=lambda one: bool(negation_scopes(one.sentence.text)))
            more = distinct(pointing, limits.per_option - len(first), [*already, *(one.sentence.text for one in first)])
            if not first and not more:
                more = distinct(_ranked(touching, kind), 1, already)
            chosen += [_Chosen(one, option, True) for one in first] + [_Chosen(one, option, False) for one in more]
        return chosen

    def _beyond(self, evidence: Evidence, question: Question, taken: Sequence[_Chosen]) -> list[_Chosen]:
        """What the symptom calls for: conditions the question does not name, and red flags."""
        chosen: list[_Chosen] = []
        for found in evidence.found:
            if found.query.aspect == "unnamed":
                stem = wide_terms(question.stem)
                pool = [
                    candidate
                    for candidate in candidates(found, evidence)
                    if candidate.cosine >= self._limits.least_cosine
                    and coverage(stem, candidate.sentence.text, found.term_weights) >= self._limits.answers_stem
                    and not any(_names(option, candidate.sentence.text) for option in question.options)
                    and not reversed_terms(question.stem, candidate.sentence.text)
                    and not _denies(candidate.sentence.text, question.stem)
                ]
                chosen += self._extra(pool, UNNAMED, [*taken, *chosen], direct=True)
            elif found.query.aspect == "red_flags":
                flags = set(wide_terms("red flags"))
                pool = [
                    candidate
                    for candidate in candidates(found, evidence)
                    if flags <= set(wide_terms(candidate.sentence.text))
                    and candidate.cosine >= self._limits.least_cosine
                ]
                chosen += self._extra(pool, RED_FLAGS, [*taken, *chosen], direct=False)
        return chosen

    def _extra(self, pool: list[Candidate], topic: str, taken: Sequence[_Chosen], *, direct: bool) -> list[_Chosen]:
        already = [one.candidate.sentence.text for one in taken]
        chosen = []
        for kind in KINDS:
            of_kind = sorted((one for one in pool if one.sentence.kind == kind), key=lambda one: -one.score)
            chosen += [_Chosen(one, topic, direct) for one in distinct(of_kind, self._limits.per_extra, already)]
        return chosen

    def _short(self, chosen: Sequence[_Chosen], question: Question) -> list[DraftClaim]:
        """The reversals of what the question says, then the best direct sentences, one a topic and kind."""
        short = list(_reversals(chosen, question))
        asked = directions(question.stem)
        ranked = sorted((one for one in chosen if one.direct), key=lambda one: -_worth(one.candidate, asked))
        seen: set[tuple[str | None, Kind]] = set()
        reversed_topics = {claim.topic for claim in short}
        for one in ranked:
            key = (one.topic, one.candidate.sentence.kind)
            if len(short) < self._limits.in_short and key not in seen and one.topic not in reversed_topics:
                seen.add(key)
                short.append(_claim(one, "short_answer"))
        return short


def _worth(candidate: Candidate, asked: Sequence[Direction]) -> float:
    """Its relevance, less for sentences on how a study was made, more for one that points the way the question does."""
    sentence = candidate.sentence
    worth = candidate.score - (_APART if _ABOUT_THE_SOURCE.search(sentence.heading) else 0.0)
    if not negation_scopes(sentence.text):
        pointing = {(direction.axis, direction.sign) for direction in directions(sentence.text)}
        worth += _APART if any((direction.axis, direction.sign) in pointing for direction in asked) else 0.0
    return worth


def _ranked(pool: Sequence[Candidate], kind: Kind, asked: Sequence[Direction] = ()) -> list[Candidate]:
    of_kind = [candidate for candidate in pool if candidate.sentence.kind == kind]
    return sorted(of_kind, key=lambda candidate: -_worth(candidate, asked))


def _points_along(candidate: Candidate, axes: set[Axis]) -> bool:
    """Whether a sentence says what the question turns on in kind: what relieves or provokes, raises or lowers, ..."""
    return any(direction.axis in axes for direction in directions(candidate.sentence.text))


def _denies(sentence: str, statement: str) -> bool:
    """Whether a sentence negates what a statement turns on."""
    turning_on = frozenset[str]().union(*(direction.governs for direction in directions(statement)))
    return any(scope & (turning_on or frozenset(terms(statement))) for scope in negation_scopes(sentence))


def _without(wanted: Sequence[str], excluded: Sequence[str]) -> tuple[str, ...]:
    return tuple(term for term in wanted if term not in excluded) or tuple(wanted)


def _names(option: str, text: str) -> bool:
    return set(terms(option)) <= set(terms(text))


def _type_of(kind: Kind, text: str, *, direct: bool) -> ClaimType:
    if not direct:
        return "background"
    if _DEFINES.search(text):
        return "definition"
    if kind == "guideline" and _RECOMMENDS.search(text):
        return "recommendation"
    return "finding" if kind == "research" else "background"


def _claim(one: _Chosen, part: Part) -> DraftClaim:
    sentence = one.candidate.sentence
    claim_type = _type_of(sentence.kind, sentence.text, direct=one.direct)
    return DraftClaim(part, claim_type, sentence.text, (sentence.label,), one.topic)


def _reversals(chosen: Sequence[_Chosen], question: Question) -> list[DraftClaim]:
    """For each option, the sentences that say the reverse of what the question says of the symptom."""
    claims = []
    for option in question.options:
        labels = [
            one.candidate.sentence.label
            for one in chosen
            if one.topic == option and reversed_terms(question.stem, one.candidate.sentence.text)
        ]
        if labels:
            claims.append(
                DraftClaim(
                    "short_answer",
                    "finding",
                    reverse_text(option, question.stem),
                    tuple(labels),
                    option,
                    relation="reverse",
                    denies=question.stem,
                )
            )
    return claims


def _comparisons(chosen: Sequence[_Chosen], evidence: Evidence) -> list[DraftClaim]:
    """For each topic that both halves speak to directly: agree, differ, or not comparable by rules."""
    claims = []
    for topic in dict.fromkeys(one.topic for one in chosen if one.direct and one.topic != UNNAMED):
        left, right = (
            [
                one.candidate.sentence
                for one in chosen
                if one.topic == topic and one.direct and one.candidate.sentence.kind == kind
            ]
            for kind in KINDS
        )
        pairs = [(guideline, research) for guideline in left for research in right]
        if pairs:
            claims.append(_comparison(topic, pairs, evidence))
    return claims


def _comparison(
    topic: str | None, pairs: Sequence[tuple[EvidenceSentence, EvidenceSentence]], evidence: Evidence
) -> DraftClaim:
    conflicting = [pair for pair in pairs if evidence.conflict(*pair)]
    alike = [pair for pair in pairs if point_alike(pair[0].text, pair[1].text)]
    relation: Relation = "diverge" if conflicting else "agree" if alike else "not_compared"
    text = {"diverge": diverge_text, "agree": agree_text, "not_compared": both_text}[relation](topic or WHOLE)
    guideline, research = (conflicting or alike or pairs)[0]
    return DraftClaim("agreement", "background", text, (guideline.label, research.label), topic, relation)


def _absences(topic: str, asked: str | None, taken: Sequence[_Chosen]) -> list[DraftAbsence]:
    """For each kind without a direct sentence: that nothing in it answers what was asked of the topic."""
    return [
        DraftAbsence(topic, kind, asked)
        for kind in KINDS
        if not any(one.direct and one.candidate.sentence.kind == kind for one in taken)
    ]
