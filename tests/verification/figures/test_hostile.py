"""Texts nobody means well: the check ends soon, whatever it is given."""

from __future__ import annotations

import random
import time

import pytest

from rag.verification.figures import figure_fault, figures

BOUND_S = 8.0
TEXTS = {
    "digits": "1" * 10_000,
    "numbers": " ".join(str(number) for number in range(2_100)),
    "ones": "1 " * 5_000,
    "decimals": "0.1." * 2_500,
    "commas": "1,234," * 1_700,
    "dashes": "-1" * 5_000,
    "ranges": "1 to " * 2_000,
    "words": "hundred and " * 830,
    "number words": "twenty one " * 900,
    "table": "| 12 % | 3.4 mg | p<0.05 |\n" * 370,
    "emoji": "💊🔥" * 5_000,
    "letters": "a" * 10_000,
    "names": "IL-6" * 2_500,
    "spaces": " " * 10_000,
    "brackets": "(((" * 3_300,
    "units": "5 mg/kg/day " * 830,
    "daily": "daily " * 1_600,
    "intervals": "HR 0.9 (95% CI 0.8 to 1.0) " * 370,
    "classes": "class I, II, III, " * 550,
    "other script": "患者四十名の研究。" * 1_100,
    "arabic digits": "٣٤ مريض " * 1_200,
    "noise": "".join(random.Random(5).choices("0123456789.,-%/ <>≥±abcdemg()", k=10_000)),  # noqa: S311
}


@pytest.mark.parametrize("name", TEXTS)
def test_any_text_is_checked_in_bounded_time(name: str) -> None:
    text = TEXTS[name]
    started = time.process_time()
    figure_fault(text, [text, "Give 20 mg once daily."])
    figure_fault("Give 20 mg once daily.", [text])
    figure_fault(text, [])
    assert time.process_time() - started < BOUND_S


def test_an_empty_text_has_no_figures() -> None:
    assert figures("") == []
    assert figure_fault("", []) is None


def test_digits_only_are_one_number_that_must_be_in_the_source() -> None:
    assert figure_fault("1" * 10_000, ["1" * 9_999]) is not None


def test_a_claim_against_five_sentences_takes_few_milliseconds() -> None:
    sentences = [
        f"In trial {number}, 3{number}% died with the drug and 4{number}% with placebo (HR 0.7{number}, CI 0.6 to 0.9)."
        for number in range(5)
    ]
    claim = "In trial 3, 33% died with the drug and 43% with placebo (HR 0.73, CI 0.6 to 0.9)."
    figure_fault(claim, sentences)
    best = 1.0
    for _ in range(7):
        started = time.process_time()
        assert figure_fault(claim, sentences) is None
        best = min(best, time.process_time() - started)
    assert best < 0.02
