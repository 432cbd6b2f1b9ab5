"""Pointers, quotes, halves, figures, lives, absences and agreement: by hand, and where a fault is planted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eval.answers import read_answer
from eval.measures.catalogue import measure_named
from eval.measures.pointers import MEASURES

POINTERS, QUOTES, PURITY, FIGURES, RETRACTED, SUPERSEDED, BARE, TRUE, AGREEMENT = (measure.name for measure in MEASURES)
ICE, DOSE, TRIAL = "Ice eases pain.", "The dose is 15 mg.", "Rest helped 40 of 80 people."


def told(scene: Any) -> None:
    scene.add("knee", f"{ICE} {DOSE}")
    scene.add("trial", TRIAL, "research")
    scene.add("old", ICE, status="superseded", superseded_by=("knee",))
    scene.add("orphan", ICE, status="superseded", superseded_by=("unlisted",))
    scene.add("fraud", ICE, "research", status="retracted")


def citing(*places: tuple[Any, ...], text: str = ICE, research: Any = (), **other: Any) -> Any:
    """A claim a place; a place is source, quote, and fields of the citation that are not as they should be."""

    def case(scene: Any) -> Any:
        told(scene)
        claims = [
            [
                scene.claim(text, scene.cite(source, quote, number, **dict(*changed)), claim_id=f"{number}")
                for number, (source, quote, *changed) in enumerate(half, start=first)
            ]
            for half, first in ((places, 1), (research, 11))
        ]
        return scene.case(scene.answer(*claims[0], research=claims[1], **other))

    return case


def abstained(scene: Any) -> Any:
    told(scene)
    return scene.case(scene.answer())


def missing(scene: Any) -> Any:
    told(scene)
    return scene.case(None, item={"nuggets": NUGGETS, "agreement": "agree"})


NUGGETS = [
    {"nugget_id": "n1", "text": "Ice.", "option": "ice", "sentences": [{"source_id": "knee", "quote": ICE}]},
    {"nugget_id": "n2", "text": "Rest.", "option": "rest", "sentences": [{"source_id": "trial", "quote": TRIAL}]},
]


def not_found(*absences: tuple[str, str], nuggets: Any = NUGGETS) -> Any:
    def case(scene: Any) -> Any:
        told(scene)
        listed = [{"topic": topic, "kind": kind} for topic, kind in absences]
        return scene.case(scene.answer(not_found=listed), item={"nuggets": nuggets, "options": ["ice", "rest"]})

    return case


def bare(*cited: bool) -> Any:
    def case(scene: Any) -> Any:
        told(scene)
        claims = [
            scene.claim(f"Nothing on {place}.", *([scene.cite("knee", ICE)] if one else []), type="absence")
            for place, one in enumerate(cited)
        ]
        return scene.case(scene.answer(*claims, not_found=[{"topic": "x", "kind": "research"}]))

    return case


def standing(expected: str | None, *relations: str, halves: str = "both") -> Any:
    def case(scene: Any) -> Any:
        told(scene)
        guideline = [scene.claim(ICE, scene.cite("knee", ICE))] if halves != "none" else []
        research = [scene.claim(TRIAL, scene.cite("trial", TRIAL, 2))] if halves == "both" else []
        agreement = [scene.claim(f"{one} in words", relation=one) for one in relations]
        answer = scene.answer(*guideline, research=research, agreement=agreement)
        return scene.case(answer, item={"agreement": expected})

    return case


OUTSIDE, NUMBER = {"end": 999}, {"number": 7}
EXAMPLES = [
    (POINTERS, citing(("knee", ICE), ("knee", DOSE)), 0.5, "two numbers for one source: the list has the later"),
    (POINTERS, citing(("knee", ICE)), 1.0, ""),
    (POINTERS, citing(("knee", ICE, OUTSIDE), ("old", ICE)), 1 / 2, ""),
    (POINTERS, citing(("invented", ICE)), 0.0, "a source that is not there"),
    (POINTERS, citing(("knee", ICE), references=[{"number": 2, "source_id": "knee"}]), 0.0, ""),
    (POINTERS, abstained, "does not apply", "an abstention"),
    (QUOTES, citing(("knee", ICE)), 1.0, ""),
    (QUOTES, citing(("knee", ICE, {"quote": "Ice eases pain"}), ("old", ICE)), 1 / 2, ""),
    (QUOTES, citing(("knee", ICE, {"start": 1})), 0.0, ""),
    (QUOTES, missing, "unscored", "a row that failed"),
    (PURITY, citing(("knee", ICE), research=[("trial", TRIAL)]), 1.0, ""),
    (PURITY, citing(("trial", TRIAL), ("knee", ICE), research=[("trial", TRIAL)]), 2 / 3, ""),
    (PURITY, citing(("invented", ICE)), 0.0, "a source that is not there"),
    (PURITY, abstained, "does not apply", "an abstention"),
    (FIGURES, citing(("knee", DOSE), text="Give 15 mg."), 1.0, ""),
    (FIGURES, citing(("knee", DOSE), text="Give 0.015 g."), 1.0, ""),
    (FIGURES, citing(("knee", DOSE), ("knee", DOSE), text="Give 50 mg."), 0.0, ""),
    (FIGURES, abstained, "does not apply", "an abstention"),
    (RETRACTED, citing(("knee", ICE)), 1.0, ""),
    (RETRACTED, citing(("knee", ICE), research=[("fraud", ICE)]), 1 / 2, ""),
    (RETRACTED, missing, "unscored", "a row that failed"),
    (SUPERSEDED, citing(("old", ICE), ("knee", ICE)), 1 / 2, ""),
    (SUPERSEDED, citing(("orphan", ICE)), 1.0, "its successor is not there"),
    (SUPERSEDED, citing(("knee", ICE)), 1.0, ""),
    (BARE, bare(False, False), 1.0, ""),
    # The listed one and one of two claims.
    (BARE, bare(True, False), 2 / 3, ""),
    (BARE, abstained, "does not apply", "an abstention that lists nothing"),
    (TRUE, not_found(("ice", "research"), ("ice", "guideline")), 1 / 2, ""),
    (TRUE, not_found(("rest", "guideline"), ("the ice", "research")), 1.0, ""),
    # Of the whole question there is something of both kinds.
    (TRUE, not_found(("What of ice or rest?", "research"), ("What of it?", "guideline")), 0.0, ""),
    (TRUE, not_found(("ice", "research"), nuggets=[]), "does not apply", "the set ties nothing"),
    (TRUE, missing, "unscored", "a row that failed"),
    (AGREEMENT, standing("agree", "agree"), 1.0, ""),
    (AGREEMENT, standing("agree", "agree", "diverge"), 0.0, ""),
    (AGREEMENT, standing("differ", "differ_within"), 1.0, ""),
    (AGREEMENT, standing("one_side", halves="guideline"), 1.0, ""),
    (AGREEMENT, standing("one_side", "not_compared"), 0.0, ""),
    (AGREEMENT, standing("one_side", halves="none"), 0.0, "an abstention says nothing of it"),
    (AGREEMENT, standing(None, "agree"), "does not apply", ""),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one[0]}-{one[2]}")
def test_a_measure_gives_what_was_worked_out_by_hand(example: Any, holds: Any) -> None:
    holds(example)


def test_every_measure_has_three_examples_and_one_with_a_gap(cover: Any) -> None:
    cover(MEASURES, EXAMPLES)


def test_the_citations_of_options_are_held_to_pointers_and_quotes_too(scene: Any) -> None:
    told(scene)
    wrong = scene.cite("knee", ICE, 4, quote="Other words.")
    answer = scene.answer(scene.claim(ICE, scene.cite("knee", ICE)), options=[{"option": "ice", "citations": [wrong]}])
    case = scene.case(answer)
    assert measure_named(POINTERS).score(case).value == 1 / 2
    assert measure_named(QUOTES).score(case).value == 1 / 2


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        (QUOTES, lambda claim: claim["citations"][0].update(quote="other words")),
        (POINTERS, lambda claim: claim["citations"][0].update(number=99)),
        (PURITY, lambda claim: claim["citations"][0].update(source_id="trial")),
        (FIGURES, lambda claim: claim.update(text=claim["text"] + " Give 77 mg.")),
    ],
)
def test_each_measure_falls_where_its_fault_is_planted(scene: Any, name: str, spoil: Any) -> None:
    told(scene)
    record = scene.record(scene.claim(DOSE, scene.cite("knee", DOSE)))
    measure = measure_named(name)
    assert measure.score(scene.case(read_answer(record, "ours"))).value == 1.0
    broken = json.loads(json.dumps(record))
    spoil(broken["guidelines"][0])
    assert measure.score(scene.case(read_answer(broken, "ours"))).value == 0.0
