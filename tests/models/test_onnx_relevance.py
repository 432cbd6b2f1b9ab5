"""The relevance model that ships: its folder, what it reads, and what cannot be read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from rag.errors import EntailmentError
from rag.models.onnx_relevance import DESCRIPTION, SHIPPED, OnnxRelevance

TITLE = "Guideline on the management of gout."
QUESTION = "What dose of colchicine is given for a gout flare?"
ANSWER = f"{TITLE} For a gout flare, the guideline recommends colchicine 1 mg at once and 0.5 mg an hour later."
ASIDE = f"{TITLE} Gout affected about 4 in 100 adults in a survey of the population."
PAIRS = [(ANSWER, QUESTION), (ASIDE, QUESTION)]


@pytest.fixture(scope="module")
def shipped() -> OnnxRelevance:
    return OnnxRelevance()


def test_the_sentence_that_answers_is_told_from_one_on_the_same_condition(shipped: OnnxRelevance) -> None:
    answers, aside = shipped.relevance(PAIRS)
    assert answers > 0.2
    assert aside < 0.02
    assert shipped.name == "sourcebound-relevance/1"


def test_a_pair_reads_the_same_whatever_is_read_beside_it(shipped: OnnxRelevance) -> None:
    together = shipped.relevance([*PAIRS, (ASIDE * 20, QUESTION)])
    assert together.dtype == np.float32
    assert together[:2].tolist() == [float(shipped.relevance([pair])[0]) for pair in PAIRS]
    assert shipped.relevance([]).shape == (0,)


def test_a_question_too_long_to_be_read_is_answered_by_nothing(shipped: OnnxRelevance) -> None:
    assert shipped.relevance([(ANSWER, "why " * 400)]).tolist() == [0.0]


@pytest.mark.parametrize("text", ["", "🦴🦴🦴", "ما هي الجرعة؟", "| a | b |\n|---|---|", "x" * 5000])
def test_anything_gives_a_probability(shipped: OnnxRelevance, text: str) -> None:
    for found in shipped.relevance([(text, QUESTION), (ANSWER, text)]):
        assert 0.0 <= found <= 1.0


@pytest.mark.parametrize("damage", ["no model", "flipped", "other schema", "no description"])
def test_a_damaged_folder_is_named_in_one_line(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "relevance"
    shutil.copytree(SHIPPED, folder)
    if damage == "no model":
        (folder / "model.onnx").unlink()
    elif damage == "flipped":
        content = bytearray((folder / "model.onnx").read_bytes())
        content[len(content) // 2] ^= 1
        (folder / "model.onnx").write_bytes(content)
    elif damage == "other schema":
        described = json.loads((folder / DESCRIPTION).read_text("utf-8"))
        (folder / DESCRIPTION).write_text(json.dumps({**described, "schema": "sourcebound.relevance/0"}))
    else:
        (folder / DESCRIPTION).unlink()
    with pytest.raises(EntailmentError, match="the relevance model cannot be opened") as found:
        OnnxRelevance(folder).relevance(PAIRS)
    assert str(folder) in str(found.value)
    assert "\n" not in str(found.value)
