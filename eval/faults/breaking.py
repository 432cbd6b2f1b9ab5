"""Breaking answers: which claims get which fault, always the same for the same answers and seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from eval.auditing import NOT_FOUND
from eval.faults import pointers, wording
from eval.faults.base import HALVES, Card, Library, Planted, Record, Site, fixed_order
from eval.planted.cases import Split, split_of
from rag.answer import PARTS

CARDS: tuple[Card, ...] = (*pointers.CARDS, *wording.CARDS)
MOST = 200
"""Broken answers of a fault."""

Named = tuple[str, Record]
"""The id of a question, and the record of its answer."""


@dataclass(frozen=True, slots=True)
class Broken:
    """An answer with one planted fault, the claim it was made of, and the half of the sources that this rests on."""

    card: Card
    question_id: str
    site: Site
    planted: Planted

    @property
    def split(self) -> Split:
        """The half of the sources; of what cites nothing, by the answer's first source."""
        return split_at(self.site)


def split_at(site: Site) -> Split:
    """The half of the suite that a claim's source is in; rules of the product were tuned on the dev half alone."""
    cited = [*site.citations, *site.answer["references"]]
    return split_of(cited[0]["source_id"]) if cited else "dev"


def sites_of(answers: Iterable[Named], library: Library) -> list[tuple[str, Site]]:
    """Every different claim, and every entry of what was not found, once: the same words with the same citations count
    once, whatever answers they stand in; of a claim that stands in a half and in the short answer, the former."""
    sites: dict[str, tuple[str, Site]] = {}
    kept = list(answers)
    for part in (*HALVES, *(part for part in PARTS if part not in HALVES), NOT_FOUND):
        for question_id, answer in kept:
            for place in range(len(answer[part])):
                site = Site(answer, part, place, library)
                sites.setdefault(site.key, (question_id, site))
    return list(sites.values())


def break_answers(
    sites: Sequence[tuple[str, Site]],
    cards: Sequence[Card] = CARDS,
    *,
    most: int = MOST,
    seed: int = 0,
) -> Iterator[Broken]:
    """Broken answers, card by card, each with exactly one fault.

    Args:
        sites: the claims that may be broken, of `sites_of`.
        cards: the faults.
        most: the most broken answers of a fault; a claim gives at most one of each.
        seed: draws other claims, and other ways of breaking one.
    """
    for card in cards:
        made = 0
        for question_id, site in sorted(sites, key=lambda one: fixed_order(f"{seed}|{card.name}|{one[1].key}")):
            ways = list(card.plant(site)) if made < most else []
            if ways:
                made += 1
                first = min(ways, key=lambda way: fixed_order(f"{seed}|{site.key}|{way.what}"))
                yield Broken(card, question_id, site, first)
