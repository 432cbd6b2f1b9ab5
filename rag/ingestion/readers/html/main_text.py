"""The main text of a page, without navigation, banners, tables, or lists of references.

It is found by trafilatura (Barbaresi, 2021); what it gives back is kept only where it is the page's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree, html

from rag.ingestion.readers.base import Block, block, clean
from rag.ingestion.readers.html.page import shown, squeezed

_AROUND = (
    "//script|//style|//noscript|//template|//nav|//aside|//form|//dialog|//button|//iframe|//svg|//*[@hidden]"
    "|//body/header|//footer[not(ancestor::article)]|//*[@aria-hidden='true']"
    "|//*[@role='navigation' or @role='banner' or @role='contentinfo' or @role='search' or @role='dialog'"
    " or @role='alert' or @role='complementary' or @role='doc-bibliography' or @role='menu']"
)
_JUNK = re.compile(
    r"(?:^|[\s_-])(?:cookies?|consent|gdpr|share|sharing|social|breadcrumbs?|newsletter|skip-?(?:link|to)|ref(?:erence)?-list"
    r"|related-(?:articles|content)|site-(?:footer|header|nav)|page-footer|navbar|menu|advert(?:isement)?|metrics"
    r"|citation-tools|pagination)(?=$|[\s_-])",
    re.IGNORECASE,
)
_REFERENCES = re.compile(r"[\d.\s]*(?:references?|bibliography|literature cited|works cited)\W*", re.IGNORECASE)
_INLINE = frozenset({"hi", "ref", "del", "lb", "graphic", "code"})


def find_blocks(page: html.HtmlElement, title: str | None, remarks: list[str]) -> Iterator[Block]:
    """The main text's blocks in order, each in the page's own words, without its title and its references."""
    own = squeezed(shown(page))
    if any(_REFERENCES.fullmatch(clean(shown(heading))) for heading in page.iter("h1", "h2", "h3", "h4", "h5", "h6")):
        remarks.append("the list of references was left out")
    _prune(page, remarks)
    skipped = 0
    for part in (part for element in _main_text(page) for part in _parts(element)):
        if skipped and (not part.level or part.level > skipped):
            continue
        skipped = part.level if part.level and _REFERENCES.fullmatch(part.text) else 0
        named = part.level and title and squeezed(part.text) == squeezed(title)
        if not skipped and not named and squeezed(part.text) in own:
            yield part


def _prune(page: html.HtmlElement, remarks: list[str]) -> None:
    """Take out what stands around a main text, and tables, unless most of the page is in it."""
    for formula in list(page.iter("math")):
        symbols = formula.xpath(".//*[self::mi or self::mn or self::mo or self::mtext]/text()")
        formula.tail = "".join(symbols) + (formula.tail or "")
        formula.drop_tree()
    whole = len(squeezed(shown(page)))
    junk = [element for element in page.iter() if _JUNK.search(f"{element.get('class', '')} {element.get('id', '')}")]
    for element in [*page.xpath(_AROUND), *junk]:
        small = 2 * len(squeezed(shown(element))) <= whole or element.find(".//p") is None
        if element.tag not in {"html", "body", "main", "article"} and small:
            _drop(element)
    tables = [table for table in page.iter("table") if 2 * len(squeezed(shown(table))) <= whole]
    for table in tables:
        _drop(table)
    if tables:
        remarks.append("1 table was left out" if len(tables) == 1 else f"{len(tables)} tables were left out")


def _drop(element: html.HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _main_text(page: html.HtmlElement) -> Iterable[etree._Element]:
    from trafilatura import bare_extraction

    document: Any = bare_extraction(
        page, fast=True, favor_recall=True, include_comments=False, include_tables=True, output_format="xml"
    )
    return () if document is None else document.body


def _parts(element: etree._Element) -> Iterator[Block]:
    """The blocks of an element of the extracted text: its own words between the elements within that are blocks."""
    level = int((element.get("rend") or "h2")[1:]) if element.tag == "head" else 0
    text = element.text or ""
    for child in element:
        if child.tag in _INLINE:
            text += " " if child.tag == "lb" else "".join(map(str, child.itertext()))
        else:
            yield from block(text, level)
            yield from _parts(child)
            text = ""
        text += child.tail or ""
    yield from block(text, level)
