"""Made-up passages for measuring size: vectors and words spread as those of real ones. They mean nothing.

Vectors. A passage is `mean + sqrt(spectrum) * (topic + source + own)`, each standard normal with a share of the
variance, made unit length. The spectrum is that of all-MiniLM-L6-v2 over the 5,183 abstracts of SciFact; the shares and
the 2,000 topics of falling size were chosen so that cosines between passages and to nearest neighbours, of passages and
of claims as queries, come out as there (docs/scaling.md has both).

Words. Zipf-Mandelbrot over 500,000 terms, 75 a passage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.models.base import Vectors
from rag.types import KINDS, Source

DIMENSION = 384
SEED = 4

PASSAGES_PER_SOURCE = 10
_BLOCK_SOURCES = 5_000
_TOPICS = 2_000
LARGEST_TOPICS = tuple(f"topic-{number}" for number in range(10))
_TOPIC_SHARE, _SOURCE_SHARE = 0.5, 0.25
_QUERY_LIKENESS = 0.75
_MEAN_LENGTH = 0.362

# Eigenvalues, in thousandths, of the covariance of real vectors, at these ranks; between them on a log-log line.
_RANKS = (1, 2, 3, 5, 10, 20, 40, 80, 160, 256, 384)
_EIGENVALUES = (67.1, 32.3, 29.5, 21.2, 13.6, 7.8, 4.9, 2.8, 1.26, 0.387, 0.02)

_TERMS = 500_000
_TERMS_PER_PASSAGE = 75
_TERMS_PER_QUERY = 9
_TERM_OFFSET = 8
_BLOCK_PASSAGES = 10_000


def _unit(vectors: NDArray[np.float64]) -> Vectors:
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


class Corpus:
    """So many passages, ten a source, each source with a kind, a year and a topic; always the same for one size."""

    def __init__(self, passages: int) -> None:
        self.passages = passages
        self.source_of_row = np.arange(passages, dtype=np.int32) // PASSAGES_PER_SOURCE
        self._source_count = int(self.source_of_row[-1]) + 1
        random = np.random.default_rng(SEED)
        spread = np.exp(np.interp(np.log(np.arange(1, DIMENSION + 1)), np.log(_RANKS), np.log(_EIGENVALUES))) / 1000
        self._scale = np.sqrt(spread)
        mean = random.standard_normal(DIMENSION)
        self._mean = mean * _MEAN_LENGTH / np.linalg.norm(mean)
        self._topics = random.standard_normal((_TOPICS, DIMENSION))
        sizes = 1 / (np.arange(_TOPICS) + 10)
        self._topic_of_source = random.choice(_TOPICS, self._source_count, p=sizes / sizes.sum())
        self._guideline = random.random(self._source_count) < 0.2
        self._years = np.maximum(2026 - random.exponential(8, self._source_count).astype(int), 1990)

    def sources(self) -> list[Source]:
        """The sources, in the order that `source_of_row` counts them."""
        columns = zip(self._guideline, self._years, self._topic_of_source, strict=True)
        return [
            Source(f"s{place}", KINDS[0 if guideline else 1], "", int(year), "current", topics=(f"topic-{topic}",))
            for place, (guideline, year, topic) in enumerate(columns)
        ]

    def write(self, folder: Path) -> None:
        """Write `vectors.npy` into a folder. Blocks have seeds of their own, so that finished ones are kept."""
        path, mark = folder / "vectors.npy", folder / "vectors.done"
        shape = (self.passages, DIMENSION)
        if not path.exists():
            mark.unlink(missing_ok=True)
            np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
        vectors = np.load(path, mmap_mode="r+")
        done = int(mark.read_text()) if mark.exists() else 0
        for block in range(done, -(-self._source_count // _BLOCK_SOURCES)):
            first = block * _BLOCK_SOURCES * PASSAGES_PER_SOURCE
            made = self._block(block)
            vectors[first : first + len(made)] = made
            vectors.flush()
            mark.write_text(str(block + 1))

    def queries(self, count: int) -> Vectors:
        """Queries about some of the sources: like their topic and source, with a share of their own."""
        random = np.random.default_rng((SEED, 1))
        sources = np.sort(random.choice(self._source_count, count, replace=False))
        cores = np.concatenate(
            [
                self._cores(block)[sources[sources // _BLOCK_SOURCES == block] % _BLOCK_SOURCES]
                for block in np.unique(sources // _BLOCK_SOURCES)
            ]
        )
        shared = _QUERY_LIKENESS**2 * (_TOPIC_SHARE + _SOURCE_SHARE)
        own = np.sqrt(1 - shared) * random.standard_normal((count, DIMENSION))
        return _unit(self._mean + self._scale * (_QUERY_LIKENESS * cores + own))

    def _cores(self, block: int) -> NDArray[np.float64]:
        """What the passages of each source of a block share: its topic and itself."""
        first = block * _BLOCK_SOURCES
        topics = self._topics[self._topic_of_source[first : first + _BLOCK_SOURCES]]
        own = np.random.default_rng((SEED, 2, block)).standard_normal(topics.shape)
        cores: NDArray[np.float64] = np.sqrt(_TOPIC_SHARE) * topics + np.sqrt(_SOURCE_SHARE) * own
        return cores

    def _block(self, block: int) -> Vectors:
        first = block * _BLOCK_SOURCES * PASSAGES_PER_SOURCE
        cores = np.repeat(self._cores(block), PASSAGES_PER_SOURCE, axis=0)[: self.passages - first]
        own = np.random.default_rng((SEED, 3, block)).standard_normal(cores.shape)
        return _unit(self._mean + self._scale * (cores + np.sqrt(1 - _TOPIC_SHARE - _SOURCE_SHARE) * own))


def _term_numbers(random: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.int64]:
    frequency = 1 / (np.arange(_TERMS) + _TERM_OFFSET)
    reached = np.cumsum(frequency / frequency.sum())
    return np.minimum(np.searchsorted(reached, random.random(shape)), _TERMS - 1)


def passages_terms(passages: int) -> Iterator[list[list[str]]]:
    """The terms of each passage, in blocks."""
    names = [f"term{number}" for number in range(_TERMS)]
    for block, first in enumerate(range(0, passages, _BLOCK_PASSAGES)):
        shape = (min(_BLOCK_PASSAGES, passages - first), _TERMS_PER_PASSAGE)
        numbers = _term_numbers(np.random.default_rng((SEED, 4, block)), shape)
        yield [[names[number] for number in row] for row in numbers.tolist()]


def queries_terms(count: int) -> Sequence[list[str]]:
    """Queries of words as frequent as those of passages, which makes them a little harder than real ones."""
    numbers = _term_numbers(np.random.default_rng((SEED, 5)), (count, _TERMS_PER_QUERY))
    return [[f"term{number}" for number in row] for row in numbers.tolist()]
