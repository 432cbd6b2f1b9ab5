"""The retrievers: by vector, by words, and the two fused. Rankings are of rows; passages are fetched last, and few."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rag.indexing.index import Index, Rows
from rag.models.base import Encoder, Vectors
from rag.retrieval.fusion import DEPTH, fuse
from rag.text import wide_terms
from rag.types import Hit, SourceFilter


def _hits(index: Index, ranked: Rows) -> tuple[Hit, ...]:
    return tuple(Hit(index.passages[row], score, rank) for rank, (row, score) in enumerate(ranked, start=1))


class DenseRetriever:
    """Search by cosine of query and passage vectors."""

    def __init__(self, index: Index, encoder: Encoder) -> None:
        self._index = index
        self._encoder = encoder
        self._vector = lru_cache(maxsize=256)(lambda query: encoder.encode_queries([query])[0])

    def vector(self, query: str) -> Vectors:
        """The vector of a query, of shape (dimension,), computed once."""
        vector: Vectors = self._vector(query)
        return vector

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The vectors of several texts, of shape (len(texts), dimension)."""
        return self._encoder.encode_queries(texts)

    def ranked(self, query: str, within: SourceFilter, limit: int) -> Rows:
        """(row, cosine), best first."""
        return self._index.dense(self.vector(query), within, limit)

    def search(self, query: str, within: SourceFilter, limit: int) -> tuple[Hit, ...]:
        """Scores are cosines, -1 to 1."""
        return _hits(self._index, self.ranked(query, within, limit))


class LexicalRetriever:
    """BM25 over folded and stemmed terms; a passage that shares none with the query is no hit."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def ranked(self, query: str, within: SourceFilter, limit: int) -> Rows:
        """(row, BM25 score), best first, all above 0."""
        return self._index.lexical(wide_terms(query), within, limit)

    def search(self, query: str, within: SourceFilter, limit: int) -> tuple[Hit, ...]:
        """Scores are BM25 scores, above 0."""
        return _hits(self._index, self.ranked(query, within, limit))


class FusedRetriever:
    """The fusion of a dense and a lexical ranking (`rag.retrieval.fusion`)."""

    def __init__(self, index: Index, dense: DenseRetriever, lexical: LexicalRetriever) -> None:
        self._index = index
        self._dense = dense
        self._lexical = lexical

    def search(self, query: str, within: SourceFilter, limit: int) -> tuple[Hit, ...]:
        """Scores are fused ones, never rising; ties are broken by the order of the passages in the index."""
        depth = max(limit, DEPTH)
        by_vector = self._dense.ranked(query, within, depth)
        by_words = self._lexical.ranked(query, within, depth)
        return _hits(self._index, fuse(by_vector, by_words, limit))
