"""`python -m eval.load`: many readers ask one server at once; every answer told as kept is then read again.

The server is started here, on a free port of this machine, with a ledger of its own in a temporary folder. Each reader
asks the next question as soon as the last answer is there, or after a pause, and opens one answer in three by its
address.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import click
import httpx

from eval.datasets import load_suite
from rag.console import run, say
from rag.errors import RagError

_START_S = 120.0
_REPLY_S = 60.0
_OPENED = 1 / 3


@dataclass(slots=True)
class Taken:
    """What the readers met: seconds by what they did, faults by their words, and the answers told as kept."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"ask": [], "open": []})
    faults: Counter[str] = field(default_factory=Counter)
    kept: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served() -> Iterator[str]:
    """The address of a server of our own, ready, with a limit of asks that no reader reaches.

    Raises:
        RagError: it does not get ready.
    """
    port = _free_port()
    with TemporaryDirectory() as folder:
        environment = os.environ | {
            "RAG_LEDGER_URL": f"sqlite:///{Path(folder) / 'ledger.sqlite'}",
            "RAG_WEB_ASKS_PER_MINUTE": "1000000",
            "RAG_COMPOSER": "extractive",
        }
        command = [sys.executable, "-c", "from rag.cli import main; main()", "serve", "--port", str(port)]
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}"
            _await_ready(address, server)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=30)


def _await_ready(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and server.poll() is None:
        try:
            if httpx.get(f"{address}/v1/ready", timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RagError("the server did not get ready", value=address, mend="rag serve shows why")


async def _read_on(
    address: str, questions: Sequence[str], end: float, taken: Taken, *, pause: float, chance: random.Random
) -> None:
    """One reader: a browser of its own, from the first question to the end of the time."""
    async with httpx.AsyncClient(base_url=address, timeout=_REPLY_S) as client:
        visitor = await client.get("/v1/visitor")
        client.headers["X-CSRF-Token"] = visitor.raise_for_status().json()["csrf_token"]
        while time.monotonic() < end:
            if pause:
                await asyncio.sleep(chance.expovariate(1 / pause))
            answer_id = await _ask(client, chance.choice(questions), taken)
            if answer_id and chance.random() < _OPENED:
                await _timed(client, "open", f"/answers/{answer_id}", taken)


async def _ask(client: httpx.AsyncClient, question: str, taken: Taken) -> str | None:
    start = time.perf_counter()
    try:
        reply = await client.post("/v1/answers", json={"question": question})
    except httpx.TransportError as error:
        taken.faults[type(error).__name__] += 1
        return None
    taken.seconds["ask"].append(time.perf_counter() - start)
    if reply.status_code != httpx.codes.CREATED:
        taken.faults[f"ask {reply.status_code}"] += 1
        return None
    body = reply.json()
    taken.outcomes[body["answer"]["outcome"]] += 1
    taken.kept.append(body["answer_id"])
    return str(body["answer_id"])


async def _timed(client: httpx.AsyncClient, what: str, path: str, taken: Taken) -> None:
    start = time.perf_counter()
    try:
        reply = await client.get(path)
    except httpx.TransportError as error:
        taken.faults[type(error).__name__] += 1
        return
    taken.seconds[what].append(time.perf_counter() - start)
    if not reply.is_success:
        taken.faults[f"{what} {reply.status_code}"] += 1


async def loaded(address: str, questions: Sequence[str], *, readers: int, seconds: float, pause: float = 0.0) -> Taken:
    """What so many readers met in so many seconds, who pause for so many seconds on average before they ask."""
    taken, end = Taken(), time.monotonic() + seconds
    await asyncio.gather(
        *(
            _read_on(address, questions, end, taken, pause=pause, chance=random.Random(seed))  # noqa: S311
            for seed in range(readers)
        )
    )
    return taken


def missing(address: str, taken: Taken) -> int:
    """How many answers that were told as kept cannot be read."""
    with httpx.Client(base_url=address, timeout=_REPLY_S) as client:
        return sum(not client.get(f"/v1/answers/{answer_id}").is_success for answer_id in taken.kept)


def load_table(taken: Taken, seconds: float) -> str:
    """Counts, rate, median and 95th percentile in milliseconds of what readers did, as a Markdown table."""
    lines = ["| what | count | a second | p50, ms | p95, ms | max, ms |", "|---|--:|--:|--:|--:|--:|"]
    for what, spent in taken.seconds.items():
        if len(spent) > 1:
            high = quantiles(spent, n=20, method="inclusive")[-1]
            figures = " | ".join(f"{1000 * value:.0f}" for value in (median(spent), high, max(spent)))
            lines.append(f"| {what} | {len(spent)} | {len(spent) / seconds:.1f} | {figures} |")
    return "\n".join(lines)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--readers", type=click.IntRange(1, 500), default=50, show_default=True)
@click.option("--seconds", type=click.FloatRange(1, 600), default=60.0, show_default=True)
@click.option("--pause", type=click.FloatRange(0, 600), default=0.0, help="Seconds, on average, before each question.")
@click.option("--suite", default="starter", show_default=True, help="The questions, as of `rag-eval run`.")
def load(readers: int, seconds: float, pause: float, suite: str) -> None:
    """Have many readers ask a server of this machine at once, with the extractive composer."""
    questions = [item.question for item in load_suite(suite)]
    with served() as address:
        say(f"{readers} readers for {seconds:g} s ...")
        taken = asyncio.run(loaded(address, questions, readers=readers, seconds=seconds, pause=pause))
        lost = missing(address, taken)
    click.echo(load_table(taken, seconds))
    click.echo(f"\nFaults: {dict(taken.faults) or 'none'}. Kept and not found again: {lost}. {dict(taken.outcomes)}")
    sys.exit(1 if taken.faults or lost else 0)


if __name__ == "__main__":
    run(load, sys.argv[1:])
