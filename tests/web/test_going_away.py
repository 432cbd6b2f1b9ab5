"""A reader who goes away in the middle ends the work, over a real connection; nothing of it is kept."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn

ASK = json.dumps({"question": "What relieves knee pain?"}).encode()


class Served:
    """An application on loopback, in a thread."""

    def __init__(self, app: Any) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, http="h11"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]})
        self._thread.start()
        until(lambda: self._server.started)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._listener.close()
        assert not self._thread.is_alive()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def served(desk: Any) -> Iterator[Served]:
    running = Served(desk.app)
    yield running
    running.close()


def send(port: int, accept: str) -> socket.socket:
    raw = socket.create_connection(("127.0.0.1", port), timeout=10)
    head = f"POST /v1/answers HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\nContent-Type: application/json\r\n"
    raw.sendall(f"{head}Content-Length: {len(ASK)}\r\n\r\n".encode() + ASK)
    return raw


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_who_goes_away_ends_the_work(desk: Any, served: Served, accept: str, caplog: Any) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def wait_at(step: int) -> None:
        if step == 1:
            reached.set()
            go_on.wait(10)

    desk.memory.on_step = wait_at
    raw = send(served.port, accept)
    if accept == "text/event-stream":
        seen = b""
        while b"event: claim" not in seen:
            seen += raw.recv(4096)
    assert reached.wait(10)
    raw.close()
    time.sleep(0.3)  # until the server has noticed
    go_on.set()
    until(lambda: desk.memory.closed == 1)
    until(lambda: desk.app.state.asks.open == 0)
    assert desk.memory.versions == {}
    assert 'sourcebound_answers_total{outcome="cancelled"} 1.0' in desk.app.state.metrics.text().decode()
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


def test_the_next_reader_is_answered(desk: Any, served: Served) -> None:
    for accept in ("text/event-stream", "application/json"):
        with send(served.port, accept) as raw:
            answer = b""
            while b'"links"' not in answer:
                piece = raw.recv(65536)
                assert piece
                answer += piece
    assert len(desk.memory.versions) == 2
