"""Small edits that turn a sentence round, and those that do not."""

from __future__ import annotations

import pytest

from rag.verification.edits import follows_closely, turning_edit

DOSE = "The panel advises 20 mg of alphacaine daily for at least 6 weeks in adults with knee pain."


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("20 mg", "40 mg"),
        ("daily", "weekly"),
        ("at least", "at most"),
        ("weeks", "months"),
        ("advises", "advises against"),
        ("for at least", "for not"),
    ],
)
def test_a_changed_word_that_decides_is_named(was: str, now: str) -> None:
    reason = turning_edit(DOSE.replace(was, now, 1), [DOSE])
    assert reason is not None
    assert reason.startswith("changes “")


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("Nerve activity is elevated throughout normal pregnancy.", "Nerve activity is increased during a pregnancy."),
        ("The gene egr3 keeps B and T cells alive.", "The gene egr2 and egr3 both keep B and T cells alive."),
        ("Avoid alphacaine for knee pain.", "Avoid the use of alphacaine for knee pain."),
    ],
)
def test_a_synonym_or_a_name_with_a_digit_is_no_turning_edit(claim: str, sentence: str) -> None:
    assert turning_edit(claim, [sentence]) is None


def test_only_a_claim_in_the_order_of_its_sentence_follows_closely() -> None:
    assert follows_closely(DOSE.replace("panel", "board"), [DOSE])
    assert not follows_closely("For knee pain, alphacaine is an option.", [DOSE])
    assert not follows_closely("", [DOSE])
