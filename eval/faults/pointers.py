"""Faults in what a claim points to: pointers, lanes, lives, absences, swapped citations, blocks of citations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.auditing import NOT_FOUND
from eval.faults.base import (
    HALVES,
    Card,
    Planted,
    Quotable,
    Record,
    Site,
    chosen,
    citation_of,
    fixed_order,
    renumbered,
    shared_share,
    with_claim,
)
from rag.text import similarity
from rag.types import Kind, Source

FOREIGN = 0.5
"""The most of a claim's terms that a sentence may have which certainly does not support it."""
_BLOCK = (2, 4)
"""Fewest and most claims that are given one block of citations."""


def _planted(site: Site, answer: Record, what: str) -> Planted:
    return Planted(answer, site.part, site.name, what)


def _with_first(site: Site, **changes: object) -> Record:
    """The answer with some fields of the claim's first citation changed."""
    first, *others = site.citations
    return with_claim(site, citations=[{**first, **changes}, *others])


def drop_citations(site: Site) -> Iterator[Planted]:
    """Every citation taken away."""
    if site.is_statement:
        yield _planted(site, with_claim(site, citations=[]), "all citations -> none")


def invent_source(site: Site) -> Iterator[Planted]:
    """The source's id with another ending, which no document has."""
    if site.is_statement:
        old = site.citations[0]["source_id"]
        new = chosen([f"{old}-{letter}" for letter in "bcd" if f"{old}-{letter}" not in site.library.documents], old)
        yield _planted(site, _with_first(site, source_id=new), f"{old} -> {new}")


def invent_span(site: Site) -> Iterator[Planted]:
    """Offsets beyond the end of the text."""
    if site.is_statement:
        first = site.citations[0]
        past = len(site.library.documents[first["source_id"]].text) + 7
        start, end = first["start"] + past, first["end"] + past
        yield _planted(site, _with_first(site, start=start, end=end), f"{first['start']} -> {start}")


def shift_span(site: Site) -> Iterator[Planted]:
    """Offsets moved by some characters, the quote left as it was."""
    if site.is_statement:
        first = site.citations[0]
        by = 3 if first["start"] < 12 else -7
        changed = _with_first(site, start=first["start"] + by, end=first["end"] + by)
        yield _planted(site, changed, f"{first['start']} -> {first['start'] + by}")


