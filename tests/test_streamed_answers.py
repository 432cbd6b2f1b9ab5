"""Claims on the way to an answer: each as soon as it has passed, and the same answer in the end."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from rag.answer import PARTS, Answer, ClaimHeld, ClaimShown
from rag.config import Settings
from rag.errors import ModelError
from rag.factory import composer_of
from rag.pipeline import AnswerPipeline, Step
from rag.rendering.json_format import answer_record
from rag.rendering.terminal import StreamedAnswer, print_answer
from rag.serving import LivePipeline
from rag.types import KINDS, Query

QUESTION = "What dose of glucocorticoid is recommended in Takayasu arteritis?"
DOSE = "40 to 60 mg/day prednisone-equivalent, to induce remission"
TAPER = "15 to 20 mg/day"
NO_REPAIR = {"content": {"repairs": []}}
Piped = Callable[..., AnswerPipeline]


def offered(request: dict[str, Any]) -> dict[str, str]:
    return dict(re.findall(r"^([GR][\d.]+): (.*)$", request["messages"][1]["content"], re.MULTILINE))


def having(request: dict[str, Any], words: str) -> dict[str, Any]:
    label, text = next((label, text) for label, text in offered(request).items() if words in text)
    return {"text": text, "evidence": [label], "topic": None, "type": "recommendation"}


def draft(**parts: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"short_answer": [], "guidelines": [], "research": [], "agreement": [], "not_found": []}
    return empty | {"look_for": []} | parts


@pytest.fixture
def piped(real_pipeline: AnswerPipeline, real_settings: Settings, scripted_server: Any) -> Piped:
    def making(*replies: Any, **settings: Any) -> AnswerPipeline:
        scripted_server.replies = list(replies)
        asked = {"composer": "model", "model_base_url": scripted_server.base_url, "model_name": "scripted"}
        made = real_settings.model_copy(update=asked | {"model_timeout_s": 20.0} | settings)
        index, checker = real_pipeline._index, real_pipeline._checker
        return AnswerPipeline(real_pipeline.search, composer_of(made), checker, index, question_max_chars=2000)

    return making


def two_claims(request: dict[str, Any]) -> dict[str, Any]:
    return {"content": draft(guidelines=[having(request, DOSE), having(request, TAPER)])}


def claims_of(steps: list[Step]) -> list[str]:
    return [step.claim.text for step in steps if isinstance(step, ClaimShown)]


def test_the_first_claim_is_shown_soon_after_the_server_has_written_it(piped: Piped, scripted_server: Any) -> None:
    """Under 1.2 times the server's own time to the end of that claim, from the question to the claim."""

    def slowly(request: dict[str, Any]) -> dict[str, Any]:
        return two_claims(request) | {"size": 8, "pause_s": 0.04}

    pipeline = piped(two_claims, slowly)
    pipeline.ask(QUESTION)
    scripted_server.arrived.clear()
    scripted_server.sent_at.clear()
    began = time.monotonic()
    steps = pipeline.stream(QUESTION)
    first = next(steps)
    took_s = time.monotonic() - began
    assert isinstance(first, ClaimShown)
    server_s = end_of_first_claim(scripted_server) - scripted_server.arrived[0]
    assert server_s > 0.8
    assert took_s < 1.2 * server_s
    left = [step for step in steps if isinstance(step, Answer)]
    assert time.monotonic() - began > 1.5 * took_s
    assert left[0].guidelines[0].text == first.claim.text


def end_of_first_claim(server: Any) -> float:
    written = ""
    for sent_at, piece in server.sent_at:
        written += piece
        if re.search(r'"guidelines": \[\{[^{}]*\}', written):
            return float(sent_at)
    raise AssertionError("the first claim was never written")


def test_asking_gives_what_the_stream_ends_with(piped: Piped) -> None:
    pipeline = piped(two_claims)
    *steps, streamed = pipeline.stream(QUESTION)
    asked = pipeline.ask(QUESTION)
    assert isinstance(streamed, Answer)
    left, right = answer_record(streamed), answer_record(asked)
    left["provenance"].pop("created_at")
    right["provenance"].pop("created_at")
    assert left == right
    assert claims_of(list(steps)) == [claim.text for claim in asked.guidelines]


