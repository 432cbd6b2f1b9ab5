"""The front of a JATS article: title, authors, journal, year, identifiers, licence, subject.

What the file does not say stays None; nothing is guessed from the text. The text itself is read in `jats`, which also
lends its way of reading words, so that a title loses its citation marks as a sentence does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from lxml import etree

from rag.ingestion.readers.base import Reading, clean
from rag.ingestion.readers.names import initials, short_list
from rag.ingestion.readers.xml import flat_text
from rag.types import Kind

Words: TypeAlias = Callable[[etree._Element], str]

_RESEARCH = frozenset("research-article review-article systematic-review brief-report case-report".split())
_YEARS = ("ppub", "print", "collection", "ecollection", "epub", "epub-ppub", "electronic", "pub")
_NO_YEARS = frozenset(("pmc-release", "nihms-submitted", "received", "accepted", "retracted", "corrected", "preprint"))
_FOUR_DIGITS = re.compile(r"(?<![0-9])(?:1[5-9]|20)[0-9]{2}(?![0-9])")
_XLINK = "{http://www.w3.org/1999/xlink}href"


def front_reading(article: etree._Element, meta: etree._Element, words: Words) -> Reading:
    """What an article's front says: a reading without blocks.

    Args:
        article: the article, its elements without namespaces.
        meta: its `article-meta`.
        words: the running text of an element without its numeric citations.
    """
    kind: Kind | None = "research" if article.get("article-type", "") in _RESEARCH else None
    journal = article.find("front/journal-meta")
    doi = _identifier(meta, "doi")
    pmcid = _identifier(meta, "pmc") or _identifier(meta, "pmcid")
    return Reading(
        title=_title(meta, words),
        year=_year(meta),
        kind=kind,
        authors=_authors(meta),
        journal=clean(flat_text(journal.find(".//journal-title"))) or None if journal is not None else None,
        doi=doi,
        pmid=_identifier(meta, "pmid"),
        url=f"https://pmc.ncbi.nlm.nih.gov/articles/PMC{pmcid.upper().removeprefix('PMC')}/" if pmcid else None,
        study_type=_subject(article, meta),
        licence=_licence(meta),
        place=doi,
    )


def _year(meta: etree._Element) -> int | None:
    found: dict[str, int] = {}
    for date in meta.findall("pub-date"):
        written = flat_text(date.find("year")) or flat_text(date.find("string-date")) or date.get("iso-8601-date", "")
        year = _FOUR_DIGITS.search(written)
        kinds = [date.get(name, "").lower() for name in ("pub-type", "publication-format", "date-type")]
        if year and not _NO_YEARS.intersection(kinds):
            for kind in kinds:
                found.setdefault(kind, int(year[0]))
    stated = _FOUR_DIGITS.search(flat_text(meta.find("permissions/copyright-year")) if not found else "")
    first = next(iter(found.values()), int(stated[0]) if stated else None)
    return next((found[kind] for kind in _YEARS if kind in found), first)


def _identifier(meta: etree._Element, kind: str) -> str | None:
    for element in meta.findall("article-id"):
        if element.get("pub-id-type") == kind:
            return clean(flat_text(element)) or None
    return None


def _authors(meta: etree._Element) -> str | None:
    names = []
    for person in meta.findall("contrib-group/contrib"):
        if person.get("contrib-type", "author") == "author":
            names.append(_name(person))
    return short_list(names)


def _name(person: etree._Element) -> str:
    """A person as "Family IN", or a group."""
    group = clean(flat_text(person.find("collab"), frozenset(("contrib-group", "xref", "aff", "sup"))))
    name = person.find("name")
    if name is None:
        name = person.find("name-alternatives/name")
    if group or name is None:
        return group or clean(flat_text(person.find("string-name")))
    family, given = (clean(flat_text(name.find(part))) for part in ("surname", "given-names"))
    return f"{family} {initials(given)}".strip()


def _licence(meta: etree._Element) -> str | None:
    licence = meta.find("permissions/license")
    if licence is None:
        licence = meta.find("license")
    statement = meta.find("permissions/copyright-statement")
    if licence is not None:
        link = licence.get(_XLINK)
        return link or clean(flat_text(licence))[:300] or None
    return clean(flat_text(statement))[:300] or None


def _title(meta: etree._Element, words: Words) -> str | None:
    group = meta.find("title-group")
    if group is None:
        return None
    parts = [clean(words(part)) for part in (group.find("article-title"), group.find("subtitle")) if part is not None]
    return ": ".join(part for part in parts if part) or None


def _subject(article: etree._Element, meta: etree._Element) -> str | None:
    found = clean(flat_text(meta.find("article-categories/subj-group/subject")))
    return found or (article.get("article-type") or "").replace("-", " ") or None
