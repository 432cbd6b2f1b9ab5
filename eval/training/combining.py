"""Fits the combiner: how much the model's reading and each rule count, on labelled pairs the model had not seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from eval.training.examples import Example
from rag.models.base import RELATIONS, Probabilities
from rag.models.onnx_entailment import OnnxEntailment
from rag.verification.combination import COMBINER, FEATURES, SCHEMA, Combiner, features

_INVERSE_REGULARISATION = 1.0


@dataclass(frozen=True, slots=True)
class Part:
    """Examples with one label each, what the network reads in them, and how much they count together."""

    examples: Sequence[Example]
    read: Probabilities
    alignment: Probabilities
    weight: float = 1.0


def read_parts(network: OnnxEntailment, weighed: Sequence[tuple[float, Sequence[Example]]]) -> list[Part]:
    """Parts of examples, each with its weight, as the network reads them."""
    return [
        Part(examples, *network.read_aligned([(one.passage, one.claim) for one in examples]), weight)
        for weight, examples in weighed
    ]


def fitted(parts: Sequence[Part], version: str) -> Combiner:
    """The combiner that explains the labels of these examples best, given what the network reads in them.

    Each part counts by its weight, however many its examples. Of one kind alone a combiner learns how that kind was
    made: where what is not said comes with whole abstracts, it would take many shared words for a sign against support.
    """
    measured = np.concatenate(
        [features([(one.passage, one.claim) for one in part.examples], part.read, part.alignment) for part in parts]
    )
    labels = [RELATIONS.index(next(iter(one.allowed))) for part in parts for one in part.examples]
    counts = np.concatenate([np.full(len(part.examples), part.weight / len(part.examples)) for part in parts])
    # Brought to one scale about their means; a feature that never varies keeps its own.
    scaler = StandardScaler().fit(measured)
    # Balanced: how often claims are true is another matter in every use.
    model = LogisticRegression(C=_INVERSE_REGULARISATION, class_weight="balanced", max_iter=4000)
    model.fit(scaler.transform(measured), labels, sample_weight=counts * len(labels) / counts.sum())
    weights = np.asarray(model.coef_) / scaler.scale_
    return Combiner(weights, np.asarray(model.intercept_) - weights @ scaler.mean_, version)


def write_combiner(combiner: Combiner, folder: Path) -> None:
    """Write it as a readable file into a model's folder."""
    described = {
        "schema": SCHEMA,
        "version": combiner.version,
        "relations": list(RELATIONS),
        "features": list(FEATURES),
        "weights": np.round(combiner.weights, 4).tolist(),
        "biases": np.round(combiner.biases, 4).tolist(),
    }
    (folder / COMBINER).write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
