"""Accord: whether a guideline's sentence and a study's point the same way about a treatment that both name.

By rules: advice for what was found good, or against what was found bad or no better. Or by the model: each sentence
supports the other, and no rule objects. What neither tells is not told; that two sentences differ is never read out of
them, only from what is on record of their sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answer import DraftClaim
from rag.evidence import Evidence, EvidenceSentence
from rag.fixed_words import WHOLE, accord_text
from rag.models.base import EntailmentModel
from rag.naming import is_drug
from rag.polarity.advice import Advice, advice_of
from rag.polarity.effects import Effect, canonical, effects
from rag.reading_order import strength_rank
from rag.text import words
from rag.verification.objections import objection_to_words
from rag.verification.support import passage_texts, read_support

MOST_OF_EACH = 3
"""Sentences of a half that are held against the other's."""
ACCORD_REASON = "a guideline's sentence and a study's on the topic point the same way, and none the other way"
ACCORD_THRESHOLD = 0.6
"""Least probability of "supports", both ways, at which the model alone says that two sentences agree."""
_EARLIER = re.compile(r"\b(?:until|from) \d{4}\b|\bwhereas\b|\bno longer\b|\bin (?:\w+ )?\d{4}, the\b", re.IGNORECASE)
_EXCEPTED = re.compile(r"\b(?:unless|only|except)\b", re.IGNORECASE)
_TREATMENT = re.compile(
    r"hydroxychloroquine|ivermectin|opioids?|aspirin|warfarin|statins?|paracetamol|colchicine|metformin|insulin"
    r"|bisphosphonates?|glucocorticoids?|corticosteroids?|gabapentinoids?|nsaids?"
)
_STRENGTH = {0: "strong", 2: "conditional"}


def in_accord(
    claim: DraftClaim, sides: Sequence[Sequence[EvidenceSentence]], evidence: Evidence, model: EntailmentModel | None
) -> DraftClaim | None:
    """A claim that two halves cannot be compared, put as one that they agree, where a pair of theirs does.

    Args:
        claim: what was drafted.
        sides: the sentences of guidelines and of research on its topic, the best first.
        evidence: where they were found.
        model: reads what rules do not tell; None: nothing does.

    Raises:
        EntailmentError, ModelError: the model failed.
    """
    guidelines, research = (side[:MOST_OF_EACH] for side in sides)
    pairs = [(left, right) for left in guidelines for right in research if not evidence.conflict(left, right)]
    ways = {pair: points_alike(pair[0].text, pair[1].text) for pair in pairs}
    if any(way is False for way in ways.values()):
        return None
    alike = [pair for pair, way in ways.items() if way]
    if not alike and model is not None:
        alike = [pair for pair in pairs[:MOST_OF_EACH] if says_the_same(*pair, evidence, model)]
    if not alike:
        return None
    text = accord_words(claim.topic or WHOLE, *alike[0], evidence)
    return replace(claim, text=text, pointers=(alike[0][0].label, alike[0][1].label), relation="agree")


def accord_words(topic: str, guideline: EvidenceSentence, study: EvidenceSentence, evidence: Evidence) -> str:
    """The fixed words for two sentences in accord, with the years of their sources and the strength that is stated."""
    years = [evidence.sources[one.source_id].year for one in (guideline, study)]
    return accord_text(topic, years[0], _STRENGTH.get(strength_rank(guideline.text)), years[1])


def points_alike(advised: str, found: str) -> bool | None:
    """Whether what a guideline advises and what a study found point the same way about a drug that both name; None
    where that cannot be told."""
    if _EARLIER.search(advised) or _EXCEPTED.search(advised):
        return None
    treatments = _treatments(advised, found)
    ways = {
        way for advice in advice_of(advised) for effect in effects(found) for way in _ways(advice, effect, treatments)
    }
    return next(iter(ways)) if len(ways) == 1 else False if ways else None


def _ways(advice: Advice, effect: Effect, treatments: frozenset[str]) -> Iterator[bool]:
    good, named = effect.good, advice.about & treatments
    shared, beside = named & (effect.about - effect.reference), named & effect.reference
    if good is None or bool(shared) == bool(beside):
        return
    way = -good if beside else good
    if advice.sign > 0 and way:
        yield way > 0
    elif advice.sign < 0:
        yield way <= 0


def _treatments(*texts: str) -> frozenset[str]:
    """The stems of the drugs and other treatments that all of some texts name."""
    named = [
        {canonical(word) for word in words(text.lower()) if is_drug(word) or _TREATMENT.fullmatch(word)}
        for text in texts
    ]
    return frozenset(set.intersection(*named))


def says_the_same(left: EvidenceSentence, right: EvidenceSentence, evidence: Evidence, model: EntailmentModel) -> bool:
    """Whether each of two sentences supports the other, as the model reads them, and no rule objects."""
    ways = ((left, right), (right, left))
    if any(objection_to_words(said.text, [by.text]) for by, said in ways):
        return False
    readings = read_support([(said.text, passage_texts([by], evidence)) for by, said in ways], model)
    return all(one.supports >= ACCORD_THRESHOLD > one.refutes for one in readings)
