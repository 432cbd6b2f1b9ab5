"""The fitted regressions of answerability, as they ship: plain numbers in `answerability.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from rag.composition.features import FIRST_FEATURES, QUESTION_FEATURES, SENTENCE_FEATURES, Floats

FILE = "answerability.json"
SCHEMA = "sourcebound.answerability/2"


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
