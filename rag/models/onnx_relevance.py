"""The relevance model that ships: ONNX Runtime and a tokenizer file, no torch. It reads a sentence and a question
together, as the entailment model reads evidence and claim."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.models.base import Relevance
from rag.models.network_folder import NetworkFolder, NetworkKind

SHIPPED = Path(__file__).parent / "relevance"
SCHEMA = "sourcebound.relevance/1"
DESCRIPTION = "relevance.json"
LABELS = ("answers", "silent")
KIND = NetworkKind(DESCRIPTION, SCHEMA, LABELS, "relevance model", "install the program again")


class OnnxRelevance:
    """A relevance model from its folder alone, a `NetworkFolder` described by `relevance.json`.

    Raises:
        EntailmentError: files of the folder are missing, damaged, or of another format.
    """

    def __init__(self, folder: Path = SHIPPED) -> None:
        self._folder = NetworkFolder(folder, KIND)
        self.name = self._folder.name
        self.fingerprint = self._folder.fingerprint()

    def relevance(self, pairs: Sequence[tuple[str, str]]) -> Relevance:
        """Probabilities of shape (len(pairs),), float32, that a sentence answers a question; pairs of the two.

        A sentence that does not fit beside its question is read by windows, the best of which counts; a question
        longer than half of the model's tokens is not read, and nothing answers it.
        """
        found = np.zeros(len(pairs), np.float32)
        if not pairs:
            return found
        network = self._folder.opened()
        readings = network.readings(pairs)
        logits, _ = network.run([tokens for reading in readings for tokens in reading])
        odds = (logits[:, 0] - logits[:, 1]).astype(np.float64) / self._folder.temperature
        rows, done = 1.0 / (1.0 + np.exp(-odds)), 0
        for place, reading in enumerate(readings):
            if reading:
                found[place] = rows[done : done + len(reading)].max()
            done += len(reading)
        return found
