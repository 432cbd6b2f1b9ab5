"""Chat models over HTTP: what is sent to whom, what is found out about a server, and how faults are told."""

from __future__ import annotations

import json
import re
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from rag.composition.language_model import PROMPTS
from rag.errors import ConfigError, ModelError
from rag.models.base import ChatReply, Message
from rag.models.chat_faults import retry_after_s
from rag.models.openai_chat import ModelServer, OpenAIChatModel
from rag.models.reply_form import described

ASKED: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is it?"}]
SCHEMA = {
    "type": "object",
    "properties": {
        "a": {"type": "string"},
        "ids": {"type": "array", "items": {"type": "string", "enum": [f"G1.{n}" for n in range(1, 41)]}},
        "kind": {"type": ["string", "null"], "enum": ["x", None]},
    },
    "required": ["a", "ids", "kind"],
    "additionalProperties": False,
}
GOOD = {"content": {"a": "b", "ids": [], "kind": None}}


def server(scripted_server: Any, **how: Any) -> ModelServer:
    return ModelServer("m", **{"base_url": scripted_server.base_url, "timeout_s": 5.0, "max_retries": 0} | how)


def asked(scripted_server: Any, *replies: Any, **how: Any) -> ChatReply:
    scripted_server.replies = list(replies)
    return OpenAIChatModel(server(scripted_server, **how)).complete(ASKED, "thing", SCHEMA)


def test_the_pieces_of_a_stream_are_the_whole_reply(scripted_server: Any) -> None:
    scripted_server.replies = [GOOD | {"size": 3}]
    *pieces, last = OpenAIChatModel(server(scripted_server)).stream(ASKED, "thing", SCHEMA)
    assert isinstance(last, ChatReply)
    assert len(pieces) > 5
    assert "".join(map(str, pieces)) == last.text == json.dumps(GOOD["content"])
    assert (last.prompt_tokens, last.completion_tokens, last.form) == (10, 5, "schema")


def test_what_a_server_refuses_is_found_out_once(scripted_server: Any) -> None:
    def only_json(request: dict[str, Any]) -> dict[str, Any]:
        simple = request.get("response_format") == {"type": "json_object"}
        return GOOD if simple else {"status": 400, "error": "unknown response_format"}

    assert asked(scripted_server, only_json).form == "json, form.v1"
    assert len(scripted_server.requests) == 3
    assert asked(scripted_server, only_json).form == "json, form.v1"
    assert len(scripted_server.requests) == 4
    system = scripted_server.requests[-1]["messages"][0]["content"]
    assert '"ids": [<an id of those given, "G1.1" to "G1.40">, ...]' in system
    assert '"kind": "x" | null' in system


@pytest.mark.parametrize(
    ("form", "sent"),
    [("schema", "json_schema"), ("json-with-schema", "json_object"), ("json", "json_object"), ("plain", None)],
)
def test_a_form_can_be_forced_and_then_nothing_else_is_tried(scripted_server: Any, form: Any, sent: str | None) -> None:
    assert asked(scripted_server, GOOD, form=form).text
    assert scripted_server.requests[0].get("response_format", {}).get("type") == sent
    with pytest.raises(ModelError, match="status 400"):
        asked(scripted_server, {"status": 400, "error": "no response_format"}, form=form)
    assert len(scripted_server.requests) == 2


def test_a_server_that_refuses_everything_is_told_of_by_its_first_complaint(scripted_server: Any) -> None:
    with pytest.raises(ModelError, match="complaint 1"):
        asked(scripted_server, *({"status": 400, "error": f"complaint {n}"} for n in range(1, 9)))
    assert len(scripted_server.requests) == 4


def test_azure_is_asked_at_its_deployment_with_its_own_header(scripted_server: Any) -> None:
    endpoint = scripted_server.base_url.removesuffix("/v1")
    reply = asked(scripted_server, GOOD, base_url=endpoint, azure_api_version="2024-10-21", api_key="azure-key")
    assert reply.text
    assert scripted_server.paths == ["/openai/deployments/m/chat/completions?api-version=2024-10-21"]
    assert scripted_server.headers[0]["api-key"] == "azure-key"
    assert "max_completion_tokens" in scripted_server.requests[0]
    with pytest.raises(ConfigError, match="no key"):
        OpenAIChatModel(ModelServer("m", base_url=endpoint, azure_api_version="2024-10-21"))
    with pytest.raises(ConfigError, match="no endpoint of Azure"):
        OpenAIChatModel(ModelServer("m", api_key="k", azure_api_version="2024-10-21"))


