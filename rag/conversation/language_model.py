"""The condenser by a chat model. What it returns is checked, and where it adds or drops anything, the rules rewrite.

A rewriting may name no drug, condition, test, population or number that the conversation does not have, and must keep
those of the question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.conversation.base import Asked, Condensed, Condenser, same_subject
from rag.conversation.frame import Frame
from rag.conversation.mentions import Vocabulary
from rag.errors import ModelError
from rag.models.base import ChatModel

PROMPT = "condense.v1"
SCHEMA = {
    "type": "object",
    "properties": {"standalone": {"type": "string"}, "new_subject": {"type": "boolean"}},
    "required": ["standalone", "new_subject"],
    "additionalProperties": False,
}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_TURNS_SHOWN = 6


class _Rewriting(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    standalone: str = Field(min_length=1)
    new_subject: bool


class LanguageModelCondenser:
    """Asks a chat model, and falls back on another condenser.

    Args:
        chat: the model.
        rules: what rewrites where the model fails, or adds or drops something.
        vocabulary: knows what a text names.
        max_chars: the longest rewriting accepted, in characters.
    """

    def __init__(self, chat: ChatModel, rules: Condenser, vocabulary: Vocabulary, *, max_chars: int) -> None:
        self._chat = chat
        self._rules = rules
        self._vocabulary = vocabulary
        self._max_chars = max_chars
        self._prompt = files("rag.conversation").joinpath(f"prompts/{PROMPT}.md").read_text(encoding="utf-8")

    def condense(self, question: str, earlier: Sequence[Asked]) -> Condensed:
        """The model's rewriting where it holds what it may, else that of the rules."""
        if not earlier:
            return self._rules.condense(question, earlier)
        try:
            rewriting = self._asked(question, earlier)
        except ModelError:
            return self._rules.condense(question, earlier)
        standalone = " ".join(rewriting.standalone.split())
        if rewriting.new_subject:
            return Condensed(" ".join(question.split()), "new_subject", self._chat.name)
        if len(standalone) > self._max_chars or not self._is_faithful(standalone, question, earlier):
            return self._rules.condense(question, earlier)
        return Condensed(standalone, "follow_up", self._chat.name)

    def _asked(self, question: str, earlier: Sequence[Asked]) -> _Rewriting:
        shown = [{"question": one.standalone, "answer": one.told} for one in same_subject(earlier)[-_TURNS_SHOWN:]]
        request = (
            f"BEGIN CONVERSATION\n{json.dumps(shown, ensure_ascii=False)}\nEND CONVERSATION\n"
            f"BEGIN QUESTION\n{json.dumps(' '.join(question.split()), ensure_ascii=False)}\nEND QUESTION"
        )
        messages = [{"role": "system", "content": self._prompt}, {"role": "user", "content": request}]
        reply = self._chat.complete(messages, "rewriting", SCHEMA)
        body = reply.text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
        try:
            return _Rewriting.model_validate_json(body)
        except ValidationError as error:
            raise ModelError("the model's rewriting is not of the form asked for", value=body[:80]) from error

    def _is_faithful(self, standalone: str, question: str, earlier: Sequence[Asked]) -> bool:
        said = " ".join([question, *(text for one in earlier for text in (one.question, one.standalone, one.told))])
        if not set(_NUMBER.findall(standalone)) <= set(_NUMBER.findall(said)):
            return False
        if not set(_NUMBER.findall(question)) <= set(_NUMBER.findall(standalone)):
            return False
        return self._names(standalone) <= self._names(said) and self._names(question) <= self._names(standalone)

    def _names(self, text: str) -> set[str]:
        frame = Frame.of(text, self._vocabulary)
        kinds = ("condition", "treatment", "test", "population", "trial", "issuer")
        return {one.key for kind in kinds for one in frame.named(kind)}  # type: ignore[arg-type]
