"""Asking through the interface: as one record, as a stream, further, again; and reading what was kept."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import anyio
import httpx
import jsonschema
import pytest

from rag.errors import (
    BudgetError,
    IndexMissingError,
    LedgerError,
    ModelError,
    PrivacyError,
    QuestionError,
    RagError,
    SignInError,
)
from rag.rendering.exports import EXPORTS
from rag.web import problems
from rag.web.exporting import ExportFormat

ASK = {"question": "What relieves knee pain?"}
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "answer.schema.json").read_text(encoding="utf-8"))
EVENTS = {"Accept": "text/event-stream"}


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


@pytest.fixture
def rita(desk: Any) -> Any:
    return desk.client(headers=desk.token_of("rita"))


def test_an_answer_is_made_kept_and_found_again(desk: Any, rita: Any) -> None:
    made = rita.post("/v1/answers", json=ASK)
    assert made.status_code == 201
    view = made.json()
    jsonschema.validate(view["answer"], SCHEMA)
    assert view["answer"]["question"] == ASK["question"]
    assert (view["version"], view["latest"], view["turn"]) == (1, 1, 1)
    assert view["standing"]["status"] == "not_reviewed"
    assert view["stale"] == []
    assert made.headers["location"] == view["links"]["version"]
    for link in ("version", "latest"):
        assert rita.get(view["links"][link]).json() == view
    assert rita.get(view["links"]["conversation"]).json()["turns"][0]["answer_id"] == view["answer_id"]


def test_the_stream_has_the_claims_in_order_and_ends_with_the_kept_answer(desk: Any, rita: Any) -> None:
    streamed = rita.post("/v1/answers", json=ASK, headers=EVENTS)
    assert streamed.status_code == 200
    assert streamed.headers["content-type"].startswith("text/event-stream")
    told = events(streamed.text)
    assert [name for name, _ in told] == ["condensed", "claim", "held", "answer"]
    assert told[0][1] == {"standalone": ASK["question"], "relation": "first", "by": "rules"}
    last = told[-1][1]
    assert told[1][1]["claim"] == last["answer"]["guidelines"][0]
    assert told[1][1]["sources"][0]["source_id"] == last["answer"]["references"][0]["source_id"]
    assert rita.get(last["links"]["version"]).json() == last


def test_what_fails_before_the_first_event_has_its_status(rita: Any) -> None:
    refused = rita.post("/v1/answers", json={"question": "123 456"}, headers=EVENTS)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/v1/docs#problem-question"


def test_what_fails_later_is_the_last_event(desk: Any, rita: Any) -> None:
    def break_at(step: int) -> None:
        if step == 1:
            raise ModelError("the model server gave nothing", retryable=True)

    desk.memory.on_step = break_at
    told = events(rita.post("/v1/answers", json=ASK, headers=EVENTS).text)
    assert [name for name, _ in told] == ["condensed", "claim", "error"]
    assert told[-1][1]["status"] == 503
    assert told[-1][1]["type"] == "/v1/docs#problem-model"
    assert desk.memory.versions == {}


def test_an_unforeseen_fault_in_a_stream_tells_nothing_of_itself(desk: Any, rita: Any) -> None:
    def break_at(step: int) -> None:
        if step == 1:
            raise ValueError("inner words")

    desk.memory.on_step = break_at
    text = rita.post("/v1/answers", json=ASK, headers=EVENTS).text
    assert events(text)[-1][1]["status"] == 500
    assert "inner words" not in text


def test_follow_ups_go_on_in_both_ways_of_asking_them(rita: Any) -> None:
    first = rita.post("/v1/answers", json=ASK).json()
    second = rita.post("/v1/answers", json={"question": "And why?", "conversation_id": first["conversation_id"]}).json()
    third = rita.post(f"{first['links']['conversation']}/answers", json={"question": "And when?"}).json()
    assert [one["turn"] for one in (first, second, third)] == [1, 2, 3]
    turns = rita.get(first["links"]["conversation"]).json()["turns"]
    assert [turn["relation"] for turn in turns] == ["first", "follow_up", "follow_up"]


def test_a_stand_alone_form_by_hand_corrects_the_turn_that_asked_the_same(rita: Any) -> None:
    first = rita.post("/v1/answers", json=ASK).json()
    where = f"{first['links']['conversation']}/answers"
    rita.post(where, json={"question": "And at night?"})
    by_hand = {"question": "And at night?", "standalone": "What relieves knee pain at night?"}
    assert rita.post(where, json=by_hand).json()["answer"]["standalone_question"] == by_hand["standalone"]
    rita.post(where, json={"question": "And by day?", "standalone": "What relieves knee pain by day?"})
    turns = rita.get(first["links"]["conversation"]).json()["turns"]
    assert [turn["corrects"] for turn in turns] == [None, None, 2, None]
    assert [turn["rewritten_by"] for turn in turns[2:]] == ["hand", "hand"]


def test_a_conversation_is_its_owners_alone_and_an_answer_is_for_who_has_its_address(desk: Any, rita: Any) -> None:
    made = rita.post("/v1/answers", json=ASK).json()
    vera = desk.client(headers=desk.token_of("vera"))
    assert vera.get(made["links"]["latest"]).status_code == 200
    assert vera.get(made["links"]["conversation"]).status_code == 404
    assert vera.post(f"{made['links']['conversation']}/answers", json={"question": "And?"}).status_code == 404
    assert vera.get("/v1/answers").json()["answers"] == []
    stranger = desk.client()
    assert stranger.post(f"{made['links']['latest']}/versions").status_code == 403


def test_the_history_comes_page_by_page(rita: Any) -> None:
    asked = [f"What relieves knee pain, number {number}?" for number in range(5)]
    for question in asked:
        rita.post("/v1/answers", json={"question": question})
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = rita.get("/v1/answers", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [one["question"] for one in page["answers"]]
        cursor = page["next_cursor"]
    assert seen == asked[::-1]


def test_an_answer_is_asked_again_as_a_new_version(desk: Any, rita: Any) -> None:
    made = rita.post("/v1/answers", json=ASK).json()
    again = rita.post(f"{made['links']['latest']}/versions")
    assert again.status_code == 201
    assert (again.json()["version"], again.json()["latest"]) == (2, 2)
    assert rita.get(made["links"]["version"]).json()["latest"] == 2
    vera = desk.client(headers=desk.token_of("vera"))
    assert vera.post(f"{made['links']['latest']}/versions").json()["version"] == 3
    assert rita.get(f"{made['links']['latest']}/versions/9").status_code == 404


@pytest.mark.parametrize("form", get_args(ExportFormat))
def test_an_answer_can_be_taken_away_in_every_format(rita: Any, form: str) -> None:
    made = rita.post("/v1/answers", json=ASK).json()
    file = rita.get(made["links"]["exports"][form])
    assert file.status_code == 200
    assert file.headers["content-type"].split(";")[0] == EXPORTS[form].media_type
    assert file.headers["content-disposition"].startswith('attachment; filename="sourcebound-')
    assert file.headers["content-disposition"].endswith(f'{EXPORTS[form].suffix}"')
    assert file.content
    if form == "json":
        assert file.json() == made["answer"]


def test_the_formats_offered_are_those_there_are() -> None:
    assert set(get_args(ExportFormat)) == set(EXPORTS)


def test_a_board_signs_an_answer_off_step_by_step(desk: Any, rita: Any) -> None:
    made = rita.post("/v1/answers", json=ASK).json()
    vera = desk.client(headers=desk.token_of("vera"))
    review, comments = made["links"]["review"], f"{made['links']['version']}/comments"
    assert desk.client().post(review, json={"step": "submit"}).status_code == 401
    assert rita.post(review, json={"step": "submit"}).json()["status"] == "submitted"
    assert rita.post(review, json={"step": "submit"}).status_code == 409
    assert rita.post(review, json={"step": "take"}).status_code == 403
    assert vera.post(review, json={"step": "take"}).json()["status"] == "under_review"
    assert rita.post(comments, json={"text": "hm"}).status_code == 403
    assert vera.post(comments, json={"text": "The dose?", "claim_id": "c1"}).status_code == 201
    assert vera.post(review, json={"step": "return"}).status_code == 409
    approved = vera.post(review, json={"step": "approve"}).json()
    assert (approved["status"], approved["by"]) == ("approved", "Vera")
    assert vera.get(made["links"]["version"]).json()["standing"]["comments"][0]["text"] == "The dose?"
    assert desk.client().get(made["links"]["version"]).json()["standing"]["comments"] == []
    assert vera.post(review, json={"step": "sign"}).status_code == 422


def test_sources_are_listed_found_and_opened(rita: Any) -> None:
    listed = rita.get("/v1/sources").json()
    assert [one["source_id"] for one in listed["sources"]] == ["knee-2020", "trial-2019"]
    assert rita.get("/v1/sources", params={"kind": "research"}).json()["total"] == 1
    assert rita.get("/v1/sources", params={"q": "AUTHOR trial"}).json()["sources"][0]["source_id"] == "trial-2019"
    assert rita.get("/v1/sources", params={"topic": "hip"}).json() == {"sources": [], "total": 0, "next_cursor": None}
    assert rita.get("/v1/sources", params={"status": "retracted"}).json()["total"] == 0
    first = rita.get("/v1/sources", params={"limit": 1}).json()
    rest = rita.get("/v1/sources", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert rest["sources"][0]["source_id"] == "trial-2019"
    assert rest["next_cursor"] is None
    assert rest["sources"][0]["notices"][0]["reason"] == "the figures are doubted"
    assert rest["sources"][0]["superseded_by"] == ["trial-2022"]
    assert rita.get("/v1/sources/knee-2020").json()["title"] == "Pain of the imaginary knee"
    assert rita.get("/v1/sources/none").status_code == 404
    assert rita.get("/v1/sources/none/passages").status_code == 404
    passage = rita.get("/v1/sources/knee-2020/passages").json()["passages"][0]
    assert passage["text"][passage["sentences"][1]["start"] :] == passage["sentences"][1]["text"]
    assert rita.get("/v1/passages/knee-2020%230").json() == passage
    assert rita.get("/v1/passages", params={"q": "rest"}).json()["passages"] == [passage]
    assert rita.get("/v1/passages/none").status_code == 404


def test_readiness_says_what_fails_and_on_a_public_address_only_that_it_does(desk_with: Callable[..., Any]) -> None:
    def broken() -> None:
        raise IndexMissingError("there is no index", value="/secret/place", mend="rag index build")

    for public, shown in ((False, True), (True, False)):
        desk = desk_with(public=public)
        assert desk.client().get("/v1/ready").json() == {"status": "ok"}
        desk.services = replace(desk.services, ready=broken)
        del desk._app
        told = desk.client().get("/v1/ready")
        assert told.status_code == 503
        assert ("/secret/place" in told.text) is shown


def test_the_servers_own_troubles_are_kept_to_itself_in_public(desk_with: Callable[..., Any]) -> None:
    def fail(_: int) -> None:
        raise LedgerError("the ledger cannot be used", value="/secret/place")

    for public, shown in ((False, True), (True, False)):
        desk = desk_with(public=public)
        desk.memory.on_step = fail
        told = desk.client().post("/v1/answers", json=ASK)
        assert (told.status_code, told.json()["type"]) == (503, "/v1/docs#problem-ledger")
        assert ("/secret/place" in told.text) is shown


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (QuestionError("empty"), 422),
        (PrivacyError("a name"), 422),
        (ModelError("no"), 502),
        (ModelError("no", retryable=True), 503),
        (BudgetError("spent"), 503),
        (SignInError("wrong"), 401),
        (SignInError("locked", retry_after_s=30.0), 429),
        (RagError("what is this"), 500),
    ],
)
def test_each_error_has_one_status(error: RagError, status: int) -> None:
    assert problems.problem_of(error).status == status


def test_every_kind_of_problem_is_explained_on_the_page_of_the_interface(desk: Any) -> None:
    page = desk.client().get("/v1/docs").text
    for problem in problems.EXPLAINED:
        assert f'id="problem-{problem.kind}"' in page
    assert all(where.startswith(("/", "#")) for where in re.findall(r"(?:src|href)=\"([^\"]*)\"", page))


def test_an_answer_that_takes_too_long_is_given_up_and_nothing_is_kept(desk_with: Callable[..., Any]) -> None:
    desk = desk_with(answer_timeout_s=0.2)
    go_on = threading.Event()
    desk.memory.on_step = lambda step: step == 1 and go_on.wait(5)
    with desk.client() as client:
        assert client.post("/v1/answers", json=ASK).status_code == 504
        told = events(client.post("/v1/answers", json=ASK, headers=EVENTS | desk.token_of("rita")).text)
        assert [name for name, _ in told] == ["condensed", "claim", "error"]
        go_on.set()
        until(lambda: desk.memory.closed == 2)
    assert desk.memory.versions == {}


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_more_than_can_wait_is_turned_away(desk_with: Callable[..., Any], run_async: Callable[..., Any]) -> None:
    desk = desk_with(asks_at_once=1)
    go_on = threading.Event()
    desk.memory.on_step = lambda step: step == 0 and go_on.wait(10)

    async def ask_all() -> list[int]:
        transport = httpx.ASGITransport(desk.app)
        statuses: list[int] = []
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:

            async def ask() -> None:
                answered = await client.post("/v1/answers", json=ASK)
                statuses.append(answered.status_code)
                if answered.status_code == 503:
                    assert answered.headers["retry-after"] == "10"
                    client.cookies.clear()
                    go_on.set()

            async with anyio.create_task_group() as group:
                for _ in range(34):
                    client.cookies.clear()
                    group.start_soon(ask)
        return statuses

    statuses = run_async(ask_all)
    assert sorted(statuses) == [201] * 33 + [503]


def test_metrics_count_and_hold_no_words(desk: Any) -> None:
    with desk.client() as client:
        client.post("/v1/answers", json={"question": "Unmistakable words?"})
        client.get("/v1/sources/knee-2020")
        text = client.get("/metrics").text
    assert 'sourcebound_http_requests_total{method="POST",route="/v1/answers",status="201"} 1.0' in text
    assert 'route="/v1/sources/{source_id}"' in text
    assert 'sourcebound_answers_total{outcome="answer"} 1.0' in text
    assert 'sourcebound_claims_total{fate="shown"} 2.0' in text
    assert "sourcebound_asks_in_flight 0.0" in text
    assert "sourcebound_answer_seconds_count 1.0" in text
    assert "nmistakable" not in text
    assert "knee-2020" not in text


def test_metrics_are_not_for_the_public(desk_with: Callable[..., Any]) -> None:
    away = desk_with().client(client=("192.0.2.1", 1))
    assert away.get("/metrics").status_code == 401
    desk = desk_with(public=True)
    client = desk.client()
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers=desk.token_of("vera")).status_code == 403
    assert client.get("/metrics", headers=desk.token_of("ada")).status_code == 200


def test_the_schema_of_answers_in_the_program_is_that_of_the_documentation() -> None:
    shipped = Path(problems.__file__).parents[1] / "rendering" / "answer.schema.json"
    assert json.loads(shipped.read_text(encoding="utf-8")) == SCHEMA


KEY = {"Idempotency-Key": "3f9c6a52-4f0e-4e56"}


def test_the_same_request_under_the_same_key_is_answered_once(desk: Any, rita: Any) -> None:
    first = rita.post("/v1/answers", json=ASK, headers=KEY)
    again = rita.post("/v1/answers", json=ASK, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    streamed = events(rita.post("/v1/answers", json=ASK, headers=KEY | EVENTS).text)
    assert streamed == [("answer", first.json())]
    assert len(desk.memory.versions) == 1
    assert "sourcebound_answer_seconds_count 1.0" in rita.get("/metrics").text


def test_a_key_is_for_one_request_of_one_owner(desk: Any, rita: Any) -> None:
    rita.post("/v1/answers", json=ASK, headers=KEY)
    for other in ({"question": "Another?"}, ASK | {"audience": "patient"}, ASK | {"from_year": 2001}):
        refused = rita.post("/v1/answers", json=other, headers=KEY)
        assert (refused.status_code, refused.json()["type"]) == (422, "/v1/docs#problem-repeated-key")
    vera = desk.client(headers=desk.token_of("vera"))
    assert vera.post("/v1/answers", json={"question": "Another?"}, headers=KEY).status_code == 201


def test_a_request_that_is_still_being_answered_is_not_begun_again(desk: Any, rita: Any) -> None:
    desk.repeats.begin(KEY["Idempotency-Key"], "id-rita", "0" * 64)
    desk.repeats.kept["id-rita", KEY["Idempotency-Key"]][0] = "*"
    assert rita.post("/v1/answers", json=ASK, headers=KEY).status_code == 409


def test_what_failed_leaves_its_key_free(desk: Any, rita: Any) -> None:
    def fail(_: int) -> None:
        raise ModelError("no")

    desk.memory.on_step = fail
    assert rita.post("/v1/answers", json=ASK, headers=KEY).status_code == 502
    desk.memory.on_step = lambda _: None
    assert rita.post("/v1/answers", json=ASK, headers=KEY).status_code == 201
    assert rita.post("/v1/answers", json=ASK, headers={"Idempotency-Key": "short"}).status_code == 422
