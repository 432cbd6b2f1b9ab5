"""References as reference managers know them: who wrote it, what kind of work it is, what was published about it.

Only what a source has: nothing is looked up, completed or guessed. Where names are cut short, a note says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from rag.rendering.plain import plain_line
from rag.types import Notice, Source

Work = Literal["article", "report", "page", "document"]
_PERSON = re.compile(
    r"(?P<family>[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){0,3}?)"
    r" (?P<initials>[^\W\d_]{1,4})(?: (?P<suffix>Jr|Sr|II|III|IV)\.?)?"
)
_BRACKETED = re.compile(r"(?P<before>[^()]+?)\s*\((?P<inside>[^()]+)\)")
_OTHERS = re.compile(r"(?:and |& )?(?:et al\.?|others)", re.IGNORECASE)
_BODY = re.compile(
    r"\b(?:group|committee|council|society|association|organi[sz]ation|college|academy|board|panel|network|institute"
    r"|investigators|collaborators?|collaborative|collaboration|foundation|force|federation|initiative|centre|center"
    r"|university|ministry|agency|union|league|consortium)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Person:
    """A person: family name, initials without points ("JT"), and a suffix such as "Jr"."""

    family: str
    initials: str
    suffix: str | None = None

    @property
    def given(self) -> str:
        """The initials with points: "J. T."."""
        return " ".join(f"{letter}." for letter in self.initials)


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation, or whatever name is not a person's for certain: it is kept as it stands."""

    name: str


@dataclass(frozen=True, slots=True)
class Authors:
    """Who wrote a source, in order. `cut_short`: its record says "et al."."""

    names: tuple[Person | Body, ...]
    cut_short: bool = False


def _person(text: str) -> Person | None:
    found = _PERSON.fullmatch(text)
    if found is None or not found["initials"].isupper() or _BODY.search(found["family"]):
        return None
    return Person(found["family"], found["initials"], found["suffix"])


def _listed(text: str) -> Authors | None:
    """Names that are separated by commas; None where none of them is a person's, as in "Care, Health and Welfare"."""
    pieces = [piece for part in text.split(",") if (piece := part.strip())]
    names = [piece for piece in pieces if not _OTHERS.fullmatch(piece)]
    people = [_person(name) for name in names]
    if not any(people):
        return None
    return Authors(tuple(one or Body(name) for one, name in zip(people, names, strict=True)), len(names) < len(pieces))


def _part(text: str) -> Authors:
    found = _BRACKETED.fullmatch(text)
    if found is None:
        return _listed(text) or Authors((Body(text),))
    before, inside = _listed(found["before"]), _listed(found["inside"])
    if before is None and inside is None:
        return Authors((Body(text),))
    first = before or Authors((Body(found["before"]),))
    second = inside or Authors((Body(found["inside"]),))
    return Authors(first.names + second.names, first.cut_short or second.cut_short)


def authors_of(source: Source) -> Authors:
    """The authors of a source; its organisations where it names no author.

    "Group (Name AB, ...)" and "Name AB, ... (Group)" give both, in the order in which they stand.
    """
    if not source.authors or source.authors == source.organisation:
        return Authors(tuple(Body(name) for name in organisations_of(source)))
    parts = [_part(piece) for text in plain_line(source.authors).split(";") if (piece := text.strip())]
    return Authors(tuple(name for part in parts for name in part.names), any(part.cut_short for part in parts))


def organisations_of(source: Source) -> tuple[str, ...]:
    """The organisations that issued a source."""
    return tuple(name for text in plain_line(source.organisation or "").split(";") if (name := text.strip()))


def work_of(source: Source) -> Work:
    """What it is to a reference manager: an article where it has a journal, else a report where it is a guideline, a
    page where an address is all that is known, and otherwise a document."""
    if source.journal:
        return "article"
    if source.kind == "guideline":
        return "report"
    return "page" if source.url and not source.doi else "document"


def web_address(source: Source) -> str | None:
    """Its address, or None: only addresses of the web are passed on, so that none of another scheme can be followed."""
    url = plain_line(source.url or "").replace(" ", "%20")
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def notice_text(notice: Notice) -> str:
    """A notice in words: "Correction 2019-05-06: a table was wrong, doi:10.1000/x."."""
    name = notice.kind.replace("-", " ").capitalize()
    date = f" {notice.date}" if notice.date else ""
    why = f": {notice.reason.rstrip('.')}" if notice.reason else ""
    ids = [f"doi:{notice.doi}" if notice.doi else "", f"PMID {notice.pmid}" if notice.pmid else ""]
    instead = f"republished as {notice.republished_as}" if notice.republished_as else ""
    tail = ", ".join(part for part in (*ids, instead) if part)
    return plain_line(f"{name}{date}{why}{f'; {tail}' if tail else ''}.")


def notes_of(source: Source) -> tuple[str, ...]:
    """What the reader of a reference must know, most important first: that it is retracted or superseded, its notices,
    how it is made, and that its names are cut short."""
    return tuple(plain_line(note) for note in _notes(source))


def _notes(source: Source) -> Iterator[str]:
    if source.status == "retracted":
        yield "RETRACTED."
    if source.status == "superseded":
        by = f" by {', '.join(source.superseded_by)}" if source.superseded_by else ""
        yield f"Superseded{f' since {source.superseded_since}' if source.superseded_since else ''}{by}."
    yield from (notice_text(notice) for notice in source.notices)
    if source.notices_checked:
        yield f"Retractions as known on {source.notices_checked}."
    made = "; ".join(part for part in (source.study_type, f"n = {source.n}" if source.n else None) if part)
    if made:
        yield f"Study type: {made}."
    if source.strength:
        yield f"Grading: {source.strength.rstrip('.')}."
    if authors_of(source).cut_short:
        yield "The list of authors is cut short (et al.)."
