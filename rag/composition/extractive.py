"""The extractive composer: chooses sentences of the sources, word for word. No language model.

Beyond the sources' sentences it has fixed words only: that a sentence says the reverse of what was asked, that two
halves agree or differ, that nothing was found. Each of these is verified like any other claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answer import ClaimType, Draft, DraftAbsence, DraftClaim, Part, Relation
from rag.composition.base import Failure
from rag.composition.options import for_option, of_options, unknown_options
from rag.composition.ranking import worth
from rag.composition.relevance import Chosen
from rag.composition.selection import RED_FLAGS, UNNAMED, assessed, beyond, changes, for_question
from rag.evidence import Evidence, EvidenceSentence
from rag.fixed_words import WHOLE, agree_text, both_text, differ_within_text, diverge_text, reverse_text
from rag.models.base import RelevanceModel
from rag.polarity import directions, negation_scopes, point_alike, reversed_terms
from rag.question import Question
from rag.types import KINDS, Audience, Kind

_PART: dict[Kind, Part] = {"guideline": "guidelines", "research": "research"}
_IN_SHORT = 3
_NEARLY = 0.5
"""The share of the best sentence's worth from which another may stand in the short answer beside it."""
_NOT_FAR = 0.3
"""The share of the best on a topic from which a finding of research may."""
_DIFFERS = 0.6
"""The share of the best on a topic from which a sentence is held against others of its kind."""
_RECOMMENDS = re.compile(
    r"\b(?:recommend\w*|advis\w+|offers?|should|suggests? (?:that|using|against)|conditionally|prefers?|favou?rs?"
    r"|usually (?:not )?appropriate|refer(?:red|ral)?)\b",
    re.IGNORECASE,
)
_DEFINES = re.compile(r"\b(?:is defined as|defines?|definition)\b", re.IGNORECASE)


class ExtractiveComposer:
    """Chooses sentences by relevance, verbatim, each citing itself.

    Args:
        reader: reads sentences beside the question.
    """

    name = "extractive"
    model = None

    def __init__(self, reader: RelevanceModel) -> None:
        self._reader = reader

    def offer(self, question: Question, evidence: Evidence, stated: Sequence[DraftClaim] = ()) -> Evidence:
        """All of it: it has no window."""
        return evidence

    def stream(
        self, question: Question, evidence: Evidence, audience: Audience, stated: Sequence[DraftClaim] | None = None
    ) -> Iterator[Draft]:
        """The whole draft as one piece: it takes no time worth waiting for."""
        yield self.compose(question, evidence, audience)

    def compose(self, question: Question, evidence: Evidence, audience: Audience) -> Draft:
        """A draft of verbatim claims; empty where no sentence answers, or the question is not about people."""
        if question.about_animals:
            return Draft((), tuple(DraftAbsence(question.text, kind) for kind in KINDS), self.name)
        pool, answerable = assessed(evidence, question, self._reader)
        chosen = for_question(pool, evidence, question) if answerable and not question.options else []
        for found in evidence.found:
            if found.query.aspect == "option":
                chosen += for_option(found, pool, evidence, question, answerable=answerable)
        as_a_whole = answerable and question.options and not unknown_options(evidence, question)
        if as_a_whole and not any(one.direct for one in chosen):
            chosen += for_question(of_options(pool, question), evidence, question)
        chosen += beyond(evidence, question, chosen)
        asked = next((found for found in evidence.found if found.query.aspect == "question"), None)
        changed = changes(asked, evidence, question, chosen) if asked else []
        absences = _all_absences(question, chosen)
        if not any(one.direct for one in chosen):
            return Draft((), tuple(absences), self.name)
        lanes = [_claim(one, _PART[kind]) for kind in KINDS for one in chosen if one.kind == kind]
        compared = (*_comparisons(chosen, evidence, question), *_differing(chosen, evidence, question))
        claims = (*_short(chosen, question), *lanes, *compared, *(_changed(one) for one in changed))
        return Draft(claims, tuple(absences), self.name)

    def repair(
        self, question: Question, evidence: Evidence, audience: Audience, failures: Sequence[Failure]
    ) -> tuple[DraftClaim | None, ...]:
        """Nothing: a sentence of the source has no other wording."""
        return tuple(None for _ in failures)


def _short(chosen: Sequence[Chosen], question: Question) -> list[DraftClaim]:
    """The reversals of what the question says, then the best direct sentences.

    One a topic and kind, of research only where it is not far behind the best on its topic; then, where there is room,
    those that are nearly as good as the best of all, as a recommendation may have two halves. Of those, guidelines
    first.
    """
    reversals = _reversals(chosen, question)
    reversed_topics = {claim.topic for claim in reversals}
    value = {one: worth(one.candidate, question) for one in chosen if one.direct and one.topic not in reversed_topics}
    best_first = sorted(value, key=lambda one: -value[one])
    of_topic = {one.topic: value[one] for one in reversed(best_first)}
    leading = list({(one.topic, one.kind): one for one in reversed(best_first)}.values())[::-1]
    first = [one for one in leading if one.kind == "guideline" or value[one] >= _NOT_FAR * of_topic[one.topic]]
    nearly = [one for one in best_first if value[one] >= _NEARLY * value[best_first[0]]]
    taken: dict[str, Chosen] = {}
    for one in (*first, *nearly):
        taken.setdefault(one.candidate.sentence.label, one)
    shown = list(taken.values())[: max(0, _IN_SHORT - len(reversals))]
    shown.sort(key=lambda one: (one not in nearly, KINDS.index(one.kind) if one in nearly else 0, -value[one]))
    return [*reversals, *(_claim(one, "short_answer") for one in shown)]