def test_the_extractive_composer_streams_its_answer_too(real_pipeline: AnswerPipeline) -> None:
    *steps, last = real_pipeline.stream(QUESTION)
    assert isinstance(last, Answer)
    shown = [(step.part, step.claim.text) for step in steps if isinstance(step, ClaimShown)]
    final = [(part, claim.text) for part in PARTS for claim in last.part(part) if claim.type != "absence"]
    assert shown == final
    assert last.provenance.usage is None
    assert last.cut == ()


def test_a_claim_that_fails_is_held_and_comes_after_its_repair(piped: Piped) -> None:
    def wrong(request: dict[str, Any]) -> dict[str, Any]:
        one = having(request, DOSE)
        return {"content": draft(guidelines=[one | {"text": one["text"].replace("60", "66")}, having(request, TAPER)])}

    def mended(request: dict[str, Any]) -> dict[str, Any]:
        one = having(request, DOSE)
        repair = {"statement": "1", "action": "reword", "text": one["text"], "evidence": one["evidence"]}
        return {"content": {"repairs": [repair]}}

    steps = list(piped(wrong, mended).stream(QUESTION))
    assert [type(step) for step in steps] == [ClaimHeld, ClaimShown, ClaimShown, Answer]
    assert TAPER in claims_of(steps)[0]
    assert DOSE in claims_of(steps)[1]


def test_a_question_that_is_given_up_ends_the_request(piped: Piped, scripted_server: Any) -> None:
    def slowly(request: dict[str, Any]) -> dict[str, Any]:
        return {
            "content": json.dumps(draft(guidelines=[having(request, DOSE)])) + " " * 4_000,
            "size": 20,
            "pause_s": 0.05,
        }

    steps = piped(slowly).stream(QUESTION)
    assert isinstance(next(steps), ClaimShown)
    steps.close()
    ended = time.monotonic() + 5.0
    while not scripted_server.broken_pipes and time.monotonic() < ended:
        time.sleep(0.05)
    assert scripted_server.broken_pipes == 1


def test_the_model_may_ask_for_one_more_search_and_add_what_it_brings(piped: Piped, scripted_server: Any) -> None:
    search = "gabapentinoids for sciatica"

    def first(request: dict[str, Any]) -> dict[str, Any]:
        assert not any("gabapentinoids" in text for text in offered(request).values())
        return {"content": draft(guidelines=[having(request, DOSE)], look_for=[search])}

    def second(request: dict[str, Any]) -> dict[str, Any]:
        assert "look_for" not in request["response_format"]["json_schema"]["schema"]["properties"]
        assert f"ALREADY STATED\n- {having(request, DOSE)['text']}" in request["messages"][1]["content"]
        added = having(request, "says not to offer gabapentinoids")
        return {"content": draft(guidelines=[having(request, DOSE), added], look_for=["and another"])}

    steps = list(piped(first, second).stream(QUESTION))
    answer = steps[-1]
    assert isinstance(answer, Answer)
    assert len(scripted_server.requests) == 2
    assert [claim.text for claim in answer.guidelines] == claims_of(steps)
    assert len(answer.guidelines) == 2
    assert "gabapentinoids" in answer.guidelines[1].text
    before, after = (offered(request) for request in scripted_server.requests)
    assert all(after[label] == text for label, text in before.items())
    assert answer.provenance.usage is not None
    assert answer.provenance.usage.requests == 2


def test_what_the_second_search_finds_is_no_longer_missing(piped: Piped, real_pipeline: AnswerPipeline) -> None:
    def first(request: dict[str, Any]) -> dict[str, Any]:
        missing = [{"topic": "the question", "kind": kind} for kind in KINDS]
        return {"content": draft(not_found=missing, look_for=["gabapentinoids for sciatica"])}

    def second(request: dict[str, Any]) -> dict[str, Any]:
        return {"content": draft(guidelines=[having(request, "says not to offer gabapentinoids")])}

    answer = piped(first, second).ask(
        "Which dose of glucocorticoid does the moon guideline give in Takayasu arteritis?"
    )
    assert [missing.kind for missing in answer.not_found] == ["research"]
    assert answer.not_found[0].searched.queries[-1] == "gabapentinoids for sciatica"


