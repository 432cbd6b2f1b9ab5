"""One call of a program, measured from outside: seconds from start to end, peak memory, and what it printed."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import RagError

_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "ANONYMIZED_TELEMETRY": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
}


class BenchError(RagError):
    """A benchmark that cannot be run, or a system in it that failed."""


@dataclass(frozen=True, slots=True)
class Call:
    """What one call took. `report` is the JSON that it printed, as a whole or in its last line; empty without.

    `peak_bytes` is the largest resident set, mapped files included, as the kernel counts it (`ru_maxrss`).
    """

    seconds: float
    peak_bytes: int
    report: dict[str, Any]


def child_environment(settings: Mapping[str, str], root: Path) -> dict[str, str]:
    """The caller's environment less its RAG_ settings, offline, with these settings and `root` to import from."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RAG_")}
    return inherited | _OFFLINE | {"PYTHONPATH": str(root)} | dict(settings)


def measure(command: Sequence[str], environment: Mapping[str, str]) -> Call:
    """Run a command to its end.

    Raises:
        BenchError: it ended with another status than 0; the message has its last words.
    """
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as complaints:
        start = time.perf_counter()
        child = subprocess.Popen(command, env=dict(environment), stdout=printed, stderr=complaints)
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            words = _text(complaints).splitlines() or ["it said nothing"]
            raise BenchError(f"a call failed with {child.returncode}", value=f"{' '.join(command[:5])}: {words[-1]}")
        return Call(seconds, usage.ru_maxrss * 1024, _last_json(_text(printed)))


def _text(stream: Any) -> str:
    stream.seek(0)
    return str(stream.read().decode("utf-8", "replace"))


def _last_json(text: str) -> dict[str, Any]:
    """What was printed as JSON: the whole, or else the last line."""
    for part in (text, text.strip().rpartition("\n")[2]):
        try:
            found = json.loads(part)
        except ValueError:
            continue
        return found if isinstance(found, dict) else {}
    return {}
