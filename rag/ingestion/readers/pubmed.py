"""PubMed XML, as E-utilities and the yearly baseline give it (also `.gz`): one record after the other.

A record's life is read from its CommentsCorrections and publication types. Notices of retraction are not sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from rag.ingestion.readers.base import Block, Reading, block, clean
from rag.ingestion.readers.names import short_list
from rag.ingestion.readers.xml import elements, flat_text, too_deep
from rag.types import Kind, Notice, NoticeKind

_NOTICES: dict[str, NoticeKind] = {
    "RetractionIn": "retraction",
    "PartialRetractionIn": "correction",
    "ExpressionOfConcernIn": "expression-of-concern",
    "ErratumIn": "correction",
    "RetractedandRepublishedIn": "retraction",
    "CorrectedandRepublishedIn": "correction",
}
_LATER = ("UpdateIn", "CorrectedandRepublishedIn")
_EARLIER = ("UpdateOf", "CorrectedandRepublishedFrom")
_BOOK_TITLES = ("BookDocument/ArticleTitle", "BookDocument/Book/BookTitle")
_BOOK_YEARS = ("BookDocument/ContributionDate/Year", "BookDocument/Book/PubDate/Year")
_REPUBLISHED = ("RetractedandRepublishedIn", "CorrectedandRepublishedIn", "RepublishedIn")
_GUIDELINES = {"Guideline", "Practice Guideline"}
_ABOUT_OTHERS = {"Retraction of Publication", "Retraction Notice", "Published Erratum", "Expression of Concern"}
_DESIGNS = (
    "Practice Guideline",
    "Guideline",
    "Meta-Analysis",
    "Systematic Review",
    "Randomized Controlled Trial",
    "Clinical Trial",
    "Observational Study",
    "Review",
    "Case Reports",
)
_YEAR = re.compile(r"\b(?:18|19|20)\d\d\b")
_MONTHS = {
    name: f"{number:02}"
    for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)
}
_DATE = re.compile(
    rf"\b((?:18|19|20)[0-9]{{2}})(?![0-9)])(?:\s+({'|'.join(_MONTHS)})[a-z]*\b(?:\s+(0?[1-9]|[12][0-9]|3[01])\b)?)?"
)
_PMID = re.compile(r"[1-9][0-9]{0,8}")
_UNNAMED = ("[Not Available].", "[Not Available]", "Not Available")


def _date_of(reference: str) -> str | None:
    """The date in a reference such as "Spine (Phila Pa 1976). 2020 Jun 13;395(10240):1820"; no year in brackets."""
    found = _DATE.search(reference)
    if not found:
        return None
    year, month, day = found.groups()
    return year + (f"-{_MONTHS[month]}" if month else "") + (f"-{int(day):02}" if month and day else "")


def _first_text(record: etree._Element, *paths: str) -> str | None:
    for path in paths:
        found = clean(flat_text(record.find(path)))
        if found:
            return found
    return None


def _year(record: etree._Element) -> int | None:
    issue = "MedlineCitation/Article/Journal/JournalIssue/PubDate"
    written = _first_text(
        record, f"{issue}/Year", f"{issue}/MedlineDate", "MedlineCitation/Article/ArticleDate/Year", *_BOOK_YEARS
    )
    found = _YEAR.search(written or "")
    return int(found[0]) if found else None


def _doi(record: etree._Element) -> str | None:
    for path, kind in (
        ("MedlineCitation/Article/ELocationID", "EIdType"),
        ("PubmedData/ArticleIdList/ArticleId", "IdType"),
        ("BookDocument/ArticleIdList/ArticleId", "IdType"),
    ):
        for element in record.iterfind(path):
            if (
                element.get(kind) == "doi"
                and element.get("ValidYN", "Y") == "Y"
                and (found := clean(flat_text(element)))
            ):
                return found
    return None


def _authors(record: etree._Element) -> str | None:
    authors = record.find("MedlineCitation/Article/AuthorList")
    if authors is None:
        authors = record.find("BookDocument/AuthorList[@Type='authors']")
    found = () if authors is None else authors.iterfind("Author")
    return short_list(_author(author) for author in found if author.get("ValidYN", "Y") == "Y")


def _author(author: etree._Element) -> str:
    collective = clean(flat_text(author.find("CollectiveName")))
    last, initials = (clean(flat_text(author.find(part))) for part in ("LastName", "Initials"))
    return collective or f"{last} {initials}".strip()


def _types(record: etree._Element) -> list[str]:
    found = record.findall("MedlineCitation/Article/PublicationTypeList/PublicationType")
    found += record.findall("BookDocument/PublicationType")
    return [clean(flat_text(element)) for element in found]


def _abstract(record: etree._Element) -> Iterator[Block]:
    labelled = ""
    abstract = record.find("MedlineCitation/Article/Abstract")
    if abstract is None:
        abstract = record.find("BookDocument/Abstract")
    for place, element in enumerate(() if abstract is None else abstract.iterfind("AbstractText")):
        label = _label(element) or ("" if place else "Abstract")
        text = list(block(flat_text(element)))
        if text and label and label != labelled:
            yield Block(label, 2)
            labelled = label
        yield from text


def _label(element: etree._Element) -> str:
    """The label of a part of an abstract as a heading; "" where it has none."""
    label = clean(element.get("Label") or "").rstrip(":")
    return "" if label in ("UNLABELLED", "UNLABELED") else label.capitalize() if label.isupper() else label


def _comments(record: etree._Element) -> Iterator[tuple[str, str | None, str]]:
    """Each correction on record: its type, the PMID it names, and its reference."""
    for element in record.findall("MedlineCitation/CommentsCorrectionsList/CommentsCorrections"):
        pmid = _pmid(flat_text(element.find("PMID")))
        yield element.get("RefType", ""), pmid, clean(flat_text(element.find("RefSource")))


def _pmid(text: str | None) -> str | None:
    """A PMID, where a text is one."""
    return text.strip() if text and _PMID.fullmatch(text.strip()) else None


def _notices(comments: list[tuple[str, str | None, str]], types: list[str]) -> tuple[Notice, ...]:
    republished = next((f"pmid-{pmid}" for kind, pmid, _ in comments if kind in _REPUBLISHED and pmid), None)
    notices = [
        Notice(
            _NOTICES[kind],
            _date_of(reference),
            f"{kind}: {reference}" if reference else kind,
            None,
            None if kind in _REPUBLISHED else pmid,
            republished if _NOTICES[kind] == "retraction" else None,
        )
        for kind, pmid, reference in comments
        if kind in _NOTICES
    ]
    if "Retracted Publication" in types and not any(notice.kind == "retraction" for notice in notices):
        notices.append(Notice("retraction", None, "PubMed: Retracted Publication", None, None, republished))
    return tuple(sorted(notices, key=lambda notice: notice.date or ""))


class PubMedReader:
    """Reads the records of a PubmedArticleSet."""

    format = "PubMed XML"

    def read(self, path: Path) -> Iterator[Reading]:
        """Every record, in order; those without an abstract have no blocks, and remark it.

        Raises:
            ReadingError: as for any XML.
        """
        for record, read_bytes in elements(path, ("PubmedArticle", "PubmedBookArticle")):
            try:
                reading = self._reading(record, read_bytes)
            except RecursionError as error:
                raise too_deep(path) from error
            yield reading

    @staticmethod
    def _reading(record: etree._Element, read_bytes: int) -> Reading:
        types = _types(record)
        pmid = _pmid(_first_text(record, "MedlineCitation/PMID", "BookDocument/PMID"))
        blocks = tuple(_abstract(record))
        kind: Kind = "guideline" if _GUIDELINES & set(types) else "research"
        about = next((one for one in types if one in _ABOUT_OTHERS), None)
        remarks = [f"is a notice about another record ({about})"] if about else []
        remarks += [] if blocks else ["has no abstract"]
        copyrighted = _first_text(record, "MedlineCitation/Article/Abstract/CopyrightInformation")
        comments = list(_comments(record))
        return Reading(
            title=_title(record),
            year=_year(record),
            kind=kind,
            authors=_authors(record),
            organisation=_collective(record) if kind == "guideline" else None,
            journal=_first_text(record, "MedlineCitation/Article/Journal/Title", "BookDocument/Book/BookTitle"),
            doi=_doi(record),
            pmid=pmid,
            url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid else None,
            study_type=next((one for one in _DESIGNS if one in types), types[0] if types else None),
            licence=f"Abstract: {copyrighted}" if copyrighted else None,
            notices=_notices(comments, types),
            blocks=() if about else blocks,
            remarks=tuple(remarks),
            replaced_by=tuple(other for name, other, _ in comments if name in _LATER and other),
            replaces=tuple(other for name, other, _ in comments if name in _EARLIER and other),
            place=f"PMID {pmid}" if pmid else None,
            read_bytes=read_bytes,
        )


def _title(record: etree._Element) -> str | None:
    """The title without its full stop, and without the brackets that mark a translation."""
    title = _first_text(record, "MedlineCitation/Article/ArticleTitle", *_BOOK_TITLES)
    if title is None or title in _UNNAMED:
        title = _first_text(record, "MedlineCitation/Article/VernacularTitle")
    bare = (title or "").removesuffix(".")
    return (bare[1:-1].removesuffix(".") if _translated(bare) else bare) or None


def _translated(title: str) -> bool:
    """Whether one pair of brackets holds the whole title: "[18F]FDG and [11C]" is no translation."""
    depth = 0
    for place, character in enumerate(title):
        depth += (character == "[") - (character == "]")
        if depth == 0:
            return place > 0 and place == len(title) - 1
    return False


def _collective(record: etree._Element) -> str | None:
    return _first_text(record, "MedlineCitation/Article/AuthorList/Author/CollectiveName")
