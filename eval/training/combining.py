"""Fits the combiner: how much the model's reading and each rule count, on labelled pairs the model had not seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from eval.training.examples import Example
from rag.models.base import RELATIONS, Probabilities
from rag.verification.combination import COMBINER, FEATURES, SCHEMA, Combiner, features

_INVERSE_REGULARISATION = 1.0


def fitted(examples: Sequence[Example], read: Probabilities, alignment: Probabilities, version: str) -> Combiner:
    """The combiner that explains the labels of these examples best, given what the model itself reads in them."""
    measured = features([(one.passage, one.claim) for one in examples], read, alignment)
    labels = [RELATIONS.index(next(iter(one.allowed))) for one in examples]
    spread = measured.std(axis=0) + 1e-9
    # Balanced: how often claims are true is another matter in every use.
    model = LogisticRegression(C=_INVERSE_REGULARISATION, class_weight="balanced", max_iter=2000)
    model.fit(measured / spread, labels)
    return Combiner(np.asarray(model.coef_) / spread, np.asarray(model.intercept_), version)


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
