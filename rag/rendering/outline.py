"""An answer as an outline: sections of lines, in the order of the design. Every text format is made from this."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answer import Answer, Citation, Claim, NotFound
from rag.evidence import LeftOut
from rag.fixed_words import capital
from rag.lives import standing_concern
from rag.rendering.folding import fold, folded_note
from rag.rendering.glossary import explanations
from rag.rendering.wording import (
    DISCLAIMER,
    EXPLAINED,
    FAULT,
    HEADINGS,
    STANCE,
    SUMMARY_NOTE,
    Signed,
    cut_note,
    how_composed,
    incomplete_note,
    status_text,
    usage_note,
)
from rag.types import Source

_FIRST_WORDS = 8
LineKind = Literal["topic", "claim", "item", "note", "reference"]
BlockName = Literal[
    "short_answer",
    "not_covered",
    "options",
    "guidelines",
    "research",
    "agreement",
    "explained",
    "not_found",
    "withheld",
    "references",
    "status",
]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its kind, its text, the numbers it cites, a detail in smaller print, the claim that it shows, and the
    citations that its numbers stand for."""

    kind: LineKind
    text: str
    numbers: tuple[int, ...] = ()
    detail: str = ""
    claim: Claim | None = None
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A headed section; its name is the same for every reader."""

    heading: str
    lines: tuple[Line, ...]
    name: BlockName


def source_detail(source: Source) -> str:
    """Issuer, year and strength of a guideline; study type, year and size of a study."""
    if source.kind == "guideline":
        parts = [source.organisation or source.authors, str(source.year)]
        if source.strength:
            parts.append(f"grading: {source.strength}")
    else:
        parts = [source.study_type, str(source.year), f"n = {source.n}" if source.n else None]
    return ", ".join(part for part in parts if part)


def _numbers(citations: Sequence[Citation]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(citation.number for citation in citations))


def _details(claim: Claim, sources: dict[str, Source]) -> str:
    cited = dict.fromkeys(citation.source_id for citation in claim.citations)
    return "; ".join(source_detail(sources[source_id]) for source_id in cited)


def _claims(answer: Answer, claims: Sequence[Claim], shown: set[str]) -> Iterator[Line]:
    """The claims topic by topic; one that has been shown already is pointed to, not repeated."""
    sources = {reference.source.source_id: reference.source for reference in answer.references}
    topic: str | None = None
    last_detail = ""
    for claim in claims:
        if claim.topic and claim.topic != topic:
            yield Line("topic", capital(claim.topic))
        topic = claim.topic
        text = _pointing_to(claim.text, shown) if claim.text in shown else claim.text
        detail = _details(claim, sources)
        mended = FAULT[claim.verdict.fault] if claim.verdict.fault else ""
        printed = "; ".join(part for part in (detail if detail != last_detail else "", mended) if part)
        yield Line("claim", text, _numbers(claim.citations), printed, claim, claim.citations)
        last_detail = detail
        shown.add(claim.text)


def _pointing_to(text: str, shown: Collection[str]) -> str:
    """What stands for a claim that was shown before: its first words, as many as tell it from the others shown."""
    words = text.rstrip(".").split()
    beginnings = (" ".join(words[:count]) for count in range(_FIRST_WORDS, len(words)))
    alone = (one for one in beginnings if sum(other.startswith(one) for other in shown) == 1)
    first = next(alone, "")
    return f"As quoted above: “{first} …”" if first else f"As quoted above: “{' '.join(words)}”"


def claim_line(claim: Claim, sources: Sequence[Source]) -> Line:
    """A claim by itself, with what its sources are."""
    detail = "; ".join(source_detail(source) for source in sources)
    mended = FAULT[claim.verdict.fault] if claim.verdict.fault else ""
    printed = "; ".join(part for part in (detail, mended) if part)
    return Line("claim", claim.text, _numbers(claim.citations), printed, claim, claim.citations)


def _options(answer: Answer) -> Iterator[Line]:
    for one in answer.options:
        text = f"{capital(one.option)}: {STANCE[one.stance]}"
        yield Line("item", text, _numbers(one.citations), one.reason, citations=one.citations)


def _not_found(missing: Sequence[NotFound]) -> Iterator[Line]:
    by_text: dict[str, list[NotFound]] = {}
    for one in missing:
        by_text.setdefault(one.text.replace("no guideline", "no {}").replace("no research", "no {}"), []).append(one)
    for text, ones in by_text.items():
        kinds = " and no ".join(one.kind for one in ones)
        searched = "; ".join(f"{one.searched.passages_seen} {one.kind} passages" for one in ones)
        queries = len(ones[0].searched.queries)
        noun = "query" if queries == 1 else "queries"
        yield Line(
            "item",
            text.replace("no {}", f"no {kinds}"),
            detail=f"searched: index {ones[0].searched.index}, {searched}, {queries} {noun}",
        )


def _not_covered(answer: Answer) -> Iterator[Line]:
    """Each gap, and who the sources that are about others are about."""
    references = {one.source.source_id: one for one in answer.references}
    for gap in answer.not_covered:
        others = [references[source_id] for source_id in gap.sources]
        said = "; ".join(f"[{one.number}] is about {one.source.population}" for one in others)
        yield Line("item", gap.text, detail=said)


def _withheld(answer: Answer) -> Iterator[Line]:
    for withheld in answer.withheld:
        fault = withheld.claim.verdict.fault
        why = f"{FAULT[fault]}: {withheld.reason}" if fault else withheld.reason
        yield Line("item", f"“{withheld.claim.text}”", detail=why)
    if answer.cut:
        yield Line("item", cut_note(answer.cut))
    for left_out in answer.left_out:
        yield Line("item", f"{left_out.title} ({left_out.year})", detail=f"not cited: {_why_left_out(left_out)}")


def _why_left_out(left_out: LeftOut) -> str:
    """Such as "retracted 2020-06-04: the records could not be shown; republished as new-2021"."""
    since = f" {'since ' if left_out.reason == 'superseded' else ''}{left_out.since}" if left_out.since else ""
    why = f": {left_out.why.rstrip('.')}" if left_out.why else ""
    if not left_out.replaced_by:
        return f"{left_out.reason}{since}{why}"
    by = "; now " if left_out.reason == "superseded" else "; in its place "
    return f"{left_out.reason}{since}{why}{by}{', '.join(left_out.replaced_by)}"


def reference_text(source: Source) -> str:
    """A source as a reference list has it: who, title, issuer, where and when, identifiers."""
    who = source.authors or source.organisation or ""
    where = ", ".join(part for part in (source.journal, str(source.year)) if part)
    ids = [f"doi:{source.doi}" if source.doi else None, f"PMID {source.pmid}" if source.pmid else None]
    if not any(ids):
        ids = [source.url]
    title = source.title if source.title.endswith((".", "?", "!")) else f"{source.title}."
    issuer = f" {source.organisation}." if source.organisation and source.organisation != who else ""
    return f"{who.rstrip('.')}. {title}{issuer} {where}. {' '.join(part for part in ids if part)}".strip()


def _references(answer: Answer) -> Iterator[Line]:
    for reference in answer.references:
        source = reference.source
        parts = (source.kind, source.study_type, source.status, *_notices(source))
        yield Line("reference", reference_text(source), (reference.number,), ", ".join(part for part in parts if part))
    if any(reference.source.text_type == "summary" for reference in answer.references):
        yield Line("note", SUMMARY_NOTE)
    if answer.references:
        yield Line("note", _looked_up(answer))


def _notices(source: Source) -> Iterator[str]:
    """What was published about a source that is still cited: a standing concern, corrections."""
    concern = standing_concern(source.notices)
    if concern:
        yield f"expression of concern{f' {concern.date}' if concern.date else ''}"
    for notice in source.notices:
        if notice.kind == "correction":
            yield f"corrected{f' {notice.date}' if notice.date else ''}"


def _looked_up(answer: Answer) -> str:
    """Up to which day the references were looked up for retractions, and which were not."""
    days = sorted({one.source.notices_checked for one in answer.references if one.source.notices_checked})
    never = [f"[{one.number}]" for one in answer.references if not one.source.notices_checked]
    known = f"Retractions as known on {days[0]}." if days else ""
    return " ".join(part for part in (known, f"Not looked up: {', '.join(never)}." if never else "") if part)


def made_from(answer: Answer) -> str:
    """What the answer was made from and with, and when, in one sentence."""
    made = answer.provenance
    return (
        f"Index {made.index} {made.index_fingerprint[:12]}, encoder {made.encoder}, composer {made.composer}"
        f"{f', model {made.model}' if made.model else ''}, verifier {made.verifier}, {made.created_at}."
    )


def _status(answer: Answer, signed: Signed | None) -> Iterator[Line]:
    made = answer.provenance
    yield Line("note", status_text(answer, signed))
    yield Line("note", made_from(answer))
    if made.usage:
        yield Line("note", usage_note(made.usage))
    yield Line("note", DISCLAIMER[answer.audience])


def _explained(blocks: Sequence[tuple[BlockName, list[Line]]]) -> Iterator[Line]:
    """The terms of the claims in plain words, marked as ours."""
    stated = [line.text for _, lines in blocks for line in lines if line.kind == "claim"]
    found = explanations(stated)
    if found:
        yield Line("note", EXPLAINED)
    for one in found:
        yield Line("item", f"{one.term}: {one.text}")


def outline(answer: Answer, *, long: bool = False, signed: Signed | None = None) -> tuple[Block, ...]:
    """The sections of an answer that have something in them, in reading order.

    Of the claims of the halves no more are shown than `fold` leaves, unless it is to be `long`; those that are folded
    are counted. The status is that of `signed`, where it is given.
    """
    folded = None if long else fold(answer)
    answer = folded.answer if folded else answer
    heading = HEADINGS[answer.audience]
    blocks: list[tuple[BlockName, list[Line]]] = []
    within = answer.provenance.searched_within
    only = [Line("note", f"Searched only: {within}.")] if within else []
    less = [Line("note", incomplete_note(answer.incomplete))] if answer.incomplete else []
    if answer.outcome == "abstention":
        text = f"The sources searched do not answer this. {answer.abstention_reason or ''}".strip()
        blocks.append(("short_answer", [Line("note", text), *less, *only]))
    else:
        shown: set[str] = set()
        short = list(_claims(answer, answer.short_answer, shown))
        lines = [line for line in short if line.kind != "topic"]
        blocks.append(("short_answer", [*lines, *less, *only, Line("note", how_composed(answer))]))
        blocks.append(("not_covered", list(_not_covered(answer))))
        blocks.append(("options", list(_options(answer))))
        halves: tuple[tuple[BlockName, tuple[Claim, ...]], ...] = (
            ("guidelines", answer.guidelines),
            ("research", answer.research),
        )
        for part, claims in halves:
            found = list(_claims(answer, claims, shown))
            blocks.append((part, found or [Line("note", "Nothing found in this half.")]))
        if folded and folded.counts:
            blocks[-1][1].append(Line("note", folded_note(folded.counts)))
        agreement = [
            Line("claim", one.text, _numbers(one.citations), claim=one, citations=one.citations)
            for one in answer.agreement
        ]
        blocks.append(("agreement", agreement))
        if answer.audience == "patient":
            blocks.append(("explained", list(_explained(blocks))))
    blocks.append(("not_found", list(_not_found(answer.not_found))))
    blocks.append(("withheld", list(_withheld(answer))))
    blocks.append(("references", list(_references(answer))))
    blocks.append(("status", list(_status(answer, signed))))
    return tuple(Block(heading[name], tuple(lines), name) for name, lines in blocks if lines)
