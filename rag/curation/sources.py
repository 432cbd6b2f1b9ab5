"""From a reading to a source: its fields as given, as read, or as asked for; a reason where they make none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from rag.curation.identities import Identities, plain_doi, wanted_id
from rag.ingestion.front_matter import DOI, PMID, FrontMatter, explained
from rag.ingestion.readers.base import OWN_FIELDS, Reading
from rag.lives import standing_retraction
from rag.types import Source

_NEEDED = ("kind", "title", "year")
_HOW = {"kind": "give --kind guideline or --kind research", "title": "give --title", "year": "give --year"}

Ask = Callable[[str, Reading], str | None]
"""Asks the user for a field of a reading; None where there is no answer."""


def nobody(name: str, reading: Reading) -> str | None:
    """Ask nobody."""
    return None


class Unfit(Exception):  # noqa: N818 - a reason, which becomes an error or a count
    """Why a reading makes no source: in words that follow its name, with the value, and how to mend it."""

    def __init__(self, what: str, *, value: object = None, mend: str | None = None) -> None:
        super().__init__(what)
        self.what, self.value, self.mend = what, value, mend


def once(ask: Ask) -> Ask:
    """Asks for the kind of the first of many sources, for all of them, and for nothing else."""
    answers: dict[str, str | None] = {}

    def asking(name: str, reading: Reading) -> str | None:
        if name == "kind" and name not in answers:
            answers[name] = ask(name, reading)
        return answers.get(name)

    return asking


@dataclass(frozen=True, slots=True)
class Statements:
    """What the user says of every source of a call: fields and further topics, and more when asked.

    They take the place of what a file says, but for the year of one among many: that only fills in where none is read.
    """

    fields: Mapping[str, Any]
    topics: tuple[str, ...] = ()
    ask: Ask = nobody
    among_many: bool = False


def source_of(reading: Reading, stated: Statements, known: Identities) -> tuple[Source, tuple[str, ...]]:
    """The source of a reading, and what could not be used of it.

    Raises:
        Unfit: a field that is needed is not known, or a field is wrong.
    """
    fields, remarks = _fields(reading, stated)
    return _source(fields, known), remarks


def _fields(reading: Reading, stated: Statements) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields of a source, as given, else as read, else as asked for; and what could not be used of them.

    Raises:
        Unfit: one that is needed is not known.
    """
    further = {name: value for name, value in reading.further.items() if name in FrontMatter.model_fields}
    read = {name: getattr(reading, name) for name in OWN_FIELDS if getattr(reading, name) is not None}
    fields: dict[str, Any] = {"status": "current", "text_type": "publication", "notices": reading.notices}
    fields |= {**further, **read, **stated.fields}
    if stated.among_many and read.get("year"):
        fields["year"] = read["year"]
    for name in _NEEDED:
        fields[name] = fields.get(name) or stated.ask(name, reading)
        if not fields[name]:
            raise Unfit(f"has no {name}", mend=_HOW[name])
    remarks = reading.remarks
    for name, pattern, plain in (("doi", DOI, plain_doi), ("pmid", PMID, str.strip)):
        value = fields[name] = plain(str(fields[name])) if fields.get(name) else None
        if value and name not in stated.fields and not re.match(pattern, value):
            fields[name] = None
            remarks += (f"{name.upper()} left out, as it is none: {value[:60]}",)
    fields["topics"] = _with_topics(fields.get("topics"), stated.topics)
    if standing_retraction(reading.notices):
        fields["status"] = "retracted"
    return fields, remarks


def _source(fields: dict[str, Any], known: Identities) -> Source:
    """The source of these fields, with an id of its own where none is stated.

    Raises:
        Unfit: a field is wrong.
    """
    stated = fields.pop("id", None)
    try:
        source = FrontMatter.model_validate({"id": stated or "unnamed", **fields}, from_attributes=True).to_source()
    except ValidationError as error:
        name, reason, value = explained(error)
        mend = f"give --{name.replace('_', '-')}" if name in OWN_FIELDS else "correct it in the file"
        raise Unfit(f"field '{name}': {reason}", value=value, mend=mend) from error
    if stated:
        return source
    return replace(source, source_id=known.free_id(wanted_id(source)))


def _with_topics(stated: Any, further: tuple[str, ...]) -> Any:
    """A list of topics with further ones; what is no list stays, to be refused."""
    if stated is not None and not isinstance(stated, list | tuple):
        return stated
    return tuple(dict.fromkeys((*map(str, stated or ()), *further)))
