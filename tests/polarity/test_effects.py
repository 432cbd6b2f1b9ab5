"""What a clause says to rise, fall, help or be advised."""

from __future__ import annotations

import pytest

from rag.polarity.contrasts import contrast
from rag.polarity.effects import effects


@pytest.mark.parametrize(
    ("text", "axis", "sign", "good"),
    [
        ("Zetamab lowers mortality.", "amount", -1, 1),
        ("Mortality was lower with zetamab.", "amount", -1, 1),
        ("Zetamab improved survival.", "good", 1, 1),
        ("Zetamab was associated with a lower risk of death.", "amount", -1, 1),
        ("Zetamab did not reduce mortality.", "amount", 0, 0),
        ("There is no evidence that zetamab works.", "good", -1, -1),
        ("Zetamab is not recommended for asthma.", "advice", -1, None),
        ("The panel recommends against zetamab.", "advice", -1, None),
        ("Zetamab should be avoided.", "advice", -1, None),
    ],
)
def test_the_sign_of_an_effect_is_the_product_of_its_words(text: str, axis: str, sign: int, good: int | None) -> None:
    (found,) = effects(text)
    assert (found.axis, found.sign, found.good) == (axis, sign, good)


def test_a_negation_carries_over_to_the_second_verb() -> None:
    assert [found.good for found in effects("Zetamab did not improve survival or reduce the number of strokes.")] == [
        -1,
        0,
    ]


def test_what_is_taken_away_turns_what_it_does() -> None:
    (loss,) = effects("Deletion of the kinase increases fibrosis.")
    assert (loss.sign, loss.subject_sign) == (1, -1)


def test_a_comparison_the_other_way_round_with_the_opposite_word_is_the_same() -> None:
    higher = "Bleeding was higher with muparin than with lambdin."
    assert contrast("Bleeding was lower with lambdin than with muparin.", [higher]) is None
    found = contrast("Bleeding was higher with lambdin than with muparin.", [higher])
    assert found is not None
    assert "haemorrhag" in found.about


def test_effects_that_point_both_ways_are_left_to_the_model() -> None:
    both = ["Zetamab lowered mortality in the first trial.", "Zetamab raised mortality in the second trial."]
    assert contrast("Zetamab lowers mortality.", both) is None
    assert contrast("Zetamab lowers mortality.", both[1:]) is not None
