"""The folder of a network that reads two texts together: what describes it, and its graph once it is needed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from rag.errors import EntailmentError
from rag.models.encoder_files import file_sha256
from rag.models.pair_network import MODEL, TOKENIZER, PairNetwork

_LEAST_TOKENS = 16


@dataclass(frozen=True, slots=True)
class NetworkKind:
    """What a folder must hold: the name of its description and the schema it must have, what the logits mean in their
    order, what the network is called in messages, and how its user goes on without it."""

    description: str
    schema: str
    labels: Sequence[str]
    what: str
    mend: str


class NetworkFolder:
    """`model.onnx` (of one pair `input_ids` and, as it needs them, `attention_mask` and `token_type_ids` -> `logits`,
    and optionally `alignment`, a number a token), `tokenizer.json`, and a description: schema, name, version,
    temperature, max_tokens, model_sha256, tokenizer_sha256. May be shared by threads; opened when first asked.

    Raises:
        EntailmentError: files of the folder are missing, damaged, or of another format.
    """

    def __init__(self, folder: Path, kind: NetworkKind) -> None:
        self._folder, self._kind = folder, kind
        self._opening = Lock()
        self._network: PairNetwork | None = None
        try:
            found: dict[str, Any] = json.loads((folder / kind.description).read_text(encoding="utf-8"))
            if found["schema"] != kind.schema:
                raise ValueError(f"{kind.description} is not of the schema {kind.schema}")
            self.name = f"{found['name']}/{found['version']}"
            self.temperature, self.max_tokens = float(found["temperature"]), int(found["max_tokens"])
            self.sha256 = {MODEL: str(found["model_sha256"]), TOKENIZER: str(found["tokenizer_sha256"])}
            if self.temperature <= 0 or self.max_tokens < _LEAST_TOKENS:
                raise ValueError(f"temperature {self.temperature}, max_tokens {self.max_tokens}")
        except Exception as error:
            raise self._unopened(error) from error
        for name in (MODEL, TOKENIZER):
            if not (folder / name).is_file():
                raise self._unopened(f"no file {name}")

    def fingerprint(self, *beside: object) -> str:
        """The SHA-256 of its files' digests, its settings, and what else decides its caller's numbers."""
        decisive = [*beside, self.temperature, self.max_tokens, self.sha256]
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()

    def opened(self) -> PairNetwork:
        """The graph, its files held against their digests the first time.

        Raises:
            EntailmentError: they are not those that the description names, or cannot be run.
        """
        with self._opening:
            if self._network is None:
                try:
                    for name, expected in self.sha256.items():
                        if file_sha256(self._folder / name) != expected:
                            raise ValueError(f"{name} is not the one that {self._kind.description} describes")
                    self._network = PairNetwork(self._folder, self.max_tokens, self._kind.labels)
                except Exception as error:
                    raise self._unopened(error) from error
            return self._network

    def _unopened(self, why: object) -> EntailmentError:
        return EntailmentError(
            f"the {self._kind.what} cannot be opened", value=f"{self._folder}: {why}", mend=self._kind.mend
        )
