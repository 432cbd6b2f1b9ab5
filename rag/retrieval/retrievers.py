"""The retrievers: by vector, by words, and the two fused by reciprocal rank."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from rag.indexing.index import Index
from rag.models.base import Encoder, Vectors
from rag.retrieval.base import Retriever
from rag.text import wide_terms
from rag.types import Hit, Kind, Passage

FUSION_CONSTANT = 60
_DEPTH = 50


def _hits(ranked: Iterable[tuple[Passage, float]]) -> tuple[Hit, ...]:
    return tuple(Hit(passage, score, rank) for rank, (passage, score) in enumerate(ranked, start=1))


class DenseRetriever:
    """Exact search by cosine of query and passage vectors."""

    def __init__(self, index: Index, encoder: Encoder) -> None:
        self._index = index
        self._encoder = encoder
        self._vector = lru_cache(maxsize=256)(lambda query: encoder.encode([query])[0])

    def vector(self, query: str) -> Vectors:
        """The vector of a query, of shape (dimension,), computed once."""
        vector: Vectors = self._vector(query)
        return vector

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The vectors of several texts, of shape (len(texts), dimension)."""
        return self._encoder.encode(texts)

    def search(self, query: str, kind: Kind, limit: int) -> tuple[Hit, ...]:
        """Scores are cosines, -1 to 1."""
        rows = self._index.dense(self.vector(query), kind, limit)
        return _hits((self._index.passages[row], score) for row, score in rows)


class LexicalRetriever:
    """BM25 over folded and stemmed terms; a passage that shares none with the query is no hit."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def search(self, query: str, kind: Kind, limit: int) -> tuple[Hit, ...]:
        """Scores are BM25 scores, above 0."""
        rows = self._index.lexical(wide_terms(query), kind, limit)
        return _hits((self._index.passages[row], score) for row, score in rows)


class FusedRetriever:
    """Reciprocal-rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009): the sum over rankings of 1 / (60 + rank)."""

    def __init__(self, retrievers: Sequence[Retriever], depth: int = _DEPTH) -> None:
        self._retrievers = tuple(retrievers)
        self._depth = depth

    def search(self, query: str, kind: Kind, limit: int) -> tuple[Hit, ...]:
        """Scores are sums of reciprocal ranks; ties are broken by passage id."""
        passages: dict[str, Passage] = {}
        scores: dict[str, float] = {}
        for retriever in self._retrievers:
            for hit in retriever.search(query, kind, max(limit, self._depth)):
                passage_id = hit.passage.passage_id
                passages[passage_id] = hit.passage
                scores[passage_id] = scores.get(passage_id, 0.0) + 1.0 / (FUSION_CONSTANT + hit.rank)
        ranked = sorted(scores, key=lambda passage_id: (-scores[passage_id], passage_id))[:limit]
        return _hits((passages[passage_id], scores[passage_id]) for passage_id in ranked)
