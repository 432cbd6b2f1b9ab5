"""An answer as its page shows it: the outline of the design, with every number bound to its evidence.

Made from the record that was kept and from what the shelf holds today; nothing is decided here about either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rag.answer import PARTS, Answer, Citation, Claim, Part
from rag.evidence import LeftOut
from rag.fixed_words import capital
from rag.rendering.folding import fold
from rag.rendering.glossary import explanations
from rag.rendering.outline import reference_text
from rag.rendering.reading import read_answer
from rag.rendering.wording import (
    DISCLAIMER,
    FAULT,
    HEADINGS,
    READERS,
    cut_note,
    how_composed,
    incomplete_note,
    usage_note,
)
from rag.review.base import Shelf
from rag.types import Source
from rag.web.pages.answer_parts import (
    AnswerPage,
    ClaimView,
    Entry,
    Gap,
    Half,
    Missing,
    OptionView,
    Topic,
)
from rag.web.pages.evidence_view import Evidence, evidence_of
from rag.web.pages.views import STANCE_MARKS, Cite, cite_of, claim_mark, detail_of, facts_of, letters

_HALVES: tuple[Part, ...] = ("guidelines", "research")
Place = tuple[str, int, int]


def answer_page(record: Mapping[str, Any], shelf: Shelf, prefix: str = "e") -> AnswerPage:
    """The page of a record; places of different prefixes differ, so that turns can share a page.

    Raises:
        RagError: the record is damaged.
    """
    return _Layout(read_answer(record), shelf, prefix).page()


class _Layout:
    """Numbers the cited places of one answer, and lays its parts out."""

    def __init__(self, answer: Answer, shelf: Shelf, prefix: str) -> None:
        self._answer = answer
        self._shelf = shelf
        self._sources = {one.source.source_id: one.source for one in answer.references}
        self._cites = dict(self._numbered(prefix))
        self._carries: dict[Place, list[ClaimView]] = {}
        self._graded = set(self._sources)

    def page(self) -> AnswerPage:
        answer = self._answer
        short = self._claims(answer.short_answer)
        halves = tuple(self._halves()) if answer.outcome == "answer" else ()
        self._graded = set(self._sources)
        agreement = self._claims(answer.agreement)
        shown = (*short, *(one for half in halves for one in _claims_of(half)), *agreement)
        return AnswerPage(
            question=answer.question,
            standalone=answer.standalone_question if answer.standalone_question != answer.question else None,
            audience=answer.audience,
            readers=READERS[answer.audience],
            is_answer=answer.outcome == "answer",
            abstention_reason=answer.abstention_reason or "",
            headings=HEADINGS[answer.audience],
            short=short,
            notes=tuple(self._notes()),
            composed=how_composed(answer),
            gaps=tuple(self._gaps()),
            options=tuple(self._options()),
            halves=halves,
            agreement=agreement,
            explained=explanations([one.text for one in shown]) if answer.audience == "patient" else (),
            missing=tuple(_missing(answer)),
            withheld=tuple((self._claim(one.claim), _why_withheld(one.claim, one.reason)) for one in answer.withheld),
            left_out=tuple((one, _why_left_out(one)) for one in answer.left_out),
            cut=cut_note(answer.cut) if answer.cut else "",
            references=tuple(self._references()),
            retraction_note=_looked_up(answer),
            provenance=tuple(_provenance(answer)),
            disclaimer=DISCLAIMER[answer.audience],
            has_summaries=any(one.source.text_type == "summary" for one in answer.references),
            evidence=tuple(self._evidence()),
        )

    def _numbered(self, prefix: str) -> Iterator[tuple[Place, tuple[Citation, Cite]]]:
        by_number: dict[int, dict[Place, Citation]] = {}
        for citation in _citations(self._answer):
            by_number.setdefault(citation.number, {}).setdefault(_place(citation), citation)
        for number, places in sorted(by_number.items()):
            for order, (place, citation) in enumerate(places.items()):
                label = f"{number}{letters(order) if len(places) > 1 else ''}"
                source = self._sources.get(citation.source_id)
                yield place, (citation, cite_of(citation, label, f"{prefix}-{number}-{order + 1}", source))

    def _marks(self, citations: Iterable[Citation]) -> tuple[Cite, ...]:
        places = dict.fromkeys(_place(one) for one in citations)
        return tuple(self._cites[place][1] for place in places if place in self._cites)

    def _claim(self, claim: Claim) -> ClaimView:
        ids = dict.fromkeys(one.source_id for one in claim.citations)
        sources = [self._sources[one] for one in ids if one in self._sources]
        view = ClaimView(
            claim.claim_id,
            claim.text,
            self._marks(claim.citations),
            claim_mark(claim),
            detail_of(sources, self._graded),
            claim.type,
        )
        for place in dict.fromkeys(_place(one) for one in claim.citations):
            carried = self._carries.setdefault(place, [])
            if all(one.claim_id != view.claim_id for one in carried):
                carried.append(view)
        return view

    def _claims(self, claims: Sequence[Claim]) -> tuple[ClaimView, ...]:
        return tuple(self._claim(one) for one in claims)

    def _notes(self) -> Iterator[str]:
        if self._answer.incomplete:
            yield incomplete_note(self._answer.incomplete)
        if self._answer.provenance.searched_within:
            yield f"Searched only: {self._answer.provenance.searched_within}."

    def _gaps(self) -> Iterator[Gap]:
        entries = {one.source.source_id: one for one in self._answer.references}
        for gap in self._answer.not_covered:
            others = [entries[one] for one in gap.sources]
            yield Gap(gap.text, tuple((one.number, f"is about {one.source.population}") for one in others))

    def _options(self) -> Iterator[OptionView]:
        for one in self._answer.options:
            yield OptionView(capital(one.option), STANCE_MARKS[one.stance], one.reason, self._marks(one.citations))

    def _halves(self) -> Iterator[Half]:
        kept = fold(self._answer).answer
        for part in _HALVES:
            self._graded = set()
            shown = {id(claim) for claim in kept.part(part)}
            whole = self._answer.part(part)
            rest = tuple(claim for claim in whole if id(claim) not in shown)
            heading = HEADINGS[self._answer.audience][part]
            first = tuple(claim for claim in whole if id(claim) in shown)
            yield Half(part, heading, tuple(self._topics(first)), tuple(self._topics(rest)), len(rest))

    def _topics(self, claims: Sequence[Claim]) -> Iterator[Topic]:
        grouped: dict[str | None, list[ClaimView]] = {}
        for claim in claims:
            grouped.setdefault(claim.topic, []).append(self._claim(claim))
        for title, views in grouped.items():
            yield Topic(capital(title) if title else None, tuple(views))

    def _references(self) -> Iterator[Entry]:
        for one in self._answer.references:
            cites = tuple(cite for place, (_, cite) in self._cites.items() if place[0] == one.source.source_id)
            yield Entry(one.number, reference_text(one.source), facts_of(self._today(one.source)), cites)

    def _today(self, source: Source) -> Source:
        return self._shelf.source(source.source_id) or source

    def _evidence(self) -> Iterator[Evidence]:
        cites: dict[str, list[Cite]] = {}
        for place, (_, cite) in self._cites.items():
            cites.setdefault(place[0], []).append(cite)
        for place, (citation, cite) in self._cites.items():
            source = self._sources.get(place[0])
            if source is not None:
                others = tuple(one for one in cites[place[0]] if one is not cite)
                carries = tuple((one.text, one.mark) for one in self._carries.get(place, ()))
                yield evidence_of(citation, cite, source, self._shelf, others=others, carries=carries)


def _claims_of(half: Half) -> Iterator[ClaimView]:
    for topic in (*half.topics, *half.folded):
        yield from topic.claims


def _place(citation: Citation) -> Place:
    return citation.source_id, citation.start, citation.end


def _citations(answer: Answer) -> Iterator[Citation]:
    """Every citation of the numbered text, in the order of reading."""
    for claim in answer.short_answer:
        yield from claim.citations
    for option in answer.options:
        yield from option.citations
    for part in PARTS[1:]:
        for claim in answer.part(part):
            yield from claim.citations


def _missing(answer: Answer) -> Iterator[Missing]:
    by_text: dict[str, list[Any]] = {}
    for one in answer.not_found:
        by_text.setdefault(
            one.text.replace("o guideline among", "o {} among").replace("o research among", "o {} among"), []
        ).append(one)
    for text, ones in by_text.items():
        kinds = " and no ".join(one.kind for one in ones)
        seen = " and ".join(f"{one.searched.passages_seen} {one.kind} passages" for one in ones)
        queries = "; ".join(f"“{query}”" for query in ones[0].searched.queries)
        yield Missing(text.replace("o {} among", f"o {kinds} among"), f"{seen} were read for: {queries}.")


def _why_withheld(claim: Claim, reason: str) -> str:
    return f"{FAULT[claim.verdict.fault]}: {reason}" if claim.verdict.fault else reason


def _why_left_out(one: LeftOut) -> str:
    since = f" {'since ' if one.reason == 'superseded' else ''}{one.since}" if one.since else ""
    why = f": {one.why.rstrip('.')}" if one.why else ""
    by = f"; in its place {', '.join(one.replaced_by)}" if one.replaced_by else ""
    return f"{one.reason}{since}{why}{by}"


def _looked_up(answer: Answer) -> str:
    days = sorted({one.source.notices_checked for one in answer.references if one.source.notices_checked})
    never = [str(one.number) for one in answer.references if not one.source.notices_checked]
    known = f"Retractions as known on {days[0]}." if days else ""
    return " ".join(part for part in (known, f"Not looked up: {', '.join(never)}." if never else "") if part)


def _provenance(answer: Answer) -> Iterator[tuple[str, str]]:
    made = answer.provenance
    yield "Made", made.created_at
    yield "Index", f"{made.index}, {made.index_fingerprint[:12]}"
    yield "Composer", f"{made.composer}{f', {made.model}' if made.model else ', no language model'}"
    yield "Verifier", made.verifier
    yield "Encoder", made.encoder
    yield "Program", f"Sourcebound {made.program_version}"
    if made.searched_within:
        yield "Searched within", made.searched_within
    if made.usage:
        yield "Usage", usage_note(made.usage)
