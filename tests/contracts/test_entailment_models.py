"""What every entailment model keeps: the words of the source are supported, and a reversal never is."""

from __future__ import annotations

import pytest

from rag.models.base import EntailmentModel
from rag.models.lexical_entailment import LexicalEntailment

SOURCE = "Walking plus education lowered the risk of recurrence of low back pain compared with no treatment."


@pytest.fixture(params=[LexicalEntailment])
def model(request: pytest.FixtureRequest) -> EntailmentModel:
    made: EntailmentModel = request.param()
    return made


def test_the_very_words_are_supported_with_score_one(model: EntailmentModel) -> None:
    found = model.judge([SOURCE], SOURCE)
    assert (found.relation, found.score) == ("supports", 1.0)


def test_two_sentences_support_jointly_what_neither_does_alone(model: EntailmentModel) -> None:
    left, right = "The trial enrolled 40 patients with gout.", "The patients received colchicine."
    claim = "The trial enrolled 40 patients with gout who received colchicine."
    assert model.judge([left, right], claim).relation == "supports"
    assert model.judge([left], claim).relation != "supports"


@pytest.mark.parametrize(
    "claim",
    [
        "Walking plus education raised the risk of recurrence of low back pain compared with no treatment.",
        "Walking plus education did not lower the risk of recurrence of low back pain compared with no treatment.",
        "Metformin cures type 2 diabetes.",
        "Walking plus education lowered the risk of stroke and death in heart failure.",
    ],
)
def test_a_reversed_denied_or_foreign_claim_is_never_supported(model: EntailmentModel, claim: str) -> None:
    found = model.judge([SOURCE], claim)
    assert found.relation != "supports"
    assert found.reason


def test_scores_lie_between_nought_and_one_and_an_empty_claim_has_none(model: EntailmentModel) -> None:
    for claim in (SOURCE, "Walking", "Zebra stripes", "the of and"):
        assert 0.0 <= model.judge([SOURCE], claim).score <= 1.0
    assert model.judge([SOURCE], "the of and").relation == "neutral"


def test_a_model_has_a_name_with_a_version(model: EntailmentModel) -> None:
    assert "/" in model.name
