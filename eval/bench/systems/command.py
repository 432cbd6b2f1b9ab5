"""The command line that all the scripts have: build, update, ask, serve, and the work in seconds as JSON.

A script is run by itself, so that its imports and its memory are its own; the clock here begins after the imports. The
caller times the whole call. Nothing of `rag` is imported here: a peer's call must not pay for us.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

LIMIT = 10
Search = Callable[[str], list[str]]
"""A question -> the ids of the passages found, best first, at most `LIMIT`."""


@dataclass(frozen=True, slots=True)
class Text:
    """A passage as the peers are given it: the words that are embedded, under the id that it has in our index."""

    passage_id: str
    text: str


class System(Protocol):
    """What a script can do. `model` is the folder of the encoder, `store` that of the saved index."""

    @property
    def packages(self) -> Sequence[str]:
        """The packages whose versions go on record."""

    def build(self, model: str, texts: Path, store: Path) -> None:
        """Make an index of all passages and save it."""

    def update(self, model: str, texts: Path, store: Path) -> None:
        """Bring the saved index up to date after one source was changed, and save it."""

    def open(self, model: str, texts: Path, store: Path) -> Search:
        """Open the saved index."""


def read_passages(texts: Path) -> list[Text]:
    """All passages."""
    lines = (texts / "passages.jsonl").read_text(encoding="utf-8").splitlines()
    return [Text(**json.loads(line)) for line in lines]


def read_change(texts: Path) -> tuple[list[str], list[Text]]:
    """The change of one source: ids of its old passages, and its new passages."""
    change = json.loads((texts / "change.json").read_text(encoding="utf-8"))
    return change["remove"], [Text(**passage) for passage in change["add"]]


def _asked(search: Search, questions: Sequence[str]) -> dict[str, Any]:
    found, latencies_ms = [], []
    for question in questions:
        start = time.perf_counter()
        ids = search(question)
        latencies_ms.append((time.perf_counter() - start) * 1000)
        found.append(ids[:LIMIT])
    return {"found": found, "latencies_ms": latencies_ms}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="One system of the benchmark.")
    parser.add_argument("action", choices=["build", "update", "ask", "serve"])
    parser.add_argument("model", help="Folder of the encoder.")
    parser.add_argument("texts", type=Path, help="Folder with passages.jsonl, change.json and corpus/.")
    parser.add_argument("store", type=Path, help="Folder of the saved index.")
    parser.add_argument("questions", nargs="*", help="A question (ask), or a JSON file with a list of them (serve).")
    return parser.parse_args()


def run_system(system: System) -> None:
    """Do what the command line asks, and print `{"work_s", "versions", ...}` as the only line of standard output."""
    arguments = _arguments()
    place = (arguments.model, arguments.texts, arguments.store)
    start, report = time.perf_counter(), {}
    with redirect_stdout(sys.stderr):  # some libraries print
        if arguments.action == "build":
            system.build(*place)
        elif arguments.action == "update":
            system.update(*place)
        else:
            search = system.open(*place)
            questions = arguments.questions
            if arguments.action == "serve":
                questions = json.loads(Path(questions[0]).read_text(encoding="utf-8"))
            report = {"open_s": time.perf_counter() - start, **_asked(search, questions)}
    report |= {"work_s": time.perf_counter() - start, "versions": {name: version(name) for name in system.packages}}
    sys.stdout.write(json.dumps(report) + "\n")
