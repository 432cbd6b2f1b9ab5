"""Fusion of a ranking by vector with one by words. Pure functions over (key, score) lists; it knows no index.

Fusing ranks throws away how far apart scores are: a weighted sum of scores has an nDCG@10 at least 1.3 points above the
best rank fusion tried, on both sets it was chosen on (docs/retrieval.md). It is the one named TM2C2 in Bruch, Gai and
Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023, with the weight that was found there too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

DEPTH = 100
"""So many of each ranking are weighed against each other. A caller gives at least so many, whatever it wants back."""

DENSE_WEIGHT = 0.8
LOWEST_COSINE = -1.0

Key = TypeVar("Key", int, str)
Ranked = Sequence[tuple[Key, float]]


def fuse(
    dense: Ranked[Key],
    lexical: Ranked[Key],
    limit: int,
    *,
    weight: float = DENSE_WEIGHT,
    lowest: float = LOWEST_COSINE,
    depth: int = DEPTH,
) -> list[tuple[Key, float]]:
    """One ranking of two.

    The score is weight * (cosine - lowest) / (best cosine - lowest) + (1 - weight) * BM25 / best BM25, over the first
    `depth` of each ranking. What a ranking lacks counts as its last there, for it can be no better; in a lexical one
    of fewer than `depth` it counts 0, for it shares no word. What stands deeper in both follows by its better rank,
    with scores below 0. So the order does not depend on `limit`, as long as each ranking has max(limit, depth) items
    or is whole.

    Args:
        dense: (key, cosine), best first, no key twice.
        lexical: (key, BM25 score above 0), likewise. Empty where no word is shared: `dense` then keeps its order.
        limit: how many to return at most.
        weight: of `dense`, 0 to 1.
        lowest: the cosine that counts 0. For an encoder that gives unrelated texts a cosine near m, not near 0 as
            all-MiniLM-L6-v2 does, 2 * m - 1 keeps the balance.
        depth: how many of each are weighed.

    Returns:
        (key, score) with scores from at most 1 down, never rising; equal scores by key.
    """
    by_vector, by_words = _scaled(dense[:depth], lowest), _scaled(lexical[:depth], 0.0)
    no_vector = min(by_vector.values(), default=0.0)
    no_words = min(by_words.values(), default=0.0) if len(lexical) >= depth else 0.0
    fused = {
        key: weight * by_vector.get(key, no_vector) + (1 - weight) * by_words.get(key, no_words)
        for key in by_vector.keys() | by_words.keys()
    }
    for ranking in (dense, lexical):
        for rank, (key, _) in enumerate(ranking[depth:], start=1):
            if key not in by_vector and key not in by_words:
                fused[key] = max(fused.get(key, -float(rank)), -float(rank))
    return sorted(fused.items(), key=lambda item: (-item[1], item[0]))[:limit]


def _scaled(ranking: Ranked[Key], lowest: float) -> Mapping[Key, float]:
    """Scores by key, with `lowest` at 0 and the best at 1; all 0 where none is above `lowest`."""
    spread = ranking[0][1] - lowest if ranking else 0.0
    return {key: max(score - lowest, 0.0) / spread if spread > 0 else 0.0 for key, score in ranking}