def _type_of(one: Chosen) -> ClaimType:
    text = one.candidate.sentence.text
    if not one.direct:
        return "background"
    if _DEFINES.search(text):
        return "definition"
    if one.kind == "guideline" and _RECOMMENDS.search(text):
        return "recommendation"
    return "finding" if one.kind == "research" else "background"


def _claim(one: Chosen, part: Part) -> DraftClaim:
    sentence = one.candidate.sentence
    return DraftClaim(part, _type_of(one), sentence.text, (sentence.label,), one.topic)


def _reversals(chosen: Sequence[Chosen], question: Question) -> list[DraftClaim]:
    """For each option, the sentences that say the reverse of what the question says of the symptom."""
    claims = []
    for option in question.options if question.diagnostic else ():
        labels = [
            one.candidate.sentence.label
            for one in chosen
            if one.topic == option and reversed_terms(question.stem, one.candidate.sentence.text)
        ]
        if labels:
            text = reverse_text(option, question.stem)
            claims.append(
                DraftClaim("short_answer", "finding", text, tuple(labels), option, "reverse", denies=question.stem)
            )
    return claims


def _comparisons(chosen: Sequence[Chosen], evidence: Evidence, question: Question) -> list[DraftClaim]:
    """For each topic that both halves speak to directly: agree, differ, or not comparable by rules."""
    claims = []
    for topic in dict.fromkeys(one.topic for one in chosen if one.direct and one.topic not in (UNNAMED, RED_FLAGS)):
        left, right = (
            [one.candidate.sentence for one in chosen if one.topic == topic and one.direct and one.kind == kind]
            for kind in KINDS
        )
        pairs = [(guideline, research) for guideline in left for research in right]
        if pairs:
            claims.append(_comparison(topic, pairs, evidence, question))
    return claims


def _differing(chosen: Sequence[Chosen], evidence: Evidence, question: Question) -> list[DraftClaim]:
    """For each topic and kind: the sentences, one a source, whose sources are on record as conflicting.

    Of guidelines only those that answer nearly as well as the best: what differs somewhere need not do so on what is
    asked.
    """
    claims = []
    value = {one: worth(one.candidate, question) for one in chosen if one.direct}
    best_of = {one.topic: value[one] for one in sorted(value, key=lambda one: value[one])}
    least = {"guideline": _DIFFERS, "research": 0.0}
    chosen = [one for one in value if value[one] >= least[one.kind] * best_of[one.topic]]
    for topic in dict.fromkeys(one.topic for one in chosen):
        for kind in KINDS:
            best: dict[str, EvidenceSentence] = {}
            for one in chosen:
                if (one.topic, one.kind) == (topic, kind):
                    best.setdefault(one.candidate.sentence.source_id, one.candidate.sentence)
            apart = [one for one in best.values() if any(evidence.conflict(one, other) for other in best.values())]
            if apart:
                labels = tuple(one.label for one in apart)
                text = differ_within_text(topic or WHOLE, kind)
                claims.append(DraftClaim("agreement", "background", text, labels, topic, "differ_within"))
    return claims


def _changed(one: Chosen) -> DraftClaim:
    """What a current guideline says it changed."""
    return replace(_claim(one, "agreement"), type="background", relation="changed")


def _comparison(
    topic: str | None,
    pairs: Sequence[tuple[EvidenceSentence, EvidenceSentence]],
    evidence: Evidence,
    question: Question,
) -> DraftClaim:
    """Agreement is said only where the question is about what relieves or provokes, since only that is compared."""
    asked = any(one.axis == "relief" for one in directions(question.stem)) and not negation_scopes(question.stem)
    conflicting = [pair for pair in pairs if evidence.conflict(*pair)]
    alike = [pair for pair in pairs if asked and point_alike(pair[0].text, pair[1].text)]
    relation: Relation = "diverge" if conflicting else "agree" if alike else "not_compared"
    text = {"diverge": diverge_text, "agree": agree_text, "not_compared": both_text}[relation](topic or WHOLE)
    guideline, research = (conflicting or alike or pairs)[0]
    return DraftClaim("agreement", "background", text, (guideline.label, research.label), topic, relation)


def _all_absences(question: Question, chosen: Sequence[Chosen]) -> list[DraftAbsence]:
    as_a_whole = any(one.direct and one.topic is None for one in chosen)
    if not question.options or as_a_whole:
        return _absences(question.text, None, chosen)
    return [
        absence
        for option in question.options
        for absence in _absences(option, question.stem, [one for one in chosen if one.topic == option])
    ]


def _absences(topic: str, asked: str | None, taken: Sequence[Chosen]) -> list[DraftAbsence]:
    """For each kind without a direct sentence: that nothing in it answers what was asked of the topic."""
    return [
        DraftAbsence(topic, kind, asked) for kind in KINDS if not any(one.direct and one.kind == kind for one in taken)
    ]
