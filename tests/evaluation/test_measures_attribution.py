"""Citation recall, precision, F1, faithfulness and contradiction rate: by hand, and against ALCE's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.measures.attribution import MEASURES
from eval.measures.catalogue import measure_named

RECALL, PRECISION, F1, FAITHFULNESS, CONTRADICTION = (measure.name for measure in MEASURES)
ANSWERABLE = {"expect": "answer"}
ICE, REST, HEAT = "Ice eases pain.", "Rest eases pain.", "Heat eases nothing."


def cited(scene: Any, text: str, *quotes: str, claim_id: str = "") -> dict[str, Any]:
    scene.add("knee", f"{ICE} {REST} {HEAT}")
    return scene.claim(text, *(scene.cite("knee", quote) for quote in quotes), claim_id=claim_id)


def one_of_two(scene: Any) -> Any:
    """One statement that its only citation supports, one that its only citation does not."""
    answer = scene.answer(cited(scene, "Use ice.", ICE), cited(scene, "Use heat.", HEAT))
    return scene.case(answer, {(ICE, "Use ice."): 0.9, (HEAT, "Use heat."): (0.1, 0.8)}, item=ANSWERABLE)


def superfluous(scene: Any) -> Any:
    """Ice and heat cited for ice: the second adds nothing."""
    answer = scene.answer(cited(scene, "Use ice.", ICE, HEAT))
    said = {(f"{ICE} {HEAT}", "Use ice."): 0.9, (ICE, "Use ice."): 0.8, (HEAT, "Use ice."): 0.1}
    return scene.case(answer, said, item=ANSWERABLE)


def joint(scene: Any) -> Any:
    """Two citations, neither of which carries the statement without the other."""
    answer = scene.answer(cited(scene, "Use both.", ICE, REST))
    said = {(f"{ICE} {REST}", "Use both."): 0.9, (ICE, "Use both."): 0.2, (REST, "Use both."): 0.3}
    return scene.case(answer, said, item=ANSWERABLE)


def uncited(scene: Any) -> Any:
    answer = scene.answer(cited(scene, "Use ice.", ICE), scene.claim("Use magnets."))
    return scene.case(answer, {(ICE, "Use ice."): 0.9}, item=ANSWERABLE)


def unjudged(scene: Any) -> Any:
    answer = scene.answer(cited(scene, "Use ice.", ICE), cited(scene, "Use rest.", REST))
    return scene.case(answer, {(ICE, "Use ice."): 0.9, (REST, "Use rest."): None}, item=ANSWERABLE)


def abstained(scene: Any) -> Any:
    return scene.case(scene.answer(), item=ANSWERABLE)


def rightly_abstained(scene: Any) -> Any:
    return scene.case(scene.answer(), item={"expect": "abstention"})


def missing(scene: Any) -> Any:
    return scene.case(None, item=ANSWERABLE)


def refuted(scene: Any) -> Any:
    answer = scene.answer(cited(scene, "Heat helps.", HEAT), scene.claim("Use magnets."))
    return scene.case(answer, {(HEAT, "Heat helps."): (0.05, 0.9)}, item=ANSWERABLE)


EXAMPLES = [
    (RECALL, one_of_two, 1 / 2, ""),
    (RECALL, superfluous, 1.0, ""),
    (RECALL, uncited, 1 / 2, ""),
    (RECALL, unjudged, "unscored", "a judgement that failed"),
    (RECALL, missing, "unscored", "a row that failed"),
    (RECALL, abstained, 0.0, "an abstention where an answer is expected"),
    (RECALL, rightly_abstained, "does not apply", ""),
    (PRECISION, one_of_two, 1 / 2, ""),
    (PRECISION, superfluous, 1 / 2, ""),
    (PRECISION, joint, 1.0, ""),
    (PRECISION, uncited, 1.0, ""),
    (PRECISION, unjudged, "unscored", "a judgement that failed"),
    (PRECISION, abstained, 0.0, "an abstention where an answer is expected"),
    # Recall 1, precision 1/2: 2 x 1 x 1/2 : 3/2.
    (F1, superfluous, 2 / 3, ""),
    # Recall 1/2, precision 1: the same.
    (F1, uncited, 2 / 3, ""),
    (F1, abstained, 0.0, "an abstention where an answer is expected"),
    (F1, unjudged, "unscored", "a judgement that failed"),
    (FAITHFULNESS, one_of_two, 1 / 2, ""),
    (FAITHFULNESS, uncited, 1 / 2, ""),
    (FAITHFULNESS, joint, 1.0, ""),
    (FAITHFULNESS, abstained, "does not apply", "an abstention: nothing is stated"),
    (FAITHFULNESS, missing, "unscored", "a row that failed"),
    (CONTRADICTION, one_of_two, 1 / 2, ""),
    (CONTRADICTION, refuted, 1.0, "a statement without a citation is not counted"),
    (CONTRADICTION, superfluous, 0.0, ""),
    (CONTRADICTION, unjudged, "unscored", "a judgement that failed"),
    (CONTRADICTION, abstained, "does not apply", "an abstention"),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one[0]}-{one[1].__name__}")
def test_a_measure_gives_what_was_worked_out_by_hand(example: Any, holds: Any) -> None:
    holds(example)


def test_every_measure_has_three_examples_and_one_with_a_gap(cover: Any) -> None:
    cover(MEASURES, EXAMPLES)


def test_a_quote_cited_twice_counts_once(scene: Any) -> None:
    case = scene.case(scene.answer(cited(scene, "Use ice.", ICE, ICE)), {(ICE, "Use ice."): 0.9})
    assert measure_named(PRECISION).score(case).why.startswith("1 of 1 ")


def test_absences_and_the_programs_own_fixed_words_are_no_statements(scene: Any) -> None:
    fixed = scene.claim(
        "Knee: the cited guideline and research sentences differ.", claim_id="a1", relation="diverge", topic="knee"
    )
    absence = scene.claim("Nothing on magnets.", type="absence")
    answer = scene.answer(cited(scene, "Use ice.", ICE), absence, agreement=[fixed])
    assert [claim.text for claim in answer.statements()] == ["Use ice."]
    # Words of its own under the same relation are a statement like any other.
    own = scene.claim("Guidelines and trials differ.", claim_id="a1", relation="diverge")
    assert len(scene.answer(agreement=[own]).statements()) == 1


Entails = Mapping[frozenset[int], bool]


def alce_recall(statements: Sequence[tuple[Sequence[int], Entails]]) -> float:
    """Gao et al. 2023, section 3, citation recall: 1 for a statement with at least one citation whose citations,
    concatenated, entail it, else 0; averaged over the statements."""
    return sum(bool(cites) and entails[frozenset(cites)] for cites, entails in statements) / len(statements)


def alce_precision(statements: Sequence[tuple[Sequence[int], Entails]]) -> float:
    """Ibidem, citation precision: a citation is irrelevant if (a) it alone does not entail the statement and (b)
    removing it from the citations does not stop the rest from entailing it. It scores 1 if and only if its statement
    has recall 1 and it is not irrelevant; averaged over all citations."""
    scores = []
    for cites, entails in statements:
        for one in cites:
            rest = frozenset(cites) - {one}
            irrelevant = not entails[frozenset({one})] and (bool(rest) and entails[rest])
            scores.append(entails[frozenset(cites)] and not irrelevant)
    return sum(scores) / len(scores)


def answer_of(scene: Any, statements: Sequence[tuple[Sequence[int], Entails]]) -> Any:
    """The same statements as an answer, with a judge that says exactly what `entails` says."""
    texts = [ICE, REST, HEAT]
    said, claims = {}, []
    for place, (cites, entails) in enumerate(statements):
        text = f"Statement {place}."
        claims.append(cited(scene, text, *(texts[one] for one in cites), claim_id=f"c{place}"))
        for subset, supported in entails.items():
            said[" ".join(texts[one] for one in sorted(subset)), text] = 0.9 if supported else 0.1
    return scene.case(scene.answer(*claims), said, item=ANSWERABLE)


SUBSETS = [frozenset(one) for one in ([0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2])]


@pytest.mark.parametrize("cites", [[0], [0, 1], [0, 1, 2]])
def test_recall_and_precision_are_alces_for_whatever_a_judge_may_say(scene: Any, cites: list[int]) -> None:
    """Every possible judge: all assignments of entails or not to the subsets of the citations."""
    subsets = [one for one in SUBSETS if one <= frozenset(cites)]
    for verdicts in product([False, True], repeat=len(subsets)):
        statement = (cites, dict(zip(subsets, verdicts, strict=True)))
        case = answer_of(scene, [statement])
        assert measure_named(RECALL).score(case).value == alce_recall([statement])
        assert measure_named(PRECISION).score(case).value == alce_precision([statement])


@st.composite
def judged_statements(draw: Any) -> list[tuple[list[int], dict[frozenset[int], bool]]]:
    statements = []
    for _ in range(draw(st.integers(1, 4))):
        cites = draw(st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True))
        subsets = [one for one in SUBSETS if one <= frozenset(cites)]
        statements.append((sorted(cites), {one: draw(st.booleans()) for one in subsets}))
    return statements


@given(judged_statements())
def test_answers_of_several_statements_agree_with_alce(new_scene: Any, statements: Any) -> None:
    case = answer_of(new_scene(), statements)
    assert measure_named(RECALL).score(case).value == pytest.approx(alce_recall(statements))
    assert measure_named(PRECISION).score(case).value == pytest.approx(alce_precision(statements))


@given(judged_statements(), st.randoms(use_true_random=False))
def test_the_order_of_claims_changes_nothing(new_scene: Any, statements: Any, random: Any) -> None:
    shuffled = random.sample(statements, len(statements))
    for measure in MEASURES:
        first, second = (measure.score(answer_of(new_scene(), one)).value for one in (statements, shuffled))
        assert first == pytest.approx(second)


@given(judged_statements())
def test_a_claim_that_becomes_supported_never_lowers_a_score(new_scene: Any, statements: Any) -> None:
    cites, entails = statements[0]
    better = [(cites, entails | {frozenset(cites): True}), *statements[1:]]
    for name in (RECALL, PRECISION, F1, FAITHFULNESS):
        before, after = (measure_named(name).score(answer_of(new_scene(), one)).value for one in (statements, better))
        assert after >= before
