"""A stand-in for the relevance model: the share of a question's words that a sentence has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.models.base import Relevance
from rag.text import wide_terms


class SharedWords:
    """The more of the question's words a sentence has, the more probably it answers."""

    name = "shared words"
    fingerprint = "0"

    def relevance(self, pairs: Sequence[tuple[str, str]]) -> Relevance:
        """Of each sentence the share of its question's terms that it has, between 0.01 and 0.96."""
        return np.array([0.01 + 0.95 * _share(*pair) for pair in pairs], np.float32)


def _share(sentence: str, question: str) -> float:
    wanted = set(wide_terms(question))
    return len(wanted & set(wide_terms(sentence))) / max(1, len(wanted))
