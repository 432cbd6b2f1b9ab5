"""`rag serve` itself, over loopback with the shipped corpus: it answers, streams, stops, and survives being killed."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from argon2 import PasswordHasher

from rag.accounts.doorkeeper import LedgerAccounts
from rag.accounts.passwords import Passwords
from rag.config import Settings
from rag.ledger.answers import Answers
from rag.ledger.database import Database

REPOSITORY = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((REPOSITORY / "docs" / "answer.schema.json").read_text(encoding="utf-8"))
QUESTIONS = (
    "What relieves the leg pain of lumbar spinal stenosis?",
    "How long should antibiotics be given for community-acquired pneumonia?",
    "Is paracetamol alone recommended for low back pain?",
    "When should imaging be done for low back pain with red flags?",
)
STARTING_S = 90


class Serving:
    """A server that runs: its address, and all that it has written."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.ran = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=REPOSITORY)
        self.lines: list[str] = []
        self.ledger_url = environment["RAG_LEDGER_URL"]
        self.ready = threading.Event()
        self.url = ""
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        assert self.ready.wait(STARTING_S), self.written
        assert self.url, self.written

    def _read(self) -> None:
        assert self.ran.stderr is not None
        for line in self.ran.stderr:
            self.lines.append(line)
            if found := re.match(r"Ready: (http://\S+)/ ", line):
                self.url = found[1]
                self.ready.set()
        self.ready.set()

    @property
    def written(self) -> str:
        return "".join(self.lines)

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        if self.ran.poll() is None:
            self.ran.send_signal(by)
        status = self.ran.wait(30)
        self._reading.join(5)
        assert self.ran.stderr is not None
        self.ran.stderr.close()
        return status

    def client(self, **how: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, **how)


Starting = Callable[..., Serving]


@pytest.fixture(scope="module")
def start(real_settings: Settings) -> Iterator[Starting]:
    running: list[Serving] = []

    def starting(folder: Path, *arguments: str, **settings: str) -> Serving:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RAG_")}
        environment = kept | {
            "RAG_CORPUS_DIR": str(real_settings.corpus_dir),
            "RAG_INDEXES_DIR": str(real_settings.indexes_dir),
            "RAG_LEDGER_URL": f"sqlite:///{folder / 'ledger' / 'ledger.sqlite'}",
            "RAG_WEB_ASKS_PER_MINUTE": "10000",
            "PYTHONUNBUFFERED": "1",
        }
        command = [sys.executable, "-c", "from rag.cli import main; main()", "serve", "--port", "0", *arguments]
        running.append(Serving(command, environment | settings))
        return running[-1]

    yield starting
    for one in running:
        one.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def serving(start: Starting, tmp_path_factory: pytest.TempPathFactory) -> Serving:
    return start(tmp_path_factory.mktemp("served"))


def events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_it_says_where_it_is_in_one_line_and_answers(serving: Serving) -> None:
    assert serving.lines[-1:] or serving.url
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", serving.url)
    with serving.client() as client:
        assert client.get("/v1/ready").json() == {"status": "ok"}
        page = client.get("/")
        assert page.status_code == 200
        assert "<form" in page.text
        assert "server" not in page.headers
        listed = client.get("/v1/sources")
        assert listed.status_code == 200, listed.text + serving.written
        assert listed.json()["total"] > 50


def test_the_stream_ends_with_the_answer_that_is_kept_and_its_claims_are_those_that_came(serving: Serving) -> None:
    with serving.client() as client:
        asked = {"question": QUESTIONS[0]}
        with client.stream("POST", "/v1/answers", json=asked, headers={"Accept": "text/event-stream"}) as stream:
            told = list(events(stream.iter_lines()))
        names = [name for name, _ in told]
        assert names[0] == "condensed"
        assert names[-1] == "answer"
        assert set(names[1:-1]) <= {"claim", "held"}
        view = told[-1][1]
        jsonschema.validate(view["answer"], SCHEMA)
        stored = client.get(view["links"]["version"]).json()
        assert stored == view
    for part in ("short_answer", "guidelines", "research"):
        came = [one["claim"]["claim_id"] for name, one in told if name == "claim" and one["part"] == part]
        assert set(came) == {claim["claim_id"] for claim in stored["answer"][part]}
    kept = {claim["claim_id"]: claim for part in ("guidelines", "research") for claim in stored["answer"][part]}
    for name, one in told:
        if name == "claim" and one["claim"]["claim_id"] in kept:
            assert one["claim"] == kept[one["claim"]["claim_id"]]


