"""What of the evidence a language model is offered: as much as its window holds, the best of each query and kind first.

A sentence is offered whole or not at all, under its source's line. What is not offered is cut: it cannot be cited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol

from rag.composition.relevance import candidates
from rag.evidence import CutReason, Evidence, EvidenceSentence
from rag.orders import is_order
from rag.types import KINDS, Source

_TERMINAL_CODE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Counter(Protocol):
    """Counts tokens."""

    def count(self, text: str) -> int:
        """Tokens of a text, rather too many than too few."""

    def count_each(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each of some texts."""


@dataclass(frozen=True, slots=True)
class Window:
    """What a model reads and writes at once, in tokens: `whole` is for both, of which `reply` is kept for writing."""

    whole: int
    reply: int


def one_line(text: str) -> str:
    """A text as one line without control characters: what is listed line by line cannot begin a line of its own."""
    text = _TERMINAL_CODE.sub("", text)
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def source_line(source: Source) -> str:
    """Who, when, what kind of study, and title."""
    issuer = source.organisation or (source.authors or "").split(",")[0]
    return one_line(", ".join(str(part) for part in (issuer, source.year, source.study_type, source.title) if part))


def listed(evidence: Evidence) -> str:
    """The evidence as a model sees it: each source's line, then its sentences under their ids."""
    by_source: dict[str, list[EvidenceSentence]] = {}
    for sentence in evidence.sentences.values():
        by_source.setdefault(sentence.source_id, []).append(sentence)
    blocks = []
    for source_id, sentences in by_source.items():
        head = f"[{sentences[0].kind}] {source_line(evidence.sources[source_id])}"
        blocks.append("\n".join((head, *(f"{one.label}: {one_line(one.text)}" for one in sentences))))
    return "\n\n".join(blocks)


def fitted(evidence: Evidence, room: int, counter: Counter, first: Iterable[str] = ()) -> Evidence:
    """The evidence, cut to what can be listed in some room. Sentences that speak to a language model are cut first.

    Args:
        evidence: what was found.
        room: tokens.
        counter: counts them.
        first: labels that are taken before all others.
    """
    orders = {label for label, sentence in evidence.found_sentences.items() if is_order(sentence.text)}
    ahead = dict.fromkeys((*(label for label in first if label in evidence.sentences), *_best_first(evidence)))
    sentences = [evidence.sentences[label] for label in ahead if label not in orders]
    sources = list(dict.fromkeys(sentence.source_id for sentence in sentences))
    heads = [f"\n[guideline] {source_line(evidence.sources[source])}\n" for source in sources]
    head_costs = dict(zip(sources, counter.count_each(heads), strict=True))
    costs = counter.count_each([f"{one.label}: {one_line(one.text)}\n" for one in sentences])
    taken: set[str] = set()
    headed: set[str] = set()
    for sentence, cost in zip(sentences, costs, strict=True):
        whole = cost + (0 if sentence.source_id in headed else head_costs[sentence.source_id])
        if whole <= room:
            room -= whole
            headed.add(sentence.source_id)
            taken.add(sentence.label)
    reasons: dict[str, CutReason] = {
        label: "order" if label in orders else "room" for label in evidence.found_sentences
    }
    return evidence.without({label: why for label, why in reasons.items() if label not in taken})


def _best_first(evidence: Evidence) -> Iterator[str]:
    """The labels in the order in which they are offered: the best of each query and kind in turn, then the second."""
    rows = []
    for found in evidence.found:
        ranked = sorted(candidates(found, evidence), key=lambda one: -one.score)
        rows += [[one.sentence.label for one in ranked if one.sentence.kind == kind] for kind in KINDS]
    for rank in zip_longest(*rows):
        yield from (label for label in rank if label is not None and label in evidence.sentences)
    yield from evidence.sentences
