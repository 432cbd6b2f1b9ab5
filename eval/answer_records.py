"""The shape of an answer as it is read from a file: what the schema `sourcebound.answer/1` promises, of any system.

Only what is checked is read; other fields may be there. What lacks a field, or has one of another type, is refused as a
whole: an answer of which half can be read would be audited as if the other half were faultless.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from eval.datasets import DatasetError
from rag.answer import PARTS, ClaimType, Part, Relation
from rag.rendering.json_format import SCHEMA
from rag.types import Kind, SourceStatus


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class CitationRecord(_Shape):
    """A pointer to `document.text[start:end]`."""

    number: StrictInt
    source_id: StrictStr
    start: StrictInt
    end: StrictInt
    quote: StrictStr


class ClaimRecord(_Shape):
    """A statement and what it cites."""

    claim_id: StrictStr
    type: ClaimType
    text: StrictStr = Field(min_length=1)
    topic: StrictStr | None = None
    relation: Relation | None = None
    citations: tuple[CitationRecord, ...]


class ReferenceRecord(_Shape):
    """A numbered source."""

    number: StrictInt
    source_id: StrictStr
    kind: Kind
    status: SourceStatus


class OptionRecord(_Shape):
    """How the evidence stands to an option, by the sentences that decided."""

    option: StrictStr
    citations: tuple[CitationRecord, ...]


class AbsenceRecord(_Shape):
    """What was not found. The schema has no citation here; one that is there all the same is kept to be objected to."""

    topic: StrictStr
    kind: Kind
    citations: tuple[Any, ...] = ()


class AnswerRecord(_Shape):
    """An answer, as far as it is checked."""

    schema_name: Literal["sourcebound.answer/1"] = Field(alias="schema")
    question: StrictStr
    short_answer: tuple[ClaimRecord, ...]
    guidelines: tuple[ClaimRecord, ...]
    research: tuple[ClaimRecord, ...]
    agreement: tuple[ClaimRecord, ...]
    options: tuple[OptionRecord, ...] = ()
    not_found: tuple[AbsenceRecord, ...]
    references: tuple[ReferenceRecord, ...]

    def part(self, part: Part) -> tuple[ClaimRecord, ...]:
        """The claims of one part."""
        claims: tuple[ClaimRecord, ...] = getattr(self, part)
        return claims

    @property
    def citations(self) -> tuple[CitationRecord, ...]:
        """Every citation of its numbered text."""
        claims = [claim.citations for part in PARTS for claim in self.part(part)]
        return tuple(one for cited in (*claims, *(option.citations for option in self.options)) for one in cited)


def read_answer(answer: object) -> AnswerRecord:
    """The answer of a record.

    Raises:
        DatasetError: it is no record of the schema; names the first field that is missing or wrong.
    """
    if not isinstance(answer, Mapping):
        raise DatasetError(f"no answer of the schema {SCHEMA}: not an object", value=answer)
    try:
        return AnswerRecord.model_validate(dict(answer))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise DatasetError(f"no answer of the schema {SCHEMA}: {place}: {first['msg']}", value=answer) from error
