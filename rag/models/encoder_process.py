"""Exports an encoder in a process of its own: the builder reads the corpus meanwhile, and never holds torch itself.

Run as `python -m rag.models.encoder_process FOLDER` with the settings of the encoder as JSON on standard input.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from rag.errors import EncoderError
from rag.models.base import Encoder
from rag.models.encoder_maker import encoder_maker
from rag.models.encoder_spec import EncoderSpec
from rag.types import Progress, no_progress


class EncoderProcess:
    """An `EncoderMaker` whose export is a process."""

    def __init__(self, spec: EncoderSpec, progress: Progress = no_progress) -> None:
        self._spec = spec
        self._progress = progress
        self._found = encoder_maker(spec)
        self.fingerprint = self._found.fingerprint
        self.description = self._found.description
        self._running: subprocess.Popen[str] | None = None

    def export(self, folder: Path) -> None:
        """As `EncoderMaker.export`; waits for the process."""
        self._progress("exporting the encoder", 0, 1)
        command = [sys.executable, "-m", "rag.models.encoder_process", str(folder)]
        self._running = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        _, complaints = self._running.communicate(json.dumps(asdict(self._spec)))
        if self._running.returncode != 0:
            words = complaints.strip().splitlines() or [f"the export ended with {self._running.returncode}"]
            raise EncoderError(words[-1].removeprefix("Error: "))
        self._progress("exporting the encoder", 1, 1)

    def abandon(self) -> None:
        """End the process, if it still runs."""
        if self._running is not None:
            self._running.kill()

    def open(self, folder: Path) -> Encoder:
        """As `EncoderMaker.open`."""
        return self._found.open(folder)


def main() -> None:
    """Export what standard input asks for."""
    from rag.errors import RagError

    try:
        encoder_maker(EncoderSpec(**json.load(sys.stdin))).export(Path(sys.argv[1]))
    except RagError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
