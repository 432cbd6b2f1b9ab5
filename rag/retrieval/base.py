"""What a retriever is."""

from __future__ import annotations

from typing import Protocol

from rag.types import Hit, SourceFilter


class Retriever(Protocol):
    """Ranks the passages that a filter leaves, for one query."""

    def search(self, query: str, within: SourceFilter, limit: int) -> tuple[Hit, ...]:
        """At most `limit` hits within the filter, ranks 1, 2, ..., scores never rising, no passage twice."""
