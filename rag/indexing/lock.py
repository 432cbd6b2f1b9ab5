"""One builder at a time: who comes second is told who is building. The lock goes when its process does."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rag.errors import IndexBusyError


@contextmanager
def building(folder: Path) -> Iterator[None]:
    """Hold an index folder for building.

    Raises:
        IndexBusyError: another process is building it; the message names it.
    """
    from filelock import FileLock, Timeout

    folder.parent.mkdir(parents=True, exist_ok=True)
    owner = folder.with_name(f".{folder.name}.builder.json")
    lock = FileLock(folder.with_name(f".{folder.name}.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise IndexBusyError(
            f"index '{folder.name}' is being built", value=_shown(owner), mend="wait until it is done, or stop it"
        ) from error
    try:
        began = datetime.now(UTC).isoformat(timespec="seconds")
        owner.write_text(json.dumps({"process": os.getpid(), "host": platform.node(), "since": began}), "utf-8")
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


def _shown(owner: Path) -> str:
    try:
        found = json.loads(owner.read_text("utf-8"))
        return f"by process {found['process']} on {found['host']} since {found['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "by a process that has only just begun"
