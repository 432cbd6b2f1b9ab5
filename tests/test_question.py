from __future__ import annotations

import pytest

from rag.errors import QuestionError
from rag.question import Question, parse_question


def parse(text: str) -> Question:
    return parse_question(text, max_chars=2000)


@pytest.mark.parametrize(
    ("text", "options", "stem"),
    [
        (
            "Is buttock pain relieved by walking related to Takayasu arteritis, piriformis syndrome, "
            "sacroiliac joint dysfunction, or lumbar spinal stenosis?",
            ("Takayasu arteritis", "piriformis syndrome", "sacroiliac joint dysfunction", "lumbar spinal stenosis"),
            "buttock pain relieved by walking",
        ),
        (
            "Which is better for acute gout: colchicine, naproxen or prednisone?",
            ("colchicine", "naproxen", "prednisone"),
            "better for acute gout",
        ),
        (
            "Should I give aspirin or clopidogrel for peripheral artery disease?",
            ("aspirin", "clopidogrel"),
            "for peripheral artery disease",
        ),
        (
            "Leg pain when walking: is it peripheral artery disease or lumbar spinal stenosis?",
            ("peripheral artery disease", "lumbar spinal stenosis"),
            "Leg pain when walking",
        ),
        (
            "methotrexate vs azathioprine in Takayasu arteritis",
            ("methotrexate", "azathioprine"),
            "in Takayasu arteritis",
        ),
        (
            "Is low back pain in a 30 year old due to axial spondyloarthritis or mechanical low back pain?",
            ("axial spondyloarthritis", "mechanical low back pain"),
            "low back pain in a 30 year old",
        ),
        (
            "Which is preferred for Takayasu arteritis, methotrexate or tocilizumab?",
            ("methotrexate", "tocilizumab"),
            "preferred for Takayasu arteritis",
        ),
        ("Should I use ibuprofen or colchicine in gout?", ("ibuprofen", "colchicine"), "in gout"),
    ],
)
def test_named_options_and_what_is_asked_of_them_are_taken_apart(
    text: str, options: tuple[str, ...], stem: str
) -> None:
    question = parse(text)
    assert question.options == options
    assert question.stem == stem


@pytest.mark.parametrize(
    "text",
    [
        "Are opioids recommended for acute low back pain?",
        "Are heat and massage useful in acute low back pain?",
        "What is the dose of prednisone in giant cell arteritis and Takayasu arteritis?",
        "Does low back pain or sciatica need imaging within six weeks of its onset in primary care practice?",
    ],
)
def test_a_question_without_alternatives_is_one_query(text: str) -> None:
    question = parse(text)
    assert question.options == ()
    assert [query.aspect for query in question.queries()] == ["question"]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Are opioids recommended for acute low back pain?", "opioids"),
        ("Does pregabalin help sciatica?", "pregabalin"),
        ("Do steroid injections in the hip joint help osteoarthritis?", "steroid injections"),
        ("Should I use a TENS machine?", ""),
        ("Should supervised exercise be offered in gout?", "supervised exercise"),
        ("What relieves knee pain?", ""),
        ("Can I use apixaban in atrial fibrillation with CrCl 22 mL/min?", "apixaban"),
        ("May she still take an NSAID with a stomach ulcer?", "NSAID"),
        ("Is it safe to give colchicine to a man on dialysis?", "colchicine"),
    ],
)
def test_the_treatment_a_yes_or_no_question_asks_about_is_its_subject(text: str, subject: str) -> None:
    assert parse(text).subject == subject


def test_a_class_of_drugs_is_searched_for_with_its_drugs_and_a_drug_with_its_class() -> None:
    of_class = parse("Do gepants prevent migraine?").queries()
    assert [query.aspect for query in of_class] == ["question", "question"]
    assert of_class[1].text == "Do gepants prevent migraine? (rimegepant, ubrogepant, atogepant)"
    assert [query.text for query in parse("Does rimegepant prevent migraine?").queries()][1:] == [
        "Does rimegepant prevent migraine? (gepant)"
    ]
    (first, second, *_) = parse("Should I give gepants or topiramate in migraine?").queries()
    assert first.text.startswith("gepants (rimegepant, ubrogepant, atogepant): ")
    assert (first.topic, second.topic) == ("gepants", "topiramate")


@pytest.mark.parametrize(
    ("text", "diagnostic", "urgent"),
    [
        ("Is knee pain due to gout or bursitis?", True, False),
        ("Knee pain worse at night: gout or bursitis?", True, False),
        ("Which is worse for knee pain: sitting or walking?", False, False),
        ("What percentage of low back pain is due to piriformis syndrome?", False, False),
        ("Does heat help low back pain?", False, False),
        ("I cannot pee and my saddle area is numb", True, True),
        ("How sensitive is urinary retention for cauda equina syndrome?", False, False),
    ],
)
def test_only_what_a_symptom_comes_from_calls_for_more_than_was_asked(
    text: str, diagnostic: bool, urgent: bool
) -> None:
    question = parse(text)
    assert (question.diagnostic, question.urgent) == (diagnostic, urgent)


def test_a_symptom_question_also_asks_for_other_causes_and_red_flags() -> None:
    question = parse("Is buttock pain relieved by walking related to sciatica or piriformis syndrome?")
    assert [query.aspect for query in question.queries()] == ["option", "option", "unnamed", "red_flags"]
    assert question.queries()[-1].text == "red flags, serious cause of buttock pain"


@pytest.mark.parametrize("text", ["", "   \n", "?!", "42"])
def test_a_question_without_words_is_refused(text: str) -> None:
    with pytest.raises(QuestionError):
        parse(text)


def test_a_question_that_is_too_long_names_both_lengths_in_one_short_line() -> None:
    with pytest.raises(QuestionError, match="100000 characters, more than 2000") as caught:
        parse("a" * 100_000)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("text", "animal"),
    [
        ("How do I treat a migraine in my cat's left hind leg?", True),
        ("Does my dog need an MRI?", True),
        ("What are the red flags for cauda equina syndrome?", False),
        ("Is a CAT scan needed, or a PET scan?", False),
        ("Which antibiotic is given after a dog bite?", False),
        ("His dog bit him: is rabies vaccination needed?", False),
        ("Does ibuprofen work in dogs?", True),
        ("What is a safe dose of paracetamol for a cat?", True),
        ("Which category of evidence supports NSAIDs?", False),
    ],
)
def test_questions_about_animals_are_recognised(text: str, animal: bool) -> None:
    assert parse(text).about_animals is animal
