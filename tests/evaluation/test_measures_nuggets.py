"""Nugget recall and option coverage: by hand, and that leaving a claim out never raises them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.measures.catalogue import measure_named
from eval.measures.nuggets import MEASURES, PARTIAL
from eval.measures.outcomes import MEASURES as OUTCOMES

VITAL, VITAL_LENIENT, ALL, ALL_LENIENT, OPTIONS = (measure.name for measure in MEASURES)
ICE, REST, DOSE = "Ice eases knee pain.", "Rest eases knee pain.", "The dose is 15 mg."


def nugget(nugget_id: str, text: str, *quotes: str, **other: Any) -> dict[str, Any]:
    return {
        "nugget_id": nugget_id,
        "text": text,
        "sentences": [{"source_id": "knee", "quote": quote} for quote in quotes],
    } | other


NUGGETS = [
    nugget("n1", "Ice relieves knee pain.", ICE),
    nugget("n2", "Rest relieves knee pain.", REST),
    nugget("n3", "A dose of 15 mg is right.", DOSE, importance="okay"),
]
ITEM = {"expect": "answer", "nuggets": NUGGETS}


def saying(scene: Any, *texts: str, quote: str = "", **other: Any) -> Any:
    scene.add("knee", f"{ICE} {REST} {DOSE}")
    cited = [scene.cite("knee", quote)] if quote else []
    return scene.answer(*(scene.claim(text, *cited) for text in texts), **other)


def verbatim(scene: Any) -> Any:
    """A vital and the okay nugget in their sentences' own words: no judge is asked. Rest is not spoken of."""
    said = {(text, nugget["text"]): 0.0 for text in (ICE, DOSE) for nugget in NUGGETS}
    return scene.case(saying(scene, ICE, DOSE), said, item=ITEM)


def reworded(scene: Any) -> Any:
    """Ice by the judge's word; rest half, at a probability between a quarter and a half."""
    text = "Knee pain is relieved by ice, perhaps by rest."
    said = {(text, "Ice relieves knee pain."): 0.8, (text, "Rest relieves knee pain."): PARTIAL}
    return scene.case(saying(scene, text), said, item=ITEM)


def pointing(scene: Any) -> Any:
    """The tied sentence of rest is cited, but not said."""
    text = "Knee pain can be relieved."
    said = {(text, "Ice relieves knee pain."): 0.1, (text, "Rest relieves knee pain."): 0.1}
    return scene.case(saying(scene, text, quote=REST), said, item=ITEM)


def unjudged(scene: Any) -> Any:
    """Nothing is verbatim, and the judge has not spoken on what comes near."""
    return scene.case(saying(scene, "Knee pain is relieved by ice."), {}, item=ITEM)


def far(scene: Any) -> Any:
    """No statement shares a quarter of a nugget's terms: nothing need be judged."""
    return scene.case(saying(scene, "Elbows differ."), {}, item=ITEM)


def abstained(scene: Any) -> Any:
    return scene.case(scene.answer(), item=ITEM)


def missing(scene: Any) -> Any:
    return scene.case(None, item=ITEM)


def without(scene: Any) -> Any:
    return scene.case(saying(scene, ICE))


OPTION_ITEM = {"options": ["an NSAID", "duloxetine", "plain ice"]}


def option_case(*texts: str, **other: Any) -> Any:
    def case(scene: Any) -> Any:
        return scene.case(saying(scene, *texts, **other), item=OPTION_ITEM)

    return case


def absent(topic: str) -> dict[str, Any]:
    return {"topic": topic, "kind": "research"}


