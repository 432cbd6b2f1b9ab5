"""The entailment model that ships: ONNX Runtime and a tokenizer file, no torch.

Each pair is computed alone, one pair a thread on every core: its probabilities are then the same whatever is computed
with it, bit for bit, and no time goes into padding (docs/verifier.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from rag.errors import EntailmentError
from rag.models.base import RELATIONS, Probabilities
from rag.models.certainty import NOT_JUDGED, predict_rest
from rag.models.encoder_files import file_sha256
from rag.models.entailment_network import MODEL, TOKENIZER, EntailmentNetwork
from rag.models.windows import joined

SHIPPED = Path(__file__).parent / "entailment"
SCHEMA = "sourcebound.entailment/1"
DESCRIPTION = "entailment.json"
READING = 1
"""Version of how passages are cut and windows joined; part of the fingerprint."""
_LEAST_TOKENS = 16


class OnnxEntailment:
    """An entailment model from its folder alone. May be shared by any number of threads; opened when first asked.

    The folder holds `model.onnx` (of one pair `input_ids` and, as it needs them, `attention_mask` and `token_type_ids`
    -> `logits` in the order of `RELATIONS`, and `alignment`, a number a token, for `read_aligned`), `tokenizer.json`,
    and `entailment.json`: schema, name, version, temperature, max_tokens, model_sha256, tokenizer_sha256.
    `fingerprint` is the SHA-256 of all that decides the probabilities.

    Raises:
        EntailmentError: files of the folder are missing, damaged, or of another format.
    """

    def __init__(self, folder: Path = SHIPPED) -> None:
        self._folder = folder
        self._opening = Lock()
        self._network: EntailmentNetwork | None = None
        try:
            description: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
            if description["schema"] != SCHEMA:
                raise ValueError(f"{DESCRIPTION} is not of the schema {SCHEMA}")
            self.name = f"{description['name']}/{description['version']}"
            self._temperature, self._max_tokens = float(description["temperature"]), int(description["max_tokens"])
            self._sha256 = {MODEL: description["model_sha256"], TOKENIZER: description["tokenizer_sha256"]}
            if self._temperature <= 0 or self._max_tokens < _LEAST_TOKENS:
                raise ValueError(f"temperature {self._temperature}, max_tokens {self._max_tokens}")
        except Exception as error:
            raise _unopened(folder, error) from error
        for name in (MODEL, TOKENIZER):
            if not (folder / name).is_file():
                raise _unopened(folder, f"no file {name}")
        decisive = [READING, self._temperature, self._max_tokens, self._sha256]
        self.fingerprint = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()

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
        network = self._opened()
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
        scaled = logits.astype(np.float64) / self._temperature
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True, initial=-np.inf))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)

    def _opened(self) -> EntailmentNetwork:
        with self._opening:
            if self._network is None:
                try:
                    for name, expected in self._sha256.items():
                        if file_sha256(self._folder / name) != expected:
                            raise ValueError(f"{name} is not the one that {DESCRIPTION} describes")
                    self._network = EntailmentNetwork(self._folder, self._max_tokens)
                except Exception as error:
                    raise _unopened(self._folder, error) from error
            return self._network


def _unopened(folder: Path, why: object) -> EntailmentError:
    return EntailmentError(
        "the entailment model cannot be opened",
        value=f"{folder}: {why}",
        mend="install the program again, or ask with --verifier lexical",
    )
