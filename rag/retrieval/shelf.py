"""The sources of an index to browse: their records, texts and passages, and a search that leaves nothing out.

Unlike the search for an answer, it finds superseded and retracted sources too: who browses is to see them, and
their life.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.indexing.index import Index
from rag.retrieval.base import Retriever
from rag.types import EVERYTHING, Kind, Passage, Source


class IndexShelf:
    """What one index holds. Safe for threads."""

    def __init__(self, index: Index, retriever: Retriever) -> None:
        self._index = index
        self._retriever = retriever

    @property
    def fingerprint(self) -> str:
        """Of the index."""
        return self._index.manifest.fingerprint

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of the sources."""
        return self._index.topics

    def sources(self) -> Sequence[Source]:
        """Every source, guidelines first, by title."""
        return sorted(self._index.sources.values(), key=lambda source: (source.kind, source.title.casefold()))

    def source(self, source_id: str) -> Source | None:
        """A source, or None."""
        return self._index.sources.get(source_id)

    def text(self, source_id: str) -> str | None:
        """The text of its document, or None."""
        return self._index.documents.get(source_id)

    def passages(self, source_id: str) -> Sequence[Passage]:
        """The passages of a source, in the order of its text; none for one that is not there."""
        return self._index.texts.passages_of(source_id) if source_id in self._index.sources else ()

    def passage(self, passage_id: str) -> Passage | None:
        """A passage, or None."""
        try:
            return self._index.passages[self._index.row_of(passage_id)]
        except KeyError:
            return None

    def find(
        self, words: str, *, kind: Kind | None = None, topic: str | None = None, limit: int = 20
    ) -> Sequence[Passage]:
        """The passages that speak of something, best first; those of superseded and retracted sources too."""
        within = replace(EVERYTHING, kind=kind, topics=frozenset([topic] if topic else ()))
        return [hit.passage for hit in self._retriever.search(words, within, limit)]
