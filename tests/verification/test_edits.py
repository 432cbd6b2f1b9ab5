"""Small edits that turn a sentence round, and those that do not."""

from __future__ import annotations

import pytest

from rag.verification.edits import follows_closely, put_alike, turning_edit

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


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("Alphacaine relieved pain in adults.", "Alphacaine significantly relieved pain in adults."),
        ("In adults alphacaine relieved pain only.", "Alphacaine only relieved pain in adults."),
        ("Adults older than 40 years took part.", "Adults aged > 40 years took part."),
        ("Pain was slower to ease versus placebo.", "Pain was less quickly to ease than placebo."),
        ("Adults were seen after 3 weeks and again at 9.", "Adults were seen after 3 weeks and again at 9 weeks."),
        ("Adults, above all those with pain, benefit.", "Adults, particularly those with pain, benefit."),
        ("Adults get it rather than betamab each day.", "Adults get it instead of betamab daily."),
    ],
)
def test_what_is_moved_left_out_or_said_in_another_word_of_its_kind_turns_nothing(claim: str, sentence: str) -> None:
    assert turning_edit(put_alike(claim), [put_alike(sentence)]) is None


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("Adults under 40 years took part in it.", "Adults over 40 years took part in it."),
        ("Nearly all of the adults with pain improved.", "Some of the adults with pain improved."),
        ("Only adults with knee pain took part in it.", "Adults with knee pain took part in it."),
        ("The panel firmly recommends it for knee pain.", "The panel conditionally recommends it for knee pain."),
        ("The pain of the adults may get worse on it.", "The pain of the adults may get better on it."),
        ("It was given to adults for 3 weeks at most.", "It was given to adults for 3 weeks at least."),
    ],
)
def test_what_is_put_for_its_opposite_turns(claim: str, sentence: str) -> None:
    assert turning_edit(put_alike(claim), [put_alike(sentence)]) is not None


def test_only_a_claim_in_the_order_of_its_sentence_follows_closely() -> None:
    assert follows_closely(DOSE.replace("panel", "board"), [DOSE])
    assert not follows_closely("For knee pain, alphacaine is an option.", [DOSE])
    assert not follows_closely("", [DOSE])
