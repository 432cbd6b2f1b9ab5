"""Which of the pairs made are kept: as many of each label, and overlaps alike within each length of evidence."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from eval.training.construction.overlap import token_count, token_overlap
from eval.training.construction.pairs import LABELS, Label, Pair

_BANDS = (45, 110)
_BINS = 12


def band_of(passage: str) -> int:
    """0 for about one sentence, 1 for a window, 2 for an abstract."""
    return sum(token_count(passage) > limit for limit in _BANDS)


def select(pairs: Sequence[Pair], wanted: int, seed: int) -> list[Pair]:
    """`wanted` pairs, a third of each label, in shuffled order.

    Within each length of evidence the labels are drawn to one common spread of overlap: the mean of the three
    spreads, held to what the scarcest label can give where it can give anything.

    Raises:
        ValueError: there are too few pairs of a label.
    """
    chance = random.Random(f"select:{seed}")  # noqa: S311
    cells: dict[tuple[int, int], dict[Label, list[Pair]]] = defaultdict(lambda: {label: [] for label in LABELS})
    for pair in dict.fromkeys(pairs):
        overlap = int(token_overlap(pair.claim, pair.passage) * _BINS * 0.999)
        cells[band_of(pair.passage), overlap][pair.label].append(pair)
    for cell in cells.values():
        for found in cell.values():
            chance.shuffle(found)
    share = wanted // len(LABELS)
    available = {label: sum(len(cell[label]) for cell in cells.values()) for label in LABELS}
    for label, count in available.items():
        if count < share:
            raise ValueError(f"only {count} pairs of label {label!r} for {share} wanted: ask for fewer with --pairs")
    kept = [pair for label in LABELS for pair in _drawn(cells, label, share)]
    chance.shuffle(kept)
    return kept


def _drawn(cells: dict[tuple[int, int], dict[Label, list[Pair]]], label: Label, share: int) -> list[Pair]:
    """`share` pairs of one label, cell by cell to the common target; what a cell lacks comes from its neighbours."""
    target = {
        key: min(len(cell[one]) for one in LABELS) + 0.15 * sorted(len(cell[one]) for one in LABELS)[1]
        for key, cell in cells.items()
    }
    scale = share / max(1e-9, sum(target.values()))
    kept: list[Pair] = []
    left: list[Pair] = []
    for key in sorted(cells):
        quota = round(target[key] * scale)
        kept += cells[key][label][:quota]
        left += cells[key][label][quota:]
    random.Random(f"{label}:{share}").shuffle(left)  # noqa: S311
    return (kept + left)[:share] if len(kept) < share else random.Random(label).sample(kept, share)  # noqa: S311
