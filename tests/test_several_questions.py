"""Several questions in one: each is answered under a topic of its own, or said not to be found."""

from __future__ import annotations

import pytest

from eval.datasets import load_suite
from rag.answer import Answer
from rag.conversation.mentions import Vocabulary
from rag.conversation.rules import RuleCondenser
from rag.conversation.several import QuestionSplitter
from rag.pipeline import AnswerPipeline


@pytest.fixture(scope="module")
def splitter() -> QuestionSplitter:
    vocabulary = Vocabulary()
    return QuestionSplitter(RuleCondenser(vocabulary), vocabulary)


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "What is the dose of apixaban in atrial fibrillation, and is it safe in pregnancy?",
            (
                "What is the dose of apixaban in atrial fibrillation?",
                "Is apixaban safe in pregnancy in atrial fibrillation?",
            ),
        ),
        (
            "Does dapagliflozin work in heart failure? Does it prevent dementia?",
            ("Does dapagliflozin work in heart failure?", "Does dapagliflozin prevent dementia?"),
        ),
        (
            "82F with AF. Which dose of apixaban does she need, and should aspirin be added?",
            ("82F with AF. Which dose of apixaban does she need?", "Should aspirin be added in AF?"),
        ),
        (
            "What comes first in gout, and at what dose is it started?",
            ("What comes first in gout?", "At what dose is it started: What comes first in gout?"),
        ),
    ],
)
def test_each_question_is_made_to_stand_alone(
    splitter: QuestionSplitter, question: str, parts: tuple[str, ...]
) -> None:
    assert splitter.split(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "What is the dose of apixaban?",
        "Is buttock pain due to stenosis, or is it the piriformis?",
        "Is diclofenac gel worth it, or should I go to tablets?",
        "Does it help in gout and asthma?",
        "Apixaban or warfarin? Why?",
        "He is 82. He has gout. What now?",
        "A, and what? And what? And which? And who?",
    ],
)
def test_one_question_stays_one(splitter: QuestionSplitter, question: str) -> None:
    assert splitter.split(question) == (question,)


def topics_of(answer: Answer) -> tuple[set[str | None], set[str]]:
    return {claim.topic for claim in (*answer.guidelines, *answer.research)}, {one.topic for one in answer.not_found}


def test_what_is_answered_and_what_is_not_found_stand_under_their_own_topics(real_pipeline: AnswerPipeline) -> None:
    answer = real_pipeline.ask("What is the dose of apixaban in atrial fibrillation, and is it safe in pregnancy?")
    dose, pregnancy = (
        "What is the dose of apixaban in atrial fibrillation?",
        "Is apixaban safe in pregnancy in atrial fibrillation?",
    )
    said, missing = topics_of(answer)
    assert said == {dose}
    assert pregnancy in missing
    assert any("5 mg twice daily" in claim.text for claim in answer.short_answer)
    assert all(claim.topic == dose for claim in answer.agreement)
    of_class = f"{pregnancy} (direct oral anticoagulant)"
    assert {query for one in answer.not_found for query in one.searched.queries} == {dose, pregnancy, of_class}


def test_no_part_is_lost(real_pipeline: AnswerPipeline, splitter: QuestionSplitter) -> None:
    for item in load_suite("several"):
        assert len(splitter.split(item.question)) == 2, item.question
        said, missing = topics_of(real_pipeline.ask(item.question))
        assert len(said | missing) == 2, item.question


def test_numbers_are_contiguous_and_every_citation_is_cut_from_its_source(real_pipeline: AnswerPipeline) -> None:
    answer = real_pipeline.ask(
        "Does NICE recommend gabapentinoids for sciatica, and does WHO recommend TENS for chronic low back pain?"
    )
    assert [reference.number for reference in answer.references] == list(range(1, len(answer.references) + 1))
    claims = (*answer.short_answer, *answer.guidelines, *answer.research)
    assert {citation.number for claim in claims for citation in claim.citations} <= {
        reference.number for reference in answer.references
    }
    assert all(claim.text == claim.citations[0].quote for claim in (*answer.guidelines, *answer.research))
    topics = [claim.topic for claim in answer.short_answer]
    assert max(topics.count(topic) for topic in topics) <= 2
