"""What a claim advises, compares, denies or names the opposite of, against what its sentences say."""

from __future__ import annotations

import pytest

from rag.polarity.advice import advice_of, other_advice
from rag.polarity.agents import swapped_agent
from rag.polarity.comparisons import clashes_with_own_figures
from rag.polarity.opposites import opposite
from rag.polarity.unmatched import unmatched
from rag.verification.polarity_check import polarity_fault


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Zetamab should be given in asthma.", 1),
        ("Zetamab should never be given in asthma.", -1),
        ("Zetamab should be stopped in pregnancy.", -1),
        ("Zetamab should not be stopped in pregnancy.", 1),
        ("The board recommends against zetamab.", -1),
        ("The board no longer recommends zetamab.", -1),
        ("Nobody with asthma should take zetamab.", -1),
        ("Fever is no reason to start zetamab.", -1),
    ],
)
def test_advice_to_stop_or_against_is_advice_to_leave(text: str, sign: int) -> None:
    assert [advice.sign for advice in advice_of(text)] == [sign]


def test_an_advice_is_held_against_the_one_that_shares_most_with_it() -> None:
    sentence = "The board advises against zetamab alone in asthma, and says that all should receive lambdin drops."
    assert other_advice("Zetamab alone should be used in asthma.", [sentence]) is not None
    assert other_advice("In asthma all should receive lambdin drops.", [sentence]) is None
    assert other_advice("Zetamab alone should not be used in asthma.", [sentence]) is None


@pytest.mark.parametrize(
    ("claim", "clashes"),
    [
        ("Fewer falls occurred with zetamab (9.1%) than with placebo (6.0%).", True),
        ("More falls occurred with zetamab (9.1%) than with placebo (6.0%).", False),
        ("Zetamab increased falls, to 6.0% from 9.1%.", True),
        ("Falls rose from 6.0% to 9.1%.", False),
        ("Falls were not more frequent with zetamab (6.0%) than with placebo (9.1%).", False),
        ("Fewer than 5% fell, and 9% bled.", False),
    ],
)
def test_a_comparison_is_held_against_its_own_figures(claim: str, clashes: bool) -> None:
    assert (clashes_with_own_figures(claim) is not None) is clashes


@pytest.mark.parametrize(
    ("claim", "sentence", "turned"),
    [
        ("Ward patients were let into the trial.", "The trial excluded ward patients.", True),
        ("Ward patients were barred from the trial.", "The trial excluded ward patients.", False),
        ("Zetamab was continued in the extension.", "Patients who stopped zetamab in the extension relapsed.", True),
        ("High-dose zetamab is licensed.", "Low-dose zetamab is licensed.", True),
        ("Zetamab suits unstable angina.", "Zetamab suits stable angina.", True),
        ("Zetamab suits stable angina.", "Zetamab suits stable angina of effort.", False),
        ("Zetamab stabilises the joint.", "Joint instability was treated with zetamab.", False),
    ],
)
def test_an_opposite_word_about_the_same_thing_is_found(claim: str, sentence: str, turned: bool) -> None:
    assert (opposite(claim, [sentence]) is not None) is turned


@pytest.mark.parametrize(
    ("claim", "sentence", "adds"),
    [
        ("Gum bleeding was never seen on zetamab.", "Gum bleeding was seen on zetamab in a few of the boys.", True),
        ("Wrist splints with night rest are worn.", "Wrist splints without night rest are worn.", False),
        ("It is wrong that wrist splints are worn.", "Wrist splints are worn at night.", True),
    ],
)
def test_a_denial_without_counterpart_is_found_both_ways(claim: str, sentence: str, adds: bool) -> None:
    found = unmatched(claim, [sentence])
    assert found is not None
    assert found[0] is adds


def test_what_relieves_and_what_provokes_may_not_be_swapped() -> None:
    sentence = "The pain is brought on by climbing and relieved by lying flat."
    assert swapped_agent("Climbing relieves the pain and lying flat provokes it.", [sentence]) is not None
    assert swapped_agent("Climbing provokes the pain, which is relieved by lying flat.", [sentence]) is None


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        (
            "Zetamab did not change total falls (VITAL).",
            "In VITAL, 900 mg of zetamab did not change total falls.",
        ),
        ("Four or more of the signs had a sensitivity of 70%.", "At least 4 of the signs had a sensitivity of 70%."),
        (
            "The board does not recommend zetamab in gout.",
            "Zetamab is not recommended in gout by the board.",
        ),
        ("Death from all causes was no different.", "All-cause death did not differ between the groups."),
        (
            "Zetamab helps in heart failure with preserved ejection fraction.",
            "Zetamab helps in heart failure with mildly reduced or preserved ejection fraction.",
        ),
        ("Zetamab should not be given unless fever lasts.", "The board does not recommend zetamab unless fever lasts."),
        ("The board has not recommended zetamab since.", "The board stopped recommending zetamab."),
    ],
)
def test_a_true_rewording_of_a_kind_once_withheld_passes(claim: str, sentence: str) -> None:
    assert polarity_fault(claim, [sentence]) is None


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("Zetamab is given on general wards.", "Zetamab is given in intensive care."),
        ("Zetamab was tested in Asian patients.", "Zetamab was tested in African American patients."),
        ("Zetamab was tested in people unfit for surgery.", "Zetamab was tested in surgical candidates."),
        ("Pregnant women should take 5 drops of zetamab.", "People with gout should take 5 drops of zetamab."),
    ],
)
def test_another_place_descent_or_state_is_another_population(claim: str, sentence: str) -> None:
    fault = polarity_fault(claim, [sentence])
    assert fault is not None
    assert fault.kind == "population"
