from __future__ import annotations

import pytest

from rag.polarity import negation_differs, opposed, point_alike, reversed_terms

STENOSIS = "Lumbar spinal stenosis causes buttock pain provoked by walking or standing and relieved by sitting."


@pytest.mark.parametrize(
    ("claim", "is_opposed"),
    [
        ("Stenosis pain is relieved by walking.", True),
        ("Walking relieves stenosis pain.", True),
        ("Sitting worsens stenosis pain.", True),
        ("Stenosis pain is relieved by sitting.", False),
        ("Sitting relieves stenosis pain.", False),
        ("Stenosis pain is brought on by standing.", False),
    ],
)
def test_a_direction_is_held_against_what_it_governs(claim: str, is_opposed: bool) -> None:
    assert (opposed(claim, [STENOSIS]) is not None) is is_opposed


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Walking increased recurrence.", "Walking reduced recurrence."),
        ("WHO advises opioids.", "WHO advises against opioids."),
        ("Drug A is superior to drug B.", "Drug A is inferior to drug B."),
        ("Imaging before 6 weeks is advised.", "Imaging after 6 weeks is advised."),
        ("Heat is effective.", "Heat is ineffective."),
    ],
)
def test_opposite_words_on_one_axis_are_opposed_both_ways(claim: str, source: str) -> None:
    assert opposed(claim, [source])
    assert opposed(source, [claim])
    assert opposed(claim, [claim]) is None


@pytest.mark.parametrize(
    ("claim", "source", "why"),
    [
        ("NICE says to offer paracetamol alone.", "NICE says not to offer paracetamol alone.", "drops"),
        ("Imaging is needed.", "Imaging is not needed.", "drops"),
        ("Imaging is not needed.", "Imaging is needed.", "has a negation"),
        ("Surgery without delay helps.", "Surgery helps.", "has a negation"),
        ("The trial showed a benefit of ice.", "The trial failed to show a benefit of ice.", "drops"),
    ],
)
def test_a_dropped_or_added_negation_is_found(claim: str, source: str, why: str) -> None:
    reason = negation_differs(claim, [source])
    assert reason is not None
    assert why in reason


def test_a_negation_in_another_clause_does_not_count() -> None:
    source = "NSAIDs are recommended for back pain; paracetamol is not offered."
    assert negation_differs("NSAIDs are recommended for back pain.", [source]) is None


def test_a_statement_and_its_reverse_share_the_terms_they_turn_on() -> None:
    assert reversed_terms("buttock pain relieved by walking", STENOSIS) == {"walk"}
    assert reversed_terms("buttock pain relieved by sitting", STENOSIS) == frozenset()
    assert (
        reversed_terms("buttock pain relieved by walking", "Piriformis pain is made worse by sitting.") == frozenset()
    )


def test_sentences_point_alike_only_without_negation_or_opposition() -> None:
    bending = "Stenosis pain is relieved by bending forward."
    assert point_alike(bending, "Bending forward relieves the leg pain of stenosis.")
    assert not point_alike(bending, "Stenosis pain is not relieved by bending forward.")
    assert not point_alike(bending, "Stenosis pain is provoked by bending forward.")
    assert not point_alike(bending, "Stenosis is common.")
