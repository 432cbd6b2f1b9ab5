"""What the entailment model says and what rules see beside it, weighed together into one probability of support.

A multinomial logistic regression over a handful of named features, fitted by `eval.training` on pairs that the model
had not seen; its weights are a readable file of the model's folder. It decides no verdict.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import EntailmentError
from rag.models.base import Probabilities
from rag.models.certainty import predict_rest
from rag.text import terms

RULES = "rules/4"
"""Version of the deterministic rules: what they find decides verdicts, and the combiner's features."""
COMBINER = "combiner.json"
SCHEMA = "sourcebound.combiner/1"
FEATURES = (
    "log-odds of support",
    "log-odds of refutation",
    "mean alignment of the claim's content words",
    "least alignment of the claim's content words",
    "share of the claim's terms in the evidence",
    "names a drug or disease that the evidence does not",
    "figure fault",
    "negation or direction fault",
    "overstatement or population fault",
)
_MOST_LOG_ODDS = 8.0
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9“\"(])")


class Reader(Protocol):
    """An entailment model that can be asked past the certain cases."""

    name: str
    fingerprint: str

    def read_aligned(self, pairs: Sequence[tuple[str, str]]) -> tuple[Probabilities, Probabilities]:
        """Its probabilities of shape (n, 3), and the mean and least alignment of the claims' content words, (n, 2)."""


def _log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    kept = np.clip(probability, 1e-9, 1 - 1e-9)
    return np.asarray(np.clip(np.log(kept) - np.log1p(-kept), -_MOST_LOG_ODDS, _MOST_LOG_ODDS))


def rule_features(passage: str, claim: str) -> list[float]:
    """What rules see: the share of the claim's terms that the evidence has, and what they find, each 0 or 1."""
    # Loaded when first asked, as the objections are.
    from rag.naming import unnamed
    from rag.verification.figures import figure_fault
    from rag.verification.polarity_check import polarity_fault

    sentences = _SENTENCE.split(passage)
    wanted = set(terms(claim))
    share = len(wanted & set(terms(passage))) / len(wanted) if wanted else 0.0
    polarity = polarity_fault(claim, sentences)
    turned = polarity is not None and polarity.kind in ("negation", "direction", "edit")
    beyond = polarity is not None and not turned
    foreign = float(bool(unnamed(claim, sentences)))
    return [share, foreign, float(figure_fault(claim, sentences) is not None), float(turned), float(beyond)]


def features(pairs: Sequence[tuple[str, str]], read: Probabilities, alignment: Probabilities) -> NDArray[np.float64]:
    """The features of each pair, of shape (len(pairs), len(FEATURES)), from what the model itself reads."""
    rules = np.array([rule_features(*pair) for pair in pairs], np.float64).reshape(len(pairs), -1)
    exact = read.astype(np.float64)
    return np.column_stack([_log_odds(exact[:, 0]), _log_odds(exact[:, 2]), alignment, rules])


@dataclass(frozen=True, slots=True)
class Combiner:
    """Weights of shape (3, features) and biases of shape (3,): scores in the order of `RELATIONS`."""

    weights: NDArray[np.float64]
    biases: NDArray[np.float64]
    version: str

    def probabilities(self, measured: NDArray[np.float64]) -> Probabilities:
        """Probabilities of shape (pairs, 3) from features of shape (pairs, features)."""
        scores = measured @ self.weights.T + self.biases
        powers = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def read_combiner(folder: Path) -> Combiner:
    """The combiner of a model's folder.

    Raises:
        EntailmentError: its file is missing, damaged, or made for other features.
    """
    path = folder / COMBINER
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["schema"] != SCHEMA or tuple(found["features"]) != FEATURES:
            raise ValueError(f"it is not of the schema {SCHEMA} with the features of this version")
        weights, biases = (np.array(found[name], np.float64) for name in ("weights", "biases"))
        if weights.shape != (3, len(FEATURES)) or biases.shape != (3,):
            raise ValueError(f"weights of shape {weights.shape}, biases of shape {biases.shape}")
    except Exception as error:
        mend = "install the program again, or ask with --verifier lexical"
        raise EntailmentError(
            "the combiner of the verifier cannot be read", value=f"{path}: {error}", mend=mend
        ) from error
    return Combiner(weights, biases, str(found["version"]))


class CombinedEntailment:
    """The entailment model that ships: a network's reading weighed with what the rules see."""

    def __init__(self, network: Reader, combiner: Combiner) -> None:
        self._network = network
        self._combiner = combiner
        self.name = f"{network.name} + combiner/{combiner.version}"
        self.fingerprint = f"{network.fingerprint}/{combiner.version}/{RULES}"

    def predict(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        """Probabilities of shape (len(pairs), 3), float32, in the order of `RELATIONS`.

        A claim that stands verbatim in its passage is supported, one without a passage neutral, with certainty.
        """
        return predict_rest(pairs, self.read)

    def read(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        """What the model makes of each pair, verbatim and empty ones too; shape and order as of `predict`."""
        if not pairs:
            return np.zeros((0, 3), np.float32)
        return self._combiner.probabilities(features(pairs, *self._network.read_aligned(pairs)))