def cut_sentence(site: Site) -> Iterator[Planted]:
    """A quote that is true to the text, but only the first half of a sentence."""
    if site.is_statement:
        first = site.citations[0]
        half = first["quote"][: len(first["quote"]) // 2].rsplit(" ", 1)[0]
        if half and first["quote"] != half:
            yield _planted(site, _with_first(site, end=first["start"] + len(half), quote=half), f"... -> {half[-30:]}")


def alter_quote(site: Site) -> Iterator[Planted]:
    """One word left out of the quote."""
    if site.is_statement:
        words = site.citations[0]["quote"].split(" ")
        if len(words) > 3:
            quote = " ".join([*words[:2], *words[3:]])
            yield _planted(site, _with_first(site, quote=quote), f"{words[2]} -> (nothing)")


def number_beyond(site: Site) -> Iterator[Planted]:
    """A number beyond the end of the list."""
    if site.is_statement:
        number = len(site.answer["references"]) + 2
        yield _planted(site, _with_first(site, number=number), f"[{site.citations[0]['number']}] -> [{number}]")


def number_of_another(site: Site) -> Iterator[Planted]:
    """The number of another source of the list."""
    old = site.citations[0]["number"] if site.is_statement else 0
    others = [str(one["number"]) for one in site.answer["references"] if one["number"] != old]
    if site.is_statement and others:
        new = int(chosen(others, site.key))
        yield _planted(site, _with_first(site, number=new), f"[{old}] -> [{new}]")


def _nearest(site: Site, sources: Sequence[Source]) -> list[Source]:
    """Sources by how near they are to the first one that a claim cites: on its record, by topic, by title."""
    own = site.library.documents[site.citations[0]["source_id"]].source

    def distance(other: Source) -> tuple[bool, int, float, str]:
        of_record = other.source_id in own.supersedes or own.source_id in other.superseded_by
        shared = len(set(own.topics) & set(other.topics))
        return not of_record, -shared, -similarity(own.title, other.title), other.source_id

    return sorted((one for one in sources if one.source_id != own.source_id), key=distance)


def _nearest_sentence(site: Site, source: Source, most: float = 1.0) -> Quotable | None:
    """The sentence of a source that shares most with the claim, but no more than a share of its terms."""
    said = site.claim["text"]
    shares = [(shared_share(said, one.text), one) for one in site.library.sentences(source.source_id)]
    fitting = [pair for pair in shares if pair[0] <= most]
    return max(fitting, key=lambda pair: (pair[0], -pair[1].start))[1] if fitting else None


def _swapped_to(site: Site, kind: Kind) -> Iterator[Planted]:
    """The claim's only citation swapped for the nearest sentence, that does not say it, of the nearest source."""
    if len(site.citations) != 1:
        return
    for source in _nearest(site, site.library.alive(kind))[:1]:
        sentence = _nearest_sentence(site, source, FOREIGN)
        if sentence:
            broken = renumbered(with_claim(site, citations=[citation_of(sentence)]), site.library)
            yield _planted(site, broken, f"{site.citations[0]['source_id']} -> {source.source_id}")


def swap_citation(site: Site) -> Iterator[Planted]:
    """A sentence of a neighbouring source of the same kind."""
    if site.is_statement:
        yield from _swapped_to(site, _kind_of(site))


def cite_other_kind(site: Site) -> Iterator[Planted]:
    """A sentence of the other kind beside those cited, so that the words are as well carried as before."""
    if site.is_statement and site.part in HALVES:
        other = next(kind for kind in HALVES.values() if kind != HALVES[site.part])
        yield from _cited_beside(site, site.library.alive(other))


def move_to_other_half(site: Site) -> Iterator[Planted]:
    """The claim at the end of the other half; not where the answer says that one half alone speaks of its topic, which
    the move would make a second fault."""
    one_sided = {claim.get("topic") for claim in site.answer["agreement"] if claim.get("relation") == "one_side"}
    if site.is_statement and site.part in HALVES and site.claim.get("topic") not in one_sided:
        other = next(part for part in HALVES if part != site.part)
        claims = list(site.answer[site.part])
        moved = claims.pop(site.place)
        answer = {**site.answer, site.part: claims, other: [*site.answer[other], moved]}
        yield Planted(renumbered(answer, site.library), other, site.name, f"{site.part} -> {other}")


def _cited_beside(site: Site, sources: Sequence[Source]) -> Iterator[Planted]:
    """The nearest sentence of the nearest of some sources, cited beside what is cited."""
    for source in _nearest(site, sources)[:1]:
        sentence = _nearest_sentence(site, source)
        if sentence:
            citations = [*site.citations, citation_of(sentence)]
            broken = renumbered(with_claim(site, citations=citations), site.library)
            yield _planted(site, broken, f"(nothing) -> {source.source_id}")


def _kind_of(site: Site) -> Kind:
    return site.library.documents[site.citations[0]["source_id"]].source.kind


def cite_retracted(site: Site) -> Iterator[Planted]:
    """The nearest retracted source of the kind, cited beside."""
    if site.is_statement:
        yield from _cited_beside(site, site.library.over(_kind_of(site), "retracted"))


def cite_superseded(site: Site) -> Iterator[Planted]:
    """The nearest source of the kind that a current one has replaced, cited beside."""
    if site.is_statement:
        yield from _cited_beside(site, site.library.over(_kind_of(site), "superseded"))


def cite_for_absence(site: Site) -> Iterator[Planted]:
    """A citation of the answer, given to what is said to be absent."""
    is_absence = site.part == NOT_FOUND or site.claim.get("type") == "absence"
    cited = [citation for part in HALVES for claim in site.answer[part] for citation in claim["citations"]]
    if is_absence and cited and not site.citations:
        one = min(cited, key=lambda citation: fixed_order(f"{site.key}|{citation['quote']}"))
        yield _planted(site, with_claim(site, citations=[one]), f"(nothing) -> {one['source_id']}")


def share_block(site: Site) -> Iterator[Planted]:
    """All citations of some claims of a part given to each of them; none speaks of what another says."""
    if not site.is_statement:
        return
    members = [site]
    for place in range(len(site.answer[site.part])):
        other = Site(site.answer, site.part, place, site.library)
        if other.is_statement and len(members) < _BLOCK[1] and all(_strangers(one, other) for one in members):
            members.append(other)
    if len(members) < _BLOCK[0]:
        return
    block = [citation for one in sorted(members, key=lambda one: one.place) for citation in one.citations]
    places = {one.place for one in members}
    claims = [
        {**claim, "citations": block} if place in places else claim
        for place, claim in enumerate(site.answer[site.part])
    ]
    broken = renumbered({**site.answer, site.part: claims}, site.library)
    yield _planted(site, broken, f"{len(members)} claims -> one block of {len(block)} citations")


def _strangers(one: Site, other: Site) -> bool:
    """Whether neither claim is spoken of by what the other cites."""
    return (
        one.place != other.place
        and shared_share(one.claim["text"], " ".join(other.quotes)) <= FOREIGN
        and shared_share(other.claim["text"], " ".join(one.quotes)) <= FOREIGN
    )


CARDS: tuple[Card, ...] = (
    Card("no citation", "pointer", "a claim's citations are gone", drop_citations),
    Card("invented source", "pointer", "the cited source is none of the documents", invent_source),
    Card("invented sentence", "pointer", "the offsets lie beyond the end of the text", invent_span),
    Card("shifted sentence", "pointer", "the offsets are some characters off; the quote is not", shift_span),
    Card("half a sentence", "pointer", "the quote stands in the text, but is no whole sentence", cut_sentence),
    Card("altered quote", "pointer", "a word of the quote is missing", alter_quote),
    Card("number beyond the list", "pointer", "the number is that of no reference", number_beyond),
    Card("number of another", "pointer", "the number is that of another reference", number_of_another),
    Card("other kind cited", "lane", "a half cites a source of the other kind beside its own", cite_other_kind),
    Card("other half", "lane", "the claim stands in the half of the other kind", move_to_other_half),
    Card("retracted source", "lifecycle", "a retracted source is cited beside a good one", cite_retracted),
    Card("superseded source", "lifecycle", "a replaced source is cited beside a good one", cite_superseded),
    Card("absence cited", "absence", "something is said to be absent, and a sentence cited for it", cite_for_absence),
    Card("citation swapped", "citation", "a neighbouring source of the same kind is cited instead", swap_citation),
    Card("block of citations", "block", "claims of a part share all their citations", share_block),
)
