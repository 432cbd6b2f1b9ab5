"""Follow-ups made stand-alone by rules: what is put in, what is put in the place of what, and when nothing is."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rag.conversation.base import Asked, Condensed
from rag.conversation.mentions import Vocabulary
from rag.conversation.rules import RuleCondenser

VOCABULARY = Vocabulary()
RULES = RuleCondenser(VOCABULARY)


def rewritten(*questions: str, told: str = "") -> Condensed:
    """The last of some questions, each rewritten from those before it."""
    earlier: list[Asked] = []
    condensed = Condensed("", "first")
    for question in questions:
        condensed = RULES.condense(question, tuple(earlier))
        earlier.append(Asked(question, condensed.standalone, condensed.relation, told))
    return condensed


@pytest.mark.parametrize(
    ("first", "then", "standalone"),
    [
        (
            "Does pregabalin help sciatica?",
            "What are its side effects?",
            "What are the side effects of pregabalin in sciatica?",
        ),
        ("Does pregabalin help sciatica?", "When is an MRI needed?", "When is an MRI needed in sciatica?"),
        ("Does pregabalin help sciatica?", "What about opioids?", "Does opioids help sciatica?"),
        ("What causes gout?", "How is it diagnosed?", "How is gout diagnosed?"),
        (
            "Is apixaban better than warfarin in atrial fibrillation?",
            "And rivaroxaban?",
            "Is rivaroxaban better than warfarin in atrial fibrillation?",
        ),
        (
            "Is apixaban safe in atrial fibrillation?",
            "Compared with warfarin?",
            "Is apixaban safe in atrial fibrillation compared with warfarin?",
        ),
        (
            "Do statins prevent heart attacks in adults over 75?",
            "And in women under 50?",
            "Do statins prevent heart attacks in women under 50?",
        ),
        (
            "What is the blood pressure target in hypertension according to the ESC?",
            "And NICE?",
            "What is the blood pressure target in hypertension according to NICE?",
        ),
        ("What did SPRINT show?", "And STEP?", "What did STEP show?"),
        (
            "Which drug lowers urate in gout?",
            "What if it does not work?",
            "What is recommended if drug does not work in gout?",
        ),
        (
            "What is recommended for knee osteoarthritis?",
            "And for the hip?",
            "What is recommended for hip osteoarthritis?",
        ),
        (
            "What is the serum urate target in gout?",
            "Does the ACP agree?",
            "What is the serum urate target in gout according to the ACP?",
        ),
        (
            "What dose of steroids should be started in giant cell arteritis?",
            "She has lost vision in one eye.",
            "What dose of steroids should be started in giant cell arteritis if she has lost vision in one eye?",
        ),
        (
            "Are opioids safe in sciatica?",
            "Is it safe to stop aspirin before surgery?",
            "Is it safe to stop aspirin before surgery in sciatica?",
        ),
        ("How do you get Lyme Disease?", "Can it be cured?", "Can Lyme Disease be cured?"),
        ("Is romosozumab safe in osteoporosis?", "I meant denosumab", "Is denosumab safe in osteoporosis?"),
    ],
)
def test_a_follow_up_is_completed_from_the_question_before(first: str, then: str, standalone: str) -> None:
    assert rewritten(first, then).standalone == standalone


def test_the_subject_is_carried_through_several_turns() -> None:
    found = rewritten(
        "How is Takayasu arteritis treated?", "Starting dose of prednisone?", "How fast can it be tapered?"
    )
    assert found.standalone == "How fast can prednisone be tapered in Takayasu arteritis?"


def test_which_of_two_gets_both_as_its_options() -> None:
    found = rewritten("Does apixaban help in atrial fibrillation?", "What about warfarin?", "Which is safer?")
    assert {"apixaban", "warfarin"} <= set(found.standalone.replace("?", "").replace(",", "").split())
    assert " or " in found.standalone


def test_a_first_question_is_left_as_it_is() -> None:
    assert rewritten("does  it help?") == Condensed("does it help?", "first")


def test_a_question_with_its_own_condition_takes_nothing_over() -> None:
    found = rewritten("Does pregabalin help sciatica?", "Does the MMR vaccine cause autism?")
    assert found == Condensed("Does the MMR vaccine cause autism?", "new_subject")


def test_a_change_that_is_announced_starts_afresh() -> None:
    found = rewritten("Does pregabalin help sciatica?", "Another topic: does vitamin D help?")
    assert found == Condensed("Does vitamin D help?", "new_subject")


def test_a_change_of_subject_hides_the_turns_before_it() -> None:
    found = rewritten("Does pregabalin help sciatica?", "How is gout treated?", "And in kidney disease?")
    assert "gout" in found.standalone
    assert "sciatica" not in found.standalone


def test_the_answer_says_which_drug_was_meant() -> None:
    told = "The guideline recommends allopurinol as the first-line drug."
    found = rewritten("Which drug is first-line in gout?", "What are its side effects?", told=told)
    assert found.standalone == "What are the side effects of allopurinol in gout?"


class Shelves:
    """Subjects by words: statins stand on one shelf, everything else on the other."""

    def near(self, text: str) -> frozenset[str]:
        return frozenset(("statins",)) if "statin" in text else frozenset(("gout",))

    def speak_of(self, phrase: str, topics: frozenset[str]) -> bool:
        return "botulinum" not in phrase and bool(topics & self.near(phrase))


ABOUT_GOUT = (Asked("Which drug is first-line in gout?", "Which drug is first-line in gout?"),)


def test_a_whole_question_on_a_treatment_of_another_subject_is_left_alone() -> None:
    found = RuleCondenser(VOCABULARY, Shelves()).condense(
        "Does rosuvastatin reduce the risk of heart attacks?", ABOUT_GOUT
    )
    assert found == Condensed("Does rosuvastatin reduce the risk of heart attacks?", "new_subject")


@pytest.mark.parametrize("treatment", ["colchicine", "botulinum toxin"])
def test_a_treatment_of_the_same_subject_or_of_none_is_a_follow_up(treatment: str) -> None:
    question = f"Does {treatment} reduce the risk of heart attacks?"
    found = RuleCondenser(VOCABULARY, Shelves()).condense(question, ABOUT_GOUT)
    assert found == Condensed(f"Does {treatment} reduce the risk of heart attacks in gout?", "follow_up")


def test_a_condition_that_was_said_to_be_absent_is_not_carried_as_present() -> None:
    found = rewritten("Do SGLT2 inhibitors protect the kidney in people without diabetes?", "What dose is used?")
    assert "without diabetes" in found.standalone


def test_after_a_question_about_the_answer_the_one_before_it_goes_on() -> None:
    found = rewritten(
        "Is apixaban safe in atrial fibrillation?", "How strong is that recommendation?", "And dabigatran?"
    )
    assert found.standalone == "Is dabigatran safe in atrial fibrillation?"


def test_the_same_conversation_is_always_rewritten_alike() -> None:
    turns = ("Is apixaban safe in atrial fibrillation?", "And bleeding?", "In the elderly?")
    assert len({RuleCondenser(Vocabulary()).condense(turns[1], (Asked(turns[0], turns[0]),)) for _ in range(3)}) == 1


@pytest.mark.parametrize(
    "odd", ["?", "and", "...", "it", "what about", "/", "(", "[1]", "🙂", "a" * 500, "no, I meant"]
)
def test_odd_lines_do_not_fail(odd: str) -> None:
    assert rewritten("Does pregabalin help sciatica?", odd).standalone


def test_mentions_do_not_overlap_and_stand_where_they_say() -> None:
    text = "In adults under 65 with type 2 diabetes, what does the ESC say on SGLT2 inhibitors after SPRINT?"
    found = VOCABULARY.find(text)
    assert [one.kind for one in found] == ["population", "condition", "issuer", "treatment", "trial"]
    assert all(text[one.start : one.end] == one.text for one in found)
    assert all(left.end <= right.start for left, right in pairwise(found))


def test_plain_words_are_no_issuers() -> None:
    assert not [one for one in VOCABULARY.find("Is it nice to know who takes statins?") if one.kind == "issuer"]
