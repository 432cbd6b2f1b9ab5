"""The measures, each a card of name, meaning and function. A card's function reads an answer record and its texts.

A value lies between 0 and 1 and higher is better. None means that the measure does not apply to this question; a row
without an answer counts as `unscored`, is shown, and is never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from eval.datasets import Item
from rag.verification.figures import foreign_figures

Record = Mapping[str, Any]
Texts = Mapping[str, str]
_PARTS = ("short_answer", "guidelines", "research", "agreement")


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure's card."""

    name: str
    meaning: str
    value: Callable[[Item, Record, Texts], float | None]


def _claims(answer: Record, *parts: str) -> list[Record]:
    return [claim for part in parts or _PARTS for claim in answer[part]]


def _share(hits: list[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None


def _citations(answer: Record) -> list[Record]:
    return [citation for claim in _claims(answer) for citation in claim["citations"]]


def _outcome(item: Item, answer: Record, texts: Texts) -> float | None:
    return float(answer["outcome"] == item.expect)


def _pointers(item: Item, answer: Record, texts: Texts) -> float | None:
    numbers = {reference["source_id"]: reference["number"] for reference in answer["references"]}
    return _share([numbers.get(one["source_id"]) == one["number"] for one in _citations(answer)])


def _quotes(item: Item, answer: Record, texts: Texts) -> float | None:
    return _share(
        [texts.get(one["source_id"], "")[one["start"] : one["end"]] == one["quote"] for one in _citations(answer)]
    )


def _purity(item: Item, answer: Record, texts: Texts) -> float | None:
    kinds = {reference["source_id"]: reference["kind"] for reference in answer["references"]}
    return _share(
        [
            kinds.get(citation["source_id"]) == kind
            for part, kind in (("guidelines", "guideline"), ("research", "research"))
            for claim in answer[part]
            for citation in claim["citations"]
        ]
    )


def _figures(item: Item, answer: Record, texts: Texts) -> float | None:
    return _share(
        [
            not foreign_figures(claim["text"], [citation["quote"] for citation in claim["citations"]])
            for claim in _claims(answer, "short_answer", "guidelines", "research")
            if claim["citations"]
        ]
    )


def _sources(item: Item, answer: Record, texts: Texts) -> float | None:
    if not item.sources:
        return None
    return float(bool(set(item.sources) & {reference["source_id"] for reference in answer["references"]}))


def _shown(answer: Record) -> list[str]:
    return [claim["text"] for claim in _claims(answer)]


def _phrases(item: Item, answer: Record, texts: Texts) -> float | None:
    return _share([any(re.search(phrase, text, re.I) for text in _shown(answer)) for phrase in item.phrases])


def _forbidden(item: Item, answer: Record, texts: Texts) -> float | None:
    return _share([not any(re.search(phrase, text, re.I) for text in _shown(answer)) for phrase in item.forbidden])


def _current(item: Item, answer: Record, texts: Texts) -> float | None:
    return _share([reference["status"] == "current" for reference in answer["references"]])


MEASURES: tuple[Measure, ...] = (
    Measure("outcome", "the answer is an answer where one is expected, an abstention where one is", _outcome),
    Measure("expected_source", "at least one of the expected sources is cited; an abstention cites none", _sources),
    Measure("expected_phrase", "share of the expected phrases that some shown claim has", _phrases),
    Measure("forbidden_absent", "share of the forbidden phrases that no shown claim has", _forbidden),
    Measure("pointer_validity", "share of citations whose number and source stand in the references", _pointers),
    Measure("quote_exactness", "share of citations whose quote is the document's text at its offsets", _quotes),
    Measure("section_purity", "share of citations in a half that are of its kind", _purity),
    Measure("figure_fidelity", "share of cited claims all of whose figures stand in their quotes", _figures),
    Measure("sources_current", "share of references that are current", _current),
)
