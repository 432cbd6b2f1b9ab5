"""Answers as data: what the measures read of a record of the schema `sourcebound.answer/1`, of any system.

Fields that the measures do not need may be missing or added; those they need are checked here, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.datasets import DatasetError, first_fault

Part = Literal["short_answer", "guidelines", "research", "agreement"]
PARTS: tuple[Part, ...] = ("short_answer", "guidelines", "research", "agreement")

_FIXED = re.compile(
    r": (?:the cited sentence describes the reverse of “.*”"
    r"|the cited guideline and research sentences (?:agree on what relieves or provokes it|differ)"
    r"|the cited guideline \(\d{4}(?:, \w+ recommendation)?\) and the cited study \(\d{4}\) point the same way"
    r"|the cited (?:guidelines|studies) are on record as differing from each other; read them side by side"
    r"|both halves have statements; whether they agree cannot be told by rules alone"
    r"|one side only, .*)\.$"
    r"|^The question takes it that “.*”; the cited sentence says otherwise\.$"
)


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class CitationRecord(_Read):
    """A pointer to `text[start:end]` of a source's document."""

    number: int
    source_id: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: str

    @property
    def span(self) -> tuple[str, int, int]:
        """Source, start and end."""
        return self.source_id, self.start, self.end


class ClaimRecord(_Read):
    """A statement and its citations. A claim shown in two parts has one id."""

    claim_id: str
    type: str = "finding"
    text: str
    topic: str | None = None
    relation: str | None = None
    citations: tuple[CitationRecord, ...] = ()

    @property
    def is_fixed(self) -> bool:
        """Whether it is one of the program's fixed sentences on how cited sentences compare: no statement of a source,
        so that no sentence can entail it. They are measured by `agreement_right`."""
        return self.relation is not None and _FIXED.search(self.text) is not None

    @property
    def is_absence(self) -> bool:
        """Whether it says that something was not found."""
        return self.type == "absence"


class AbsenceRecord(_Read):
    """What was asked and not found."""

    topic: str
    kind: Literal["guideline", "research"]
    citations: tuple[CitationRecord, ...] = ()


class OptionRecord(_Read):
    """How the evidence stands to an option that the question names."""

    option: str
    stance: str = "not_addressed"
    citations: tuple[CitationRecord, ...] = ()


class ReferenceRecord(_Read):
    """A numbered source."""

    number: int
    source_id: str
    kind: Literal["guideline", "research"] | None = None
    status: str = "current"


class WithheldRecord(_Read):
    """A claim that was not shown, and why."""

    claim: ClaimRecord
    reason: str = ""


class AnswerRecord(_Read):
    """An answer of any system."""

    outcome: Literal["answer", "abstention"]
    question: str = ""
    audience: str = "clinician"
    short_answer: tuple[ClaimRecord, ...] = ()
    guidelines: tuple[ClaimRecord, ...] = ()
    research: tuple[ClaimRecord, ...] = ()
    agreement: tuple[ClaimRecord, ...] = ()
    options: tuple[OptionRecord, ...] = ()
    not_found: tuple[AbsenceRecord, ...] = ()
    withheld: tuple[WithheldRecord, ...] = ()
    references: tuple[ReferenceRecord, ...] = ()

    def part(self, part: Part) -> tuple[ClaimRecord, ...]:
        """The claims of one part."""
        claims: tuple[ClaimRecord, ...] = getattr(self, part)
        return claims

    def shown(self) -> Iterator[tuple[Part, ClaimRecord]]:
        """Every shown claim once, in reading order, with the first part it stands in."""
        seen: set[tuple[str, str]] = set()
        for part in PARTS:
            for claim in self.part(part):
                if (claim.claim_id, claim.text) not in seen:
                    seen.add((claim.claim_id, claim.text))
                    yield part, claim

    def statements(self) -> list[ClaimRecord]:
        """The shown claims that say something of the world: neither absences nor fixed sentences."""
        return [claim for _, claim in self.shown() if not claim.is_absence and not claim.is_fixed]

    def cited(self) -> Iterator[CitationRecord]:
        """Every citation of every shown claim and option, one after the other."""
        for _, claim in self.shown():
            yield from claim.citations
        for option in self.options:
            yield from option.citations


def read_answer(record: Mapping[str, Any], where: str) -> AnswerRecord:
    """An answer record, checked.

    Raises:
        DatasetError: it is not of the schema; the message names the field.
    """
    try:
        return AnswerRecord.model_validate(record)
    except ValidationError as error:
        raise DatasetError(
            f"{where} is no answer of the schema sourcebound.answer/1",
            value=first_fault(error),
            mend="see docs/answer-schema.md",
        ) from error
