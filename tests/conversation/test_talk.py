"""A conversation over the shipped corpus: numbers that stay, evidence that is carried, turns that are kept first."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.answer import PARTS, Answer
from rag.config import Settings
from rag.conversation.talk import Talk, cited_passages, numbered_sources
from rag.errors import LedgerError, NotKeptError, PrivacyError, QuestionError
from rag.factory import answer_store, pipeline, talk
from rag.factory import database as opened
from rag.pipeline import AnswerPipeline
from rag.rendering.conversation import conversation_to_markdown
from rag.rendering.json_format import answer_record
from rag.rendering.reading import read_answer
from rag.types import Query, SourceFilter

GOUT = "Which drug is first-line for lowering urate in gout?"


@pytest.fixture
def settings(real_settings: Settings, tmp_path: Path) -> Settings:
    return real_settings.model_copy(update={"ledger_url": f"sqlite:///{tmp_path / 'ledger' / 'l.sqlite'}"})


@pytest.fixture
def begin(settings: Settings, real_pipeline: AnswerPipeline) -> Any:
    def beginning(**how: Any) -> Talk:
        return talk(settings, real_pipeline, lambda: real_pipeline.search, **how)  # type: ignore[arg-type,return-value]

    return beginning


def numbers_of(answer: Answer) -> dict[int, str]:
    return {one.number: one.source.source_id for one in answer.references}


def cited(answer: Answer) -> set[int]:
    claims = [*(claim for part in PARTS for claim in answer.part(part)), *answer.options]
    return {citation.number for claim in claims for citation in claim.citations}


def test_a_follow_up_says_what_was_asked_and_what_was_searched_for(begin: Any) -> None:
    going = begin()
    going.ask(GOUT)
    answer = going.ask("And febuxostat, is it safe for the heart?")
    assert answer.question == "And febuxostat, is it safe for the heart?"
    assert answer.standalone_question == "Is febuxostat safe for the heart in gout?"
    assert answer_record(answer)["standalone_question"] == answer.standalone_question
    assert "cares-2018" in numbers_of(answer).values()


def test_a_source_keeps_its_number_and_new_ones_count_on(begin: Any) -> None:
    going, seen = begin(), dict[int, str]()
    for question in (
        GOUT,
        "What dose do you start with?",
        "And febuxostat, is it safe for the heart?",
        "How is Takayasu arteritis treated?",
        "Back to gout: how is gout treated?",
    ):
        answer = going.ask(question)
        numbers = numbers_of(answer)
        assert cited(answer) == set(numbers)
        assert all(seen.get(number, source) == source for number, source in numbers.items())
        seen |= numbers
        assert sorted(seen) == list(range(1, len(seen) + 1))
        assert len(set(seen.values())) == len(seen)
    assert numbered_sources(going.conversation) == tuple(seen[number] for number in sorted(seen))


def test_what_was_cited_is_carried_to_the_next_turn_and_marked(
    begin: Any, real_pipeline: AnswerPipeline, monkeypatch: Any
) -> None:
    going = begin()
    going.ask(GOUT)
    before = set(cited_passages(going.conversation))
    assert before
    seen: list[Any] = []
    search = real_pipeline.search
    carrying = search.with_carried
    monkeypatch.setattr(search, "with_carried", lambda *given: seen.append(carrying(*given)) or seen[-1])
    going.ask("Should I drink less beer?")
    hits = [scored for found in seen[0].found for kind in found.hits.values() for scored in kind]
    assert before <= {scored.hit.passage.passage_id for scored in hits}
    assert {scored.hit.passage.passage_id for scored in hits if scored.carried} <= before
    ranks = [scored.hit.rank for scored in seen[0].found[0].hits["guideline"]]
    assert ranks == list(range(1, len(ranks) + 1))


def test_a_new_subject_carries_nothing(begin: Any, real_pipeline: AnswerPipeline, monkeypatch: Any) -> None:
    going = begin()
    going.ask(GOUT)
    monkeypatch.setattr(real_pipeline.search, "with_carried", lambda *given: pytest.fail("something was carried"))
    answer = going.ask("Does the MMR vaccine cause autism?")
    assert going.conversation.turns[-1].relation == "new_subject"
    assert answer.standalone_question == "Does the MMR vaccine cause autism?"


def test_what_may_not_be_cited_is_not_carried(real_pipeline: AnswerPipeline) -> None:
    search: Any = real_pipeline.search
    index = search._index
    retracted = next(one.passage_id for one in index.passages if index.sources[one.source_id].status == "retracted")
    evidence = search.gather(GOUT, [Query(GOUT)])
    assert search.with_carried(evidence, (retracted, "gone#1")) == evidence


def test_a_correction_is_asked_again_and_stands_in_the_place_of_the_turn(begin: Any) -> None:
    going = begin()
    going.ask(GOUT)
    going.ask("And in children?")
    answer = going.correct("What is the starting dose of allopurinol in chronic kidney disease?")
    assert answer.question == "And in children?"
    assert answer.standalone_question == "What is the starting dose of allopurinol in chronic kidney disease?"
    assert going.conversation.turns[-1].corrects == 2
    assert going.conversation.turns[-1].rewritten_by == "hand"
    assert "kidney disease" in going.condense("How fast is it raised?")[1].standalone


def test_nothing_can_be_corrected_before_a_question(begin: Any) -> None:
    with pytest.raises(QuestionError, match="no question to correct"):
        begin().correct("What is gout?")


def test_a_conversation_is_resumed_with_its_turns_and_numbers(begin: Any) -> None:
    going = begin()
    first = going.ask(GOUT)
    again = begin(resume="last")
    assert again.conversation.turns == going.conversation.turns
    follow_up = again.ask("And febuxostat, is it safe for the heart?")
    assert numbers_of(first).items() <= (numbers_of(first) | numbers_of(follow_up)).items()
    assert begin(resume=going.conversation.conversation_id).conversation.turns == again.conversation.turns


def test_a_conversation_is_kept_and_resumed_in_either_database(
    real_settings: Settings, real_pipeline: AnswerPipeline, database_url: str
) -> None:
    settings = real_settings.model_copy(update={"ledger_url": database_url})
    going = talk(settings, real_pipeline, lambda: real_pipeline.search)  # type: ignore[arg-type,return-value]
    going.ask(GOUT)
    going.ask("And in kidney disease?")
    again = talk(settings, real_pipeline, lambda: real_pipeline.search, resume="last")  # type: ignore[arg-type,return-value]
    assert again.conversation.turns == going.conversation.turns
    opened(settings).close()


def test_a_forgotten_conversation_leaves_no_file(begin: Any, settings: Settings) -> None:
    begin(forget=True).ask(GOUT)
    assert not Path(settings.ledger_url.removeprefix("sqlite:///")).exists()
    with pytest.raises(LedgerError, match="no conversation to go on with"):
        begin(resume="last")


def test_an_answer_that_cannot_be_kept_is_not_given(begin: Any, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("a file in the place of the folder")
    with pytest.raises(LedgerError, match="ledger cannot be used"):
        begin().ask(GOUT)


def test_a_streamed_turn_is_kept_before_its_answer_is_given_and_is_the_same_answer(begin: Any) -> None:
    going, told = begin(), begin(forget=True).ask(GOUT)
    kept: list[int] = []
    for step in going.stream(*going.condense(GOUT)):
        kept.append(len(going.conversation.turns))
        last = step
    assert kept == [0] * (len(kept) - 1) + [1]
    assert len(kept) > 1
    assert isinstance(last, Answer)
    assert replace(last, provenance=told.provenance) == told
    turn = begin(resume="last").conversation.turns[0]
    assert turn == going.conversation.turns[-1]
    assert turn.answer == json.loads(json.dumps(answer_record(last)))
    follow_up = list(going.stream(*going.condense("And in kidney disease?")))[-1]
    assert follow_up.standalone_question == f"{GOUT[:-1]} in kidney disease?"


def test_whoever_stops_reading_keeps_nothing_of_the_turn(begin: Any, settings: Settings) -> None:
    going = begin()
    steps = going.stream(*going.condense(GOUT))
    next(steps)
    steps.close()
    assert going.conversation.turns == ()
    assert not Path(settings.ledger_url.removeprefix("sqlite:///")).exists()


def test_a_saved_answer_is_answered_again_as_it_was_asked(begin: Any, settings: Settings) -> None:
    going = begin(within=SourceFilter(year_from=2012), audience="patient")
    first = going.ask(GOUT)
    going.ask("And in kidney disease?")
    answers = answer_store(settings)
    for turn in going.conversation.turns:
        saved = answers.find(str(turn.answer_id))
        resumed = begin(resume=saved.conversation_id)
        again = json.loads(json.dumps(answer_record(resumed.again(saved))))
        assert again | {"provenance": None} == dict(saved.record) | {"provenance": None}
        assert again["provenance"]["searched_within"] == "years from 2012"
        assert len(resumed.conversation.turns) == 2
    assert first.audience == "patient"


def test_an_answer_of_another_conversation_is_not_answered_again_here(begin: Any, settings: Settings) -> None:
    going = begin()
    going.ask(GOUT)
    saved = answer_store(settings).find(str(going.conversation.turns[0].answer_id))
    with pytest.raises(NotKeptError, match="no such answer"):
        begin().again(saved)


def test_an_answer_whose_filter_is_known_in_words_only_is_not_answered_with_another(
    begin: Any, settings: Settings
) -> None:
    going = begin(within=SourceFilter(year_from=2012))
    going.ask(GOUT)
    saved = answer_store(settings).find(str(going.conversation.turns[0].answer_id))
    with pytest.raises(NotKeptError, match="filter"):
        going.again(replace(saved, within=None))


def test_another_owner_does_not_go_on_with_a_conversation(begin: Any) -> None:
    going = begin(owner="ada")
    going.ask(GOUT)
    with pytest.raises(NotKeptError, match="no such conversation"):
        begin(owner="bob", resume=going.conversation.conversation_id)
    with pytest.raises(NotKeptError, match="no conversation to go on with"):
        begin(resume="last")
    assert begin(owner="ada", resume="last").conversation.turns == going.conversation.turns


CHILD = """
import os, signal, sys
from rag.config import load_settings
from rag.factory import pipeline, talk
settings = load_settings()
answering = pipeline(settings)
going = talk(settings, answering, lambda: answering.search)
for question in ("What is gout?", "How is it treated?", "And in kidney disease?"):
    going.ask(question)
    print(question, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_conversation_has_lost_nothing_that_was_shown(settings: Settings, begin: Any) -> None:
    environment = os.environ | {
        "RAG_LEDGER_URL": settings.ledger_url,
        "RAG_INDEXES_DIR": str(settings.indexes_dir),
        "RAG_CORPUS_DIR": str(settings.corpus_dir),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    killed = subprocess.run([sys.executable, "-c", CHILD], env=environment, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    turns = begin(resume="last").conversation.turns
    assert [turn.question for turn in turns] == killed.stdout.splitlines()


def test_a_refused_question_is_neither_answered_nor_kept(settings: Settings) -> None:
    refusing = settings.model_copy(update={"phi": "refuse"})
    answering = pipeline(refusing)
    going = talk(refusing, answering, lambda: answering.search)  # type: ignore[arg-type,return-value]
    with pytest.raises(PrivacyError) as refused:
        going.ask("Mrs Amelia Hart, DOB 02/04/1950, has gout: allopurinol?")
    assert "Hart" not in str(refused.value)
    assert not going.conversation.turns


def test_a_redacted_question_is_kept_redacted(settings: Settings) -> None:
    redacting = settings.model_copy(update={"phi": "redact"})
    answering = pipeline(redacting)
    going = talk(redacting, answering, lambda: answering.search)  # type: ignore[arg-type,return-value]
    answer = going.ask("Mrs Amelia Hart has gout: allopurinol?")
    assert answer.question == "Mrs [NAME] has gout: allopurinol?"
    assert "Hart" not in str(going.conversation)
    assert b"Hart" not in Path(settings.ledger_url.removeprefix("sqlite:///")).read_bytes()


def test_a_kept_answer_reads_back_as_it_was(begin: Any) -> None:
    going = begin()
    for question in (
        GOUT,
        "Is buttock pain relieved by walking related to Takayasu arteritis or lumbar spinal stenosis?",
    ):
        answer = going.ask(question)
        record = going.conversation.turns[-1].answer
        assert answer_record(read_answer(record)) == answer_record(answer)
        assert json.loads(json.dumps(answer_record(answer))) == record
    written = conversation_to_markdown(going.conversation)
    assert f"# {GOUT}" in written
    assert "Searched for" not in written.split("# Is buttock", 1)[0]


def test_with_a_model_the_follow_up_is_rewritten_by_it_before_it_is_searched(
    settings: Settings, scripted_server: Any
) -> None:
    empty: dict[str, Any] = {"short_answer": [], "guidelines": [], "research": [], "agreement": [], "not_found": []}
    rewriting = {"standalone": "Is febuxostat safe for the heart in gout?", "new_subject": False}
    scripted_server.replies = [{"content": empty}, {"content": rewriting}, {"content": empty}]
    model = {"composer": "model", "model_name": "m", "model_base_url": scripted_server.base_url, "model_timeout_s": 5.0}
    asking = settings.model_copy(update=model)
    answering = pipeline(asking)
    going = talk(asking, answering, lambda: answering.search)  # type: ignore[arg-type,return-value]
    going.ask("How is gout treated?")
    answer = going.ask("And febuxostat, is it safe for the heart?")
    assert answer.standalone_question == "Is febuxostat safe for the heart in gout?"
    assert going.conversation.turns[-1].rewritten_by == "m"
    assert (
        "QUESTION: Is febuxostat safe for the heart in gout?" in scripted_server.requests[2]["messages"][1]["content"]
    )
