"""Shared actors: an encoder made of letters, a small corpus, the real index built once, and a scripted model server."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings as property_settings

from rag.config import Settings, load_settings
from rag.factory import build, chunking, pipeline
from rag.indexing.builder import Built, Recipe, build_index
from rag.indexing.gathering import Offered
from rag.indexing.index import Index, open_index
from rag.ingestion.chunking import chunk
from rag.ingestion.corpus_file import corpus_digests, corpus_hash, read_corpus_file
from rag.ledger.database import Database
from rag.models.dialects import DIALECTS
from rag.models.encoder_spec import EncoderSpec
from rag.pipeline import AnswerPipeline
from rag.types import Document, Passage

property_settings.register_profile("fixed", deadline=None, derandomize=True)
property_settings.register_profile("explore", deadline=None, max_examples=1000)
property_settings.load_profile("fixed")

REPOSITORY = Path(__file__).resolve().parent.parent


class ScriptedEntailment:
    """Plays probabilities: those of the first script whose words stand in the claim, else `otherwise`; keeps what it
    was asked, batch by batch."""

    name = "scripted/1"

    def __init__(
        self,
        *scripts: tuple[str, tuple[float, float, float]],
        otherwise: tuple[float, float, float] = (0.0, 1.0, 0.0),
    ) -> None:
        self._scripts = scripts
        self._otherwise = otherwise
        self.asked: list[list[tuple[str, str]]] = []

    def predict(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        self.asked.append(list(pairs))
        rows = [next((row for words, row in self._scripts if words in claim), self._otherwise) for _, claim in pairs]
        return np.array(rows, np.float32).reshape(len(rows), 3)


@pytest.fixture
def scripted_entailment() -> type[ScriptedEntailment]:
    return ScriptedEntailment


@pytest.fixture(autouse=True)
def nothing_known_of_servers() -> None:
    """What a test found out about a model server is not true of the next one on the same port."""
    DIALECTS.forget()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer's own reaches a test."""
    import os

    for name in list(os.environ):
        if name.startswith("RAG_") or name == "OPENAI_API_KEY":
            monkeypatch.delenv(name)


class LetterEncoder:
    """Unit vectors of letter counts: words with the same letters are near. Its own maker; its copy is its name."""

    name = "letters"
    fingerprint = hashlib.sha256(b"letters").hexdigest()
    dimension = 26

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.exports = 0

    @property
    def description(self) -> dict[str, Any]:
        settings = EncoderSpec(name=self.name).settings()
        return {
            "name": self.name,
            "fingerprint": self.fingerprint,
            "dimension": self.dimension,
            "runtime": "letters",
            "settings": settings,
        }

    def encode_documents(self, texts: Sequence[str]) -> np.ndarray:
        self.texts += texts
        return self.encode_queries(texts)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        counts = np.array([[text.lower().count(chr(97 + letter)) for letter in range(26)] for text in texts], float)
        counts = counts.reshape(len(texts), 26) + 1e-6
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)

    def export(self, folder: Path) -> None:
        self.exports += 1
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "encoder.json").write_text(json.dumps({"name": self.name}), encoding="utf-8")

    def abandon(self) -> None:
        """An export is over at once."""

    def open(self, folder: Path) -> LetterEncoder:
        assert (folder / "encoder.json").is_file()
        return self


@pytest.fixture
def letters() -> LetterEncoder:
    return LetterEncoder()


def corpus_file(folder: Path, source_id: str, body: str, kind: str = "guideline", **fields: Any) -> Path:
    """Write one corpus file; fields override the front matter."""
    record = {
        "id": source_id,
        "kind": kind,
        "title": f"Title of {source_id}",
        "organisation": "Board of Tests" if kind == "guideline" else None,
        "year": 2020,
        "doi": f"10.1000/{source_id}",
        "status": "current",
        "topics": ["testing"],
    } | fields
    path = folder / ("guidelines" if kind == "guideline" else "research") / f"{source_id}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "\n".join(f"{key}: {json.dumps(value)}" for key, value in record.items())
    path.write_text(f"---\n{lines}\n---\n\n## Findings\n\n{body}\n", encoding="utf-8")
    return path


@pytest.fixture
def write_source() -> Callable[..., Path]:
    return corpus_file


@pytest.fixture
def small_corpus(tmp_path: Path) -> Path:
    """Two guidelines, one superseded, one retracted paper, two current papers: all on the pain of imaginary joints."""
    folder = tmp_path / "corpus"
    corpus_file(folder, "knee-2020", "Knee pain is relieved by rest. The Board recommends 15 mg of alphacaine daily.")
    corpus_file(
        folder, "knee-2010", "Knee pain is relieved by running.", status="superseded", superseded_by=["knee-2020"]
    )
    corpus_file(
        folder, "elbow-2005", "Elbow pain is relieved by ice.", status="superseded", superseded_by=["unlisted-2022"]
    )
    corpus_file(
        folder, "trial-2019", "Knee pain was relieved by rest in 40 of 80 patients. No harm was seen.", "research"
    )
    corpus_file(
        folder,
        "fraud-2018",
        "Knee pain was cured in all patients.",
        "research",
        status="retracted",
        notices=[{"kind": "retraction", "date": "2019-05-06", "reason": "fabricated records"}],
    )
    return folder


