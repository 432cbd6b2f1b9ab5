"""The shapes of planted faults: a claim in its answer, a card, what a card makes; and how an answer is changed.

Records are never changed in place: a broken answer shares all with the answer it was made from but what is broken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from eval.auditing import NOT_FOUND, AuditFault
from rag.answer import PARTS
from rag.ingestion.chunking import chunk
from rag.lives import current_successors
from rag.rendering.json_format import source_fields
from rag.text import terms
from rag.types import Document, Kind, Source

Record = Mapping[str, Any]
Family = Literal[
    "pointer",
    "lane",
    "lifecycle",
    "absence",
    "figure",
    "unit",
    "comparator",
    "negation",
    "direction",
    "population",
    "drug",
    "condition",
    "strength",
    "citation",
    "block",
]
HALVES: Mapping[str, Kind] = {"guidelines": "guideline", "research": "research"}


@dataclass(frozen=True, slots=True)
class Quotable:
    """A whole sentence of a source, that can be cited."""

    source_id: str
    start: int
    end: int
    text: str


class Library:
    """The documents, and the sentences of those that may be cited and of those that may not."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self.documents = documents
        self._sources = {name: document.source for name, document in documents.items()}
        self._sentences: dict[str, tuple[Quotable, ...]] = {}

    def sentences(self, source_id: str) -> tuple[Quotable, ...]:
        """The sentences of a document, in order."""
        if source_id not in self._sentences:
            document = self.documents[source_id]
            spans = [one for passage in chunk(document, max_chars=len(document.text) + 1) for one in passage.sentences]
            self._sentences[source_id] = tuple(
                Quotable(source_id, one.start, one.end, document.text[one.start : one.end]) for one in spans
            )
        return self._sentences[source_id]

    def ended(self, source: Source) -> bool:
        """Whether a source is retracted, or superseded by one that is there and current."""
        return source.status == "retracted" or (
            source.status == "superseded" and bool(current_successors(source, self._sources))
        )

    def alive(self, kind: Kind) -> list[Source]:
        """The sources of a kind that may be cited, by id."""
        return [one for _, one in sorted(self._sources.items()) if one.kind == kind and not self.ended(one)]

    def over(self, kind: Kind, status: str) -> list[Source]:
        """The sources of a kind that may not be cited, as they are of a status, by id."""
        return [
            one
            for _, one in sorted(self._sources.items())
            if one.kind == kind and one.status == status and self.ended(one)
        ]


@dataclass(frozen=True, slots=True)
class Site:
    """A claim of an answer, by its part and its place in it; of what was not found, an entry."""

    answer: Record
    part: str
    place: int
    library: Library

    @property
    def claim(self) -> Record:
        """The claim, or the entry."""
        claim: Record = self.answer[self.part][self.place]
        return claim

    @property
    def name(self) -> str:
        """What findings call it."""
        return str(self.claim["topic" if self.part == NOT_FOUND else "claim_id"])

    @property
    def citations(self) -> Sequence[Record]:
        """What it cites; nothing for what was not found."""
        cited: Sequence[Record] = self.claim.get("citations", ())
        return cited

    @property
    def is_statement(self) -> bool:
        """Whether it says something in words of its own and cites sentences for it."""
        return (
            self.part in PARTS
            and self.part != "agreement"
            and self.claim["type"] != "absence"
            and self.claim.get("relation") is None
            and bool(self.citations)
            and self.cites_known
        )

    @property
    def cites_known(self) -> bool:
        """Whether every source of its answer is one of the documents: of another answer nothing is certain."""
        claims = [claim for part in PARTS for claim in self.answer[part]]
        cited = [one["source_id"] for claim in claims for one in claim["citations"]]
        listed = [one["source_id"] for one in self.answer["references"]]
        return all(source_id in self.library.documents for source_id in (*cited, *listed))

    @property
    def quotes(self) -> tuple[str, ...]:
        """The words it rests on."""
        return tuple(one["quote"] for one in self.citations)

    @property
    def key(self) -> str:
        """The same for the same words that cite the same sentences, wherever they stand."""
        spans = [(one["source_id"], one["start"], one["end"]) for one in self.citations]
        if self.part == NOT_FOUND:
            return f"{self.part}|{self.claim['kind']}|{self.claim['topic']}"
        return f"{self.claim['text']}|{spans}"


