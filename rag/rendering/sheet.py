"""An answer laid out for pages that are looked at, HTML and PDF: its outline, with each number bound to the words that
it stands for. Everything in a sheet is plain text; a page decides only how it looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal
from urllib.parse import quote

from rag.answer import PARTS, Answer, Citation, Status, Support
from rag.rendering.bibliography import web_address
from rag.rendering.outline import Block, BlockName, Line, made_from, outline, source_detail
from rag.rendering.plain import plain, plain_line
from rag.rendering.wording import MARK, STATUS, SUPPORT, Signed
from rag.types import Audience, Source

LANGUAGE = "en"
DOI_SAFE = "/:;()._-"
Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """A number in the text, and the anchor of the quote that it opens: "3", or "3b" for a source's second quote."""

    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the cited words carry a statement: a sign that is told by its shape, the words for it, and why."""

    support: Support
    sign: str
    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """A statement, an item or a reference, with its numbers; of a reference, `number`, `links` and its quotes as
    marks."""

    text: str
    detail: str
    marks: tuple[Mark, ...]
    anchor: str | None = None
    verdict: Verdict | None = None
    number: int | None = None
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one topic, or a note: one row of small print."""

    kind: Literal["statements", "references", "note"]
    title: str | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A headed part of the page."""

    name: BlockName
    heading: str
    groups: tuple[Group, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The words that a number stands for, where in which text they stand, and the statements that rest on them."""

    label: str
    anchor: str
    text: str
    place: str
    used_by: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Quoted:
    """A source with its quotes."""

    number: int
    reference_anchor: str
    title: str
    detail: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """An answer as a page shows it. `number` is that of its turn in a conversation, 1 by itself, and
    `prefix` stands before its anchors."""

    number: int
    prefix: str
    question: str
    searched_for: str | None
    audience: Audience
    status: Status
    status_line: str
    made_from: str
    fingerprint: str
    created_at: str
    parts: tuple[Part, ...]
    evidence: tuple[Quoted, ...]

    @property
    def evidence_after(self) -> BlockName | None:
        """The part that the evidence follows, the last before the references; None where nothing is quoted."""
        names = [part.name for part in self.parts]
        return names[names.index("references") - 1] if self.evidence else None


def sheet_of(answer: Answer, *, signed: Signed | None = None, number: int = 1) -> Sheet:
    """The whole answer, no claim folded. Anchors of different numbers differ, so that sheets can share a page."""
    layout = _Layout(answer, f"turn-{number}-" if number > 1 else "")
    parts = tuple(layout.part(block) for block in outline(answer, long=True, signed=signed))
    asked, searched = plain_line(answer.question), plain_line(answer.standalone_question)
    status = signed.status if signed else answer.status
    return Sheet(
        number=number,
        prefix=layout.prefix,
        question=asked,
        searched_for=searched if searched != asked else None,
        audience=answer.audience,
        status=status,
        status_line=STATUS[status],
        made_from=plain_line(made_from(answer)),
        fingerprint=plain_line(answer.provenance.index_fingerprint)[:12],
        created_at=plain_line(answer.provenance.created_at),
        parts=parts,
        evidence=tuple(layout.evidence()),
    )


def sheets_of(answers: Sequence[Answer]) -> tuple[Sheet, ...]:
    """The answers of a conversation, turn by turn."""
    return tuple(sheet_of(answer, number=number) for number, answer in enumerate(answers, start=1))


def _place(citation: Citation) -> Place:
    return citation.source_id, citation.start, citation.end


def _citations(answer: Answer) -> dict[Place, Citation]:
    """Every citation of the numbered text, each once, in order of first use."""
    cited = [claim.citations for part in PARTS for claim in answer.part(part)]
    cited += [option.citations for option in answer.options]
    found: dict[Place, Citation] = {}
    for citation in (one for citations in cited for one in citations):
        found.setdefault(_place(citation), citation)
    return found


def _marks(citations: Mapping[Place, Citation], prefix: str) -> dict[Place, Mark]:
    by_number: dict[int, list[Place]] = {}
    for place, citation in citations.items():
        by_number.setdefault(citation.number, []).append(place)
    return {
        place: Mark(f"{number}{_letters(order) if len(places) > 1 else ''}", f"{prefix}evidence-{number}-{order + 1}")
        for number, places in by_number.items()
        for order, place in enumerate(places)
    }


