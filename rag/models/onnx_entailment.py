"""The entailment model that ships: ONNX Runtime and a tokenizer file, no torch.

Each pair is computed alone, one pair a thread on every core: its probabilities are then the same whatever is computed
with it, bit for bit, and no time goes into padding (docs/verifier.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.models.base import RELATIONS, Probabilities
from rag.models.certainty import NOT_JUDGED, predict_rest
from rag.models.network_folder import NetworkFolder, NetworkKind
from rag.models.windows import joined

SHIPPED = Path(__file__).parent / "entailment"
SCHEMA = "sourcebound.entailment/1"
DESCRIPTION = "entailment.json"
KIND = NetworkKind(
    DESCRIPTION, SCHEMA, RELATIONS, "entailment model", "install the program again, or ask with --verifier lexical"
)
READING = 1
"""Version of how passages are cut and windows joined; part of the fingerprint."""


class OnnxEntailment:
    """An entailment model from its folder alone. May be shared by any number of threads; opened when first asked.

    The folder is a `NetworkFolder` described by `entailment.json`; its logits are in the order of `RELATIONS`, and
    `read_aligned` needs its `alignment`. `fingerprint` is the SHA-256 of all that decides the probabilities.

    Raises:
        EntailmentError: files of the folder are missing, damaged, or of another format.
    """

    def __init__(self, folder: Path = SHIPPED) -> None:
        self._folder = NetworkFolder(folder, KIND)
        self.name = self._folder.name
        self.fingerprint = self._folder.fingerprint(READING)

    def predict(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        """Probabilities of shape (len(pairs), 3), float32, in the order of `RELATIONS`.

        A claim that stands verbatim in its passage is supported, and one without a passage is neutral, with certainty
        and without the model. For all others see `read`.
        """
        return predict_rest(pairs, self.read)

    def read(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        """What the model itself says of each pair, verbatim and empty ones too; shape and order as of `predict`.

        A passage that does not fit beside its claim is read by overlapping windows of whole sentences. The window that
        supports most decides, unless another one refutes with a greater probability. What cannot be read whole is
        neutral with certainty, never supported: a claim that with the separators takes more than half of the
        model's `max_tokens`, and a passage of more than 256 windows.
        """
        return self.read_aligned(pairs)[0]

    def read_aligned(self, pairs: Sequence[tuple[str, str]]) -> tuple[Probabilities, Probabilities]:
        """What `read` gives, and how near the evidence's words come to the claim's content words, of shape (n, 2).

        Of each content word the cosine of its word embedding with the nearest one of the evidence (the mean over its
        pieces, the best of the windows); the mean over the claim's words, and the least of them. 1 where the claim has
        no content word, 0 where it was not read.
        """
        probabilities = np.zeros((len(pairs), len(RELATIONS)), np.float32)
        nearness = np.zeros((len(pairs), 2), np.float32)
        if not pairs:
            return probabilities, nearness
        network = self._folder.opened()
        readings = network.readings(pairs)
        logits, alignments = network.run([tokens for reading in readings for tokens in reading])
        rows, done = self._softmax(logits), 0
        for place, (pair, reading) in enumerate(zip(pairs, readings, strict=True)):
            some = slice(done, done + len(reading))
            probabilities[place] = joined(rows[some]) if reading else NOT_JUDGED
            if reading:
                nearness[place] = network.nearness(pair[1], alignments[some])
            done += len(reading)
        return probabilities, nearness

    def _softmax(self, logits: Probabilities) -> Probabilities:
        scaled = logits.astype(np.float64) / self._folder.temperature
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True, initial=-np.inf))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
