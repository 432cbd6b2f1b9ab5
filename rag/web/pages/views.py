"""Small values that templates show: marks, citations, facts of a source. Nothing is escaped here; templates do that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlencode

from rag.answer import Citation, Claim, Stance, Support
from rag.lives import standing_concern, standing_retraction
from rag.rendering.bibliography import web_address
from rag.rendering.plain import plain_line
from rag.types import Source

Shape = Literal["whole", "reworded", "half", "turned", "compared", "cross", "empty"]
KIND_WORD = {"guideline": "Guideline", "research": "Research"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign told by its shape and by its words, never by its colour; `reason` is the verifier's own."""

    shape: Shape
    words: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cite:
    """A number in the text: "3", or "3b" for the second cited place of a source; `place` names its evidence."""

    label: str
    place: str
    href: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a reader weighs a source by. `life` is one sentence; `troubled`: superseded, retracted or under concern."""

    source_id: str
    kind: str
    title: str
    byline: str
    rows: tuple[tuple[str, str], ...]
    life: str
    troubled: bool
    notices: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    is_summary: bool
    href: str


_FAILED: dict[Support, tuple[Shape, str]] = {
    "contradicted": ("cross", "Contradicted"),
    "none": ("empty", "Not supported"),
    "partial": ("half", "Supported in part"),
}


def claim_mark(claim: Claim) -> Mark:
    """How a claim stands to its cited words."""
    verdict = claim.verdict
    if verdict.support in _FAILED:
        shape, words = _FAILED[verdict.support]
        return Mark(shape, words, verdict.reason)
    if verdict.fault == "misattributed":
        return Mark("turned", "Re-pointed", verdict.reason or "the citation was corrected by the verifier")
    if claim.relation is not None and claim.relation not in ("differ_within", "changed"):
        return Mark("compared", "Compared by rule", verdict.reason)
    words = " ".join(claim.text.split())
    together = " ".join(" ".join(citation.quote.split()) for citation in claim.citations)
    if words and words in together:
        return Mark("whole", "Word for word", verdict.reason)
    return Mark("reworded", "Reworded", verdict.reason)


LEGEND = {
    "whole": Mark("whole", "Word for word"),
    "reworded": Mark("reworded", "Reworded"),
    "turned": Mark("turned", "Re-pointed"),
    "compared": Mark("compared", "Compared by rule"),
    "half": Mark("half", "Supported in part"),
}
"""One mark of each shape that a shown statement can have, and that of a part."""

STANCE_MARKS: dict[Stance, Mark] = {
    "supported": Mark("whole", "Spoken for"),
    "contradicted": Mark("cross", "Spoken against"),
    "not_addressed": Mark("empty", "Not settled"),
}


def source_href(source_id: str, start: int | None = None, end: int | None = None) -> str:
    """The page of a source; with offsets, at its cited sentence."""
    page = f"/sources/{quote(source_id, safe='')}"
    return page if start is None else f"{page}?{urlencode({'start': start, 'end': end})}#cited"


def short_name(source: Source) -> str:
    """Such as "NICE 2017" or "Sieper 2009": enough to recognise it by."""
    if source.kind == "guideline" and source.organisation:
        inside = source.organisation.rpartition("(")[2].rstrip(")") if source.organisation.endswith(")") else ""
        issuer = inside or source.organisation
        return f"{issuer if len(issuer) <= 64 else issuer[:62].rstrip() + '…'}, {source.year}"
    who = (source.authors or source.organisation or source.title).split(",")[0].split(" ")
    family = [word for word in who if not (word.isupper() and len(word) <= 3)]
    return f"{' '.join(family)[:40]}, {source.year}"


def cite_of(citation: Citation, label: str, place: str, source: Source | None) -> Cite:
    """A number, with what a screen reader says of it."""
    name = f": {plain_line(short_name(source))}" if source else ""
    href = source_href(citation.source_id, citation.start, citation.end)
    return Cite(label, place, href, f"Source {label}{name}. Show the cited words.")


def facts_of(source: Source) -> Facts:
    """All that is shown of a source beside its words."""
    pairs = (
        ("Study type", source.study_type),
        ("Year", str(source.year)),
        ("Strength", source.strength),
        ("Participants", source.n),
        ("Population", source.population),
    )
    who = " · ".join(part for part in (source.authors, source.organisation) if part)
    where = ", ".join(part for part in (source.journal, str(source.year)) if part)
    return Facts(
        source_id=source.source_id,
        kind=KIND_WORD[source.kind],
        title=source.title,
        byline=". ".join(part.rstrip(".") for part in (who, where) if part) + ".",
        rows=tuple((name, value) for name, value in pairs if value),
        life=life_of(source),
        troubled=source.status != "current" or standing_concern(source.notices) is not None,
        notices=tuple(_notices(source)),
        links=tuple(source_links(source)),
        is_summary=source.text_type == "summary",
        href=source_href(source.source_id),
    )


def life_of(source: Source) -> str:
    """Whether a source may be relied on today, in one sentence."""
    if source.status == "retracted":
        notice = standing_retraction(source.notices)
        return f"Retracted{f' {notice.date}' if notice and notice.date else ''}. It is never cited."
    if source.status == "superseded":
        by = f" by {', '.join(source.superseded_by)}" if source.superseded_by else ""
        since = f" on {source.superseded_since}" if source.superseded_since else ""
        return f"Superseded{by}{since}."
    concern = standing_concern(source.notices)
    if concern:
        return f"Current, under an expression of concern{f' of {concern.date}' if concern.date else ''}."
    return "Current."


def _notices(source: Source) -> Iterator[str]:
    names = {
        "retraction": "Retraction",
        "expression-of-concern": "Expression of concern",
        "correction": "Correction",
        "reinstatement": "Reinstatement",
    }
    for notice in source.notices:
        why = f": {notice.reason.rstrip('.')}" if notice.reason else ""
        yield f"{names[notice.kind]}{f' {notice.date}' if notice.date else ''}{why}."


def source_links(source: Source) -> Iterator[tuple[str, str]]:
    """Names and addresses of where a source can be found: of the web only."""
    if source.doi:
        yield f"doi:{source.doi}", f"https://doi.org/{quote(plain_line(source.doi), safe='/().;:_-')}"
    if source.pmid and source.pmid.isdecimal():
        yield f"PMID {source.pmid}", f"https://pubmed.ncbi.nlm.nih.gov/{source.pmid}/"
    address = web_address(source)
    if address and not (source.doi and address.endswith(source.doi)):
        yield "Publisher’s page", address


def letters(order: int) -> str:
    """a, b, ..., z, aa, ab, ..."""
    before, last = divmod(order, 26)
    return (letters(before - 1) if before else "") + chr(ord("a") + last)


def detail_of(sources: Sequence[Source], graded: set[str]) -> str:
    """Who says it, in small print: issuer and year of a guideline, kind of study, year and size of a paper.

    How a guideline grades is said the first time: `graded` are the ids of those of which it was, and grows.
    """
    parts = []
    for source in sources:
        if source.kind == "guideline":
            grading = f", grading: {source.strength}" if source.strength and source.source_id not in graded else ""
            graded.add(source.source_id)
            parts.append(f"{short_name(source)}{grading}")
        else:
            size = f"n\u00a0=\u00a0{source.n}" if source.n else None
            parts.append(", ".join(part for part in (source.study_type, str(source.year), size) if part))
    return "; ".join(dict.fromkeys(parts))
