"""Mutations over the whole shipped corpus: each sentence is true to itself, and none of its small reversals passes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.ingestion.chunking import chunk
from rag.ingestion.corpus_file import read_corpus
from rag.models.lexical_entailment import LexicalEntailment
from rag.verification.edits import turning_edit
from rag.verification.figures import figure_fault
from rag.verification.polarity_check import polarity_fault

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
SENTENCES = [
    passage.quote(sentence)
    for document in read_corpus(CORPUS)
    for passage in chunk(document, max_chars=700)
    for sentence in passage.sentences
]
FLIPS = [
    ("relieved", "provoked"),
    ("worse", "better"),
    ("raises", "lowers"),
    ("higher", "lower"),
    ("against", "for"),
    ("more", "less"),
    ("increased", "reduced"),
    ("before", "after"),
    ("sensitivity", "specificity"),
    ("at least", "at most"),
    ("mg/day", "mg/week"),
    ("weeks", "months"),
    ("may", "must"),
    ("conditional", "strong"),
]


def passes(claim: str, sentence: str) -> bool:
    """What the verifier asks of a claim that cites this sentence alone."""
    if figure_fault(claim, [sentence]) or polarity_fault(claim, [sentence]):
        return False
    return int(LexicalEntailment().predict([(sentence, claim)])[0].argmax()) == 0


def numbers_changed(sentence: str) -> Iterator[str]:
    for found in re.finditer(r"(?<![\w.,-])\d+(?:\.\d+)?(?![\w])", sentence):
        other = str(float(found[0]) + 7) if "." in found[0] else str(int(found[0]) + 7)
        yield sentence[: found.start()] + other + sentence[found.end() :]


def negations_dropped(sentence: str) -> Iterator[str]:
    for found in re.finditer(r"\b(?:not|no|without|never)\s", sentence):
        yield sentence[: found.start()] + sentence[found.end() :]


def words_flipped(sentence: str) -> Iterator[str]:
    for pair in FLIPS:
        for word, other in (pair, pair[::-1]):
            for found in re.finditer(rf"\b{word}\b", sentence):
                yield sentence[: found.start()] + other + sentence[found.end() :]


def test_every_sentence_passes_against_itself() -> None:
    assert [sentence for sentence in SENTENCES if not passes(sentence, sentence)] == []


@pytest.mark.parametrize(
    ("mutate", "least", "share"),
    [(numbers_changed, 600, 0.02), (negations_dropped, 100, 0.02), (words_flipped, 300, 0.02)],
    ids=["numbers", "negations", "words"],
)
def test_of_small_reversals_of_a_sentence_98_of_100_or_more_are_found(mutate: object, least: int, share: float) -> None:
    mutants = [(mutant, sentence) for sentence in SENTENCES for mutant in mutate(sentence)]  # type: ignore[operator]
    assert len(mutants) >= least
    passed = [mutant for mutant, sentence in mutants if passes(mutant, sentence)]
    assert len(passed) <= share * len(mutants), passed


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("Knee pain is relieved by rest.", "Knee pain is relieved by rest, and the Board advises ice in some cases."),
        ("The Board advises ice for knee pain.", "The Board advises the use of ice for knee pain."),
        ("Rest lowered the risk of recurrence.", "Rest reduced the risk of recurrence."),
        ("Ice and rest relieve knee pain.", "Rest relieves knee pain. Ice does too."),
    ],
)
def test_leaving_out_a_clause_or_taking_a_synonym_is_no_turning_edit(claim: str, sentence: str) -> None:
    assert turning_edit(claim, [sentence]) is None
