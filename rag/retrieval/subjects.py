"""What a text is about, told by the topics of the sources near it."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from rag.indexing.index import Index
from rag.retrieval.base import Retriever
from rag.text import wide_terms
from rag.types import EVERYTHING, SourceFilter

_NEAREST = 8
_LEAST_SHARE = 0.25


class SourceSubjects:
    """Topics of the nearest passages' sources, those that a quarter of the passages have."""

    def __init__(self, index: Index, retriever: Retriever) -> None:
        self._index = index
        self._retriever = retriever
        self._of = lru_cache(maxsize=256)(self._look_up)

    def near(self, text: str) -> frozenset[str]:
        """The topics; empty for a text that nothing is near."""
        return self._of(text)

    def speak_of(self, phrase: str, topics: frozenset[str]) -> bool:
        """Whether a passage of a source on one of some topics has all terms of a phrase."""
        wanted = set(wide_terms(phrase))
        hits = self._index.lexical(wide_terms(phrase), SourceFilter(topics=topics), _NEAREST)
        return any(wanted <= set(wide_terms(self._index.passages[row].text)) for row, _ in hits)

    def _look_up(self, text: str) -> frozenset[str]:
        hits = self._retriever.search(text, EVERYTHING, _NEAREST)
        counts = Counter(topic for hit in hits for topic in self._index.sources[hit.passage.source_id].topics)
        return frozenset(topic for topic, count in counts.items() if count >= _LEAST_SHARE * len(hits))
