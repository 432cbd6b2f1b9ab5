"""Whether a sentence answers a question, and whether any does: logistic regressions over readable features.

The first tells by words and vectors alone which sentences are worth reading. Those the relevance model reads beside the
question; the second weighs what it reads with the rest; the third says whether any sentence answers. All are fitted by
`eval.answerability` on question sets whose sentences are labelled, and lie in `answerability.json` as plain numbers.
They find; they never count as support: what is chosen is verified like anything else.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.composition.ranking import ABOUT_THE_SOURCE
from rag.composition.reading import under_title
from rag.composition.relevance import Candidate
from rag.evidence import Evidence
from rag.models.base import RelevanceModel
from rag.polarity.patients import of_others
from rag.question import Question
from rag.text import exclusive_terms, wide_terms
from rag.types import KINDS, Kind

FILE = "answerability.json"
SCHEMA = "sourcebound.answerability/2"
FIRST_FEATURES = (
    "cosine with the question",
    "cosine below the best sentence's",
    "share of the question's terms in the sentence",
    "share of the question's terms in the sentence, its heading or its source's title",
    "share of the sentence's terms in the question",
    "reciprocal rank of its passage",
    "weight of the weightiest word that the sentence lacks",
    "weight of the weightiest word that sentence, heading and title lack",
    "share of the words' weight that the sentence lacks",
    "share of the words' weight that sentence, heading and title lack",
    "share of the named conditions that the sentence lacks",
    "share of the named conditions that sentence, heading and title lack",
    "is about how its source was made",
    "says how large an effect was",
    "recommends",
    "has a figure where one is asked for",
    "logarithm of the number of the question's terms",
    "that logarithm times the share of terms in the sentence",
    "weight of the weightiest word that no sentence of the index has",
    "cosine with the nearest clause",
    "that cosine below the best sentence's",
)
SENTENCE_FEATURES = (
    *FIRST_FEATURES,
    "log-odds that it answers, as it is read",
    "those log-odds below the best sentence's",
)
QUESTION_FEATURES = (
    "log-odds of the best sentence",
    "mean log-odds of the best three",
    "highest cosine of the best three",
    "least weight of a lacking word among the best three",
    "least lack of words and conditions among the best three",
    "lack of words and conditions of the best sentence",
    "weight of the weightiest word that no sentence of the index has",
    "logarithm of the number of the question's terms",
    "highest share of terms in sentence, heading or title among the best three",
    "highest cosine with a clause among the best three",
    "highest log-odds as read",
    "mean of the three highest log-odds as read",
    "log-odds as read of the best sentence",
    "mean log-odds as read of the best three",
)
_EFFECT = re.compile(
    r"\b(?:(?:hazard|rate|risk|odds) ratio|relative risk|95% CI|confidence interval|outcome occurred)\b",
    re.IGNORECASE,
)
_RECOMMENDS = re.compile(
    r"\b(?:recommend\w*|advis\w+|offers?|should|suggests?|conditionally|prefers?|favou?rs?|appropriate|refer)\b",
    re.IGNORECASE,
)
_ASKS_A_FIGURE = re.compile(
    r"\b(?:dose|doses|how (?:much|many|long|often|sensitive|specific|common|big|high|low|far)|sens|spec|percentage"
    r"|target|rate|risk|numbers?|threshold|cut-?off)\b",
    re.IGNORECASE,
)
_READ = SENTENCE_FEATURES.index("log-odds that it answers, as it is read")
_LEAST = 1e-4
_BEST = 3
MOST_READ = 10
"""Sentences of each kind that are read beside a question: the rest would cost time and change little."""
UNREAD = -6.0
"""The log-odds of a sentence that was not read: no worse than of one that is far from the question."""
_FAR = 0.2
"""The cosine under which a sentence is far from the question and each of its clauses: 1 of 581 labelled answers is."""
_MOST_UNKNOWN = 0.12
"""Weight of a word that no sentence has from which on a question turns on it: it is refused, whatever is near."""
_STRICT = ("dose",)
"""Named terms that the sentence itself must have: a dose is asked for."""
_STRICT_IN_CONTEXT = ("child", "pregnanc")
"""Named terms that sentence, heading or title must have: adults' figures are not a child's."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Regression:
    """A logistic regression: weights and bias over features less their mean, divided by their spread."""

    mean: Floats
    spread: Floats
    weights: Floats
    bias: float

    def probabilities(self, features: Floats) -> Floats:
        """Of shape (n,) from features of shape (n, features)."""
        scores = (features - self.mean) / self.spread @ self.weights + self.bias
        found: Floats = 1.0 / (1.0 + np.exp(-scores))
        return found