EXAMPLES = [
    # One of two vital ones.
    (VITAL, verbatim, 1 / 2, ""),
    (VITAL, reworded, 1 / 2, ""),
    (VITAL, pointing, 0.0, ""),
    (VITAL, far, 0.0, ""),
    (VITAL, unjudged, "unscored", "a judgement that is missing"),
    (VITAL, abstained, 0.0, "an abstention where an answer is expected"),
    (VITAL, without, "does not apply", ""),
    # Ice 1, rest 1/2.
    (VITAL_LENIENT, reworded, 3 / 4, ""),
    # Ice 0, rest 1/2.
    (VITAL_LENIENT, pointing, 1 / 4, ""),
    (VITAL_LENIENT, verbatim, 1 / 2, ""),
    (VITAL_LENIENT, missing, "unscored", "a row that failed"),
    # (1 + 0 + 1/2) : (1 + 1 + 1/2).
    (ALL, verbatim, 3 / 5, ""),
    (ALL, reworded, 2 / 5, ""),
    (ALL, abstained, 0.0, "an abstention where an answer is expected"),
    (ALL, unjudged, "unscored", "a judgement that is missing"),
    # (1 + 1/2 + 0) : 5/2.
    (ALL_LENIENT, reworded, 3 / 5, ""),
    (ALL_LENIENT, pointing, 1 / 5, ""),
    (ALL_LENIENT, verbatim, 3 / 5, ""),
    (ALL_LENIENT, unjudged, "unscored", "a judgement that is missing"),
    (OPTIONS, option_case("NSAIDs help.", "Duloxetine does not."), 2 / 3, ""),
    (OPTIONS, option_case("NSAIDs help.", not_found=[absent("duloxetine"), absent("plain ice")]), 1.0, ""),
    (OPTIONS, option_case("Ice helps."), 0.0, "not all words of an option are said"),
    (OPTIONS, option_case(), 0.0, "an abstention"),
    (
        OPTIONS,
        option_case(not_found=[absent("NSAID, duloxetine or plain ice?")]),
        0.0,
        "the question is no word on one",
    ),
    (OPTIONS, option_case("x", options=[{"option": "duloxetine", "stance": "not_addressed"}]), 1 / 3, ""),
    (OPTIONS, without, "does not apply", ""),
    (OPTIONS, lambda scene: scene.case(None, item=OPTION_ITEM), "unscored", "a row that failed"),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one[0]}-{one[1].__name__}")
def test_a_measure_gives_what_was_worked_out_by_hand(example: Any, holds: Any) -> None:
    holds(example)


def test_every_measure_has_three_examples_and_one_with_a_gap(cover: Any) -> None:
    cover(MEASURES, EXAMPLES)


def test_a_failed_row_of_a_question_without_nuggets_is_no_gap_in_their_measures(scene: Any) -> None:
    assert not any(measure.score(scene.case(None)).applies for measure in MEASURES)


STATEMENTS = [
    ICE,
    "Knee pain is relieved by rest.",
    "Knee pain is relieved.",
    DOSE,
    "Duloxetine is not offered.",
    "An NSAID is offered.",
]
PAIRS = [(text, nugget["text"]) for text in STATEMENTS for nugget in NUGGETS]
NEVER_RAISED = (VITAL, VITAL_LENIENT, ALL, ALL_LENIENT, OPTIONS, "expected_source", "expected_phrase")
WHOLE_ITEM = ITEM | {
    "options": OPTION_ITEM["options"],
    "sources": ["knee", "elbow"],
    "phrases": ["ice", "rest", "duloxetine"],
}


def whole(scene: Any, places: list[int], probabilities: list[float]) -> Any:
    scene.add("knee", f"{ICE} {REST} {DOSE}")
    scene.add("elbow", "Elbows differ.")
    sources = {0: ("knee", ICE), 1: ("knee", REST), 4: ("elbow", "Elbows differ.")}
    claims = [
        scene.claim(STATEMENTS[place], *([scene.cite(*sources[place])] if place in sources else [])) for place in places
    ]
    return scene.case(scene.answer(*claims), dict(zip(PAIRS, probabilities, strict=True)), item=WHOLE_ITEM)


@given(
    st.lists(st.integers(0, 5), min_size=1, unique=True),
    st.lists(st.floats(0, 1), min_size=len(PAIRS), max_size=len(PAIRS)),
    st.integers(0, 5),
)
def test_leaving_a_claim_out_never_raises_what_counts_completeness(
    new_scene: Any, places: list[int], probabilities: list[float], left_out: int
) -> None:
    fewer = [place for place in places if place != left_out]
    for name in NEVER_RAISED:
        before, after = (
            measure_named(name).score(whole(new_scene(), one, probabilities)).value for one in (places, fewer)
        )
        assert after <= before, name


@given(st.permutations(range(6)), st.lists(st.floats(0, 1), min_size=len(PAIRS), max_size=len(PAIRS)))
def test_the_order_of_claims_changes_nothing(new_scene: Any, places: list[int], probabilities: list[float]) -> None:
    for measure in (*MEASURES, *OUTCOMES):
        first, second = (
            measure.score(whole(new_scene(), one, probabilities)).value for one in (places, sorted(places))
        )
        assert first == second, measure.name


@given(st.lists(st.floats(0, 1), min_size=len(PAIRS), max_size=len(PAIRS)), st.integers(0, len(PAIRS) - 1))
def test_a_nugget_that_is_said_more_surely_never_lowers_recall(
    new_scene: Any, probabilities: list[float], place: int
) -> None:
    surer = [*probabilities[:place], 1.0, *probabilities[place + 1 :]]
    for name in (VITAL, VITAL_LENIENT, ALL, ALL_LENIENT):
        before, after = (
            measure_named(name).score(whole(new_scene(), [1, 2], one)).value for one in (probabilities, surer)
        )
        assert after >= before, name