def test_the_address_is_that_of_the_settings_whatever_the_environment_says(
    scripted_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", scripted_server.base_url)
    assert OpenAIChatModel(ModelServer("m", api_key="k")).address == "https://api.openai.com/v1"


def test_nothing_about_this_machine_or_an_account_is_sent(
    scripted_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-private")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-private")
    assert asked(scripted_server, GOOD, api_key="k").text
    sent = scripted_server.headers[0]
    assert sent["authorization"] == "Bearer k"
    about_us = ("x-stainless-os", "x-stainless-arch", "x-stainless-runtime", "x-stainless-lang", "openai-")
    assert not [name for name in sent if name.lower().startswith(about_us)]
    assert "private" not in json.dumps(sent)
    assert "sk-key" not in repr(ModelServer("m", api_key="sk-key"))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 500])
def test_no_message_shows_the_key(scripted_server: Any, status: int) -> None:
    reply = {"status": status, "error": "the key sk-very-secret is wrong"}
    with pytest.raises(ModelError) as caught:
        asked(scripted_server, reply, api_key="sk-very-secret")
    assert "very-secret" not in str(caught.value)
    assert "***" in str(caught.value)


@pytest.mark.parametrize(("said", "least"), [("1", 1.0), ("0.5", 0.5)])
def test_a_pause_is_as_long_as_the_server_asks(scripted_server: Any, said: str, least: float) -> None:
    began = time.monotonic()
    asked(scripted_server, {"status": 429, "headers": {"Retry-After": said}}, GOOD, max_retries=1)
    assert least <= time.monotonic() - began < least + 2.0


def test_pauses_end_at_the_deadline(scripted_server: Any) -> None:
    began = time.monotonic()
    with pytest.raises(ModelError, match="wait 2 s and ask again"):
        asked(scripted_server, {"status": 429, "headers": {"Retry-After": "2"}}, max_retries=9, deadline_s=3.0)
    assert time.monotonic() - began < 4.0
    assert len(scripted_server.requests) == 2


def test_retry_after_is_read_as_seconds_milliseconds_or_a_date() -> None:
    assert retry_after_s({"Retry-After": "7"}) == 7.0
    assert retry_after_s({"retry-after-ms": "1500"}) == 1.5
    assert retry_after_s({"Retry-After": formatdate(time.time() + 60, usegmt=True)}) == pytest.approx(60, abs=2)
    assert retry_after_s({"Retry-After": formatdate(time.time() - 60, usegmt=True)}) == 0.0
    assert retry_after_s({"Retry-After": "soon"}) is None
    assert retry_after_s({}) is None


class Dripping(BaseHTTPRequestHandler):
    """Sends a byte now and then, for ever, and never an event."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            for _ in range(400):
                self.wfile.write(b":")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def test_a_server_that_drips_bytes_cannot_hold_a_question_for_ever() -> None:
    dripping = ThreadingHTTPServer(("127.0.0.1", 0), Dripping)
    dripping.daemon_threads = True
    threading.Thread(target=dripping.serve_forever, daemon=True).start()
    began = time.monotonic()
    try:
        model = OpenAIChatModel(
            ModelServer("m", base_url=f"http://127.0.0.1:{dripping.server_port}/v1", timeout_s=1.0, max_retries=0)
        )
        with pytest.raises(ModelError, match="did not answer in time"):
            model.complete(ASKED, "thing", SCHEMA)
        assert 0.9 < time.monotonic() - began < 4.0
    finally:
        dripping.shutdown()
        dripping.server_close()


def test_the_time_that_the_reader_takes_is_not_the_servers(scripted_server: Any) -> None:
    scripted_server.replies = [GOOD | {"size": 3}]
    read = []
    for piece in OpenAIChatModel(server(scripted_server, timeout_s=0.5)).stream(ASKED, "thing", SCHEMA):
        time.sleep(0.08)
        read.append(piece)
    assert len(read) * 0.08 > 0.8
    assert isinstance(read[-1], ChatReply)


def test_a_form_in_words_names_every_field() -> None:
    words = described(SCHEMA)
    assert all(f'"{name}": ' in words for name in SCHEMA["properties"])
    assert len(words) < 200


def test_a_changed_prompt_has_another_version() -> None:
    """The versions go into the provenance: whoever changes the words of a prompt gives it a new number."""
    from hashlib import sha256
    from importlib.resources import files

    known = json.loads((files("rag.composition") / "prompts" / "versions.json").read_text(encoding="utf-8"))
    rooms = {name: "rag.models" if name.startswith(("form", "entailment")) else "rag.composition" for name in known}
    texts = {name: (files(room) / "prompts" / f"{name}.md").read_bytes() for name, room in rooms.items()}
    assert {name: sha256(text).hexdigest()[:16] for name, text in texts.items()} == known
    assert set(PROMPTS) <= known.keys()
    assert all(re.fullmatch(r"[a-z]+\.v\d+", name) for name in known)
