"""The features of sentences and of questions that answerability weighs: each can be read, and has a name."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.composition.asked import Asked, surroundings
from rag.composition.ranking import ABOUT_THE_SOURCE
from rag.composition.relevance import Candidate

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
UNREAD = -6.0
"""The log-odds of a sentence that was not read: no worse than of one that is far from the question."""

Floats = NDArray[np.float64]


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
        kind = candidate.sentence.kind
        have = asked.drugs.terms_of(text, kind)
        around = have | asked.drugs.terms_of(surroundings(candidate, evidence), kind)
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
