"""The parts of an answer as its page shows them, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rag.answer import Part
from rag.evidence import LeftOut
from rag.rendering.glossary import Explanation
from rag.web.pages.evidence_view import Evidence
from rag.web.pages.views import Cite, Facts, Mark


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A statement with its numbers, its mark, and who says it."""

    claim_id: str
    text: str
    cites: tuple[Cite, ...]
    mark: Mark
    detail: str
    type: str


@dataclass(frozen=True, slots=True)
class Topic:
    """Statements on one thing; no title: on the question itself."""

    title: str | None
    claims: tuple[ClaimView, ...]


@dataclass(frozen=True, slots=True)
class Half:
    """One of the two halves: what is shown at once, and what is folded away."""

    part: Part
    heading: str
    topics: tuple[Topic, ...]
    folded: tuple[Topic, ...]
    folded_count: int


@dataclass(frozen=True, slots=True)
class OptionView:
    """An option of the question and how the evidence stands to it."""

    option: str
    mark: Mark
    reason: str
    cites: tuple[Cite, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Patients of the question whom no cited sentence speaks of, and whom the cited sources are about, by number."""

    text: str
    others: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """What was not found, and what was searched for it."""

    text: str
    searched: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A numbered reference."""

    number: int
    text: str
    facts: Facts
    cites: tuple[Cite, ...]


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """All that the page of an answer shows of the answer itself."""

    question: str
    standalone: str | None
    audience: str
    readers: str
    is_answer: bool
    abstention_reason: str
    headings: Mapping[str, str]
    short: tuple[ClaimView, ...]
    notes: tuple[str, ...]
    composed: str
    gaps: tuple[Gap, ...]
    options: tuple[OptionView, ...]
    halves: tuple[Half, ...]
    agreement: tuple[ClaimView, ...]
    explained: tuple[Explanation, ...]
    missing: tuple[Missing, ...]
    withheld: tuple[tuple[ClaimView, str], ...]
    left_out: tuple[tuple[LeftOut, str], ...]
    cut: str
    references: tuple[Entry, ...]
    retraction_note: str
    provenance: tuple[tuple[str, str], ...]
    disclaimer: str
    has_summaries: bool
    evidence: tuple[Evidence, ...]

    @property
    def statement_count(self) -> int:
        """How many statements the halves have."""
        return sum(len(topic.claims) for half in self.halves for topic in (*half.topics, *half.folded))
