"""A language model as the judge of claims. It sees one passage and one claim at a time, both as data.

What it replies is read strictly: a reply of another form is an error, never a verdict.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import ModelError
from rag.models.base import RELATIONS, ChatModel, Probabilities, Relation
from rag.models.certainty import predict_rest

PROMPT = "entailment.v1"
SCHEMA = {
    "type": "object",
    "properties": {"relation": {"type": "string", "enum": list(RELATIONS)}, "confidence": {"type": "number"}},
    "required": ["relation", "confidence"],
    "additionalProperties": False,
}
_LEAST, _MOST = 0.34, 0.99


class _Judgement(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    relation: Relation
    confidence: float = Field(ge=0.0, le=1.0)


class LanguageModelEntailment:
    """Asks a chat model about each pair, one after the other."""

    def __init__(self, chat: ChatModel) -> None:
        self._chat = chat
        self.name = f"{chat.name}/{PROMPT}"
        self._prompt = files("rag.models").joinpath(f"prompts/{PROMPT}.md").read_text(encoding="utf-8")

    def predict(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        """Probabilities of shape (len(pairs), 3), float32, in the order of `RELATIONS`.

        The relation that the model states gets the confidence that it states, at least 0.34 and at most 0.99; the two
        others share what is left. What stands verbatim or has no passage is not sent.

        Raises:
            ModelError: the server was not reached, or a reply is not of the form asked for.
        """
        return predict_rest(pairs, lambda asked: np.array([self._row(*pair) for pair in asked], np.float32))

    def _row(self, passage: str, claim: str) -> list[float]:
        reply = self._chat.complete(
            [
                {"role": "system", "content": self._prompt},
                {"role": "user", "content": _request(passage, claim)},
            ],
            "judgement",
            SCHEMA,
        )
        judgement = _read(reply.text)
        stated = min(max(judgement.confidence, _LEAST), _MOST)
        return [stated if relation == judgement.relation else (1.0 - stated) / 2 for relation in RELATIONS]


def _request(passage: str, claim: str) -> str:
    """The pair as JSON strings, each on a line of its own: no text inside can end its line or its quotes."""
    said, claimed = (json.dumps(" ".join(text.split()), ensure_ascii=False) for text in (passage, claim))
    return f"BEGIN PASSAGE\n{said}\nEND PASSAGE\nBEGIN CLAIM\n{claimed}\nEND CLAIM"


def _read(text: str) -> _Judgement:
    body = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    try:
        return _Judgement.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise ModelError(
            "the model's judgement is not of the form asked for",
            value=f"{where}: {first['msg']}: {body[:80]!r}",
            mend="ask again, or use a model or server that supports structured output",
        ) from error