@dataclass(frozen=True, slots=True)
class Answerability:
    """The regressions, and the least probability at which a question is called answerable."""

    first: Regression
    sentence: Regression
    question: Regression
    threshold: float


def _regression(described: Any, features: Sequence[str]) -> Regression:
    if tuple(described["features"]) != tuple(features):
        raise ValueError(f"{FILE} was made for other features")
    mean, spread, weights = (np.array(described[name], np.float64) for name in ("mean", "spread", "weights"))
    return Regression(mean, spread, weights, float(described["bias"]))


@lru_cache(maxsize=1)
def shipped() -> Answerability:
    """The fitted regressions that ship."""
    found = json.loads(files("rag.composition").joinpath(FILE).read_text(encoding="utf-8"))
    if found["schema"] != SCHEMA:
        raise ValueError(f"{FILE} is of the schema {found['schema']}, not {SCHEMA}")
    return Answerability(
        _regression(found["first"], FIRST_FEATURES),
        _regression(found["sentence"], SENTENCE_FEATURES),
        _regression(found["question"], QUESTION_FEATURES),
        float(found["threshold"]),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question brings to the comparison: its terms by weight, and its words by how much it turns on them."""

    question: Question
    evidence: Evidence
    weights: dict[str, float]

    @property
    def unknown(self) -> float:
        """The weight of the weightiest word that no sentence of the index has."""
        return max((word.weight for word in self.evidence.word_weights if not word.known), default=0.0)

    @property
    def length(self) -> float:
        """The logarithm of the number of its terms."""
        return math.log1p(len(self.weights))


def asked_of(question: Question, evidence: Evidence) -> Asked:
    """A question made ready to be compared with sentences."""
    weights: dict[str, float] = {}
    for found in evidence.found:
        if found.query.aspect in ("question", "option"):
            weights |= found.term_weights
    wanted = dict.fromkeys(wide_terms(question.text))
    return Asked(question, evidence, {term: weights.get(term, 1.0) for term in wanted})


def surroundings(candidate: Candidate, evidence: Evidence) -> str:
    """What a sentence stands under: its source's title, topics, issuer and year, and its heading."""
    source = evidence.sources[candidate.sentence.source_id]
    topics = " ".join(topic.replace("-", " ") for topic in source.topics)
    return f"{source.title} {candidate.sentence.heading} {topics} {source.organisation or ''} {source.year}"


def _lack(words: Sequence[Any], have: set[str]) -> tuple[float, float]:
    """Of the question's words that a text lacks: the weight of the weightiest, and their share of all weight."""
    lacking = [word.weight for word in words if not set(word.terms) & have]
    total = sum(max(0.0, word.weight) for word in words) or 1.0
    return max(lacking, default=0.0), sum(lacking) / total


def first_features(pool: Sequence[Candidate], asked: Asked) -> Floats:
    """Features of shape (candidates, features), in the order of `FIRST_FEATURES`."""
    evidence, weights = asked.evidence, asked.weights
    named, total = evidence.named_terms, sum(asked.weights.values()) or 1.0
    best = max((candidate.cosine for candidate in pool), default=0.0)
    nearest = max((candidate.clause_cosine for candidate in pool), default=0.0)
    wants_figure = bool(_ASKS_A_FIGURE.search(asked.question.text))
    rows = []
    for candidate in pool:
        text = candidate.sentence.text
        have = set(wide_terms(text))
        around = have | set(wide_terms(surroundings(candidate, evidence)))
        share = sum(weight for term, weight in weights.items() if term in have) / total
        lack, lack_share = _lack(evidence.word_weights, have)
        lack_around, lack_share_around = _lack(evidence.word_weights, around)
        rows.append(
            [
                candidate.cosine,
                candidate.cosine - best,
                share,
                sum(weight for term, weight in weights.items() if term in around) / total,
                len(have & weights.keys()) / max(1, len(have)),
                1.0 / candidate.rank,
                lack,
                lack_around,
                lack_share,
                lack_share_around,
                sum(term not in have for term in named) / max(1, len(named)),
                sum(term not in around for term in named) / max(1, len(named)),
                float(bool(ABOUT_THE_SOURCE.search(candidate.sentence.heading))),
                float(candidate.sentence.kind == "research" and bool(_EFFECT.search(text))),
                float(candidate.sentence.kind == "guideline" and bool(_RECOMMENDS.search(text))),
                float(wants_figure and any(character.isdigit() for character in text)),
                asked.length,
                asked.length * share,
                asked.unknown,
                candidate.clause_cosine,
                candidate.clause_cosine - nearest,
            ]
        )
    return np.array(rows, np.float64).reshape(-1, len(FIRST_FEATURES))


def worth_reading(probabilities: Floats, kinds: Sequence[Kind]) -> list[int]:
    """The places of the sentences that are read, best first: of each kind those with the greatest probabilities by the
    first regression, if they may answer at all."""
    order = [int(place) for place in np.argsort(-probabilities, kind="stable") if probabilities[place] > 0]
    chosen = {place for kind in KINDS for place in [one for one in order if kinds[one] == kind][:MOST_READ]}
    return [place for place in order if place in chosen]


def with_reading(features: Floats, read: Mapping[int, float]) -> Floats:
    """The features in the order of `SENTENCE_FEATURES`: the first ones, then what was read, as
    probabilities by place."""
    odds = np.full(len(features), UNREAD)
    for place, probability in read.items():
        odds[place] = max(UNREAD, _odds(probability))
    return np.column_stack([features, odds, odds - odds.max(initial=UNREAD)])


def _odds(probability: float) -> float:
    kept = min(max(probability, _LEAST), 1.0 - _LEAST)
    return math.log(kept / (1.0 - kept))


def question_features(features: Floats, probabilities: Floats, asked: Asked) -> Floats:
    """Features of shape (features,), in the order of `QUESTION_FEATURES`, of a question and its candidates."""
    if not len(features):
        return np.zeros(len(QUESTION_FEATURES))
    order = np.argsort(-probabilities, kind="stable")
    kept = np.clip(probabilities[order], _LEAST, 1 - _LEAST)
    odds = np.log(kept / (1 - kept))
    best = order[:_BEST]
    lack = features[:, 9] + features[:, 11]
    return np.array(
        [
            odds[0],
            odds[:_BEST].mean(),
            features[best, 0].max(),
            features[best, 7].min(),
            lack[best].min(),
            lack[order[0]],
            asked.unknown,
            asked.length,
            features[best, 3].max(),
            features[best, 19].max(),
            *_of_three(np.sort(features[:, _READ])[::-1]),
            *_of_three(features[order, _READ]),
        ]
    )


def _of_three(odds: Floats) -> tuple[float, float]:
    """The first of them, and the mean of the first three."""
    return float(odds[0]), float(odds[:_BEST].mean())


def may_answer(candidate: Candidate, asked: Asked) -> bool:
    """What a sentence must have to answer at all, whatever words it shares with the question.

    Some nearness in meaning; a dose where one is asked for; the child or the pregnancy; of a yes-or-no question about a
    treatment that treatment and the conditions; no other patients, and nothing that excludes what was asked.
    """
    if max(candidate.cosine, candidate.clause_cosine) < _FAR:
        return False
    have = set(wide_terms(candidate.sentence.text))
    around = have | set(wide_terms(surroundings(candidate, asked.evidence)))
    named = asked.evidence.named_terms
    if named and not around & set(named):
        return False
    if any(term in named and term not in have for term in _STRICT) or _lacks_the_dose(candidate, named):
        return False
    if any(term in named and term not in around for term in _STRICT_IN_CONTEXT):
        return False
    subject = set(wide_terms(asked.question.subject))
    if subject and not {*subject, *named} <= around:
        return False
    return not speaks_of_others(candidate, asked) and not is_of_another(set(wide_terms(asked.question.stem)), have)


def _lacks_the_dose(candidate: Candidate, named: Sequence[str]) -> bool:
    """Whether a dose is asked for, and a sentence only speaks of one ("low-dose"), without a figure."""
    return "dose" in named and not any(character.isdigit() for character in candidate.sentence.text)


def speaks_of_others(candidate: Candidate, asked: Asked) -> bool:
    """Whether a sentence is about other patients than the question: mild illness, asked of severe; another range of
    what was measured."""
    source = asked.evidence.sources[candidate.sentence.source_id]
    return of_others(asked.question.text, candidate.sentence.text, source.population or "") is not None


def is_of_another(asked: set[str], have: set[str]) -> bool:
    """Whether a sentence is only about what excludes what was asked: of the acute, asked of the chronic."""
    return any(left in asked - have and right in have - asked for left, right in exclusive_terms())


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


def reading(pool: Sequence[Candidate], asked: Asked, places: Sequence[int], reader: RelevanceModel) -> dict[int, float]:
    """The probability that the candidates at these places answer, as a reader has it."""
    pairs = [(read_as(candidate, asked.evidence), asked.question.text) for candidate in map(pool.__getitem__, places)]
    return dict(zip(places, map(float, reader.relevance(pairs)), strict=True))


def read_as(candidate: Candidate, evidence: Evidence) -> str:
    """A candidate as it is shown to a reader: under the title of its source."""
    return under_title(evidence.sources[candidate.sentence.source_id].title, candidate.sentence.text)


def is_answerable(assessment: Assessment) -> bool:
    """Whether an answer should be given."""
    return assessment.answerable >= shipped().threshold
