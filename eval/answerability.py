"""`python -m eval.answerability`: fits what tells whether a sentence answers a question, and whether any does.

Sentences are labelled by the nuggets they are tied to (suite `starter`), or by being of an expected source and having
an expected phrase (the older suites, where a source without phrases says nothing of its sentences). Questions are
labelled by what is expected of them. The half of `starter` whose ids begin with `b-` is never looked at: what is
reported of it is unseen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from eval.datasets import Item, load_suite
from rag.composition.answerability import (
    FILE,
    QUESTION_FEATURES,
    SCHEMA,
    SENTENCE_FEATURES,
    Asked,
    Floats,
    Regression,
    asked_of,
    may_answer,
    question_features,
    sentence_features,
)
from rag.composition.relevance import Candidate, pooled
from rag.config import load_settings
from rag.console import progress_shown, run, say
from rag.factory import ready_pipeline
from rag.pipeline import AnswerPipeline
from rag.question import parse_question

SUITES = ("first", "wording", "bedside", "conditions", "practice", "starter")
UNSEEN = "b-"
_PLACE = Path(__file__).resolve().parent.parent / "rag" / "composition" / FILE
_INVERSE_REGULARISATION = 0.3
_VITAL_COUNTS = 1.5
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question with its n candidates: features (n, features), which may answer (1 or 0), and labels (2: vital, 1, 0;
    -1: unknown)."""

    item: Item
    asked: Asked
    features: Floats
    allowed: Floats
    labels: Floats

    @property
    def is_answerable(self) -> bool:
        """Whether an answer is expected."""
        return self.item.expect == "answer"


def _label(item: Item, candidate: Candidate) -> int:
    sentence, said = candidate.sentence, " ".join(candidate.sentence.text.split())
    if item.nuggets:
        tied = [
            2 if nugget.importance == "vital" else 1
            for nugget in item.nuggets
            for one in nugget.sentences
            if (one.source_id, " ".join(one.quote.split())) == (sentence.source_id, said)
        ]
        return max(tied, default=0)
    if item.expect != "answer" or sentence.source_id not in item.sources:
        return 0
    if not item.phrases:
        return -1
    return int(any(re.search(phrase, sentence.text, re.IGNORECASE) for phrase in item.phrases))


def labelled(item: Item, pipeline: AnswerPipeline) -> Labelled:
    """A question of a suite with what was found for it."""
    question = parse_question(item.question, max_chars=len(item.question))
    evidence = pipeline.search.gather(question.stem, question.queries())
    pool, asked = pooled(evidence), asked_of(question, evidence)
    return Labelled(
        item,
        asked,
        sentence_features(pool, asked),
        np.array([may_answer(one, asked) for one in pool], np.float64),
        np.array([_label(item, one) for one in pool], np.float64),
    )


def _fitted(features: Floats, labels: Floats, weights: Floats | None, *, balanced: bool) -> Regression:
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    model = LogisticRegression(
        C=_INVERSE_REGULARISATION, max_iter=4000, class_weight="balanced" if balanced else None
    ).fit((features - mean) / spread, labels, sample_weight=weights)
    return Regression(mean, spread, np.asarray(model.coef_)[0], float(model.intercept_[0]))


def fit(questions: Sequence[Labelled]) -> tuple[Regression, Regression]:
    """The regression of sentences, and over it that of questions."""
    kept = [one for one in questions if len(one.labels)]
    features = np.concatenate([one.features[one.labels >= 0] for one in kept])
    labels = np.concatenate([one.labels[one.labels >= 0] for one in kept])
    sentence = _fitted(
        features, (labels > 0).astype(np.float64), np.where(labels == 2, _VITAL_COUNTS, 1.0), balanced=False
    )
    wholes = np.array([_whole(one, sentence) for one in questions])
    question = _fitted(wholes, np.array([one.is_answerable for one in questions], np.float64), None, balanced=True)
    return sentence, question


def _whole(one: Labelled, sentence: Regression) -> Floats:
    found = sentence.probabilities(one.features) * one.allowed if len(one.labels) else np.zeros(0)
    return question_features(one.features, found, one.asked)


def _probabilities(questions: Sequence[Labelled], models: tuple[Regression, Regression]) -> Floats:
    wholes = np.array([_whole(one, models[0]) for one in questions])
    found: Floats = models[1].probabilities(wholes) * np.array([one.allowed.any() for one in questions])
    return found


def _cross_fitted(questions: Sequence[Labelled]) -> Floats:
    """The probability of each question by regressions that have not seen it."""
    truth = np.array([one.is_answerable for one in questions])
    found = np.zeros(len(questions))
    for train, test in StratifiedKFold(_FOLDS, shuffle=True, random_state=0).split(truth, truth):
        models = fit([questions[place] for place in train])
        found[test] = _probabilities([questions[place] for place in test], models)
    return found


def _report(name: str, questions: Sequence[Labelled], found: Floats, threshold: float) -> None:
    truth = np.array([one.is_answerable for one in questions])
    say(
        f"{name}: {len(questions)} questions, AUROC {roc_auc_score(truth, found):.3f}; at {threshold:g} "
        f"{(found[truth] >= threshold).mean():.3f} of {truth.sum()} answerable ones answered, "
        f"{(found[~truth] < threshold).mean():.3f} of {(~truth).sum()} others refused"
    )


def _described(model: Regression, features: Sequence[str]) -> dict[str, Any]:
    return {
        "features": list(features),
        "mean": np.round(model.mean, 5).tolist(),
        "spread": np.round(model.spread, 5).tolist(),
        "weights": np.round(model.weights, 4).tolist(),
        "bias": round(model.bias, 4),
    }


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--threshold", default=0.5, show_default=True, help="Least probability at which a question is answered.")
@click.option("--out", type=click.Path(path_type=Path), default=_PLACE, help="Where the regressions go.")
def answerability(threshold: float, out: Path) -> None:
    """Fit both regressions on the suites and write them; reports what they do on questions they have not seen."""
    with progress_shown() as progress:
        pipeline = ready_pipeline(load_settings(), say, progress)
        items = [item for suite in SUITES for item in load_suite(suite)]
        found = []
        for number, item in enumerate(items, start=1):
            found.append(labelled(item, pipeline))
            progress("questions", number, len(items))
    seen = [one for one in found if not one.item.question_id.startswith(UNSEEN)]
    unseen = [one for one in found if one.item.question_id.startswith(UNSEEN)]
    models = fit(seen)
    _report("cross-fitted", seen, _cross_fitted(seen), threshold)
    _report("unseen half of starter", unseen, _probabilities(unseen, models), threshold)
    described = {
        "schema": SCHEMA,
        "threshold": threshold,
        "sentence": _described(models[0], SENTENCE_FEATURES),
        "question": _described(models[1], QUESTION_FEATURES),
    }
    out.write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    import sys

    run(answerability, sys.argv[1:])
