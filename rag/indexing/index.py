"""An open index: its texts, and its two ways of searching them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import IndexBrokenError, IndexMismatchError
from rag.indexing.arrays import mapped_array
from rag.indexing.embeddings import KnownVectors
from rag.indexing.layout import (
    COLUMNS,
    ENCODER,
    FAISS,
    KEYS,
    LEXICAL,
    SENTENCE_OFFSETS,
    SENTENCE_VECTORS,
    TEXTS,
    Manifest,
    generation_folder,
    read_manifest,
)
from rag.indexing.lexical import LexicalIndex
from rag.indexing.selection import Selections
from rag.indexing.texts import Documents, Passages, Sources, Texts
from rag.indexing.vectors import VectorIndex
from rag.models.base import Vectors
from rag.models.encoder_spec import EncoderSpec
from rag.types import SourceFilter

Rows = list[tuple[int, float]]
_TRIES = 5


class Index:
    """Passages with search by vector and by words. Open it with `open_index`. Safe for threads.

    All files are open once it is made: it goes on answering when a newer index takes its place.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        self.encoder_folder = folder / ENCODER
        self.texts = Texts(folder / TEXTS)
        self.sources = Sources(self.texts)
        self.documents = Documents(self.texts)
        self.passages = Passages(self.texts)
        self.topics = self.texts.topics
        self._selections = Selections(folder / COLUMNS)
        self._vectors = VectorIndex(folder / FAISS, manifest.search)
        self._lexical = LexicalIndex(folder / LEXICAL)
        self._sentence_vectors: NDArray[np.float16] = mapped_array(folder / SENTENCE_VECTORS)
        self._first_sentence: NDArray[np.int64] = mapped_array(folder / SENTENCE_OFFSETS)
        self._keys: NDArray[np.bytes_] = mapped_array(folder / KEYS)
        self._sentence_count = len(self._sentence_vectors)

    def dense(self, vector: Vectors, within: SourceFilter, limit: int) -> Rows:
        """The passages nearest to a query vector of shape (dimension,): (row, cosine), best first."""
        return self._vectors.search(vector, limit, self._selections.select(within))

    def lexical(self, query_terms: Sequence[str], within: SourceFilter, limit: int) -> Rows:
        """The passages that share terms with a query: (row, BM25 score), best first, none without any."""
        return self._lexical.search(query_terms, limit, self._selections.select(within))

    def passages_within(self, within: SourceFilter) -> int:
        """How many passages a filter leaves."""
        return self._selections.select(within).count

    def sentence_scores(self, row: int, vector: Vectors) -> tuple[float, ...]:
        """The cosine of each sentence of a passage with a query vector of shape (dimension,)."""
        first, last = self._first_sentence[row], self._first_sentence[row + 1]
        scores = self._sentence_vectors[first:last].astype(np.float32) @ vector
        return tuple(float(score) for score in scores)

    def row_of(self, passage_id: str) -> int:
        """Where a passage of this index stands."""
        return self.texts.row_of(passage_id)

    def row_of_sentence(self, place: int) -> tuple[int, int]:
        """The row of the passage that has a sentence, told by its place among all, and the place of its first one."""
        row = int(np.searchsorted(self._first_sentence, place, side="right")) - 1
        return row, int(self._first_sentence[row])

    @property
    def vector_count(self) -> int:
        """How many passages can be found by vector."""
        return self._vectors.count

    def term_weight(self, term: str) -> float:
        """Inverse sentence frequency of a term: 1 for one that no sentence has, near 0 for common ones."""
        count = self._sentence_count
        return math.log1p(count / (1 + self.texts.sentences_with(term))) / math.log1p(count)

    def knows(self, term: str) -> bool:
        """Whether any sentence has the term."""
        return self.texts.sentences_with(term) > 0

    def known_vectors(self) -> tuple[KnownVectors, KnownVectors]:
        """The vectors of the passages and of the sentences by the texts they were made from."""
        count = self.texts.passage_count

        def of_sentences(rows: NDArray[np.int64]) -> Vectors:
            return self._sentence_vectors[rows].astype(np.float32)

        return KnownVectors(self._keys[:count], self._vectors.vectors), KnownVectors(self._keys[count:], of_sentences)

    def close(self) -> None:
        """Let go of the texts; the rest goes with the object."""
        self.texts.close()


def check_fits(
    manifest: Manifest, *, encoder: EncoderSpec, chunking: Mapping[str, Any], corpus_hash: str | None
) -> None:
    """Refuse an index that was built from something else than what the settings ask for.

    Args:
        manifest: of the index.
        encoder: what the settings ask for; no model is needed on this machine to compare it.
        chunking: the settings that make passages.
        corpus_hash: of the corpus; None where there is none to compare.

    Raises:
        IndexMismatchError: naming both values and the command that mends it.
    """
    found = [(f"chunking's {name}", manifest.chunking.get(name), value) for name, value in chunking.items()]
    if corpus_hash is not None:
        found.append(("corpus", manifest.corpus_hash[:12], corpus_hash[:12]))
    other = encoder.difference(manifest.encoder)
    if other is not None:
        found.insert(0, (f"setting {other[0]}", other[2], other[1]))
    for what, built, asked in found:
        if built != asked:
            raise IndexMismatchError(
                f"index '{manifest.name}' does not fit: the {what} was {_shown(built)} when it was built, "
                f"and is {_shown(asked)} now",
                mend=f"rag index build {manifest.name}",
            )


def _shown(value: object) -> str:
    return "unset" if value is None else str(value)


def open_index(folder: Path) -> Index:
    """Open an index folder after checking its manifest and the sizes of its files.

    Where a newer index is published meanwhile, that one is opened.

    Raises:
        IndexMissingError, IndexMismatchError: no such index, or another format.
        IndexBrokenError: files are missing or damaged.
    """
    for _ in range(_TRIES):
        manifest = read_manifest(folder)
        try:
            return _opened(folder, manifest)
        except IndexBrokenError:
            if read_manifest(folder).generation == manifest.generation:
                raise
    return _opened(folder, read_manifest(folder))


def _opened(folder: Path, manifest: Manifest) -> Index:
    generation = generation_folder(folder, manifest)
    mend = f"rag index build {folder.name}"
    for name, entry in manifest.files.items():
        path = generation / name
        if not path.is_file() or path.stat().st_size != entry.size:
            raise IndexBrokenError(
                f"index '{folder.name}' is damaged: a file is missing or cut short", value=name, mend=mend
            )
    try:
        return Index(generation, manifest)
    except Exception as error:
        raise IndexBrokenError(f"index '{folder.name}' cannot be opened", value=error, mend=mend) from error