def test_a_reader_with_a_cookie_follows_up_and_finds_both_again(serving: Serving) -> None:
    with serving.client() as client:
        client.headers["X-CSRF-Token"] = client.get("/v1/visitor").json()["csrf_token"]
        first = client.post("/v1/answers", json={"question": QUESTIONS[0]}).json()
        further = f"/v1/conversations/{first['conversation_id']}/answers"
        second = client.post(further, json={"question": "And in older people?"})
        assert second.status_code == 201
        assert second.json()["turn"] == 2
        history = client.get("/v1/answers").json()["answers"]
        assert [one["answer_id"] for one in history] == [second.json()["answer_id"], first["answer_id"]]
        with serving.client() as other:
            assert other.get(f"/v1/conversations/{first['conversation_id']}").status_code == 404


def test_an_answer_is_asked_again_within_the_same_sources(serving: Serving) -> None:
    with serving.client() as client:
        client.headers["X-CSRF-Token"] = client.get("/v1/visitor").json()["csrf_token"]
        first = client.post("/v1/answers", json={"question": QUESTIONS[0], "from_year": 2010}).json()
        again = client.post(f"{first['links']['latest']}/versions").json()
        assert (again["version"], again["answer"]["outcome"]) == (2, first["answer"]["outcome"])
        for part in ("guidelines", "research"):
            assert again["answer"][part] == first["answer"][part]
        assert again["answer"]["provenance"]["searched_within"] == "years from 2010"


def test_every_format_of_a_real_answer_can_be_taken_away(serving: Serving) -> None:
    with serving.client() as client:
        made = client.post("/v1/answers", json={"question": QUESTIONS[1]}).json()
        for form, where in made["links"]["exports"].items():
            file = client.get(where)
            assert file.status_code == 200, (form, file.text[:300])
            assert len(file.content) > 100


def test_a_board_signs_a_real_answer_off_over_the_interface(serving: Serving) -> None:
    database = Database(serving.ledger_url)
    accounts = LedgerAccounts(database, Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
    bearers = {}
    for name, role in (("rita", "reader"), ("vera", "reviewer")):
        account = accounts.add(name, role, shown_name=name.title(), password=None, by="console")  # type: ignore[arg-type]
        bearers[name] = {"Authorization": f"Bearer {accounts.issue_token(account.account_id, 'test', days=1).secret}"}
    with serving.client(headers=bearers["rita"]) as rita, serving.client(headers=bearers["vera"]) as vera:
        made = rita.post("/v1/answers", json={"question": QUESTIONS[0]}).json()
        review, claim = made["links"]["review"], made["answer"]["guidelines"][0]["claim_id"]
        assert rita.post(review, json={"step": "submit"}).json()["status"] == "submitted"
        assert rita.post(review, json={"step": "approve"}).status_code == 403
        assert vera.post(review, json={"step": "approve"}).status_code == 409
        assert vera.post(review, json={"step": "take"}).json()["status"] == "under_review"
        where = f"{made['links']['version']}/comments"
        assert vera.post(where, json={"text": "Read with care.", "claim_id": claim}).status_code == 201
        approved = vera.post(review, json={"step": "approve", "remark": "As the guideline has it."}).json()
        assert (approved["status"], approved["by"]) == ("approved", "Vera")
        assert re.fullmatch(r"[0-9a-f]{64}", approved["digest"])
        assert rita.get(made["links"]["version"]).json()["standing"]["comments"][0]["claim_id"] == claim
        assert "Approved" in rita.get(made["links"]["exports"]["markdown"]).text
    database.close()


def test_a_connection_that_is_cut_ends_the_work_and_the_server_goes_on(serving: Serving) -> None:
    body = json.dumps({"question": QUESTIONS[2]}).encode()
    port = int(serving.url.rpartition(":")[2])
    for accept in ("text/event-stream", "application/json"):
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port)) as raw:
                head = f"POST /v1/answers HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\n"
                head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                raw.sendall(head.encode() + body)
    with serving.client() as client:
        deadline = time.monotonic() + 20
        while "sourcebound_asks_in_flight 0.0" not in client.get("/metrics").text:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert client.post("/v1/answers", json={"question": QUESTIONS[2]}).status_code == 201
    assert "Traceback" not in serving.written


