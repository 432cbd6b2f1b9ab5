"""A scripted server over real HTTP plays every misbehaviour of a language model and its server that we could think of.

Whatever it does: no claim is shown without full support from its own quotes, and the question ends in an answer, an
abstention, or one clear error. All true statements of these scripts are sentences of a source, word for word, so that
support can be told here without the verifier.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from rag.answer import PARTS, Answer, ClaimShown
from rag.config import Settings
from rag.errors import ModelError
from rag.factory import composer_of
from rag.ingestion.corpus_file import read_corpus_file
from rag.pipeline import AnswerPipeline, Step

QUESTION = "What dose of glucocorticoid is recommended in Takayasu arteritis?"
SCIATICA = "Does pregabalin help sciatica?"
DOSE = "40 to 60 mg/day prednisone-equivalent, to induce remission"
GABAPENTINOIDS = "says not to offer gabapentinoids"
NO_REPAIR = {"content": {"repairs": []}}

Request = dict[str, Any]
Reply = dict[str, Any] | Callable[[Request], dict[str, Any]]


def label_of(request: Request, words: str, lane: str = "[GR]") -> tuple[str, str]:
    """The id and text of the offered sentence that has these words."""
    offered = request["messages"][1]["content"]
    found = re.search(rf"^({lane}[\d.]+): (.*{re.escape(words)}.*)$", offered, re.MULTILINE)
    assert found, f"no sentence with {words!r} was offered"
    return found[1], found[2]


def draft(**parts: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"short_answer": [], "guidelines": [], "research": [], "agreement": [], "not_found": []}
    return empty | {"look_for": []} | parts


def said(text: Any, *evidence: Any, **fields: Any) -> dict[str, Any]:
    return {"text": text, "evidence": list(evidence), "topic": None, "type": "recommendation"} | fields


def true_one(request: Request, words: str = DOSE) -> dict[str, Any]:
    label, text = label_of(request, words, "G")
    return said(text, label)


def with_true(make: Callable[[Request], list[dict[str, Any]]], part: str = "guidelines") -> Reply:
    """A draft of some statements, after one that is true."""

    def reply(request: Request) -> dict[str, Any]:
        parts: dict[str, Any] = {"guidelines": [true_one(request)]}
        parts[part] = parts.get(part, []) + make(request)
        return {"content": draft(**parts)}

    return reply


def altered(words: str, other: str, base: str = DOSE) -> Callable[[Request], list[dict[str, Any]]]:
    """The true sentence with some of its words changed."""

    def make(request: Request) -> list[dict[str, Any]]:
        label, text = label_of(request, base, "G")
        assert words in text
        return [said(text.replace(words, other), label)]

    return make


def faithful(request: Request) -> dict[str, Any]:
    return {"content": draft(guidelines=[true_one(request)])}


def faithful_as(wrap: Callable[[str], Any], **how: Any) -> Reply:
    """A true draft, wrapped."""
    return lambda request: {"content": wrap(json.dumps(draft(guidelines=[true_one(request)])))} | how


def first_then(text: str, **how: Any) -> Reply:
    """A true statement as the beginning of a reply, then some text."""

    def reply(request: Request) -> dict[str, Any]:
        begun = '{"short_answer": [], "guidelines": [' + json.dumps(true_one(request))
        return {"content": begun + text} | {
            name: value + len(begun) if name == "cut_at" else value for name, value in how.items()
        }

    return reply


def cut_passage(request: Request) -> list[dict[str, Any]]:
    """A citation of a sentence that was found for the question, but cut from the request; its words are true."""
    assert "G1.2" not in re.findall(r"^([GR][\d.]+): ", request["messages"][1]["content"], re.MULTILINE)
    return [said("The cut sentence.", "G1.2")]


def shouting(request: Request) -> list[dict[str, Any]]:
    label, text = label_of(request, DOSE, "G")
    return [said(f"\u001b[2J{text}\u0000\u202e", label, type="background")]


def hundreds(true: bool) -> Reply:
    def reply(request: Request) -> dict[str, Any]:
        label, text = label_of(request, DOSE, "G")
        offered = re.findall(r"^(G[\d.]+): (.*)$", request["messages"][1]["content"], re.MULTILINE)
        many = [said(offered[n % len(offered)][1], offered[n % len(offered)][0]) for n in range(200)]
        return {
            "content": draft(
                guidelines=many if true else [said(text.replace("60", str(61 + n)), label) for n in range(200)]
            )
        }

    return reply


def only_with(accepts: Callable[[Request], bool], complaint: str, status: int = 400) -> Reply:
    """A server that refuses requests with fields it does not know."""

    def reply(request: Request) -> dict[str, Any]:
        return faithful(request) if accepts(request) else {"status": status, "error": complaint}

    return reply


def form_of(request: Request) -> str:
    return str(request.get("response_format", {}).get("type"))


def unless_worded(text: str) -> Reply:
    """A server that takes the schema and does not heed it: only words in the prompt help."""

    def reply(request: Request) -> dict[str, Any]:
        worded = "Reply with one JSON object" in request["messages"][0]["content"]
        return faithful(request) if worded else {"content": text}

    return reply


def events(*lines: str) -> dict[str, Any]:
    return {"raw": "".join(f"data: {line}\n\n" for line in lines), "type": "text/event-stream"}


@dataclass(frozen=True)
class Played:
    """What is played, and how it ends: in an answer with the true statement, in an abstention, or in an error."""

    name: str
    replies: list[Reply]
    ends: str
    says: str = ""
    question: str = QUESTION
    requests: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)


LIE = "Give 500 mg of aspirin every hour."
MISBEHAVIOURS = [
    # What a model writes.
    Played(
        "an invented id",
        [with_true(lambda r: [said(true_one(r)["text"] + " ", "G99.9")]), NO_REPAIR],
        "answer",
        "G99.9",
    ),
    Played(
        "only an invented id",
        [lambda r: {"content": draft(guidelines=[said(true_one(r)["text"], "G99.9")])}, NO_REPAIR],
        "abstention",
        "G99.9",
    ),
    Played(
        "no id at all",
        [with_true(lambda r: [said("Glucocorticoids are recommended.")]), NO_REPAIR],
        "answer",
        "cites nothing",
    ),
    Played(
        "a guideline for research",
        [with_true(lambda r: [true_one(r) | {"type": "finding"}], "research"), NO_REPAIR],
        "answer",
        "research claim cites",
    ),
    Played("an altered dose", [with_true(altered("60 mg", "66 mg")), NO_REPAIR], "answer", "66 mg"),
    Played("an altered unit", [with_true(altered("mg/day", "mg/week")), NO_REPAIR], "answer", "mg per week"),
    Played("a tenfold dose", [with_true(altered("40 to 60", "400 to 600")), NO_REPAIR], "answer", "600 mg"),
    Played("another drug", [with_true(altered("prednisone", "ibuprofen")), NO_REPAIR], "answer", "ibuprofen"),
    Played(
        "a dropped negation",
        [lambda r: {"content": draft(guidelines=altered("not to offer", "to offer", GABAPENTINOIDS)(r))}, NO_REPAIR],
        "abstention",
        "changes “not”",
        SCIATICA,
    ),
    Played("an added negation", [with_true(altered("to induce", "not to induce")), NO_REPAIR], "answer", ""),
    Played(
        "a true sentence with a false one behind it",
        [with_true(lambda r: [said(f"{true_one(r)['text']} {LIE}", true_one(r)["evidence"][0])]), NO_REPAIR],
        "answer",
        "",
    ),
    Played(
        "own knowledge under a true id",
        [
            with_true(lambda r: [said("Aspirin prevents strokes in Takayasu arteritis.", true_one(r)["evidence"][0])]),
            NO_REPAIR,
        ],
        "answer",
        "",
    ),
    Played(
        "an agreement that cites one side",
        [with_true(lambda r: [true_one(r) | {"relation": "agree"}], "agreement"), NO_REPAIR],
        "answer",
        "cites only one of them",
    ),
    Played(
        "a citation of a cut passage",
        [lambda r: {"content": draft(short_answer=cut_passage(r))}, NO_REPAIR],
        "abstention",
        "G1.2, which is no sentence",
        settings={"model_window_tokens": 2_600, "model_reply_tokens": 600},
    ),
    Played(
        "marks of citations in the text",
        [
            lambda r: {
                "content": draft(guidelines=[true_one(r) | {"text": true_one(r)["text"][:-1] + " [3, 4] (G7.1)."}])
            }
        ],
        "answer",
    ),
    Played(
        "ids in brackets",
        [lambda r: {"content": draft(guidelines=[true_one(r) | {"evidence": [f"[{true_one(r)['evidence'][0]}]"]}])}],
        "answer",
    ),
    Played("codes for the terminal in the text", [lambda r: {"content": draft(guidelines=shouting(r))}], "answer"),
    Played(
        "an absence that is none",
        [
            lambda r: {
                "content": draft(guidelines=[true_one(r)], not_found=[{"topic": "the moon", "kind": "guideline"}])
            }
        ],
        "answer",
    ),
    Played(
        "the same statement again and again", [lambda r: {"content": draft(guidelines=[true_one(r)] * 30)}], "answer"
    ),
    Played("200 true claims", [hundreds(True)], "answer"),
    Played("200 false claims", [hundreds(False), NO_REPAIR], "abstention", "61 mg"),
    Played(
        "a second wording that is as false",
        [
            with_true(altered("60 mg", "66 mg")),
            lambda r: {
                "content": {
                    "repairs": [
                        {
                            "statement": "1",
                            "action": "reword",
                            "text": altered("60 mg", "77 mg")(r)[0]["text"],
                            "evidence": [true_one(r)["evidence"][0]],
                        }
                    ]
                }
            },
        ],
        "answer",
        "66 mg",
    ),
    Played(
        "second wordings of what was not asked",
        [
            with_true(altered("60 mg", "66 mg")),
            lambda r: {
                "content": {
                    "repairs": [
                        {"statement": "9", "action": "reword", "text": LIE, "evidence": ["G1.1"]},
                        {"statement": 1},
                        7,
                    ]
                }
            },
        ],
        "answer",
        "66 mg",
    ),
    Played(
        "searches without end",
        [
            lambda r: {
                "content": draft(guidelines=[true_one(r)], look_for=[f"search {n} " + "x" * 500 for n in range(50)])
            },
            {"content": draft()},
        ],
        "answer",
        requests=2,
    ),
    Played(
        "a lie in a search",
        [
            lambda r: {"content": draft(look_for=[LIE])},
            lambda r: {"content": draft(short_answer=[said(LIE, "G1.1")])},
            NO_REPAIR,
        ],
        "abstention",
    ),
    # How it writes.
    Played("half of the JSON", [{"content": '{"short_answer": [{"text": "Pred'}], "error", "not valid JSON"),
    Played("half of the JSON after a true statement", [first_then(', {"text": "Give 50')], "answer", "broke off"),
    Played("Markdown around the JSON", [faithful_as(lambda text: f"```json\n{text}\n```")], "answer"),
    Played(
        "prose around the JSON",
        [faithful_as(lambda text: f"Sure! Here {{it}} is:\n{text}\nI hope {{this}} helps: {{}}")],
        "answer",
    ),
    Played(
        "thoughts before the JSON",
        [faithful_as(lambda text: f'<think>Perhaps {{"guidelines": [{{"text": "{LIE}"}}]}}?</think>{text}')],
        "answer",
    ),
    Played(
        "two drafts", [faithful_as(lambda text: text + json.dumps(draft(short_answer=[said(LIE, "G1.1")])))], "answer"
    ),
    Played(
        "wrong types", [{"content": draft(guidelines=[{"text": 7, "evidence": "G1.1"}])}], "error", "not of the form"
    ),
    Played(
        "one statement of wrong types",
        [with_true(lambda r: [{"text": ["x"], "evidence": None}, "words", 7])],
        "answer",
        "of the form asked for",
    ),
    Played("a text for a list", [{"content": {"guidelines": "everything"}}], "error", "not of the form"),
    Played("a list for an object", [{"content": "[1, 2]"}], "error", "not of the form"),
    Played("a statement for a draft", [{"content": json.dumps(said(LIE, "G1.1"))}], "error", "not of the form"),
    Played("prose", [{"content": "I think it is 40 mg."}], "error", "not valid JSON", requests=2),
    Played("an empty draft", [{"content": "{}"}], "abstention"),
    Played("an empty answer", [{"content": ""}], "error", "is empty"),
    Played("white space for an answer", [{"content": " \n" * 500}], "error", "is empty"),
    Played(
        "half a letter and a null character",
        [
            faithful_as(
                lambda text: text.replace(
                    '"guidelines": [', '"research": [{"text": "\\ud800 \\u0000", "evidence": []}], "guidelines": ['
                )
            )
        ],
        "answer",
        "",
    ),
    Played("lists in lists without end", [{"content": '{"guidelines": ' + "[" * 50_000}], "error", "not valid JSON"),
    Played(
        "a reply without end",
        [{"content": '{"guidelines": [{"text": "' + "word " * 60_000, "size": 5_000}],
        "error",
        "cut off half-way",
    ),
    Played(
        "a reply cut off", [{"content": '{"short_answer": [', "finish_reason": "length"}], "error", "cut off half-way"
    ),
    Played(
        "a reply cut off after a true statement",
        [first_then(', {"text": "Gi', finish_reason="length")],
        "answer",
        "cut off half-way",
    ),
    Played(
        "a refusal",
        [{"content": "", "refusal": "I cannot help with that."}],
        "error",
        "refused to answer: I cannot help",
    ),
    Played(
        "a refusal after a true statement",
        [first_then(", ", refusal="No more of this.")],
        "answer",
        "refused to answer",
    ),
    Played("a content filter", [{"content": "", "finish_reason": "content_filter"}], "error", "refused to answer"),
    # What a server does.
    Played("429 with Retry-After", [{"status": 429, "headers": {"Retry-After": "1"}}, faithful], "answer", requests=2),
    Played("429 without Retry-After", [{"status": 429}, faithful], "answer", requests=2),
    Played(
        "429 for ever", [{"status": 429, "headers": {"Retry-After": "0"}}], "error", "too many requests", requests=3
    ),
    Played(
        "429 with an hour to wait",
        [{"status": 429, "headers": {"Retry-After": "3600"}}, faithful],
        "error",
        "wait 3600 s",
        requests=1,
    ),
    Played(
        "429 since the money is gone",
        [{"status": 429, "error": {"message": "pay", "code": "insufficient_quota"}}, faithful],
        "error",
        "quota",
        requests=1,
    ),
    Played("a 500", [{"status": 500}, faithful], "answer", requests=2),
    Played("500s for ever", [{"status": 500}], "error", "status 500", requests=3),
    Played("a 401", [{"status": 401}], "error", "status 401", requests=1),
    Played("a redirect", [{"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}}], "error", "302", requests=1),
    Played(
        "too long for the model",
        [{"status": 400, "error": "This model's maximum context length is 2048 tokens."}],
        "error",
        "RAG_MODEL_WINDOW_TOKENS",
        requests=1,
    ),
    Played(
        "no JSON schema",
        [only_with(lambda r: form_of(r) != "json_schema", "response_format.type must be text or json_object")],
        "answer",
        requests=2,
    ),
    Played(
        "no schema of any kind",
        [
            only_with(
                lambda r: "schema" not in r.get("response_format", {}) and form_of(r) != "json_schema",
                "bad request",
                422,
            )
        ],
        "answer",
        requests=3,
    ),
    Played(
        "no JSON mode either",
        [only_with(lambda r: "response_format" not in r, "unknown field response_format")],
        "answer",
        requests=4,
    ),
    Played(
        "a schema that its grammar cannot hold",
        [only_with(lambda r: form_of(r) == "None", "failed to parse grammar", 500)],
        "answer",
        requests=4,
    ),
    Played(
        "no temperature",
        [only_with(lambda r: "temperature" not in r, "Unsupported value: 'temperature' does not support 0")],
        "answer",
        requests=2,
    ),
    Played(
        "another name for the limit",
        [
            only_with(
                lambda r: "max_tokens" not in r,
                "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            )
        ],
        "answer",
        requests=2,
    ),
    Played("no streaming", [only_with(lambda r: "stream" not in r, "stream is not supported")], "answer"),
    Played(
        "a whole reply where a stream was asked for", [faithful_as(lambda text: text, whole=True)], "answer", requests=1
    ),
    Played("a schema taken and not heeded", [unless_worded("The guideline recommends 40 mg.")], "answer", requests=2),
    Played("JSON of its own making", [unless_worded('{"answer": "40 mg", "sources": [1]}')], "answer", requests=2),
    Played(
        "slow bytes",
        [faithful_as(lambda text: text, size=1, pause_s=0.2)],
        "error",
        "did not answer in time",
        settings={"model_timeout_s": 0.8, "model_max_retries": 0},
    ),
    Played(
        "silence",
        [{"content": "{}", "size": 1, "pause_s": 3.0}],
        "error",
        "did not answer in time",
        settings={"model_timeout_s": 0.5, "model_max_retries": 0},
    ),
    Played(
        "slow bytes after a true statement",
        [first_then(" " * 400, size=200, pause_s=0.9)],
        "answer",
        "did not answer in time",
        settings={"model_timeout_s": 2.5, "model_max_retries": 0},
    ),
    Played("a connection cut before the reply", [{"content": "{}", "cut_at": -1}, faithful], "answer", requests=2),
    Played(
        "a connection cut in the first statement",
        [{"content": '{"guidelines": [{"text": "Give 500 mg", "evidence": ["G1.1"]}]}', "size": 10, "cut_at": 45}],
        "error",
        "broke off",
    ),
    Played(
        "a connection cut after a true statement",
        [first_then(', {"text": "Give 500 mg', size=5, cut_at=10)],
        "answer",
        "broke off",
    ),
    Played("a stream that does not say that it ends", [faithful_as(lambda text: text, open_end=True)], "answer"),
    Played("a stream that just ends", [{"content": '{"guidelines": [{"text"', "open_end": True}], "error", "broke off"),
    Played("an error as an event", [events('{"error": {"message": "out of memory"}}')], "error", "out of memory"),
    Played("events that are no JSON", [events("{nonsense")], "error", "cannot be read"),
    Played(
        "events of another protocol",
        [events('{"type": "message", "text": "hello"}')],
        "error",
        "does not speak the chat-completions protocol",
    ),
    Played(
        "a page for a reply",
        [{"raw": "<html>It works!</html>", "type": "text/html"}],
        "error",
        "does not speak the chat-completions protocol",
    ),
    Played("no choices", [{"raw": '{"choices": []}'}], "error", "does not speak the chat-completions protocol"),
    Played(
        "a second search that fails",
        [
            lambda r: {
                "content": draft(guidelines=[true_one(r)], look_for=["tocilizumab giant cell arteritis relapse"])
            },
            {"status": 401},
        ],
        "answer",
        "second search",
    ),
]


@pytest.fixture
def play(
    real_pipeline: AnswerPipeline, real_settings: Settings, scripted_server: Any
) -> Callable[[Played], list[Step]]:
    def playing(played: Played) -> list[Step]:
        scripted_server.replies = list(played.replies)
        asked = {"composer": "model", "model_base_url": scripted_server.base_url, "model_name": "scripted"}
        settings = real_settings.model_copy(update=asked | {"model_timeout_s": 20.0} | played.settings)
        pipeline = AnswerPipeline(
            real_pipeline.search,
            composer_of(settings),
            real_pipeline._checker,
            real_pipeline._index,
            question_max_chars=settings.question_max_chars,
        )
        steps: list[Step] = []
        try:
            for step in pipeline.stream(played.question):
                steps.append(step)
        finally:
            check_shown(steps, real_settings)
        return steps

    return playing


def check_shown(steps: list[Step], settings: Settings) -> None:
    """No claim, on the way or in the answer, lacks full support from its own quotes."""
    shown = [step.claim for step in steps if isinstance(step, ClaimShown)]
    answers = [step for step in steps if isinstance(step, Answer)]
    final = [claim for answer in answers for part in PARTS for claim in answer.part(part) if claim.type != "absence"]
    for claim in (*shown, *final):
        assert claim.verdict.support == "full"
        assert claim.citations, claim.text
        for citation in claim.citations:
            path = next(settings.corpus_dir.glob(f"*/{citation.source_id}.md"))
            assert read_corpus_file(path).text[citation.start : citation.end] == citation.quote
        assert " ".join(claim.text.split()) in " ".join(" ".join(one.quote for one in claim.citations).split())
    if answers:
        assert {claim.text for claim in shown} == {claim.text for claim in final}
        texts = json.dumps([claim.text for claim in final])
        assert "500 mg" not in texts
        assert "\\u001b" not in texts


@pytest.mark.parametrize("played", MISBEHAVIOURS, ids=lambda played: played.name)
def test_nothing_unsupported_is_shown_and_it_ends_well(
    play: Callable[[Played], list[Step]], scripted_server: Any, played: Played
) -> None:
    if played.ends == "error":
        with pytest.raises(ModelError, match=re.escape(played.says)) as caught:
            play(played)
        assert "\n" not in str(caught.value)
    else:
        *_, answer = play(played)
        assert isinstance(answer, Answer)
        assert answer.outcome == played.ends
        told = " ".join([*(one.reason for one in answer.withheld), answer.incomplete or ""])
        assert played.says in told
        if played.ends == "answer":
            assert any(DOSE in claim.text for claim in answer.guidelines)
    if played.requests is not None:
        assert len(scripted_server.requests) == played.requests


def test_there_are_at_least_thirty_misbehaviours_each_with_a_name() -> None:
    assert len({played.name for played in MISBEHAVIOURS}) == len(MISBEHAVIOURS) >= 30
