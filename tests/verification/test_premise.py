"""Premises denied: rules and model must both object, and nothing found may uphold the premise."""

from __future__ import annotations

from typing import Any

import pytest

from rag.answer import DraftClaim
from rag.evidence import Evidence, Found, ScoredHit, SearchRecord
from rag.fixed_words import denies_text
from rag.models.lexical_entailment import LexicalEntailment
from rag.question import parse_question
from rag.types import KINDS, Hit, Passage, Query, Sentence, Source
from rag.verification.premise import denials
from rag.verification.verifier import Verifier

PREMISE = "NICE recommends traction for knee pain"
QUESTION = f"Since {PREMISE}, for how long?"
AGAINST = "NICE recommends against traction for knee pain."
FOR = "NICE recommends traction for knee pain after a fall."
REFUTED, SUPPORTED, NEUTRAL = (0.02, 0.03, 0.95), (0.95, 0.03, 0.02), (0.1, 0.8, 0.1)


def evidence(*sentences: str) -> Evidence:
    hits = []
    for rank, text in enumerate(sentences, start=1):
        passage = Passage(
            f"g{rank}#1", f"g{rank}", "guideline", "Advice", 0, len(text), text, (Sentence(0, len(text)),)
        )
        hits.append(ScoredHit(Hit(passage, 1.0, rank), (0.5,)))
    sources = {f"g{rank}": Source(f"g{rank}", "guideline", "A guide", 2020, "current") for rank in (1, 2, 3)}
    found = Found(Query(QUESTION), {"guideline": tuple(hits), "research": ()}, {})
    return Evidence((found,), sources, (), {kind: SearchRecord("i", (QUESTION,), 1) for kind in KINDS})


class Scripted:
    """Reads each passage as it is told to."""

    name = "scripted/1"

    def __init__(self, **rows: tuple[float, float, float]) -> None:
        self._rows = rows

    def predict(self, pairs: Any) -> Any:
        import numpy as np

        told = [next((row for words, row in self._rows.items() if words in passage), NEUTRAL) for passage, _ in pairs]
        return np.array(told, np.float32).reshape(len(told), 3)


def test_a_sentence_that_advises_the_reverse_and_is_read_so_denies_a_premise() -> None:
    (claim,) = denials([PREMISE], evidence(AGAINST), Scripted(against=REFUTED))
    assert claim.text == denies_text(PREMISE)
    assert (claim.part, claim.relation, claim.pointers, claim.denies) == ("short_answer", "denies", ("G1.1",), PREMISE)


@pytest.mark.parametrize(
    ("sentences", "model"),
    [
        ((AGAINST,), Scripted(against=NEUTRAL)),
        ((AGAINST,), Scripted(against=(0.7, 0.0, 0.3))),
        ((FOR,), Scripted(after=REFUTED)),
        ((AGAINST, FOR), Scripted(against=REFUTED, after=SUPPORTED)),
        (("NICE recommends against massage for knee pain.",), Scripted(against=REFUTED)),
        (("ACR recommends against traction for knee pain.",), Scripted(against=REFUTED)),
        (("Unlike NICE, ACR recommends against traction for knee pain.",), Scripted(against=REFUTED)),
        (("The NICE panel did not test whether traction helps knee pain.",), Scripted(whether=REFUTED)),
    ],
)
def test_a_premise_is_let_be_where_rules_or_model_do_not_object_or_something_upholds_it(
    sentences: tuple[str, ...], model: Scripted
) -> None:
    assert denials([PREMISE], evidence(*sentences), model) == []


def test_what_is_said_against_a_class_denies_the_same_of_a_member() -> None:
    said = "ESC does not recommend adding antiplatelet treatment to an anticoagulant in knee pain."
    premise = "ESC tells us to add clopidogrel to an anticoagulant in knee pain"
    assert len(denials([premise], evidence(said), Scripted(antiplatelet=REFUTED))) == 1
    other = said.replace("antiplatelet treatment", "aspirin")
    assert denials([premise], evidence(other), Scripted(aspirin=REFUTED)) == []


def test_the_verifier_gives_the_denial_and_then_the_sentence_word_for_word() -> None:
    found = Verifier(Scripted(against=REFUTED)).deny_premises(
        parse_question(QUESTION, max_chars=500), evidence(AGAINST)
    )
    assert [(claim.part, claim.text) for claim, _ in found.passed] == [
        ("short_answer", denies_text(PREMISE)),
        ("short_answer", AGAINST),
        ("guidelines", AGAINST),
    ]
    assert found.passed[0][1].score == 0.95
    assert "says otherwise, by rules and as the model reads it (0.95)" in found.passed[0][1].reason


def test_a_model_that_reads_words_denies_nothing() -> None:
    question = parse_question(QUESTION, max_chars=500)
    assert Verifier(LexicalEntailment()).deny_premises(question, evidence(AGAINST)).passed == ()


@pytest.mark.parametrize(
    ("text", "denied", "pointers", "model"),
    [
        (denies_text(PREMISE), PREMISE, ("G1.1",), Scripted(against=NEUTRAL)),
        (denies_text(PREMISE), PREMISE, ("G2.1",), Scripted(after=REFUTED)),
        (denies_text(PREMISE), PREMISE, ("G1.1", "G2.1"), Scripted(against=REFUTED, after=REFUTED)),
        (denies_text(PREMISE), None, ("G1.1",), Scripted(against=REFUTED)),
        ("It is not so.", PREMISE, ("G1.1",), Scripted(against=REFUTED)),
    ],
)
def test_a_denial_that_another_drafted_is_checked_like_any(
    text: str, denied: str | None, pointers: tuple[str, ...], model: Scripted
) -> None:
    claim = DraftClaim("short_answer", "finding", text, pointers, None, "denies", denied)
    assert Verifier(model).check(claim, evidence(AGAINST, FOR)).support == "none"
