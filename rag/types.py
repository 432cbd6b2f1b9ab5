"""The shapes of the corpus and of a search. Frozen values; no behaviour beyond reading them.

Offsets are counted in characters (Python string indices) of `Document.text`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["guideline", "research"]
KINDS: tuple[Kind, ...] = ("guideline", "research")
SourceStatus = Literal["current", "superseded", "retracted"]
Audience = Literal["clinician", "researcher", "patient"]
NoticeKind = Literal["retraction", "expression-of-concern", "correction", "reinstatement"]
NOTICE_KINDS: tuple[NoticeKind, ...] = ("retraction", "expression-of-concern", "correction", "reinstatement")

Progress = Callable[[str, int, int], None]
"""Told of long work: stage, steps done, steps in all."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What was published about a paper after it: when (YYYY, YYYY-MM or YYYY-MM-DD), why, and where.

    `doi` and `pmid` are the notice's own. `republished_as` is the id or the DOI of what took the paper's place.
    """

    kind: NoticeKind
    date: str | None = None
    reason: str | None = None
    doi: str | None = None
    pmid: str | None = None
    republished_as: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A bibliographic record and its life. `kind` decides in which half of an answer it may be cited.

    `superseded_since` is the date of its successor, `notices_checked` that of the last look for notices; both YYYY,
    YYYY-MM or YYYY-MM-DD.
    """

    source_id: str
    kind: Kind
    title: str
    year: int
    status: SourceStatus
    authors: str | None = None
    organisation: str | None = None
    journal: str | None = None
    doi: str | None = None
    pmid: str | None = None
    url: str | None = None
    study_type: str | None = None
    population: str | None = None
    n: str | None = None
    strength: str | None = None
    superseded_by: tuple[str, ...] = ()
    superseded_since: str | None = None
    supersedes: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    notices_checked: str | None = None
    conflicts_with: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    checked_against: Literal["primary", "secondary"] | None = None
    text_type: Literal["summary", "publication"] = "summary"
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of a document: `document.text[start:end]`, heading line excluded."""

    heading: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A source together with its text. `file_hash` is the SHA-256 of the file it was read from."""

    source: Source
    text: str
    sections: tuple[Section, ...]
    file_hash: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """The smallest citable unit: `document.text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document, made of whole sentences; `text == document.text[start:end]`, always."""

    passage_id: str
    source_id: str
    kind: Kind
    heading: str
    start: int
    end: int
    text: str
    sentences: tuple[Sentence, ...]

    def quote(self, sentence: Sentence) -> str:
        """The exact words of one of its sentences."""
        return self.text[sentence.start - self.start : sentence.end - self.start]


@dataclass(frozen=True, slots=True)
class SourceFilter:
    """Which sources a search may touch. Years are inclusive; of `topics`, a source needs one. None or empty: any."""

    kind: Kind | None = None
    year_from: int | None = None
    year_to: int | None = None
    topics: frozenset[str] = frozenset()

    def admits(self, source: Source) -> bool:
        """Whether it leaves a source."""
        return (
            (self.kind is None or source.kind == self.kind)
            and (self.year_from is None or source.year >= self.year_from)
            and (self.year_to is None or source.year <= self.year_to)
            and (not self.topics or not self.topics.isdisjoint(source.topics))
        )

    @property
    def shown(self) -> str | None:
        """Its years and topics in words, such as "years 2015 to 2020; topic asthma"; None where it leaves all."""
        parts = []
        if self.year_from is not None or self.year_to is not None:
            first = f"from {self.year_from}" if self.year_from is not None else ""
            last = f"to {self.year_to}" if self.year_to is not None else ""
            parts.append(f"years {first} {last}".replace("  ", " ").strip())
        if self.topics:
            parts.append(f"topic {' or '.join(sorted(self.topics))}")
        return "; ".join(parts) or None


EVERYTHING = SourceFilter()
"""Leaves all sources."""


Aspect = Literal["question", "option", "unnamed", "red_flags", "further"]


@dataclass(frozen=True, slots=True)
class Query:
    """What a retriever is given: one aspect of a question.

    `topic` is the option it is about, for the aspect `option`; otherwise None. `further` is what a composer asked for.
    """

    text: str
    aspect: Aspect = "question"
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its score (higher is better) and its rank (1 is best) in one ranking."""

    passage: Passage
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a conversation brings to its next turn.

    `asked` is the question as it was asked, where the pipeline is given its stand-alone form. `numbered` are the
    sources that have a number, in the order of their numbers from 1; `passage_ids` what the turns on the same subject
    cited.
    """

    asked: str
    numbered: tuple[str, ...] = ()
    passage_ids: tuple[str, ...] = ()
