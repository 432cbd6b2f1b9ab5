"""Whether a sentence answers a question, and whether any does: logistic regressions over readable features.

The first tells by words and vectors alone which sentences are worth reading. Those the relevance model reads beside the
question; the second weighs what it reads with the rest; the third says whether any sentence answers. All are fitted by
`eval.answerability` on question sets whose sentences are labelled. They find; they never count as support: what is
chosen is verified like anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.composition.admission import may_answer
from rag.composition.asked import Asked, asked_of
from rag.composition.features import Floats, first_features, question_features, with_reading
from rag.composition.regressions import shipped
from rag.composition.relevance import Candidate
from rag.evidence import Evidence
from rag.models.base import RelevanceModel
from rag.question import Question
from rag.types import KINDS, Kind

MOST_READ = 10
"""Sentences of each kind that are read beside a question: the rest would cost time and change little."""
_MOST_UNKNOWN = 0.12
"""Weight of a word that no sentence has from which on a question turns on it: it is refused, whatever is near."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Of each candidate the probability that it answers, 0 where it may not; and of the question that any does."""

    probabilities: Floats
    answerable: float


def assess(pool: Sequence[Candidate], question: Question, evidence: Evidence, reader: RelevanceModel) -> Assessment:
    """Judge all candidates of a question together.

    Args:
        pool: what was found.
        question: what was asked.
        evidence: where it was found.
        reader: reads sentences beside the question.

    Raises:
        EntailmentError: the reader cannot be run.
    """
    model, asked = shipped(), asked_of(question, evidence)
    if not pool:
        return Assessment(np.zeros(0), 0.0)
    first = first_features(pool, asked)
    allowed = np.array([may_answer(candidate, asked) for candidate in pool])
    places = worth_reading(model.first.probabilities(first) * allowed, [one.sentence.kind for one in pool])
    features = with_reading(first, reading(pool, asked, places, reader))
    found = model.sentence.probabilities(features) * allowed
    if not allowed.any() or asked.unknown >= _MOST_UNKNOWN:
        return Assessment(found, 0.0)
    whole = question_features(features, found, asked)
    return Assessment(found, float(model.question.probabilities(whole[None])[0]))


def worth_reading(probabilities: Floats, kinds: Sequence[Kind]) -> list[int]:
    """The places of the sentences that are read, best first: of each kind those with the greatest probabilities by the
    first regression, if they may answer at all."""
    order = [int(place) for place in np.argsort(-probabilities, kind="stable") if probabilities[place] > 0]
    chosen = {place for kind in KINDS for place in [one for one in order if kinds[one] == kind][:MOST_READ]}
    return [place for place in order if place in chosen]


def reading(pool: Sequence[Candidate], asked: Asked, places: Sequence[int], reader: RelevanceModel) -> dict[int, float]:
    """The probability that the candidates at these places answer, as a reader has it."""
    pairs = [(asked.shown(candidate), asked.question.text) for candidate in map(pool.__getitem__, places)]
    return dict(zip(places, map(float, reader.relevance(pairs)), strict=True))


def is_answerable(assessment: Assessment) -> bool:
    """Whether an answer should be given."""
    return assessment.answerable >= shipped().threshold