def _letters(order: int) -> str:
    """a, b, ..., z, aa, ab, ..."""
    before, last = divmod(order, 26)
    return (_letters(before - 1) if before else "") + chr(ord("a") + last)


class _Layout:
    """Lays out the parts of one answer in their order, and then its evidence: which statements rest on which quote."""

    def __init__(self, answer: Answer, prefix: str) -> None:
        self.prefix = prefix
        self._answer = answer
        self._citations = _citations(answer)
        self._marks = _marks(self._citations, prefix)
        self._used_by: dict[Place, list[tuple[str, str]]] = {}
        self._statements = count(1)
        self._sources = {one.number: one.source for one in answer.references}

    def part(self, block: Block) -> Part:
        """A part, its rows grouped by topic."""
        groups: list[Group] = []
        title: str | None = None
        for place, line in enumerate(block.lines):
            if line.kind == "topic":
                title = plain_line(line.text)
            elif line.kind == "note":
                groups.append(Group("note", None, (Row(plain_line(line.text), "", ()),)))
            elif line.kind == "reference":
                _append(groups, Group("references", None, (self._reference(line),)))
            else:
                row = self._statement(line, block.heading, self._verdict(line, block.name, place))
                _append(groups, Group("statements", title, (row,)))
        size = sum(len(group.rows) for group in groups if group.kind != "note")
        return Part(block.name, block.heading, tuple(groups), size)

    def _statement(self, line: Line, heading: str, verdict: Verdict | None) -> Row:
        anchor = f"{self.prefix}statement-{next(self._statements)}"
        places = dict.fromkeys(_place(one) for one in line.citations)
        for place in places:
            self._used_by.setdefault(place, []).append((anchor, heading))
        marks = tuple(self._marks[place] for place in places)
        return Row(plain_line(line.text), plain_line(line.detail), marks, anchor, verdict)

    def _reference(self, line: Line) -> Row:
        number = line.numbers[0]
        source = self._sources[number]
        marks = tuple(mark for place, mark in self._marks.items() if place[0] == source.source_id)
        anchor = f"{self.prefix}reference-{number}"
        text, detail = plain_line(line.text), plain_line(line.detail)
        return Row(text, detail, marks, anchor, number=number, links=tuple(_links(source)))

    def _verdict(self, line: Line, name: BlockName, place: int) -> Verdict | None:
        """The verdict on the claim of a line; the withheld ones stand first in their part, in their order."""
        claim = line.claim
        if name == "withheld" and place < len(self._answer.withheld):
            claim = self._answer.withheld[place].claim
        if claim is None or claim.type == "absence":
            return None
        support = claim.verdict.support
        return Verdict(support, MARK[support], SUPPORT[support], plain_line(claim.verdict.reason))

    def evidence(self) -> Iterator[Quoted]:
        """The quotes of each source that has one, in the order of the numbers."""
        for number, source in sorted(self._sources.items()):
            quotes = tuple(self._quote(one) for one in self._citations.values() if one.source_id == source.source_id)
            if quotes:
                anchor = f"{self.prefix}reference-{number}"
                title, detail = plain_line(source.title), plain_line(source_detail(source))
                yield Quoted(number, anchor, title, detail, quotes)

    def _quote(self, citation: Citation) -> Quote:
        place = _place(citation)
        mark = self._marks[place]
        where = f"{plain_line(citation.source_id)}, characters {citation.start} to {citation.end}"
        return Quote(mark.label, mark.anchor, plain(citation.quote), where, tuple(self._used_by.get(place, ())))


def _append(groups: list[Group], group: Group) -> None:
    """Put rows at the end, into the last group where they go on with it."""
    if groups and (groups[-1].kind, groups[-1].title) == (group.kind, group.title):
        groups[-1] = Group(group.kind, group.title, groups[-1].rows + group.rows)
    else:
        groups.append(group)


def _links(source: Source) -> Iterator[tuple[str, str]]:
    """Where a source can be found, by name and address: on the web only."""
    if source.doi:
        yield "DOI", f"https://doi.org/{quote(plain_line(source.doi), safe=DOI_SAFE)}"
    if source.pmid and source.pmid.isdecimal():
        yield "PubMed", f"https://pubmed.ncbi.nlm.nih.gov/{source.pmid}/"
    address = web_address(source)
    if address and not (source.doi and address.endswith(source.doi)):
        yield "Web page", address
