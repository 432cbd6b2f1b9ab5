"""What the rest of the program knows of a model: a few small protocols and their values."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Probabilities = NDArray[np.float32]
Relevance = NDArray[np.float32]
Relation = Literal["supports", "neutral", "refutes"]
RELATIONS: tuple[Relation, ...] = ("supports", "neutral", "refutes")
"""The columns of what an entailment model predicts, in their order."""


class Encoder(Protocol):
    """Turns texts into vectors of unit length, so that an inner product is a cosine.

    Queries and documents have ways of their own: another prompt, or another model altogether.
    """

    @property
    def name(self) -> str:
        """The encoder's name, as in the settings."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that decides its document vectors: two encoders with the same give the same vectors."""

    @property
    def dimension(self) -> int:
        """Length of its vectors."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of Euclidean length 1."""

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of Euclidean length 1."""


class EncoderMaker(Protocol):
    """Knows an encoder by its files, and writes the copy of it that an index carries. Cheap until it exports."""

    @property
    def fingerprint(self) -> str:
        """That of the encoder it makes; known without loading a model."""

    @property
    def description(self) -> Mapping[str, Any]:
        """What the manifest of an index says of it: `name`, `fingerprint`, `dimension`, `runtime`, prompts, ..."""

    def export(self, folder: Path) -> None:
        """Write into `folder` all that `open` needs, and check that it reproduces the reference vectors.

        Raises:
            EncoderError: the model cannot be loaded, or its copy does not give its vectors.
        """

    def abandon(self) -> None:
        """End an export that is under way in another thread; it may fail then. Without one, nothing."""

    def open(self, folder: Path) -> Encoder:
        """The encoder that was exported into a folder, by this maker or by one with the same fingerprint.

        Raises:
            EncoderError: files of the folder are missing or damaged.
        """


ReplyForm = Literal["schema", "json-with-schema", "json", "plain"]
"""How a server is held to the form of a reply: by a strict JSON schema (`response_format` of the type `json_schema`; or
`json_object` with a `schema` beside it, as llama.cpp has it), to any JSON, or by the words of the prompt alone."""
REPLY_FORMS: tuple[ReplyForm, ...] = ("schema", "json-with-schema", "json", "plain")
"""From the strictest to what every server can do."""
Message = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What a chat model answered. Token counts are None where the server gives none.

    `form` says how the server was held to the form of the reply, with the version of the words that were added to the
    prompt, such as "json, form.v1". A `cached` reply cost nothing.
    """

    text: str
    model: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    form: str | None = None
    cached: bool = False


Pieces = Generator[str | ChatReply, None, None]
"""The pieces of one reply as they come, and last the whole of it. Closing it ends the request."""


class ChatModel(Protocol):
    """A language model that answers messages with JSON of a given schema."""

    @property
    def name(self) -> str:
        """The model's name, as the server knows it."""

    def complete(self, messages: Sequence[Message], schema_name: str, schema: Mapping[str, Any]) -> ChatReply:
        """One reply.

        Raises:
            ModelError: the server was not reached, refused, stopped half-way, or did not speak the protocol.
        """


class StreamingChatModel(ChatModel, Protocol):
    """A language model that can be read while it writes."""

    def stream(
        self, messages: Sequence[Message], schema_name: str, schema: Mapping[str, Any], *, in_words: bool = False
    ) -> Pieces:
        """One reply while it is written.

        Args:
            messages: what is asked.
            schema_name: a name for the schema, of letters.
            schema: the JSON schema that the reply must have.
            in_words: say in the prompt, too, what the form is: the server does not hold the model to it.

        Raises:
            ModelError: as of `complete`; also after pieces have come, where the reply breaks off.
        """


class EntailmentModel(Protocol):
    """Says how a passage, read as a whole, bears on a claim."""

    @property
    def name(self) -> str:
        """Name and version, such as "lexical-baseline/1", for the provenance."""

    def predict(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        """Probabilities of shape (len(pairs), 3), float32, in the order of `RELATIONS`; each row sums to 1.

        Args:
            pairs: (passage, claim). Several sentences of evidence are one passage, joined by spaces.

        Raises:
            EntailmentError: the model cannot be run.
            ModelError: a model server was not reached, or gave nothing that can be used.
        """


class RelevanceModel(Protocol):
    """Says how probably a sentence answers a question. It finds; it never counts as support."""

    @property
    def name(self) -> str:
        """Name and version."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that decides its numbers."""

    def relevance(self, pairs: Sequence[tuple[str, str]]) -> Relevance:
        """Probabilities of shape (len(pairs),), float32.

        Args:
            pairs: (sentence, question), the sentence under its source's title.

        Raises:
            EntailmentError: the model cannot be run.
        """