def test_no_second_search_where_it_is_turned_off(piped: Piped, scripted_server: Any) -> None:
    answer = piped({"content": draft(look_for=["anything"])}, model_searches=0).ask(QUESTION)
    assert answer.outcome == "abstention"
    assert len(scripted_server.requests) == 1
    assert "look_for" not in json.dumps(scripted_server.requests[0])


def test_sentences_keep_their_labels_through_a_second_search(real_pipeline: AnswerPipeline) -> None:
    first = real_pipeline.search.gather(QUESTION, [Query(QUESTION)])
    both = [Query("gabapentinoids for sciatica", "further"), Query(QUESTION)]
    second = real_pipeline.search.gather(QUESTION, both).following(first)
    assert len(second.sentences) > len(first.sentences)
    for label, sentence in first.sentences.items():
        assert second.sentences[label] == sentence
    places = [(one.source_id, one.start) for one in second.sentences.values()]
    assert len(set(places)) == len(places)
    for label, one in second.sentences.items():
        assert one.label == label
        assert (
            len(
                {
                    other.source_id
                    for other in second.sentences.values()
                    if other.label.split(".")[0] == label.split(".")[0]
                }
            )
            == 1
        )


@pytest.mark.parametrize("window", [2_400, 3_000, 4_000])
def test_what_does_not_fit_the_window_is_cut_and_recorded(piped: Piped, scripted_server: Any, window: int) -> None:
    answer = piped({"content": draft()}, model_window_tokens=window, model_reply_tokens=500).ask(QUESTION)
    request = scripted_server.requests[0]
    labels = offered(request)
    assert len(labels) > 0
    assert answer.cut
    enums = json.dumps(request["response_format"])
    for cut in answer.cut:
        assert cut.end > cut.start
    found = {sentence.label for sentence in found_for(QUESTION, piped).values()}
    assert len(answer.cut) == len(found) - len(labels)
    assert not any(f'"{label}"' in enums for label in found - labels.keys())
    from rag.models.token_counting import TokenCounter

    assert TokenCounter().count_messages(request["messages"]) + 500 <= window


def found_for(question: str, piped: Piped) -> dict[str, Any]:
    return dict(piped().search.gather(question, [Query(question)]).sentences)


def test_the_best_sentences_are_the_last_to_be_cut(piped: Piped, scripted_server: Any) -> None:
    piped({"content": draft()}, model_window_tokens=2_400, model_reply_tokens=500).ask(QUESTION)
    assert any(DOSE in text for text in offered(scripted_server.requests[0]).values())


def test_a_window_without_room_is_one_clear_error(piped: Piped) -> None:
    with pytest.raises(ModelError, match="RAG_MODEL_WINDOW_TOKENS"):
        piped({"content": draft()}, model_window_tokens=1_024, model_reply_tokens=900).ask(QUESTION)