def built_from(
    corpus: Path, folder: Path, maker: Any, factory: str | None = None, passage_chars: int = 60, **how: Any
) -> Built:
    """Build an index of a corpus with a maker of the test's own."""

    def reading(path: Path) -> Callable[[], tuple[Document, list[Passage]]]:
        def read() -> tuple[Document, list[Passage]]:
            document = read_corpus_file(path)
            return document, chunk(document, max_chars=passage_chars)

        return read

    digests = corpus_digests(corpus)
    offered = [Offered(path.stem, digest, reading(path)) for path, digest in digests]
    recipe = Recipe(maker, corpus_hash(digests), {"passage_chars": passage_chars}, factory)
    return build_index(folder, offered, recipe, **how)


@pytest.fixture
def build_from() -> Callable[..., Built]:
    return built_from


@pytest.fixture
def small_folder(small_corpus: Path, tmp_path: Path, letters: LetterEncoder) -> Path:
    folder = tmp_path / "indexes" / "small"
    built_from(small_corpus, folder, letters)
    return folder


@pytest.fixture
def small_index(small_folder: Path) -> Index:
    return open_index(small_folder)


@pytest.fixture(scope="session")
def real_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The shipped corpus under the default encoder, in an index of the tests' own, built once."""
    settings = load_settings(
        corpus_dir=REPOSITORY / "corpus", indexes_dir=tmp_path_factory.mktemp("indexes"), composer="extractive"
    )
    build(settings)
    assert chunking(settings)
    return settings


@pytest.fixture(scope="session")
def real_pipeline(real_settings: Settings) -> AnswerPipeline:
    return pipeline(real_settings)


Reply = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]


class ScriptedServer:
    """Speaks the chat-completions protocol on loopback: plays its replies in order, the last one again and again.

    A reply is `{"content": ...}` (a message), `{"refusal": ...}`, `{"status": 429, "headers": {...}, "error": ...}`, or
    `{"raw": "..."}`; or a function from the request to one. A message is streamed where the request asks for it, in
    pieces of `size` characters with `pause_s` between them; `whole` does not stream it, `cut_at` cuts the connection
    after so many characters, and `open_end` leaves out what says that it has ended.
    """

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.arrived: list[float] = []
        self.broken_pipes = 0
        self.sent_at: list[tuple[float, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.arrived.append(time.monotonic())
                outer.requests.append(body)
                outer.headers.append(dict(self.headers))
                outer.paths.append(self.path)
                reply = outer.reply(body)
                if body.get("stream") and "content" in reply and not reply.get("whole"):
                    try:
                        self.stream(reply)
                    except (BrokenPipeError, ConnectionResetError):
                        outer.broken_pipes += 1
                    return
                status, headers, payload = outer.play(reply, self.path)
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def stream(self, reply: dict[str, Any]) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                text = outer.text_of(reply)
                size = reply.get("size", 40)
                for start in range(0, len(text), size):
                    piece = text[start : start + size]
                    if "cut_at" in reply and start + size > reply["cut_at"]:
                        self.connection.shutdown(socket.SHUT_RDWR)
                        return
                    self.event({"content": piece}, None)
                    outer.sent_at.append((time.monotonic(), piece))
                    time.sleep(reply.get("pause_s", 0.0))
                if reply.get("refusal"):
                    self.event({"refusal": reply["refusal"]}, None)
                if not reply.get("open_end"):
                    self.event({}, reply.get("finish_reason", "stop"))
                    if reply.get("usage", True):
                        self.event(None, None, usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15})
                    self.wfile.write(b"data: [DONE]\n\n")

            def event(self, delta: dict[str, Any] | None, finish: str | None, **more: Any) -> None:
                choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
                chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "scripted-model-1"}
                self.wfile.write(f"data: {json.dumps(chunk | {'choices': choices} | more)}\n\n".encode())
                self.wfile.flush()

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def reply(self, body: dict[str, Any]) -> dict[str, Any]:
        reply = self.replies[min(len(self.requests), len(self.replies)) - 1]
        return reply(body) if callable(reply) else reply

    def text_of(self, reply: dict[str, Any]) -> str:
        content = reply.get("content")
        return content or "" if isinstance(content, str | None) else json.dumps(content)

    def play(self, reply: dict[str, Any], path: str) -> tuple[int, dict[str, str], bytes]:
        if not path.split("?", maxsplit=1)[0].endswith("/chat/completions"):
            return 404, {}, b'{"error": {"message": "no such path"}}'
        if "status" in reply:
            error = reply.get("error", "scripted")
            error = {"message": error} if isinstance(error, str) else error
            return reply["status"], reply.get("headers", {}), json.dumps({"error": error}).encode()
        if "raw" in reply:
            return 200, {"Content-Type": reply.get("type", "application/json")}, reply["raw"].encode()
        content = reply.get("content")
        message = {
            "role": "assistant",
            "content": content if isinstance(content, str | None) else json.dumps(content),
            "refusal": reply.get("refusal"),
        }
        completion = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "scripted-model-1",
            "choices": [{"index": 0, "message": message, "finish_reason": reply.get("finish_reason", "stop")}],
        }
        if reply.get("usage", True):
            completion["usage"] = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        return 200, {}, json.dumps(completion).encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def scripted_server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()


def beside(name: str) -> Any:
    """A module that lies beside this one; tests are no package."""
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """A PostgreSQL server of the tests' own; started when the first test wants it."""
    databases = beside("databases")
    reason = databases.why_not()
    if reason is not None:
        pytest.skip(reason)
    with databases.postgresql_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql").new_database())
    return f"sqlite:///{tmp_path / 'deep' / 'ledger.sqlite'}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()
