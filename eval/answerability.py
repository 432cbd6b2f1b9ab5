"""`python -m eval.answerability`: fits what tells whether a sentence answers a question, and whether any does.

What the relevance model reads is a feature. Of the questions that it was trained on, what networks read that had not
seen them is taken (`--readings`, written by `eval.training.relevance`); of the others, what the shipped one reads.

Sentences are labelled by the nuggets they are tied to (suite `starter`), or by being of an expected source and having
an expected phrase (the older suites, where a source without phrases says nothing of its sentences). Questions are
labelled by what is expected of them. The half of `starter` whose ids begin with `b-` is never looked at: what is
reported of it is unseen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from eval.datasets import DatasetError, Item, load_suite
from rag.composition.admission import may_answer
from rag.composition.answerability import worth_reading
from rag.composition.asked import Asked, asked_of
from rag.composition.features import (
    FIRST_FEATURES,
    QUESTION_FEATURES,
    SENTENCE_FEATURES,
    Floats,
    first_features,
    question_features,
    with_reading,
)
from rag.composition.regressions import FILE, SCHEMA, Regression
from rag.composition.relevance import Candidate, pooled
from rag.config import load_settings
from rag.console import progress_shown, run, say
from rag.factory import ready_pipeline
from rag.models.base import RelevanceModel
from rag.models.onnx_relevance import OnnxRelevance
from rag.pipeline import AnswerPipeline
from rag.question import parse_question
from rag.types import Kind

SUITES = ("first", "wording", "bedside", "conditions", "practice", "starter")
UNSEEN = "b-"
READINGS = Path("runs/relevance/readings.jsonl")
_PLACE = Path(__file__).resolve().parent.parent / "rag" / "composition" / FILE
_INVERSE_REGULARISATION = 0.3
_VITAL_COUNTS = 1.5
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question with its n candidates: their kinds, first features (n, features), which may answer (1 or 0), labels
    (2: vital, 1, 0; -1: unknown), and the probabilities that they answer, as they are read."""

    item: Item
    asked: Asked
    kinds: list[Kind]
    first: Floats
    allowed: Floats
    labels: Floats
    read: Floats

    @property
    def is_answerable(self) -> bool:
        """Whether an answer is expected."""
        return self.item.expect == "answer"


def label_of(item: Item, candidate: Candidate) -> int:
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


Readings = Mapping[str, Mapping[str, float]]
"""Probabilities by question id and by the sentence under its title."""


def candidates_of(item: Item, pipeline: AnswerPipeline) -> tuple[Asked, list[Candidate]]:
    """What is found for a question of a suite."""
    question = parse_question(item.question, max_chars=len(item.question))
    evidence = pipeline.search.gather(question.stem, question.queries())
    return asked_of(question, evidence), pooled(evidence)


def labelled(item: Item, pipeline: AnswerPipeline, readings: Readings, reader: RelevanceModel) -> Labelled:
    """A question of a suite with what was found for it, and what is read in that."""
    asked, pool = candidates_of(item, pipeline)
    shown = [asked.shown(one) for one in pool]
    known = readings.get(item.question_id)
    read = [known[one] for one in shown] if known else reader.relevance([(one, item.question) for one in shown])
    return Labelled(
        item,
        asked,
        [one.sentence.kind for one in pool],
        first_features(pool, asked),
        np.array([may_answer(one, asked) for one in pool], np.float64),
        np.array([label_of(item, one) for one in pool], np.float64),
        np.array(read, np.float64),
    )


def read_readings(path: Path) -> Readings:
    """The readings of a file of lines with `question_id`, `sentence` and `probability`.

    Raises:
        DatasetError: it is not there.
    """
    if not path.is_file():
        raise DatasetError("there are no readings", value=path, mend="run python -m eval.training.relevance first")
    found: dict[str, dict[str, float]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row["question_id"], {})[row["sentence"]] = row["probability"]
    return found


def _fitted(features: Floats, labels: Floats, weights: Floats | None, *, balanced: bool) -> Regression:
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    model = LogisticRegression(
        C=_INVERSE_REGULARISATION, max_iter=4000, class_weight="balanced" if balanced else None
    ).fit((features - mean) / spread, labels, sample_weight=weights)
    return Regression(mean, spread, np.asarray(model.coef_)[0], float(model.intercept_[0]))


@dataclass(frozen=True, slots=True)
class Fitted:
    """The three regressions."""

    first: Regression
    sentence: Regression
    question: Regression

    def features(self, one: Labelled) -> Floats:
        """The features of a question's candidates, those that are worth it read."""
        places = worth_reading(self.first.probabilities(one.first) * one.allowed, one.kinds)
        return with_reading(one.first, {place: float(one.read[place]) for place in places})

    def whole(self, one: Labelled) -> Floats:
        """The features of the question."""
        if not len(one.labels):
            return question_features(np.zeros((0, len(SENTENCE_FEATURES))), np.zeros(0), one.asked)
        features = self.features(one)
        return question_features(features, self.sentence.probabilities(features) * one.allowed, one.asked)


def fit(questions: Sequence[Labelled]) -> Fitted:
    """The first regression of sentences, over it that of sentences read, and over it that of questions."""
    kept = [one for one in questions if len(one.labels)]
    labels = np.concatenate([one.labels[one.labels >= 0] for one in kept])
    weights = np.where(labels == 2, _VITAL_COUNTS, 1.0)
    truth = (labels > 0).astype(np.float64)
    first = _fitted(np.concatenate([one.first[one.labels >= 0] for one in kept]), truth, weights, balanced=False)
    found = Fitted(first, first, first)
    features = np.concatenate([found.features(one)[one.labels >= 0] for one in kept])
    found = replace(found, sentence=_fitted(features, truth, weights, balanced=False))
    wholes = np.array([found.whole(one) for one in questions])
    answerable = np.array([one.is_answerable for one in questions], np.float64)
    return replace(found, question=_fitted(wholes, answerable, None, balanced=True))


def _probabilities(questions: Sequence[Labelled], models: Fitted) -> Floats:
    wholes = np.array([models.whole(one) for one in questions])
    found: Floats = models.question.probabilities(wholes) * np.array([one.allowed.any() for one in questions])
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
@click.option("--threshold", default=0.4, show_default=True, help="Least probability at which a question is answered.")
@click.option("--readings", type=click.Path(path_type=Path), default=READINGS, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=_PLACE, help="Where the regressions go.")
def answerability(threshold: float, readings: Path, out: Path) -> None:
    """Fit the regressions on the suites and write them; reports what they do on questions they have not seen."""
    with progress_shown() as progress:
        pipeline = ready_pipeline(load_settings(), say, progress)
        items = [item for suite in SUITES for item in load_suite(suite)]
        known, reader = read_readings(readings), OnnxRelevance()
        found = []
        for number, item in enumerate(items, start=1):
            found.append(labelled(item, pipeline, known, reader))
            progress("questions", number, len(items))
    seen = [one for one in found if not one.item.question_id.startswith(UNSEEN)]
    unseen = [one for one in found if one.item.question_id.startswith(UNSEEN)]
    models = fit(seen)
    _report("cross-fitted", seen, _cross_fitted(seen), threshold)
    _report("unseen half of starter", unseen, _probabilities(unseen, models), threshold)
    described = {
        "schema": SCHEMA,
        "threshold": threshold,
        "first": _described(models.first, FIRST_FEATURES),
        "sentence": _described(models.sentence, SENTENCE_FEATURES),
        "question": _described(models.question, QUESTION_FEATURES),
    }
    out.write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    import sys

    run(answerability, sys.argv[1:])