def test_of_a_broken_draft_nothing_is_said_about_what_one_half_lacks(piped: Piped) -> None:
    def broken(request: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(draft(guidelines=[having(request, DOSE)]))
        return {"content": text[: text.index('"research"')], "finish_reason": "length"}

    answer = piped(broken).ask(QUESTION)
    assert answer.incomplete
    assert answer.agreement == ()
    whole = piped(lambda request: {"content": draft(guidelines=[having(request, DOSE)])}).ask(QUESTION)
    assert [claim.relation for claim in whole.agreement] == ["one_side"]


def printed(steps: list[Step], whole: bool = False) -> str:
    console = Console(width=100, record=True, file=io.StringIO())
    if whole:
        assert isinstance(steps[-1], Answer)
        print_answer(steps[-1], console)
    else:
        shown = StreamedAnswer(QUESTION, "clinician", console)
        for step in steps:
            if isinstance(step, ClaimShown):
                shown.show(step)
            elif isinstance(step, Answer):
                shown.finish(step)
    return " ".join(console.export_text().split())


def test_the_terminal_prints_claims_once_and_then_the_rest(piped: Piped) -> None:
    steps = list(piped(two_claims).stream(QUESTION))
    text = printed(steps)
    assert text.count(DOSE) == 1
    assert text.index(DOSE) < text.index("References") < text.index("Status")
    assert "The whole answer" not in text
    assert "[1]" in text[text.index(DOSE) : text.index("References")]


def test_the_terminal_prints_the_answer_anew_where_its_order_is_another(piped: Piped) -> None:
    def unordered(request: dict[str, Any]) -> dict[str, Any]:
        parts = {"guidelines": [having(request, DOSE)], "short_answer": [having(request, TAPER)]}
        return {"content": json.dumps(parts)}

    text = printed(list(piped(unordered).stream(QUESTION)))
    assert "The whole answer" in text
    assert text.count(DOSE) == 2


def test_a_claim_that_failed_and_is_carried_by_the_second_search_is_shown_once(piped: Piped) -> None:
    words = "says not to offer gabapentinoids"
    known: dict[str, Any] = {}

    def first(request: dict[str, Any]) -> dict[str, Any]:
        claim = {"text": known["text"], "evidence": ["G1.1"], "topic": None, "type": "recommendation"}
        return {"content": draft(guidelines=[claim], look_for=["gabapentinoids for sciatica"])}

    def second(request: dict[str, Any]) -> dict[str, Any]:
        return {"content": draft(guidelines=[having(request, words)])}

    found = piped().search.gather("sciatica", [Query("gabapentinoids for sciatica")]).sentences.values()
    known["text"] = next(one.text for one in found if words in one.text)
    steps = list(piped(first, second, NO_REPAIR).stream(QUESTION))
    answer = steps[-1]
    assert isinstance(answer, Answer)
    assert claims_of(steps) == [claim.text for claim in answer.guidelines] == [known["text"]]
    assert answer.withheld == ()


def test_a_process_that_has_only_just_begun_shows_its_first_claim_as_soon(
    real_settings: Settings, scripted_server: Any
) -> None:
    """From the request to the words on the screen; the claim is in other words than its sentence, so that the rules and
    the model of the verifier are needed, which load while the server writes."""

    def slowly(request: dict[str, Any]) -> dict[str, Any]:
        claim = having(request, DOSE)
        worded = claim | {"text": claim["text"].replace(" recommends ", " says it recommends ")}
        assert worded != claim
        return {"content": draft(guidelines=[worded, having(request, TAPER)]), "size": 8, "pause_s": 0.06}

    scripted_server.replies = [slowly]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("RAG_", "OPENAI_"))}
    environment = {
        "RAG_MODEL_BASE_URL": scripted_server.base_url,
        "RAG_MODEL_NAME": "scripted",
        "RAG_INDEXES_DIR": str(real_settings.indexes_dir),
        "RAG_CORPUS_DIR": str(real_settings.corpus_dir),
    }
    with subprocess.Popen(
        [sys.executable, "-u", "-c", "from rag.cli import main; main()", "ask", "--stream", QUESTION],
        stdout=subprocess.PIPE,
        text=True,
        env=clean | environment,
    ) as asking:
        assert asking.stdout is not None
        next(line for line in asking.stdout if "says it recommends" in line)
        shown_at = time.monotonic()
        rest = asking.stdout.read()
    assert asking.returncode == 0
    asked_at = scripted_server.arrived[0]
    assert shown_at - asked_at < 1.2 * (end_of_first_claim(scripted_server) - asked_at)
    assert "References" in rest


def test_a_program_that_runs_on_streams_too(real_pipeline: AnswerPipeline) -> None:
    live = LivePipeline(lambda: real_pipeline, lambda: 1, lambda notice: None)
    *steps, last = live.stream(QUESTION)
    assert isinstance(last, Answer)
    assert claims_of(steps)
