"""Suggested questions lie next to the answer, are answered, and are not what has just been read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.answer import Answer
from rag.conversation.suggestions import MOST, Suggester, candidates, topic_words
from rag.errors import QuestionError
from rag.pipeline import AnswerPipeline
from rag.rendering.json_format import answer_record
from rag.retrieval.shelf import IndexShelf

STARTER = Path(__file__).resolve().parents[2] / "eval" / "suites" / "starter.jsonl"
QUESTIONS = [json.loads(line)["question"] for line in STARTER.read_text(encoding="utf-8").splitlines()][::10]
SEED = (
    "Is buttock pain relieved by walking related to Takayasu arteritis, piriformis syndrome, sacroiliac joint "
    "dysfunction, or lumbar spinal stenosis?"
)


@pytest.fixture(scope="module")
def shelf(real_pipeline: AnswerPipeline) -> IndexShelf:
    search: Any = real_pipeline.search
    return IndexShelf(search._index, search._retriever)


@pytest.fixture
def suggester(real_pipeline: AnswerPipeline, shelf: IndexShelf) -> Suggester:
    return Suggester(real_pipeline.ask, lambda: shelf)


@pytest.mark.parametrize("question", [SEED, *QUESTIONS])
def test_no_suggestion_ends_in_an_abstention(
    real_pipeline: AnswerPipeline, suggester: Suggester, question: str
) -> None:
    record = answer_record(real_pipeline.ask(question))
    suggested = suggester(record)
    assert len(suggested) <= MOST
    assert len(set(suggested)) == len(suggested)
    assert [one for one in suggested if real_pipeline.ask(one).outcome != "answer"] == []


def test_options_that_were_not_settled_come_first(real_pipeline: AnswerPipeline, suggester: Suggester) -> None:
    suggested = suggester(answer_record(real_pipeline.ask(SEED)))
    assert [name in one for name, one in zip(("Takayasu", "piriformis", "sacroiliac"), suggested, strict=True)] == [
        True
    ] * 3


def test_an_answer_that_could_not_be_given_still_leads_somewhere(
    real_pipeline: AnswerPipeline, suggester: Suggester
) -> None:
    answer = real_pipeline.ask("Dabigatran patient with an intracranial bleed: how much idarucizumab do I give?")
    assert answer.outcome == "abstention"
    assert suggester(answer_record(answer))


def test_what_is_asked_already_is_not_suggested(real_pipeline: AnswerPipeline, shelf: IndexShelf) -> None:
    record = answer_record(real_pipeline.ask("How is Takayasu arteritis treated?"))
    questions = [question for _, question in candidates(record, shelf)]
    assert "How is Takayasu arteritis treated?" not in questions
    assert "How is Takayasu arteritis diagnosed?" in questions


def test_a_question_is_tried_once_as_long_as_the_index_stays(real_pipeline: AnswerPipeline, shelf: IndexShelf) -> None:
    tried: list[str] = []

    def tries(question: str) -> Answer:
        tried.append(question)
        return real_pipeline.ask(question)

    suggester = Suggester(tries, lambda: shelf)
    record = answer_record(real_pipeline.ask(SEED))
    first = suggester(record)
    count = len(tried)
    assert suggester(record) == first
    assert len(tried) == count


def test_a_question_that_fails_is_passed_over(real_pipeline: AnswerPipeline, shelf: IndexShelf) -> None:
    def tries(question: str) -> Answer:
        raise QuestionError("no")

    assert Suggester(tries, lambda: shelf)(answer_record(real_pipeline.ask(SEED))) == ()


def test_an_answer_with_nothing_new_is_no_suggestion(real_pipeline: AnswerPipeline, shelf: IndexShelf) -> None:
    same = real_pipeline.ask(SEED)
    assert Suggester(lambda _: same, lambda: shelf)(answer_record(same)) == ()


WRITTEN = {
    "takayasu-arteritis": "Takayasu arteritis",
    "covid-19": "COVID-19",
    "type-2-diabetes-and-ckd": "type 2 diabetes and CKD",
}


@pytest.mark.parametrize(("topic", "words"), WRITTEN.items())
def test_topics_are_written_as_people_write_them(topic: str, words: str) -> None:
    assert topic_words(topic) == words
