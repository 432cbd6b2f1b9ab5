"""Readability, the same for every reader, length, latency and cost: by hand."""

from __future__ import annotations

from typing import Any

import pytest

from eval.measures.reading import MEASURES, reading_grade, syllables

PARITY, GRADE, WORDS, LATENCY, COST = (measure.name for measure in MEASURES)
ICE = "Ice eases pain."


def answer(scene: Any, *texts: str, audience: str = "clinician", quote: str = ICE, claim_id: str = "g1") -> Any:
    scene.add("knee", f"{ICE} Rest helps.")
    claims = [scene.claim(text, scene.cite("knee", quote), claim_id=f"{claim_id}-{n}") for n, text in enumerate(texts)]
    return scene.answer(*claims, audience=audience)


def for_readers(patient: str, **changed: Any) -> Any:
    def case(scene: Any) -> Any:
        first = answer(scene, "Take 15 mg daily.")
        readers = {"clinician": first, "patient": answer(scene, patient, audience="patient", **changed)}
        return scene.case(first, audiences=readers)

    return case


def plain(scene: Any) -> Any:
    return scene.case(answer(scene, "The cat sat."))


def asked_by_a_patient(*texts: str) -> Any:
    return lambda scene: scene.case(answer(scene, *texts, audience="patient"))


def measured(**fields: Any) -> Any:
    return lambda scene: scene.case(answer(scene, ICE), **fields)


def missing(scene: Any) -> Any:
    return scene.case(None)


EXAMPLES = [
    (PARITY, for_readers("Swallow 15 mg each day."), 1.0, ""),
    (PARITY, for_readers("Swallow 50 mg each day."), 0.0, ""),
    (PARITY, for_readers("Take 15 mg daily.", quote="Rest helps."), 0.0, ""),
    (PARITY, for_readers("Take 15 mg daily.", claim_id="g2"), 0.0, ""),
    (PARITY, plain, "does not apply", "one reader only"),
    (PARITY, missing, "unscored", "a row that failed"),
    # 0.39 x 3/1 + 11.8 x 3/3 - 15.59.
    (GRADE, asked_by_a_patient("The cat sat."), -2.62, ""),
    # Two sentences of three words each, 8 syllables: 0.39 x 6/2 + 11.8 x 8/6 - 15.59.
    (GRADE, asked_by_a_patient("The cat sat.", "Rest later today."), 0.39 * 6 / 2 + 11.8 * 8 / 6 - 15.59, ""),
    (GRADE, plain, "does not apply", "nothing was said to a patient"),
    (GRADE, asked_by_a_patient(), "does not apply", "an abstention"),
    (WORDS, plain, 3.0, ""),
    (WORDS, lambda scene: scene.case(answer(scene, "The cat sat.", "It slept.")), 5.0, ""),
    (WORDS, lambda scene: scene.case(scene.answer()), "does not apply", "an abstention"),
    (LATENCY, measured(latency_s=0.25), 0.25, ""),
    (LATENCY, measured(latency_s=0.0), 0.0, ""),
    (LATENCY, measured(), "does not apply", "not measured"),
    (LATENCY, missing, "does not apply", "a row that failed"),
    (COST, measured(cost=0.002), 0.002, ""),
    (COST, measured(cost=0.0), 0.0, ""),
    (COST, measured(), "does not apply", "not known"),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one[0]}-{one[2]}")
def test_a_measure_gives_what_was_worked_out_by_hand(example: Any, holds: Any) -> None:
    holds(example)


def test_every_measure_has_three_examples_and_one_with_a_gap(cover: Any) -> None:
    cover(MEASURES, EXAMPLES)


WORD_SYLLABLES = [
    ("cat", 1),
    ("eases", 2),
    ("eased", 1),
    ("rested", 2),
    ("table", 2),
    ("people", 2),
    ("patient", 2),
    ("Medicine", 3),
    ("hypertension", 4),
    ("systolic", 3),
    ("arthritis", 3),
    ("surgery", 3),
    ("evidence", 3),
    ("compared", 2),
    ("months", 1),
]
# Where the rule errs: one too many, one too few.
HARD_WORDS = [("guideline", 2), ("improvement", 3), ("safely", 2), ("anemia", 4), ("diabetes", 4), ("serious", 3)]


@pytest.mark.parametrize(("word", "count"), WORD_SYLLABLES)
def test_syllables_are_counted_as_they_are_spoken(word: str, count: int) -> None:
    assert syllables(word) == count


def test_over_many_words_too_many_and_too_few_syllables_even_out() -> None:
    known = [*WORD_SYLLABLES, *HARD_WORDS]
    assert abs(sum(syllables(word) - count for word, count in known)) <= 2


def test_decimals_end_no_sentence_and_a_text_without_words_has_no_grade() -> None:
    assert reading_grade("Give 1.5 mg now.") == reading_grade("Give 15 mg now.")
    assert reading_grade("15.5") is None
