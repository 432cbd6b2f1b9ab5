"""Outcomes, refusals and expected phrases: by hand."""

from __future__ import annotations

from typing import Any

import pytest

from eval.measures.outcomes import MEASURES

OUTCOME, ANSWERED, REFUSED, REFUSED_RIGHTLY, SOURCE, PHRASE, FORBIDDEN = (measure.name for measure in MEASURES)
ICE = "Ice eases pain."
SET = {"sources": ["knee"], "phrases": ["ICE", "15 mg"], "forbidden": ["magnets", "heat"]}


def case_of(expect: str | None, answer: str = "answer", *texts: str, source: str = "knee", **item: Any) -> Any:
    def case(scene: Any) -> Any:
        scene.add(source, ICE)
        fields = {"expect": expect} | item
        if answer == "missing":
            return scene.case(None, item=fields)
        cited = [scene.cite(source, ICE)]
        claims = [scene.claim(text, *cited) for text in texts or (ICE,)] if answer == "answer" else []
        return scene.case(scene.answer(*claims), item=fields)

    return case


EXAMPLES = [
    (OUTCOME, case_of("answer"), 1.0, ""),
    (OUTCOME, case_of("answer", "abstention"), 0.0, "an abstention where an answer is expected"),
    (OUTCOME, case_of("abstention", "abstention"), 1.0, ""),
    (OUTCOME, case_of("abstention"), 0.0, ""),
    (OUTCOME, case_of(None), "does not apply", ""),
    (OUTCOME, case_of("answer", "missing"), "unscored", "a row that failed"),
    (ANSWERED, case_of("answer"), 1.0, ""),
    (ANSWERED, case_of("answer", "abstention"), 0.0, "an abstention where an answer is expected"),
    (ANSWERED, case_of("abstention"), "does not apply", ""),
    (REFUSED, case_of("abstention", "abstention"), 1.0, ""),
    (REFUSED, case_of("abstention"), 0.0, ""),
    (REFUSED, case_of("answer", "abstention"), "does not apply", ""),
    (REFUSED, case_of("abstention", "missing"), "unscored", "a row that failed"),
    (REFUSED, case_of("answer", "missing"), "does not apply", "a failed row that it does not concern"),
    (REFUSED_RIGHTLY, case_of("abstention", "abstention"), 1.0, ""),
    (REFUSED_RIGHTLY, case_of("answer", "abstention"), 0.0, "an abstention where an answer is expected"),
    (REFUSED_RIGHTLY, case_of("answer"), "does not apply", ""),
    (SOURCE, case_of("answer", **SET), 1.0, ""),
    (SOURCE, case_of("answer", source="elbow", **SET), 0.0, ""),
    (SOURCE, case_of("answer", "abstention", **SET), 0.0, "an abstention refers to nothing"),
    (SOURCE, case_of("answer"), "does not apply", ""),
    (PHRASE, case_of("answer", **SET), 1 / 2, ""),
    (PHRASE, case_of("answer", "answer", "ice", "take 15 mg", **SET), 1.0, ""),
    (PHRASE, case_of("answer", "abstention", **SET), 0.0, "an abstention says nothing"),
    (FORBIDDEN, case_of("answer", **SET), 1.0, ""),
    (FORBIDDEN, case_of("answer", "answer", "Magnets help.", **SET), 1 / 2, ""),
    (FORBIDDEN, case_of("answer", "missing", **SET), "unscored", "a row that failed"),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one[0]}-{one[2]}")
def test_a_measure_gives_what_was_worked_out_by_hand(example: Any, holds: Any) -> None:
    holds(example)


def test_every_measure_has_three_examples_and_one_with_a_gap(cover: Any) -> None:
    cover(MEASURES, EXAMPLES)


def test_a_forbidden_phrase_that_is_denied_in_fixed_words_is_not_stated(scene: Any) -> None:
    scene.add("knee", ICE)
    (forbidden,) = (measure for measure in MEASURES if measure.name == FORBIDDEN)
    fixed = "The question takes it that “magnets heal”; the cited sentence says otherwise."
    for text, relation, value in ((fixed, "denies", 1.0), (fixed, None, 0.0), ("Magnets heal.", "denies", 0.0)):
        claim = scene.claim(text, scene.cite("knee", ICE), relation=relation)
        assert forbidden.score(scene.case(scene.answer(claim), item={"forbidden": ["magnets"]})).value == value
