"""Question sets: those we ship are sound, and a broken one is named in one line."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from eval.datasets import DatasetError, Item, load_conversations, load_suite
from rag.config import Settings
from rag.ingestion.corpus_file import read_corpus
from rag.text import terms
from rag.types import Document

CATEGORIES = {
    "plain",
    "options",
    "comparison",
    "dosing",
    "diagnostic_accuracy",
    "false_premise",
    "conflicting",
    "retracted",
    "superseded",
    "unanswerable",
    "out_of_scope",
}
OLDER = ("first", "wording", "bedside", "conditions")


@pytest.fixture(scope="module")
def corpus(real_settings: Settings) -> dict[str, Document]:
    return {document.source.source_id: document for document in read_corpus(real_settings.corpus_dir)}


@pytest.fixture(scope="module")
def starter() -> list[Item]:
    return load_suite("starter")


@pytest.fixture(scope="module", params=["starter", "other_words"])
def nuggeted(request: pytest.FixtureRequest) -> list[Item]:
    return load_suite(request.param)


def test_the_starter_has_every_category_and_enough_questions(starter: list[Item]) -> None:
    assert len(starter) >= 120
    counts = Counter(item.category for item in starter)
    assert set(counts) == CATEGORIES
    assert min(counts.values()) >= 5
    assert len({item.question_id for item in starter}) == len({item.question for item in starter}) == len(starter)


def test_what_has_an_answer_has_vital_nuggets_and_what_has_none_has_no_nugget(nuggeted: list[Item]) -> None:
    for item in nuggeted:
        assert item.expect is not None, item.question_id
        vital = [nugget for nugget in item.nuggets if nugget.importance == "vital"]
        assert bool(vital) == (item.expect == "answer"), item.question_id
        assert bool(item.sources) == (item.expect == "answer"), item.question_id
        ids = [nugget.nugget_id for nugget in item.nuggets]
        assert len(set(ids)) == len(ids), item.question_id
    assert {item.expect for item in nuggeted if item.category in ("unanswerable", "out_of_scope")} == {"abstention"}


def test_every_nugget_is_tied_to_whole_sentences_of_current_sources(
    nuggeted: list[Item], corpus: dict[str, Document]
) -> None:
    tied = [(item, nugget, one) for item in nuggeted for nugget in item.nuggets for one in nugget.sentences]
    assert len(tied) > 200
    for item, nugget, one in tied:
        where = f"{item.question_id} {nugget.nugget_id}"
        document = corpus[one.source_id]
        assert document.source.status == "current", where
        start = document.text.find(one.quote)
        assert start >= 0, where
        before, after = document.text[:start].rstrip(" "), document.text[start + len(one.quote) :]
        # A whole sentence: begun by the text, a line or the end of another, and with an end of its own.
        assert not before or before[-1] in "\n.!?", where
        assert one.quote[-1] in ".!?", where
        assert not after or after[0] in " \n", where
    assert all(nugget.sentences for item in nuggeted for nugget in item.nuggets)


def test_sources_and_options_are_those_of_its_nuggets(nuggeted: list[Item], corpus: dict[str, Document]) -> None:
    for item in nuggeted:
        assert set(item.sources) <= set(corpus), item.question_id
        assert {nugget.option for nugget in item.nuggets} - {None} <= set(item.options), item.question_id
        for option in item.options:
            assert set(terms(option)) <= set(terms(item.question)), (item.question_id, option)


def test_what_is_said_of_agreement_fits_the_kinds_of_the_nuggets(
    starter: list[Item], corpus: dict[str, Document]
) -> None:
    for item in starter:
        kinds = {corpus[one.source_id].source.kind for nugget in item.nuggets for one in nugget.sentences}
        if item.agreement == "one_side":
            assert len(kinds) == 1, item.question_id
        if item.agreement == "agree":
            assert len(kinds) == 2, item.question_id


def test_expected_sources_of_the_older_suites_are_in_the_corpus(corpus: dict[str, Document]) -> None:
    for suite in OLDER:
        for item in load_suite(suite):
            assert set(item.sources) <= set(corpus), item.question_id


def test_the_conversations_have_three_to_five_turns_and_lean_on_what_was_said_before(
    corpus: dict[str, Document],
) -> None:
    conversations = load_conversations("follow_up")
    assert len(conversations) == len({one.conversation_id for one in conversations}) == 40
    kinds: Counter[str] = Counter()
    for one in conversations:
        assert 3 <= len(one.turns) <= 5, one.conversation_id
        assert one.turns[0].kind == "first", one.conversation_id
        assert one.turns[0].question == one.turns[0].standalone, one.conversation_id
        kinds.update(turn.kind for turn in one.turns)
        for turn in one.turns:
            assert set(turn.sources) <= set(corpus), one.conversation_id
            if turn.kind in ("pronoun", "ellipsis", "what_about"):
                assert turn.question != turn.standalone, turn.question
    assert kinds["ellipsis"] >= 20
    assert kinds["pronoun"] >= 20


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the question set is empty"),
        ("{", "line 1 is not a question"),
        ('{"question_id": "a"}', "question: Field required"),
        ('{"question_id":"a","question":"b","expect":"maybe"}', "expect: Input should be"),
        ('{"question_id":"a","question":"b","phrases":["("]}', "is no regular expression"),
        ('{"question_id":"a","question":"b"}\n{"question_id":"a","question":"c"}', "two questions have the same id: a"),
    ],
)
def test_a_broken_suite_is_named_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "suite.jsonl"
    path.write_text(text)
    with pytest.raises(DatasetError, match=re.escape(said)) as error:
        load_suite(str(path))
    assert "\n" not in str(error.value)
    assert "pydantic" not in str(error.value)


def test_a_suite_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such question set: nowhere"):
        load_suite("nowhere")
    (tmp_path / "latin.jsonl").write_bytes(b'{"question_id": "\xe9"}')
    with pytest.raises(DatasetError, match="not UTF-8"):
        load_suite(str(tmp_path / "latin.jsonl"))


def test_a_line_separator_inside_a_question_ends_no_line(tmp_path: Path) -> None:
    path = tmp_path / "suite.jsonl"
    path.write_text(json.dumps({"question_id": "a", "question": "b\u2028c"}, ensure_ascii=False), encoding="utf-8")
    assert load_suite(str(path))[0].question == "b\u2028c"
