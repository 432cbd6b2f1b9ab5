"""Tokens, costs, budgets and kept replies: what a question takes of a model, and when it is not asked."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rag.config import Settings, load_settings
from rag.errors import BudgetError, ConfigError, ModelError
from rag.factory import chat_model, composer_of
from rag.models.base import ChatReply, Message
from rag.models.metering import Budget, Spent, Tally, tallied
from rag.models.spending_ledger import SpendingLedger
from rag.models.token_counting import TokenCounter
from rag.pipeline import AnswerPipeline

QUESTION = "What dose of glucocorticoid is recommended in Takayasu arteritis?"
NOTHING = {"content": {"short_answer": []}}
ASKED: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is it?"}]
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
Ask = Callable[..., Any]


@pytest.fixture
def settings_of(real_settings: Settings, scripted_server: Any, tmp_path: Path) -> Callable[..., Settings]:
    def making(**settings: Any) -> Settings:
        asked = {"composer": "model", "model_base_url": scripted_server.base_url, "model_name": "scripted"}
        kept = {"cache_dir": tmp_path / "cache", "model_timeout_s": 10.0, "model_max_retries": 0}
        return real_settings.model_copy(update=asked | kept | settings)

    return making


@pytest.fixture
def ask(real_pipeline: AnswerPipeline, settings_of: Callable[..., Settings], scripted_server: Any) -> Ask:
    def asking(*replies: Any, **settings: Any) -> Any:
        scripted_server.replies = list(replies)
        composer = composer_of(settings_of(**settings))
        checker, index = real_pipeline._checker, real_pipeline._index
        return AnswerPipeline(real_pipeline.search, composer, checker, index, question_max_chars=500).ask(QUESTION)

    return asking


PRICES = {"model_input_price": 2.0, "model_output_price": 8.0}


def test_an_answer_says_what_it_took(ask: Ask) -> None:
    usage = ask(NOTHING, **PRICES).provenance.usage
    assert (usage.requests, usage.prompt_tokens, usage.completion_tokens) == (1, 10, 5)
    assert usage.cost == pytest.approx((10 * 2 + 5 * 8) / 1e6)
    assert not usage.estimated
    assert ask(NOTHING).provenance.usage.cost is None


@pytest.mark.parametrize("whole", [True, False])
def test_what_a_server_does_not_count_is_estimated_and_marked(ask: Ask, whole: bool) -> None:
    usage = ask(NOTHING | {"usage": False, "whole": whole}).provenance.usage
    assert usage.estimated
    assert usage.prompt_tokens > 500
    assert usage.completion_tokens > 3


def test_both_requests_of_a_repaired_answer_are_counted(ask: Ask, scripted_server: Any) -> None:
    wrong = {"content": {"guidelines": [{"text": "Take 5 mg.", "evidence": ["G1.1"], "type": "background"}]}}
    usage = ask(wrong, {"content": {"repairs": []}}).provenance.usage
    assert (usage.requests, usage.prompt_tokens) == (2, 20)
    assert len(scripted_server.requests) == 2


def test_the_verifier_that_is_a_model_counts_too(
    real_pipeline: AnswerPipeline, settings_of: Callable[..., Settings], scripted_server: Any
) -> None:
    from rag.factory import verifier

    def reply(request: dict[str, Any]) -> dict[str, Any]:
        if request["response_format"]["json_schema"]["name"] == "judgement":
            return {"content": {"relation": "neutral", "confidence": 0.9}}
        claim = {"text": "Glucocorticoids are given in this arteritis.", "evidence": ["G1.1"], "type": "background"}
        return {"content": {"guidelines": [claim]}}

    scripted_server.replies = [reply]
    settings = settings_of(verifier="model")
    index = real_pipeline._index
    pipeline = AnswerPipeline(
        real_pipeline.search, composer_of(settings), verifier(settings), index, question_max_chars=500
    )
    assert pipeline.ask(QUESTION).provenance.usage.requests == len(scripted_server.requests) > 2


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model_tokens_per_question": 100}, "one question"),
        ({"model_cost_per_question": 0.000001, **PRICES}, "one question"),
        ({"model_tokens_per_day": 100}, "the day"),
        ({"model_cost_per_day": 0.000001, **PRICES}, "the day"),
    ],
)
def test_a_budget_refuses_with_one_line_before_anything_is_sent(
    ask: Ask, scripted_server: Any, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(BudgetError, match=words) as caught:
        ask(NOTHING, **settings)
    assert "\n" not in str(caught.value)
    assert "RAG_MODEL_" in str(caught.value)
    assert scripted_server.requests == []


def test_a_budget_that_ends_before_the_repair_costs_the_repair_only(ask: Ask, scripted_server: Any) -> None:
    def half_true(request: dict[str, Any]) -> dict[str, Any]:
        offered = request["messages"][1]["content"].splitlines()
        label, text = next(line for line in offered if line.startswith("G1.1: ")).split(": ", 1)
        ones = [{"text": words, "evidence": [label], "type": "background"} for words in (text, "Take 5 mg.")]
        return {"content": {"guidelines": ones}, "usage": False}

    answer = ask(half_true, model_reply_tokens=500, model_tokens_per_question=7_200)
    assert (answer.outcome, len(answer.guidelines), len(answer.withheld)) == ("answer", 1, 1)
    assert len(scripted_server.requests) == 1
    ask(half_true, model_reply_tokens=500, model_tokens_per_question=25_000)
    assert len(scripted_server.requests) == 3


def test_a_budget_in_money_without_prices_is_refused(settings_of: Callable[..., Settings]) -> None:
    for name in ("model_cost_per_question", "model_cost_per_day"):
        with pytest.raises(ConfigError, match="RAG_MODEL_INPUT_PRICE"):
            chat_model(settings_of(**{name: 1.0}), "it")


def test_the_ledger_keeps_what_was_spent_and_no_word_of_a_question(ask: Ask, tmp_path: Path) -> None:
    ask(NOTHING, model_tokens_per_day=100_000, **PRICES)
    text = (tmp_path / "cache" / "model-spending.json").read_text()
    (day,) = json.loads(text)["days"].values()
    assert day == {"tokens": 15, "cost": pytest.approx(0.00006)}
    assert "Takayasu" not in text


def test_a_failed_request_is_not_charged(ask: Ask, tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        ask({"status": 401}, model_tokens_per_day=100_000)
    (day,) = json.loads((tmp_path / "cache" / "model-spending.json").read_text())["days"].values()
    assert day["tokens"] == 0


def test_without_a_daily_budget_there_is_no_ledger(ask: Ask, tmp_path: Path) -> None:
    ask(NOTHING)
    assert not (tmp_path / "cache").exists()


def test_a_damaged_ledger_refuses_and_says_how_to_mend_it(tmp_path: Path) -> None:
    path = tmp_path / "spending.json"
    for content in ("", "{", '{"format": "another/1"}', '{"format": "sourcebound.spending/1", "days": {"x": {}}}'):
        path.write_text(content)
        with pytest.raises(BudgetError, match="delete it to begin anew"):
            SpendingLedger(path, Budget(tokens=10)).reserve(Spent(1))


def test_each_day_has_a_budget_of_its_own(tmp_path: Path) -> None:
    today = [date(2026, 1, 1)]
    ledger = SpendingLedger(tmp_path / "spending.json", Budget(tokens=10), lambda: today[0])
    ledger.settle(ledger.reserve(Spent(8)), Spent(8), Spent(9))
    with pytest.raises(BudgetError, match="9 of 10 tokens"):
        ledger.reserve(Spent(2))
    today[0] = date(2026, 1, 2)
    ledger.reserve(Spent(10))
    assert ledger.spent_today() == Spent(10, 0.0)


def test_what_is_settled_after_midnight_goes_to_the_day_it_was_taken_from(tmp_path: Path) -> None:
    today = [date(2026, 1, 1)]
    ledger = SpendingLedger(tmp_path / "spending.json", Budget(tokens=10), lambda: today[0])
    account = ledger.reserve(Spent(8))
    today[0] = date(2026, 1, 2)
    ledger.settle(account, Spent(8), Spent(3))
    assert ledger.spent_today() == Spent(0, 0.0)
    today[0] = date(2026, 1, 1)
    assert ledger.spent_today() == Spent(3, 0.0)


def test_processes_that_spend_at_once_do_not_overspend(tmp_path: Path) -> None:
    path = tmp_path / "spending.json"
    code = (
        "import sys; from pathlib import Path; from rag.models.metering import Budget, Spent\n"
        "from rag.models.spending_ledger import SpendingLedger; from rag.errors import BudgetError\n"
        "ledger, taken = SpendingLedger(Path(sys.argv[1]), Budget(tokens=100)), 0\n"
        "for _ in range(40):\n"
        "    try: ledger.reserve(Spent(1)); taken += 1\n"
        "    except BudgetError: pass\n"
        "print(taken)"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    taken = [int(one.communicate()[0]) for one in running]
    assert sum(taken) == 100
    assert all(one.returncode == 0 for one in running)


def test_answers_that_are_made_in_turns_are_tallied_apart() -> None:
    from rag.models.metering import current_tally

    def steps(tokens: int) -> Any:
        for _ in range(3):
            tally = current_tally()
            assert tally is not None
            tally.add(tokens, 0, None, estimated=False)
            yield tokens

    first, second = Tally(), Tally()
    for _ in zip(tallied(steps(1), first), tallied(steps(10), second), strict=True):
        assert current_tally() is None
    assert (first.usage.prompt_tokens, second.usage.prompt_tokens) == (3, 30)


def test_replies_are_not_kept_unless_asked_for(ask: Ask, scripted_server: Any, tmp_path: Path) -> None:
    ask(NOTHING)
    ask(NOTHING)
    assert len(scripted_server.requests) == 2
    assert not (tmp_path / "cache").exists()


def test_a_kept_reply_is_used_again_and_costs_nothing(ask: Ask, scripted_server: Any, tmp_path: Path) -> None:
    first = ask(NOTHING, model_cache=True, **PRICES)
    again = ask(NOTHING, model_cache=True, **PRICES)
    assert len(scripted_server.requests) == 1
    assert again.provenance.model == first.provenance.model == "scripted-model-1"
    usage = again.provenance.usage
    assert (usage.requests, usage.cached, usage.prompt_tokens, usage.cost) == (0, 1, 0, None)
    (entry,) = (tmp_path / "cache" / "model-replies").rglob("*.json")
    assert "Takayasu" not in entry.read_text()


def test_another_question_server_or_model_is_another_reply(
    settings_of: Callable[..., Settings], scripted_server: Any
) -> None:
    scripted_server.replies = [{"content": {"a": "x"}}]
    for settings in ({}, {}, {"model_name": "other"}, {"model_reply_form": "json"}, {"model_reply_tokens": 99}):
        chat_model(settings_of(model_cache=True, **settings), "it").complete(ASKED, "thing", SCHEMA)
    chat = chat_model(settings_of(model_cache=True), "it")
    chat.complete([*ASKED, {"role": "user", "content": "more"}], "thing", SCHEMA)
    assert len(scripted_server.requests) == 5


@pytest.mark.parametrize("damage", ["", "{", "null", '{"format": "x"}', "flip"])
def test_a_damaged_entry_is_none(
    settings_of: Callable[..., Settings], scripted_server: Any, tmp_path: Path, damage: str
) -> None:
    scripted_server.replies = [{"content": {"a": "x"}}]
    chat = chat_model(settings_of(model_cache=True), "it")
    whole = chat.complete(ASKED, "thing", SCHEMA)
    (entry,) = (tmp_path / "cache").rglob("*.json")
    entry.write_text(entry.read_text().replace("x", "y", 1) if damage == "flip" else damage)
    assert chat.complete(ASKED, "thing", SCHEMA) == whole
    assert len(scripted_server.requests) == 2
    assert isinstance(chat.complete(ASKED, "thing", SCHEMA), ChatReply)
    assert len(scripted_server.requests) == 2


def test_a_reply_that_is_no_json_is_not_kept(settings_of: Callable[..., Settings], scripted_server: Any) -> None:
    scripted_server.replies = [{"content": "I do not know."}]
    chat = chat_model(settings_of(model_cache=True), "it")
    for _ in range(2):
        chat.complete(ASKED, "thing", SCHEMA)
    assert len(scripted_server.requests) == 2


def test_many_threads_may_keep_one_reply(settings_of: Callable[..., Settings], scripted_server: Any) -> None:
    scripted_server.replies = [{"content": {"a": "x"}}]
    chat = chat_model(settings_of(model_cache=True), "it")
    texts: list[str] = []
    threads = [
        threading.Thread(target=lambda: texts.append(chat.complete(ASKED, "thing", SCHEMA).text)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == ['{"a": "x"}'] * 8


@pytest.mark.parametrize(
    ("text", "least"),
    [("", 0), ("word", 1), ("приём препарата", 6), ("投与量は一日一回", 8), ("\ud800", 1), ("a" * 400, 100)],
)
def test_an_estimate_is_never_far_too_low(text: str, least: int) -> None:
    assert TokenCounter().count(text) >= least


def test_the_cache_and_the_ledger_are_off_by_default() -> None:
    settings = load_settings()
    assert not settings.model_cache
    assert settings.model_tokens_per_day is settings.model_cost_per_day is None
