"""What a page says of itself: in its `<meta>` elements, its links, its headings; never what its text might mean."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from lxml import html

from rag.ingestion.readers.base import Reading, clean
from rag.ingestion.readers.html.page import shown
from rag.ingestion.readers.names import family_first, short_list

_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")
_TITLES = ("citation_title", "dc.title", "dcterms.title", "prism.title", "og:title")
_IDENTIFIERS = ("citation_doi", "prism.doi", "dc.identifier.doi", "dc.identifier", "dcterms.identifier")
_DATES = (
    "citation_publication_date",
    "citation_online_date",
    "citation_date",
    "citation_year",
    "prism.publicationdate",
    "dc.date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.date",
    "article:published_time",
)
_Metas = dict[str, list[str]]


def read_imprint(page: html.HtmlElement) -> Reading:
    """What a page says of itself, with remarks on what it does not say; its main text is not in it."""
    metas = _metas(page)
    remarks = list(_language(page))
    year = _year(page, metas)
    if year is None:
        remarks.append("no year of publication was found")
    journal = _first(metas, "citation_journal_title", "prism.publicationname")
    return Reading(
        title=_title(page, metas),
        year=year,
        authors=_authors(metas),
        organisation=None if journal else _first(metas, "dc.publisher", "citation_publisher", "og:site_name"),
        journal=journal,
        doi=_doi(metas),
        pmid=_matched(re.compile(r"\d{1,9}"), _first(metas, "citation_pmid")),
        url=_url(page, metas),
        licence=_licence(page, metas),
        remarks=tuple(remarks),
    )


def _metas(page: html.HtmlElement) -> _Metas:
    """The contents of the `<meta>` elements by their names in lower case."""
    metas: _Metas = defaultdict(list)
    for element in page.iter("meta"):
        name = element.get("name") or element.get("property") or ""
        content = clean(element.get("content") or "")
        if name and content:
            metas[name.lower()].append(content)
    return metas


def _first(metas: _Metas, *names: str) -> str | None:
    return next((metas[name][0] for name in names if name in metas), None)


def _matched(pattern: re.Pattern[str], text: str | None) -> str | None:
    found = pattern.search(text or "")
    return found.group() if found else None


def _title(page: html.HtmlElement, metas: _Metas) -> str | None:
    """The title stated for citation, else the only first-level heading, else that of the window."""
    stated = _first(metas, *_TITLES[:-1])
    headings = [clean(shown(heading)) for heading in page.iter("h1")]
    headings = [heading for heading in headings if heading]
    if stated or len(headings) == 1:
        return stated or headings[0]
    window = page.find(".//title")
    return _first(metas, "og:title") or (clean(window.text or "") if window is not None else "") or None


def _authors(metas: _Metas) -> str | None:
    names = metas.get("citation_author") or metas.get("dc.creator") or []
    return short_list([family_first(name) for name in dict.fromkeys(names)])


def _doi(metas: _Metas) -> str | None:
    stated = (_matched(_DOI, value) for name in _IDENTIFIERS for value in metas.get(name, ()))
    return next((doi.rstrip(".,;") for doi in stated if doi), None)


def _year(page: html.HtmlElement, metas: _Metas) -> int | None:
    published = page.xpath("string(//time[@itemprop='datePublished' or @pubdate]/@datetime)")
    dates = [value for name in _DATES for value in metas.get(name, ())] + [str(published)]
    years = (_matched(re.compile(r"\b(?:19|20)\d\d(?=\b|\d{4}\b)"), date) for date in dates)
    return next((int(year) for year in years if year), None)


def _url(page: html.HtmlElement, metas: _Metas) -> str | None:
    address = str(page.xpath("string(//link[@rel='canonical']/@href)")) or _first(metas, "og:url")
    return address if address and address.startswith(("http://", "https://")) else None


def _licence(page: html.HtmlElement, metas: _Metas) -> str | None:
    linked = str(page.xpath("string((//link[@rel='license']|//a[@rel='license'])/@href)"))
    return linked or _first(metas, "dc.rights", "dcterms.license", "dcterms.rights", "citation_license")


def _language(page: html.HtmlElement) -> Iterator[str]:
    language = (page.get("lang") or page.get("xml:lang") or "").strip()
    if language and not language.lower().startswith("en"):
        yield f"the page says that its language is {language}, not English"
