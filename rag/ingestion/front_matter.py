"""The front matter of a corpus file: where it stands, its fields, checked one by one, and a source written as such.

Nothing here reads or writes a file.
"""

from __future__ import annotations

import datetime
import re
import reprlib
from dataclasses import dataclass
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from rag.lives import standing_retraction
from rag.types import Notice, Source

DOI = r"^10\.\d{4,9}/\S+$"
PMID = r"^[1-9]\d{0,8}$"
DATE = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"
_PARTS = re.compile(r"\A(\ufeff?\s*-{3,}[ \t]*\r?\n)(.*?)(^-{3,}[ \t]*\r?(?:\n.*)?)\Z", re.DOTALL | re.MULTILINE)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 200
_SHORT.maxlevel = 2


@dataclass(frozen=True, slots=True)
class Parts:
    """A corpus file in three, nothing lost: up to its fields, its fields as YAML, and from the second mark on."""

    before: str
    fields: str
    after: str

    @property
    def body(self) -> str:
        """What follows the second mark, without the white space around it."""
        return self.after.partition("\n")[2].strip()

    @property
    def body_line(self) -> int:
        """The line of the file, from 1, that the body begins at."""
        mark, _, rest = self.after.partition("\n")
        blank = rest[: len(rest) - len(rest.lstrip())]
        return len(f"{self.before}{self.fields}{mark}\n{blank}".split("\n"))

    def line_of(self, path: str) -> int:
        """The line of the file, from 1, of a field such as "doi" or "notices.0.date"; 1 where it is not there."""
        line = _line_in(yaml.compose(self.fields, Loader=_LOADER), path.split("."))
        return 1 if line is None else self.before.count("\n") + 1 + line


def _line_in(node: Any, path: list[str]) -> int | None:
    """The line of a field below a node, or of the last part of its path that is there; None where there is none."""
    if isinstance(node, yaml.MappingNode):
        found = [(key, value) for key, value in node.value if key.value == path[0]][-1:]
    elif isinstance(node, yaml.SequenceNode) and path[0].isdigit():
        found = [(value, value) for value in node.value[int(path[0]) :][:1]]
    else:
        return None
    if not found:
        return None
    ((mark, value),) = found
    below = _line_in(value, path[1:]) if path[1:] else None
    return int(mark.start_mark.line) if below is None else below


def parted(text: str) -> Parts | None:
    """The parts of a corpus file; None where it has no front matter between two marks."""
    found = _PARTS.match(text)
    return Parts(*found.groups()) if found else None


def loaded(fields: str) -> dict[str, Any]:
    """The fields of a front matter, unchecked; empty where it is no mapping.

    Raises:
        YAMLError: it is not valid YAML, or has a value that is none, such as the 30th of February.
    """
    try:
        found = yaml.load(fields, Loader=_LOADER)  # noqa: S506 - a safe loader, written in C where there is one
    except (ValueError, RecursionError) as error:
        raise yaml.YAMLError(str(error)) from error
    return {str(name): value for name, value in found.items()} if isinstance(found, dict) else {}


def _as_text(value: object) -> object:
    """YAML reads 2020-06-04 as a date; the field is text."""
    return value.isoformat() if isinstance(value, datetime.date) else value


class NoticeRecord(BaseModel):
    """A notice in the front matter."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    kind: Literal["retraction", "expression-of-concern", "correction", "reinstatement"]
    date: str | None = Field(default=None, pattern=DATE)
    reason: str | None = None
    doi: str | None = Field(default=None, pattern=DOI)
    pmid: str | None = Field(default=None, pattern=PMID)
    republished_as: str | None = None

    _text_dates = field_validator("date", mode="before")(_as_text)


class FrontMatter(BaseModel):
    """The front matter of a corpus file, as `docs/corpus-file.md` describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    kind: Literal["guideline", "research"]
    title: str = Field(min_length=3)
    year: int = Field(ge=1800, le=2100)
    status: Literal["current", "superseded", "retracted"]
    authors: str | None = None
    organisation: str | None = None
    journal: str | None = None
    doi: str | None = Field(default=None, pattern=DOI)
    pmid: str | None = Field(default=None, pattern=PMID)
    url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    study_type: str | None = None
    population: str | None = None
    n: str | None = None
    strength: str | None = None
    superseded_by: tuple[str, ...] = ()
    superseded_since: str | None = Field(default=None, pattern=DATE)
    supersedes: tuple[str, ...] = ()
    notices: tuple[NoticeRecord, ...] = ()
    notices_checked: str | None = Field(default=None, pattern=DATE)
    conflicts_with: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    checked_against: Literal["primary", "secondary"] | None = None
    text_type: Literal["summary", "publication"] = "summary"
    licence: str | None = None

    _text_dates = field_validator("superseded_since", "notices_checked", mode="before")(_as_text)

    @field_validator("superseded_by", "supersedes", "conflicts_with", "topics", "notices", mode="before")
    @classmethod
    def _empty_for_null(cls, value: object) -> object:
        return () if value is None else value

    @model_validator(mode="after")
    def _status_follows_from_life(self) -> FrontMatter:
        retracted = standing_retraction(self.to_source().notices) is not None
        if retracted and self.status != "retracted":
            raise PydanticCustomError("life", "a retraction stands, so status must be retracted")
        if self.status == "retracted" and not retracted:
            raise PydanticCustomError("life", "retracted, but no retraction stands in notices: say when and why there")
        if self.status == "superseded" and not self.superseded_by:
            raise PydanticCustomError("life", "superseded, but by what? fill in superseded_by")
        if self.status == "current" and self.superseded_by:
            raise PydanticCustomError("life", "superseded_by is filled in, so status must be superseded")
        if self.id in self.superseded_by:
            raise PydanticCustomError("life", "superseded by itself: correct superseded_by")
        return self

    def to_source(self) -> Source:
        """The source record of these fields."""
        fields = self.model_dump()
        notices = tuple(Notice(**notice) for notice in fields.pop("notices"))
        return Source(source_id=fields.pop("id"), notices=notices, **fields)


def explained_all(error: ValidationError) -> list[tuple[str, str, str]]:
    """Each fault of a record: its field, why, and the value."""
    found = []
    for fault in error.errors():
        field = ".".join(str(part) for part in fault["loc"]) or "status"
        value = dict(fault["input"]).get("status") if not fault["loc"] else fault.get("input")
        found.append((field, fault["msg"][0].lower() + fault["msg"][1:], _SHORT.repr(value)))
    return found


def explained(error: ValidationError) -> tuple[str, str, str]:
    """The first fault of a record: its field, why, and the value."""
    return explained_all(error)[0]


def _written(record: FrontMatter) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in record.model_dump().items()}


def front_matter_of(source: Source) -> str:
    """The front matter of a source, between its two marks, every field on record.

    Raises:
        ValidationError: the source does not make a corpus file (its id, DOI or date is not one).
    """
    fields = {name: getattr(source, name) for name in FrontMatter.model_fields if name not in ("id", "notices")}
    notices = tuple(NoticeRecord.model_validate(notice, from_attributes=True) for notice in source.notices)
    record = FrontMatter(id=source.source_id, notices=notices, **fields)
    dumped = yaml.dump(_written(record), Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=10**6)
    return f"---\n{dumped}---\n"
