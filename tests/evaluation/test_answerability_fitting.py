"""The fit of what tells whether a sentence answers: it finds what informs, and never sees the unseen half."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from eval import answerability as fitting
from eval.answerability import (
    SUITES,
    UNSEEN,
    Fitted,
    Labelled,
    answerability,
    candidates_of,
    fit,
    labelled,
    read_readings,
)
from eval.datasets import DatasetError, Item, load_suite
from rag.composition.asked import Asked, asked_of
from rag.composition.features import FIRST_FEATURES, QUESTION_FEATURES, SENTENCE_FEATURES
from rag.evidence import Evidence
from rag.pipeline import AnswerPipeline
from rag.question import parse_question
from rag.types import Kind
from tests.readers import SharedWords

INFORMATIVE = SENTENCE_FEATURES.index("share of the question's terms in the sentence")
MISLEADING = SENTENCE_FEATURES.index("weight of the weightiest word that the sentence lacks")


def scripted(question_id: str, number: int, *, answerable: bool) -> Labelled:
    """Eight candidates; where there is an answer, the first two give it: high in the one feature, low in the other."""
    rng = np.random.default_rng(number)
    features = rng.normal(0.0, 0.1, (8, len(FIRST_FEATURES)))
    labels, read = np.zeros(8), np.full(8, 0.5)
    if answerable:
        labels[:2] = (2, 1)
        features[:2, INFORMATIVE] += 1.0
        features[:2, MISLEADING] -= 1.0
    kinds: list[Kind] = ["guideline"] * 8
    return Labelled(item(question_id, answerable=answerable), asked(), kinds, features, np.ones(8), labels, read)


def item(question_id: str, *, answerable: bool) -> Item:
    return Item(question_id=question_id, question="What helps?", expect="answer" if answerable else "abstention")


def asked() -> Asked:
    return asked_of(parse_question("What helps gout?", max_chars=99), Evidence((), {}, (), {}))


def test_the_fit_finds_what_informs_and_which_way() -> None:
    found = fit([scripted(f"q{number}", number, answerable=number % 2 == 0) for number in range(40)])
    for regression in (found.first, found.sentence):
        others = np.delete(np.abs(regression.weights), [INFORMATIVE, MISLEADING])
        assert regression.weights[INFORMATIVE] > others.max()
        assert regression.weights[MISLEADING] < -others.max()
    assert found.question.weights[QUESTION_FEATURES.index("log-odds of the best sentence")] > 0
    told = found.sentence.probabilities(found.features(scripted("new", 99, answerable=True)))
    assert told[:2].min() > 0.5 > told[2:].max()


def test_what_was_read_counts_where_nothing_else_informs() -> None:
    questions = []
    for number in range(40):
        blank = scripted(f"q{number}", number, answerable=False)
        labels, read = np.zeros(8), np.full(8, 0.1)
        labels[number % 8], read[number % 8] = 2, 0.9
        questions.append(replace(blank, item=item(f"q{number}", answerable=True), labels=labels, read=read))
    silent = [scripted(f"s{number}", 100 + number, answerable=False) for number in range(20)]
    found = fit([*questions, *(replace(one, read=np.full(8, 0.1)) for one in silent)])
    reading = SENTENCE_FEATURES.index("log-odds that it answers, as it is read")
    assert found.sentence.weights[reading] > 0
    assert found.question.weights[QUESTION_FEATURES.index("highest log-odds as read")] > 0


def test_a_sentence_whose_label_is_unknown_teaches_nothing() -> None:
    known = [scripted(f"q{number}", number, answerable=number % 2 == 0) for number in range(40)]
    rng = np.random.default_rng(7)
    unknown = Labelled(
        item("u", answerable=True),
        asked(),
        ["guideline"] * 50,
        rng.normal(5.0, 3.0, (50, len(FIRST_FEATURES))),
        np.ones(50),
        np.full(50, -1.0),
        np.full(50, 0.5),
    )
    with_it, without_it = fit([*known, unknown]), fit(known)
    for one, other in ((with_it.first, without_it.first), (with_it.sentence, without_it.sentence)):
        assert one.weights == pytest.approx(other.weights)
        assert one.mean == pytest.approx(other.mean)


def test_the_unseen_half_is_never_in_the_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [f"{half}-{number}" for half in ("a", "b") for number in range(20)]
    fitted: list[set[str]] = []

    def recorded(questions: Sequence[Labelled]) -> Fitted:
        fitted.append({one.item.question_id for one in questions})
        return fit(questions)

    def suite(name: str) -> list[Item]:
        chosen = ids if name == "starter" else []
        return [item(one, answerable=int(one[2:]) % 2 == 0) for one in chosen]

    def found(one: Item, *_: Any) -> Labelled:
        return scripted(one.question_id, ids.index(one.question_id), answerable=one.expect == "answer")

    monkeypatch.setattr(fitting, "load_suite", suite)
    monkeypatch.setattr(fitting, "labelled", found)
    monkeypatch.setattr(fitting, "ready_pipeline", lambda *_: None)
    monkeypatch.setattr(fitting, "read_readings", lambda _: {})
    monkeypatch.setattr(fitting, "fit", recorded)
    out = tmp_path / "regressions.json"
    done = CliRunner().invoke(answerability, ["--threshold", "0.7", "--out", str(out)], catch_exceptions=False)
    assert done.exit_code == 0
    assert not [one for seen in fitted for one in seen if one.startswith(UNSEEN)]
    assert {one for one in ids if one.startswith("a-")} in fitted
    described = json.loads(out.read_text(encoding="utf-8"))
    assert described["threshold"] == 0.7
    assert described["sentence"]["features"] == list(SENTENCE_FEATURES)
    assert len(described["question"]["weights"]) == len(QUESTION_FEATURES)


def test_there_is_an_unseen_half_with_questions_of_both_kinds() -> None:
    assert "starter" in SUITES
    unseen = [one for one in load_suite("starter") if one.question_id.startswith(UNSEEN)]
    assert len(unseen) >= 60
    assert {one.expect for one in unseen} == {"answer", "abstention"}


def test_sentences_are_labelled_by_the_nuggets_they_carry(real_pipeline: AnswerPipeline) -> None:
    (one,) = [one for one in load_suite("starter") if one.question_id == "a-axspa-01"]
    found = labelled(one, real_pipeline, {}, SharedWords())
    assert found.first.shape == (len(found.labels), len(FIRST_FEATURES))
    assert found.read.shape == found.labels.shape
    assert found.read.min() < found.read.max()
    assert {int(label) for label in found.labels} == {0, 1, 2}
    vital = {said.quote for nugget in one.nuggets if nugget.importance == "vital" for said in nugget.sentences}
    assert (found.labels == 2).sum() <= len(vital)


def test_an_expected_source_without_phrases_says_nothing_of_its_sentences(real_pipeline: AnswerPipeline) -> None:
    question = "Does hydroxychloroquine reduce mortality in COVID-19?"
    plain = Item(question_id="q", question=question, expect="answer", sources=("recovery-2020-hcq",))
    assert {int(label) for label in labelled(plain, real_pipeline, {}, SharedWords()).labels} == {-1, 0}
    with_phrase = plain.model_copy(update={"phrases": ("28-day mortality",)})
    assert {int(label) for label in labelled(with_phrase, real_pipeline, {}, SharedWords()).labels} == {0, 1}


def test_readings_by_networks_that_had_not_seen_a_question_take_the_place_of_the_readers(
    real_pipeline: AnswerPipeline, tmp_path: Path
) -> None:
    (one,) = [one for one in load_suite("starter") if one.question_id == "a-axspa-01"]
    asked_, pool = candidates_of(one, real_pipeline)
    rows = [
        {"question_id": one.question_id, "sentence": asked_.shown(candidate), "probability": 0.25} for candidate in pool
    ]
    path = tmp_path / "readings.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert set(labelled(one, real_pipeline, read_readings(path), SharedWords()).read) == {0.25}
    with pytest.raises(DatasetError, match=r"eval\.training\.relevance"):
        read_readings(tmp_path / "none.jsonl")
