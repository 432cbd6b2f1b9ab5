"""Runs over a retrieval set: by vector, by words, and the two fused as the product fuses them.

Vectors are kept in a folder by the encoder's fingerprint, so that no text is embedded twice and an interrupted run goes
on where it was. It refuses to judge: that is the room of `eval.retrieval_quality`.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from eval.datasets import DatasetError
from eval.retrieval_sets import RetrievalSet
from rag.indexing.embeddings import Embedding, FinishedVectors, keys_of
from rag.indexing.lexical import LexicalIndex, write_lexical
from rag.indexing.selection import Selection
from rag.models.base import Encoder, Vectors
from rag.retrieval.fusion import DEPTH, fuse
from rag.text import wide_terms
from rag.types import Progress, no_progress

Ranking = list[tuple[str, float]]
Run = Mapping[str, Ranking]
"""For each query the ids of passages with their scores, best first."""


class _Queries:
    """An encoder whose documents are queries, so that both are kept by the same code."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.fingerprint, self.dimension = encoder.name, encoder.fingerprint, encoder.dimension
        self.encode_queries = self.encode_documents = encoder.encode_queries


def kept_vectors(encoder: Encoder, texts: Sequence[str], path: Path, progress: Progress = no_progress) -> Vectors:
    """The document vectors of texts, of shape (len(texts), dimension); what the file at `path` has is not made again.

    Raises:
        DatasetError: the file cannot be written.
    """
    vectors = np.zeros((len(texts), encoder.dimension), dtype=np.float32)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        finished = FinishedVectors(path, encoder.fingerprint)
        try:
            Embedding(finished, lambda: encoder, progress).fill(vectors, texts, keys_of(texts), None)
        finally:
            finished.close()
    except (OSError, sqlite3.Error) as error:
        raise DatasetError(
            "the vectors cannot be kept", value=f"{path}: {error}", mend="give another --cache"
        ) from error
    return vectors


def dense_run(
    chosen: RetrievalSet, encoder: Encoder, cache: Path, depth: int = DEPTH, progress: Progress = no_progress
) -> Run:
    """The passages nearest to each query by cosine, searched exactly."""
    import faiss

    stem = encoder.fingerprint[:16]
    passages = kept_vectors(encoder, list(chosen.passages.values()), cache / f"{stem}-documents.sqlite", progress)
    queries = kept_vectors(_Queries(encoder), list(chosen.queries.values()), cache / f"{stem}-queries.sqlite", progress)
    index = faiss.IndexFlatIP(encoder.dimension)
    index.add(passages)
    scores, rows = index.search(queries, min(depth, len(passages)))
    ids = list(chosen.passages)
    return {
        query_id: [(ids[row], float(score)) for row, score in zip(found, of_found, strict=True)]
        for query_id, found, of_found in zip(chosen.queries, rows, scores, strict=True)
    }


def lexical_run(chosen: RetrievalSet, depth: int = DEPTH) -> Run:
    """The passages that share terms with each query, by the BM25 of an index; none for a query without known terms."""
    ids = list(chosen.passages)
    everything = Selection(np.ones(len(ids), dtype=np.bool_))
    with tempfile.TemporaryDirectory() as name:
        write_lexical(Path(name), (wide_terms(text) for text in chosen.passages.values()))
        index = LexicalIndex(Path(name))
        return {
            query_id: [(ids[row], score) for row, score in index.search(wide_terms(text), depth, everything)]
            for query_id, text in chosen.queries.items()
        }


def fused_run(dense: Run, lexical: Run, limit: int) -> Run:
    """The two runs fused query by query with the product's own function."""
    return {query_id: fuse(ranking, lexical.get(query_id, []), limit) for query_id, ranking in dense.items()}
