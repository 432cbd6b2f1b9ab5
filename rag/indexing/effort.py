"""How hard an approximate index searches: measured at building until sample queries find what an exact search finds.

The narrower a filter, the farther apart the rows that pass it, and the more lists must be visited. So the effort is
measured for several fractions of rows, and a search takes that of the nearest fraction measured below its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.indexing.arrays import best_places
from rag.indexing.selection import EXACT_ROWS, Selection
from rag.models.base import Vectors
from rag.types import Progress

TARGET_RECALL = 0.97
DEPTH = 20
SAMPLE_QUERIES = 200

_SEED = 20_240_229
_NOISE = 1.15
_RUN_ROWS = 64
_BLOCK_ROWS = 65_536
_K_FACTORS = (16, 8, 4, 2)
_LEAST_EFFORT = 8
_MOST_EF_SEARCH = 4096

Step = Mapping[str, Any]


def search_parameters(index: Any, step: Step, selector: Any | None) -> Any:
    """What faiss is told of one search: the effort, and the selector of rows (None: all), for every part of an index.

    Raises:
        RuntimeError: by faiss when it searches, where a part cannot select.
    """
    from faiss import swigfaiss as faiss

    within = {} if selector is None else {"sel": selector}
    if isinstance(index, faiss.IndexRefine):
        base = search_parameters(faiss.downcast_index(index.base_index), step, selector)
        return faiss.IndexRefineSearchParameters(k_factor=float(step["k_factor"]), base_index_params=base)
    if isinstance(index, faiss.IndexPreTransform):
        base = search_parameters(faiss.downcast_index(index.index), step, selector)
        return faiss.SearchParametersPreTransform(index_params=base)
    if isinstance(index, faiss.IndexIVF):
        return faiss.SearchParametersIVF(nprobe=int(step["nprobe"]), **within)
    if isinstance(index, faiss.IndexHNSW):
        return faiss.SearchParametersHNSW(efSearch=int(step["ef_search"]), **within)
    return faiss.SearchParameters(**within)


def step_for(steps: Sequence[Step], fraction: float) -> Step:
    """The effort for a fraction of rows: measured at the same fraction or the next smaller one."""
    return next((step for step in steps if step["fraction"] <= fraction), steps[-1])


def tuned_steps(index: Any, vectors: Vectors, progress: Progress) -> dict[str, Any]:
    """Measure a full index until its recall@20 reaches the target, or as far as it goes.

    A sample query is a vector and a mixture of four others, two of them negative: with noise, that is, of the vectors'
    own spread, so that it lies about as far from the vector (a cosine of 0.68) as claims do from their abstracts in
    SciFact. Selections are of short runs of rows, as the passages of a source stand together.

    Returns:
        `steps` by falling fraction, each with the effort and the recall@20 reached; `recall_at_20`, the least of
        them; `sample_queries`.

    Raises:
        RuntimeError: by faiss, which cannot search this index under a filter.
    """
    queries = _sample_queries(vectors)
    selections = [_every(period, len(vectors)) for period in _periods(len(vectors))]
    truth = _exact_rows(queries, vectors, selections, progress)
    steps = []
    for done, (selection, expected) in enumerate(zip(selections, truth, strict=True), 1):
        steps.append(_least_step(index, queries, selection, expected))
        progress("search effort", done, len(selections))
    return {"steps": steps, "recall_at_20": min(s["recall_at_20"] for s in steps), "sample_queries": len(queries)}


def _sample_queries(vectors: Vectors) -> Vectors:
    random = np.random.default_rng(_SEED)
    rows = random.integers(0, len(vectors), (5, SAMPLE_QUERIES))
    about, *others = (np.asarray(vectors[of_part], dtype=np.float32) for of_part in rows)
    noise = (others[0] + others[1] - others[2] - others[3]) / 2
    queries = about + np.float32(_NOISE) * noise
    return np.ascontiguousarray(queries / np.linalg.norm(queries, axis=1, keepdims=True), dtype=np.float32)


def _periods(count: int) -> list[int]:
    """1 for all rows, then 4, 16, ... down to the fewest that are not compared row by row."""
    periods = [1]
    while count / periods[-1] / 4 > EXACT_ROWS:
        periods.append(periods[-1] * 4)
    last = count // EXACT_ROWS
    return periods if last <= periods[-1] else [*periods, last]


def _every(period: int, count: int) -> Selection:
    return Selection(np.arange(count) // _RUN_ROWS % period == 0)


def _exact_rows(
    queries: Vectors, vectors: Vectors, selections: Sequence[Selection], progress: Progress
) -> list[list[NDArray[np.int64]]]:
    """For each selection and query the rows that an exact search finds, reading the vectors once."""
    found = [[np.empty(0, np.int64)] * len(queries) for _ in selections]
    scores = [[np.empty(0, np.float32)] * len(queries) for _ in selections]
    for start in range(0, len(vectors), _BLOCK_ROWS):
        block = queries @ np.asarray(vectors[start : start + _BLOCK_ROWS]).T
        for which, selection in enumerate(selections):
            inside = np.flatnonzero(selection.mask[start : start + _BLOCK_ROWS])
            for one in range(len(queries)):
                of_block = block[one, inside]
                best = best_places(of_block, DEPTH)
                all_scores = np.concatenate([scores[which][one], of_block[best]])
                all_rows = np.concatenate([found[which][one], inside[best] + start])
                kept = best_places(all_scores, DEPTH)
                scores[which][one], found[which][one] = all_scores[kept], all_rows[kept]
        progress("exact search of samples", min(start + _BLOCK_ROWS, len(vectors)), len(vectors))
    return found


def _least_step(
    index: Any, queries: Vectors, selection: Selection, expected: Sequence[NDArray[np.int64]]
) -> dict[str, Any]:
    """The least effort that reaches the target, then the fewest candidates to score again that still do."""
    knob, most = _knob(index)

    def measured(effort: int, k_factor: int) -> dict[str, Any]:
        step = {"fraction": selection.fraction, knob: effort, "k_factor": k_factor}
        parameters = search_parameters(index, step, None if selection.is_all else selection.faiss_selector)
        found = index.search(queries, DEPTH, params=parameters)[1]
        hits = sum(len(np.intersect1d(one, rows)) for one, rows in zip(found, expected, strict=True))
        return {**step, "recall_at_20": round(hits / max(sum(map(len, expected)), 1), 4)}

    effort = min(_LEAST_EFFORT, most)
    best = measured(effort, _K_FACTORS[0])
    while best["recall_at_20"] < TARGET_RECALL and effort < most:
        effort = min(effort * 2, most)
        best = measured(effort, _K_FACTORS[0])
    for k_factor in _K_FACTORS[1:]:
        if (fewer := measured(effort, k_factor))["recall_at_20"] < min(TARGET_RECALL, best["recall_at_20"]):
            break
        best = fewer
    return best


def _knob(index: Any) -> tuple[str, int]:
    """What sets the effort of an index, and the most it can be."""
    import faiss

    if isinstance(index, faiss.IndexRefine):
        return _knob(faiss.downcast_index(index.base_index))
    if isinstance(index, faiss.IndexPreTransform):
        return _knob(faiss.downcast_index(index.index))
    if isinstance(index, faiss.IndexIVF):
        return "nprobe", int(index.nlist)
    if isinstance(index, faiss.IndexHNSW):
        return "ef_search", _MOST_EF_SEARCH
    return "effort", 1
