"""An open index: its texts, and its two ways of searching them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from rag.errors import IndexBrokenError, IndexMismatchError
from rag.indexing.builder import recover
from rag.indexing.layout import (
    DOCUMENTS,
    ENCODER,
    FAISS,
    LEXICAL,
    PASSAGES,
    SENTENCE_VECTORS,
    SOURCES,
    TERMS,
    Manifest,
    read_manifest,
)
from rag.models.base import Vectors
from rag.types import Kind, Passage, Source

Rows = list[tuple[int, float]]


_SOURCES = TypeAdapter(list[Source])
_PASSAGES = TypeAdapter(list[Passage])


class Index:
    """Passages with exact search by vector and by words. Open it with `open_index`."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        import bm25s
        import faiss

        self.manifest = manifest
        self.encoder_folder = folder / ENCODER
        self.sources = {one.source_id: one for one in _SOURCES.validate_json((folder / SOURCES).read_bytes())}
        self.documents: dict[str, str] = _read_json(folder / DOCUMENTS)
        self.passages = _PASSAGES.validate_json((folder / PASSAGES).read_bytes())
        vocabulary = _read_json(folder / TERMS)
        self._sentence_count = int(vocabulary["sentences"])
        self._term_counts: dict[str, int] = vocabulary["counts"]
        self._faiss = faiss
        self._dense = faiss.read_index(str(folder / FAISS))
        self._lexical = bm25s.BM25.load(str(folder / LEXICAL), show_progress=False)
        self._sentence_vectors: Vectors = np.load(folder / SENTENCE_VECTORS, mmap_mode="r", allow_pickle=False)
        counts = [len(passage.sentences) for passage in self.passages]
        self._row_by_id = {passage.passage_id: row for row, passage in enumerate(self.passages)}
        self._first_sentence = np.concatenate([[0], np.cumsum(counts)])
        self._rows_of: dict[Kind, NDArray[np.int64]] = {
            kind: np.array([row for row, passage in enumerate(self.passages) if passage.kind == kind], dtype=np.int64)
            for kind in ("guideline", "research")
        }

    def dense(self, vector: Vectors, kind: Kind, limit: int) -> Rows:
        """The passages of a kind nearest to a query vector of shape (dimension,): (row, cosine), best first."""
        rows = self._rows_of[kind]
        if not len(rows):
            return []
        of_kind = self._faiss.IDSelectorBatch(rows)
        within = self._faiss.SearchParameters(sel=of_kind)  # type: ignore[call-arg]  # absent from faiss's stubs
        scores, found = self._dense.search(
            np.ascontiguousarray(vector[None, :], dtype=np.float32), min(limit, len(rows)), params=within
        )
        return [(int(row), float(score)) for row, score in zip(found[0], scores[0], strict=True) if row >= 0]

    def lexical(self, query_terms: Sequence[str], kind: Kind, limit: int) -> Rows:
        """The passages of a kind that share terms with a query: (row, BM25 score), best first, none without any."""
        known = [term for term in query_terms if term in self._lexical.vocab_dict]
        rows = self._rows_of[kind]
        if not known or not len(rows):
            return []
        scores = self._lexical.get_scores(known)[rows]
        best = np.argsort(-scores, kind="stable")[:limit]
        return [(int(rows[place]), float(scores[place])) for place in best if scores[place] > 0]

    def sentence_scores(self, row: int, vector: Vectors) -> tuple[float, ...]:
        """The cosine of each sentence of a passage with a query vector of shape (dimension,)."""
        first, last = self._first_sentence[row], self._first_sentence[row + 1]
        return tuple(float(score) for score in self._sentence_vectors[first:last] @ vector)

    def row_of(self, passage: Passage) -> int:
        """Where a passage of this index stands."""
        return self._row_by_id[passage.passage_id]

    def term_weight(self, term: str) -> float:
        """Inverse sentence frequency of a term: 1 for one that no sentence has, near 0 for common ones."""
        return math.log1p(self._sentence_count / (1 + self._term_counts.get(term, 0))) / math.log1p(
            self._sentence_count
        )

    def knows(self, term: str) -> bool:
        """Whether any sentence has the term."""
        return term in self._term_counts


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def check_fits(
    manifest: Manifest,
    *,
    encoder_name: str,
    encoder_fingerprint: str | None,
    chunking: Mapping[str, Any],
    corpus_hash: str | None,
) -> None:
    """Refuse an index that was built from something else than what the settings ask for.

    Raises:
        IndexMismatchError: naming both values and the command that mends it.
    """
    mend = f"rag index build {manifest.name}"
    if manifest.encoder["name"] != encoder_name:
        raise IndexMismatchError(
            f"index '{manifest.name}' was built with the encoder {manifest.encoder['name']}, "
            f"the settings ask for {encoder_name}",
            mend=mend,
        )
    if encoder_fingerprint is not None and manifest.encoder["fingerprint"] != encoder_fingerprint:
        raise IndexMismatchError(
            f"index '{manifest.name}' was built with weights {manifest.encoder['fingerprint'][:12]}, "
            f"the encoder {encoder_name} has {encoder_fingerprint[:12]}",
            mend=mend,
        )
    if manifest.chunking != dict(chunking):
        raise IndexMismatchError(
            f"index '{manifest.name}' was built with the chunking {manifest.chunking}, "
            f"the settings ask for {dict(chunking)}",
            mend=mend,
        )
    if corpus_hash is not None and manifest.corpus_hash != corpus_hash:
        raise IndexMismatchError(
            f"index '{manifest.name}' was built from corpus {manifest.corpus_hash[:12]}, "
            f"the corpus is now {corpus_hash[:12]}",
            mend=mend,
        )


def open_index(folder: Path) -> Index:
    """Open an index folder after checking its manifest and the sizes of its files.

    Raises:
        IndexMissingError, IndexMismatchError: no such index, or another format.
        IndexBrokenError: files are missing or damaged.
    """
    recover(folder)
    manifest = read_manifest(folder)
    for name, entry in manifest.files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != entry.size:
            raise IndexBrokenError(
                f"index '{folder.name}' is damaged: a file is missing or cut short",
                value=name,
                mend=f"rag index build {folder.name}",
            )
    try:
        return Index(folder, manifest)
    except Exception as error:
        raise IndexBrokenError(
            f"index '{folder.name}' cannot be opened", value=error, mend=f"rag index build {folder.name}"
        ) from error
