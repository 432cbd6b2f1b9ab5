"""Retrieval of each kind, by `ir-measures`, over the sources that nuggets are tied to (see `eval.rankings`)."""

from __future__ import annotations

from collections.abc import Callable

import ir_measures
from ir_measures import AP, RR, Qrel, R, ScoredDoc, nDCG

from eval.answers import AnswerRecord
from eval.measures.base import Case, Measure, Score, not_applicable, scored
from eval.rankings import relevant_sources
from rag.types import KINDS, Kind

_CARDS = (
    ("ndcg@10", nDCG @ 10, "how early the relevant sources stand", "Järvelin and Kekäläinen 2002"),
    ("recall@5", R @ 5, "share of the relevant sources among the first 5", ""),
    ("recall@10", R @ 10, "share of the relevant sources among the first 10", ""),
    ("mrr", RR, "how early the first relevant source stands", "Voorhees 1999"),
    ("map", AP, "mean of the precision at each relevant source", "Buckley and Voorhees 2000"),
)


def _gains(case: Case, kind: Kind) -> dict[str, int]:
    kinds = {source: document.source.kind for source, document in case.documents.items()}
    return relevant_sources(case.item, kinds)[kind]


def _concerns(kind: Kind) -> Callable[[Case], bool]:
    return lambda case: case.ranked is not None and bool(_gains(case, kind))


def _value(kind: Kind, measure: ir_measures.measures.Measure) -> Callable[[Case, AnswerRecord], Score]:
    def value(case: Case, answer: AnswerRecord) -> Score:
        gains = _gains(case, kind)
        if not gains:
            return not_applicable(f"no {kind} is relevant")
        if case.ranked is None:
            return not_applicable("the system does not tell what it found")
        qrels = [Qrel("q", source, gain) for source, gain in gains.items()]
        run = [ScoredDoc("q", source, score) for source, score in case.ranked[kind].items()]
        if not run:
            return scored(0.0, "nothing was found")
        (found,) = ir_measures.iter_calc([measure], qrels, run)
        return scored(float(found.value), f"{len(gains)} relevant, {len(run)} found")

    return value


MEASURES = tuple(
    Measure(
        f"{kind}_{name}",
        "retrieval",
        f"{meaning}, {kind}s" if kind == "guideline" else f"{meaning}, research",
        f"{measure} of ir-measures over the sources of this kind; a vital nugget's source has gain 2, an okay one's 1",
        _value(kind, measure),
        paper,
        concerns=_concerns(kind),
    )
    for kind in KINDS
    for name, measure, meaning, paper in _CARDS
)
