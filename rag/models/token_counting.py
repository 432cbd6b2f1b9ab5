"""Tokens of a text, estimated with the word pieces that ship with the product: no model's own vocabulary is fetched.

The estimate is meant to be too high rather than too low; docs/models.md has what it was held against.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from rag.models.base import Message

SAFETY = 1.45
"""What the count of word pieces is multiplied by, so that a model's own count is not above it."""
MESSAGE_TOKENS = 8
"""What a message costs beside its words."""
_TOKENIZER = Path(__file__).parent / "entailment" / "tokenizer.json"


class TokenCounter:
    """Counts tokens. May be shared by threads."""

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(_TOKENIZER))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def count(self, text: str) -> int:
        """Estimated tokens of a text."""
        return self.count_each([text])[0]

    def count_each(self, texts: Sequence[str]) -> list[int]:
        """Estimated tokens of each of some texts, at least one for four bytes."""
        texts = [text.encode("utf-8", errors="replace").decode() for text in texts]
        found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [
            -(-max(round(len(one.ids) * SAFETY * 100), len(text.encode()) * 25) // 100)
            for one, text in zip(found, texts, strict=True)
        ]

    def count_messages(self, messages: Sequence[Message]) -> int:
        """Estimated tokens of what is sent."""
        return sum(self.count_each([message["content"] for message in messages])) + MESSAGE_TOKENS * len(messages)
