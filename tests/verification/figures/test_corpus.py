"""Over the whole shipped corpus: each sentence is true to its own figures, and a changed figure is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.ingestion.chunking import chunk
from rag.ingestion.corpus_file import read_corpus
from rag.verification.figures import figure_fault

CORPUS = Path(__file__).resolve().parents[3] / "corpus"
SENTENCES = list(
    dict.fromkeys(
        passage.quote(sentence)
        for document in read_corpus(CORPUS)
        for passage in chunk(document, max_chars=700)
        for sentence in passage.sentences
    )
)
UNITS = [
    ("mg/dL", "mmol/L"),
    ("mg", "g"),
    ("micrograms", "mg"),
    ("IU", "mg"),
    ("mmHg", "kPa"),
    ("hours", "days"),
    ("days", "weeks"),
    ("weeks", "months"),
    ("months", "years"),
    ("years", "months"),
    ("once daily", "twice daily"),
    ("twice daily", "three times daily"),
    ("percentage points", "%"),
]
COMPARATORS = [
    ("at least", "at most"),
    ("at least ", ""),
    ("less than", "more than"),
    ("less than", "at most"),
    ("more than", "at least"),
    ("below", "above"),
    ("up to", "at least"),
    ("or more", "or less"),
    ("or less", "or more"),
    ("or older", "or younger"),
]


def numbers_changed(sentence: str) -> Iterator[str]:
    for found in re.finditer(r"(?<![\w.,-])\d+(?:\.\d+)?(?!\w)", sentence):
        other = f"{float(found[0]) + 1.37:.2f}" if "." in found[0] else str(int(found[0]) + 3)
        yield sentence[: found.start()] + other + sentence[found.end() :]


def units_changed(sentence: str) -> Iterator[str]:
    for unit, other in UNITS:
        for found in re.finditer(rf"(?<=\d ){unit}\b", sentence):
            yield sentence[: found.start()] + other + sentence[found.end() :]


def comparators_changed(sentence: str) -> Iterator[str]:
    for words, other in COMPARATORS:
        pattern = rf"(?<=[\d%] ){words}\b" if words.startswith("or ") else rf"\b{words} ?(?=\d)"
        for found in re.finditer(pattern, sentence):
            space = " " if found[0].endswith(" ") and other else ""
            yield sentence[: found.start()] + other + space + sentence[found.end() :]


def test_no_sentence_is_faulted_against_itself() -> None:
    faults = {sentence: figure_fault(sentence, [sentence]) for sentence in SENTENCES}
    assert {sentence: fault for sentence, fault in faults.items() if fault} == {}


@pytest.mark.parametrize(
    ("mutate", "least"), [(numbers_changed, 2000), (units_changed, 300), (comparators_changed, 200)]
)
def test_a_changed_figure_is_found_in_98_of_100_sentences(mutate: Callable[[str], Iterator[str]], least: int) -> None:
    mutants = [(mutant, sentence) for sentence in SENTENCES for mutant in mutate(sentence)]
    missed = [mutant for mutant, sentence in mutants if figure_fault(mutant, [sentence]) is None]
    assert len(mutants) >= least
    assert len(missed) <= 0.02 * len(mutants), missed
