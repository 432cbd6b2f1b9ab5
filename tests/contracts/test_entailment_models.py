"""What every entailment model keeps, whatever it is made of: probabilities, the source's own words, and an end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from rag.models.base import RELATIONS, ChatReply, EntailmentModel
from rag.models.cross_encoder import CrossEncoderEntailment
from rag.models.language_model_entailment import LanguageModelEntailment
from rag.models.lexical_entailment import LexicalEntailment
from rag.models.onnx_entailment import OnnxEntailment

SOURCE = "Walking plus education lowered the risk of recurrence of low back pain compared with no treatment."
OTHERS = [
    ("Knee pain is relieved by walking.", "Knee pain is relieved by rest."),
    ("The trial of patients with gout.", "Walking raised the risk."),
    ("Pain is not relieved by rest.", "rest"),
    (SOURCE, "Walking plus education raised the risk of recurrence of low back pain compared with no treatment."),
]
HOSTILE = {
    "a claim of 10,000 characters": (SOURCE, "walking " * 1250),
    "one word of 10,000 characters": (SOURCE, "w" * 10_000),
    "evidence of 100,000 characters": (f"{SOURCE} " * 1000, "Walking lowered the risk of stroke."),
    "another language": ("Идти полезно для спины.", "El dolor mejora al caminar con bastón."),
    "emoji": ("👩‍⚕️🚶 pain 👍", "🚶 relieves 🦴 pain"),
    "a table": ("| drug | n |\n|---|---|\n| a | 5 |\n| b | 7 |", "Drug a was given to 5 people."),
    "control characters": ("pain\x00\x07\u202e of the knee", "pain\u200b of\x1b[31m the knee"),
    "half a character": ("pain \ud800 of the knee", "pain of \udfff the knee is bad"),
    "white space": ("pain of the knee", " \n\t "),
}


class WordCountingChat:
    """Replies with a relation and a confidence made of the letters of the request."""

    name = "counting"

    def complete(self, messages: Any, schema_name: str, schema: Any) -> ChatReply:
        count = len(messages[-1]["content"])
        return ChatReply(json.dumps({"relation": RELATIONS[count % 3], "confidence": count % 7 / 7}), "counting-1")


@pytest.fixture(scope="module", params=["lexical", "onnx", "cross-encoder", "language model"])
def model(
    request: pytest.FixtureRequest, tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> EntailmentModel:
    folder: Path = tmp_path_factory.mktemp("checker")
    made: dict[str, Callable[[], EntailmentModel]] = {
        "lexical": LexicalEntailment,
        "onnx": lambda: OnnxEntailment(
            tiny.write_shipped(folder / "shipped", tiny.write_checker(folder / "source", RELATIONS))
        ),
        "cross-encoder": lambda: CrossEncoderEntailment(
            str(tiny.write_checker(folder / "source", ["CONTRADICTION", "ENTAILMENT", "NEUTRAL"]))
        ),
        "language model": lambda: LanguageModelEntailment(WordCountingChat()),
    }
    return made[request.param]()


def test_each_pair_has_three_probabilities_that_sum_to_one(model: EntailmentModel) -> None:
    rows = model.predict(OTHERS)
    assert rows.shape == (len(OTHERS), 3)
    assert rows.dtype == np.float32
    assert (rows >= 0).all()
    assert rows.sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_no_pairs_give_no_rows(model: EntailmentModel) -> None:
    assert model.predict([]).shape == (0, 3)


@pytest.mark.parametrize(
    ("passage", "claim"),
    [
        (SOURCE, SOURCE),
        (f"Rest did nothing. {SOURCE} It was cheap.", SOURCE),
        (SOURCE.replace(" ", " \n "), SOURCE),
        (SOURCE, SOURCE.removesuffix(".")),
        (f"Rest did nothing. {SOURCE} It was cheap.", f"{SOURCE} It was cheap."),
    ],
)
def test_whole_sentences_of_the_source_are_supported_with_certainty(
    model: EntailmentModel, passage: str, claim: str
) -> None:
    assert model.predict([(passage, claim)]).tolist() == [[1.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("passage", "claim"),
    [
        ("Walking lowered the risk in mice.", "Walking lowered the risk"),
        ("It is false that walking lowered the risk.", "walking lowered the risk."),
        ("No benefit vs. Walking lowered the risk.", "Walking lowered the risk."),
        ("Walking lowered the risk by 1.5 points.", "Walking lowered the risk by 1"),
        ("Walking lowered the risk.", "walking Lowered the risk."),
    ],
)
def test_a_part_of_a_sentence_is_not_taken_for_its_words(model: EntailmentModel, passage: str, claim: str) -> None:
    assert model.predict([(passage, claim)])[0, 0] < 1.0


@pytest.mark.parametrize(
    "pair", [("", "Knee pain is relieved by rest."), (" \n ", "Knee pain"), (SOURCE, ""), ("", "")]
)
def test_without_evidence_or_claim_nothing_is_supported_or_refuted(
    model: EntailmentModel, pair: tuple[str, str]
) -> None:
    assert model.predict([pair]).tolist() == [[0.0, 1.0, 0.0]]


def test_rows_stand_in_the_order_of_their_pairs(model: EntailmentModel) -> None:
    pairs = [*OTHERS, (SOURCE, SOURCE), ("", "Knee pain"), OTHERS[0]]
    rows = model.predict(pairs)
    for pair, row in zip(pairs, rows, strict=True):
        assert row == pytest.approx(model.predict([pair])[0], abs=1e-5)
    assert rows[4].tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_pairs_get_probabilities_in_bounded_time(model: EntailmentModel, name: str) -> None:
    start = time.monotonic()
    rows = model.predict([HOSTILE[name]])
    assert rows.sum() == pytest.approx(1.0, abs=1e-5)
    assert time.monotonic() - start < 20


def test_a_model_has_a_name_with_a_version(model: EntailmentModel) -> None:
    name, version = model.name.split("/")
    assert name
    assert version