def test_bodies_that_trickle_in_are_cut_off(start: Starting, serving: Serving) -> None:
    port = int(serving.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        raw.sendall(b"POST /v1/answers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n")
        raw.sendall(b"Content-Length: 1000\r\n\r\n{")
        assert raw.recv(4096).startswith(b"HTTP/1.1 408")


def test_nothing_of_a_question_or_a_cookie_is_in_the_log(serving: Serving) -> None:
    with serving.client() as client:
        client.headers["X-CSRF-Token"] = client.get("/v1/visitor").json()["csrf_token"]
        client.post("/v1/answers", json={"question": "Does zanzibarine relieve gout?"})
        client.get("/v1/passages", params={"q": "zanzibarine"})
        secrets = [*client.cookies.values(), client.headers["X-CSRF-Token"]]
    written = serving.written
    assert re.search(r"rag\.web\.access POST /v1/answers 201 \d+ ms", written)
    assert "zanzibarine" not in written.lower()
    for secret in secrets:
        assert secret not in written


def test_the_example_of_a_client_runs_as_it_stands_in_the_documentation(serving: Serving, tmp_path: Path) -> None:
    text = (REPOSITORY / "docs" / "api.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    file = tmp_path / "client.py"
    file.write_text(example, encoding="utf-8")
    environment = os.environ | {"SOURCEBOUND_URL": serving.url}
    command = [sys.executable, str(file)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    assert "understood as:" in done.stdout
    assert re.search(r"^kept as \S+$", done.stdout, re.MULTILINE)


def test_it_stops_when_it_is_told_to_and_that_is_no_failure(start: Starting, tmp_path: Path) -> None:
    for by in (signal.SIGTERM, signal.SIGINT):
        one = start(tmp_path)
        with one.client() as client:
            assert client.get("/v1/health").status_code == 200
        assert one.end(by) == 0
        assert one.lines[-1] == "Stopped.\n"


def test_a_kept_secret_lets_cookies_live_through_a_restart(start: Starting, tmp_path: Path) -> None:
    cookies = []
    for _ in range(2):
        one = start(tmp_path)
        with one.client(cookies=dict(cookies)) as client:
            if not cookies:
                client.headers["X-CSRF-Token"] = client.get("/v1/visitor").json()["csrf_token"]
                client.post("/v1/answers", json={"question": QUESTIONS[3]})
                cookies = list(client.cookies.items())
            assert len(client.get("/v1/answers").json()["answers"]) == 1
        one.end()


def test_a_port_that_is_taken_is_one_line(serving: Serving) -> None:
    port = serving.url.rpartition(":")[2]
    command = [sys.executable, "-c", "from rag.cli import main; main()", "serve", "--port", port]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, cwd=REPOSITORY)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: this address cannot be listened on")
    assert done.stderr.count("\n") == 1


def test_killed_in_the_middle_of_asks_it_keeps_every_answer_that_it_told_and_none_by_half(
    start: Starting, tmp_path: Path
) -> None:
    """Eight readers ask without end; the server is killed outright; then all that was told must be there, whole."""
    told: dict[str, dict[str, Any]] = {}
    for round_s in (1.5, 2.2, 3.1):
        one = start(tmp_path)
        stop = threading.Event()

        def ask_on(number: int, url: str = one.url, stop: threading.Event = stop) -> None:
            while not stop.is_set():
                try:
                    asked = httpx.post(
                        f"{url}/v1/answers", json={"question": QUESTIONS[number % len(QUESTIONS)]}, timeout=30
                    )
                except httpx.HTTPError:
                    return
                if asked.status_code == 201:
                    told[asked.json()["answer_id"]] = asked.json()

        readers = [threading.Thread(target=ask_on, args=(number,)) for number in range(8)]
        for reader in readers:
            reader.start()
        time.sleep(round_s)
        assert one.end(signal.SIGKILL) == -signal.SIGKILL
        stop.set()
        for reader in readers:
            reader.join()
    assert len(told) >= 3
    again = start(tmp_path)
    with again.client() as client:
        for answer_id, view in told.items():
            assert client.get(f"/v1/answers/{answer_id}").json() == view
    assert httpx.post(f"{again.url}/v1/answers", json={"question": QUESTIONS[0]}, timeout=60).status_code == 201
    again.end()
    database = Database(f"sqlite:///{tmp_path / 'ledger' / 'ledger.sqlite'}")
    kept = list(Answers(database).everything())
    database.close()
    assert len(kept) > len(told)
    for saved in kept:
        jsonschema.validate(json.loads(json.dumps(dict(saved.record))), SCHEMA)
