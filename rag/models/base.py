"""What the rest of the program knows of a model: three small protocols and their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Relation = Literal["supports", "neutral", "refutes"]


class Encoder(Protocol):
    """Turns texts into vectors of unit length, so that an inner product is a cosine."""

    @property
    def name(self) -> str:
        """The encoder's name, as in the settings."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its weights: two encoders with the same fingerprint give the same vectors."""

    @property
    def dimension(self) -> int:
        """Length of its vectors."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of Euclidean length 1."""


class ExportableEncoder(Encoder, Protocol):
    """An encoder that can write a light copy of itself for use at question time."""

    def export(self, folder: Path) -> None:
        """Write into `folder` all that `rag.models.open_query_encoder` needs."""


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What a chat model answered. Token counts are None where the server gives none."""

    text: str
    model: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class ChatModel(Protocol):
    """A language model that answers messages with JSON of a given schema."""

    @property
    def name(self) -> str:
        """The model's name, as the server knows it."""

    def complete(self, messages: Sequence[Mapping[str, str]], schema_name: str, schema: Mapping[str, Any]) -> ChatReply:
        """One reply.

        Raises:
            ModelError: the server was not reached, refused, stopped half-way, or did not speak the protocol.
        """


@dataclass(frozen=True, slots=True)
class Entailment:
    """How a premise bears on a hypothesis, with the strength of support from 0 to 1 and the reason."""

    relation: Relation
    score: float
    reason: str


class EntailmentModel(Protocol):
    """Decides whether the sentences of a premise, taken together, carry a hypothesis."""

    @property
    def name(self) -> str:
        """Name and version, for the provenance."""

    def judge(self, premise: Sequence[str], hypothesis: str) -> Entailment:
        """The relation of the joint premise to the hypothesis."""
