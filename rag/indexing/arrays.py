"""Arrays on disk, and the best places of an array of scores: exact, in order of place, and without sorting all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 256


def best_places(scores: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
    """Where the highest scores of an array of shape (n,) stand.

    Returns:
        At most `limit` places, best first; equal scores in order of place.
    """
    if limit <= 0 or not len(scores):
        return np.empty(0, dtype=np.int64)
    places = np.flatnonzero(scores >= _lower_bound(scores, limit))
    kept = scores[places]
    if len(places) > limit:
        threshold = np.partition(kept, len(kept) - limit)[len(kept) - limit]
        above = places[kept > threshold]
        level = places[kept == threshold][: limit - len(above)]
        places = np.concatenate([above, level])
    return places[np.lexsort((places, -scores[places]))]


def _lower_bound(scores: NDArray[np.float32], limit: int) -> np.float32:
    """A score that at least `limit` of them reach: one that `limit` blocks reach by their maximum.

    A pass for the maxima and a partition of them cost far less than a partition of a million scores.
    """
    blocks = len(scores) // _BLOCK
    if blocks <= limit:
        return np.float32(-np.inf)
    highest = scores[: blocks * _BLOCK].reshape(blocks, _BLOCK).max(axis=1)
    bound: np.float32 = np.partition(highest, blocks - limit)[blocks - limit]
    return bound


def new_array(path: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> np.memmap[Any, Any]:
    """An array on disk, mapped. Its room is taken first: a full disk met while writing to a map would kill the program.

    Raises:
        OSError: there is no room.
    """
    array = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    with path.open("r+b") as stream:
        os.posix_fallocate(stream.fileno(), 0, path.stat().st_size)
    return array


def mapped_array(path: Path) -> NDArray[Any]:
    """An array that stays in its file, but for an empty one, which cannot be mapped.

    Raises:
        OSError, ValueError: the file cannot be read as an array.
    """
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except ValueError:
        return np.asarray(np.load(path, allow_pickle=False))
