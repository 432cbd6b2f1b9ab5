"""The baseline: terms of the claim in the passage, and whether they oppose."""

from __future__ import annotations

import pytest

from rag.models.base import RELATIONS
from rag.models.lexical_entailment import LexicalEntailment

SOURCE = "Walking plus education lowered the risk of recurrence of low back pain compared with no treatment."


def relation(passage: str, claim: str) -> str:
    return RELATIONS[int(LexicalEntailment().predict([(passage, claim)])[0].argmax())]


def test_two_sentences_support_jointly_what_neither_does_alone() -> None:
    left, right = "The trial enrolled 40 patients with gout.", "The patients received colchicine."
    claim = "The trial enrolled 40 patients with gout who received colchicine."
    assert relation(f"{left} {right}", claim) == "supports"
    assert relation(left, claim) == "neutral"


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        (
            "Walking plus education raised the risk of recurrence of low back pain compared with no treatment.",
            "refutes",
        ),
        (
            "Walking plus education did not lower the risk of recurrence of low back pain compared with no treatment.",
            "refutes",
        ),
        ("Metformin cures type 2 diabetes.", "neutral"),
        ("Walking plus education lowered the risk of stroke and death in heart failure.", "neutral"),
        ("the of and", "neutral"),
    ],
)
def test_a_reversed_or_denied_claim_is_refuted_and_a_foreign_one_neutral(claim: str, found: str) -> None:
    assert relation(SOURCE, claim) == found


def test_more_of_the_terms_never_make_support_less_probable() -> None:
    claims = [
        "Zebra stripes",
        "Walking and zebras in stripes",
        "Walking plus education and zebras",
        "Education, walking",
    ]
    supports = LexicalEntailment().predict([(SOURCE, claim) for claim in claims])[:, 0].tolist()
    assert supports == sorted(supports)
    assert supports[0] == 0.0
    assert 0.5 < supports[-1] < 1.0
