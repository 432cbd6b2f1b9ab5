"""What a retriever is."""

from __future__ import annotations

from typing import Protocol

from rag.types import Hit, Kind


class Retriever(Protocol):
    """Ranks the passages of one kind for one query."""

    def search(self, query: str, kind: Kind, limit: int) -> tuple[Hit, ...]:
        """At most `limit` hits of that kind, ranks 1, 2, ..., scores never rising, no passage twice."""