@dataclass(frozen=True, slots=True)
class Planted:
    """An answer with one fault: where it is (part, and claim id or topic), and what was changed."""

    answer: Record
    part: str
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Card:
    """A fault: its name and family, what it means, and what makes it.

    `plant` gives every broken answer that it can make of a claim, and none where it is not certain of the fault.
    """

    name: str
    family: Family
    meaning: str
    plant: Callable[[Site], Iterator[Planted]]


FITTING: Mapping[Family, frozenset[AuditFault]] = {
    "pointer": frozenset(("no_pointer", "invented_pointer", "unknown_source", "wrong_quote", "wrong_number")),
    "lane": frozenset(("wrong_lane",)),
    "lifecycle": frozenset(("lifecycle",)),
    "absence": frozenset(("absence_with_citation",)),
    "figure": frozenset(("figure_mismatch",)),
    "unit": frozenset(("figure_mismatch",)),
    "comparator": frozenset(("figure_mismatch", "polarity_mismatch")),
    "negation": frozenset(("polarity_mismatch", "contradicted", "overstated")),
    "direction": frozenset(("polarity_mismatch", "contradicted")),
    "population": frozenset(("polarity_mismatch", "unsupported", "figure_mismatch")),
    "drug": frozenset(("unsupported",)),
    "condition": frozenset(("unsupported",)),
    "strength": frozenset(("overstated",)),
    "citation": frozenset(("unsupported", "misattributed", "figure_mismatch")),
    "block": frozenset(("block_citation",)),
}
"""The faults by whose name a family is named rightly. An age is a figure, and so is a trial's year that the newly cited
sentence has not; "significant" for "not significant" is called overstated."""


def chosen(options: Sequence[str], key: str) -> str:
    """One of some options, always the same for the same key."""
    return min(options, key=lambda option: fixed_order(f"{key}|{option}"))


def fixed_order(key: str) -> str:
    """A place in an order that has nothing to do with what the key says."""
    return hashlib.sha256(key.encode()).hexdigest()


def with_claim(site: Site, **changes: object) -> Record:
    """The answer with some fields of the claim changed, and nothing else."""
    claims = list(site.answer[site.part])
    claims[site.place] = {**site.claim, **changes}
    return {**site.answer, site.part: claims}


def citation_of(sentence: Quotable) -> Record:
    """A citation of a sentence, not numbered yet."""
    return {
        "number": 0,
        "source_id": sentence.source_id,
        "passage_id": "",
        "start": sentence.start,
        "end": sentence.end,
        "quote": sentence.text,
    }


def renumbered(answer: Record, library: Library) -> Record:
    """The answer with its sources listed and numbered anew in order of first use, as its writer would have it done: a
    citation that was changed is then faulty in what it cites, and in nothing else."""
    numbers: dict[str, int] = {}

    def numbered(entries: Sequence[Record]) -> list[Record]:
        return [
            {**one, "citations": [{**cited, "number": _number(cited, numbers)} for cited in one["citations"]]}
            for one in entries
        ]

    order = ("short_answer", "options", "guidelines", "research", "agreement")
    parts = {part: numbered(answer.get(part, ())) for part in order}
    references = [
        {"number": number, **source_fields(library.documents[name].source)} for name, number in numbers.items()
    ]
    return {**answer, **parts, "references": references}


def _number(cited: Record, numbers: dict[str, int]) -> int:
    return numbers.setdefault(cited["source_id"], len(numbers) + 1)


def shared_share(claim: str, text: str) -> float:
    """The share of a claim's terms that stand in a text, 0 to 1."""
    mine = set(terms(claim))
    return len(mine & set(terms(text))) / len(mine) if mine else 1.0
