"""Raised text and citation marks, settled in the tree of a page before its main text is sought.

Exponents become superscript characters, citation and footnote marks go, any other raised text joins its word. What a
link says counts only with where it leads: a number in brackets that leads nowhere stays.
"""

from __future__ import annotations

import re

from lxml import etree, html

from rag.ingestion.readers.html.raised import BRACKETED_NUMBERS, MARK, NUMBERS, is_listed, is_power, settle_text
from rag.ingestion.readers.xml import superscript

_INLINE = frozenset(
    "a abbr b bdi bdo big cite code del dfn em font i ins kbd label mark q s samp small span strong sub sup tt u var"
    " xref".split()
)
_LONGEST = 40  # characters of a raised text, and of what is looked at before it
_RAISED = "//span[contains(translate(@style, ' ', ''), 'vertical-align:super')]"
_OUTERMOST = "//sup[not(ancestor::sup)]"
_REFERENCE = re.compile(r"ref|cit|bib|bbs|note|\bfn|^(?:bb?|r|rf|cr?|en?)[-_.]?\d", re.IGNORECASE)
_EXHIBIT = re.compile(r"(?:fig|tab|eq|sec|box|app|sup|[fts]\d)", re.IGNORECASE)
_BETWEEN = r"\s,;–—−\-"
_NAMED = re.compile(
    r"\b(?:refs?\.?|references?|see|table|fig(?:ure|s?\.)|box|section|equation|appendix|chapter|step)"
    rf"\s*[\[(]?[\d{_BETWEEN}]*$",
    re.IGNORECASE,
)
_OPEN = re.compile(rf"\[[{_BETWEEN}\d{MARK}]*$")
_SPENT = (
    rf"(?:\[(?=[^\[\]]*{MARK})[{_BETWEEN}\d{MARK}]*\]|\((?=[^()]*{MARK})[{_BETWEEN}{MARK}]*\)"
    rf"|{MARK}(?:[{_BETWEEN}]*{MARK})*)"
)
_TAKEN_OUT = re.compile(rf"(?<!\s)\s*{_SPENT}(?=[\s.,;:!?)\]])|{_SPENT}")


def settle_marks(page: html.HtmlElement) -> None:
    """Leave no raised text in a page: exponents as characters, citation marks taken out, the rest as plain text."""
    _settle_powers(page)
    for element in page.xpath(_RAISED):
        element.tag = "sup"
    for element in page.xpath(_OUTERMOST):
        _settle(element)
    for link in page.xpath("//a[contains(@href, '#')]"):
        if _is_citation(link):
            _replace(link, MARK)
    etree.strip_tags(page, "sup")
    for element in page.iter():
        if MARK in (element.text or ""):
            element.text = _TAKEN_OUT.sub(_take_out, element.text)
        if MARK in (element.tail or ""):
            element.tail = _TAKEN_OUT.sub(_take_out, element.tail)


def _settle_powers(page: html.HtmlElement) -> None:
    """The exponents of formulas in MathML."""
    for power in page.iter("msup"):
        if len(power) == 2:
            text = power[1].text_content()
            settled = superscript(text, power[0].text_content().strip())
            if settled != text:
                power[1].clear()
                power[1].tag, power[1].text = "mn", settled


def _settle(raised: html.HtmlElement) -> None:
    text = raised.text_content()
    if 0 < len(text.strip()) <= _LONGEST:
        start, end = (" " if edge.isspace() else "" for edge in (text[0], text[-1]))
        _replace(raised, start + _settled(raised, text) + end)


def _settled(raised: html.HtmlElement, text: str) -> str:
    before, targets = _before(raised), _targets(raised)
    if any("#" in target for target in targets) and is_listed(text):
        own = (raised.text or "").strip(" ,;")
        return superscript(own) + MARK if NUMBERS.fullmatch(own) and is_power(own, before) else MARK
    if targets and NUMBERS.fullmatch(text.strip()) and not before.rstrip()[-1:].isdecimal():
        return MARK
    return settle_text(text, before, _after(raised))


def _targets(raised: html.HtmlElement) -> list[str]:
    """Where the links in raised text lead, or the link around it where that has no words beside raised ones."""
    links = raised.xpath(".//a")
    for link in raised.xpath("ancestor::a[1]"):
        if not any(letter.isalnum() for text in link.xpath(".//text()[not(ancestor::sup)]") for letter in text):
            links.append(link)
    return [link.get("href") or "" for link in links]


def _is_citation(link: html.HtmlElement) -> bool:
    """Whether a link that is not raised is a citation by number, and no word of its sentence ("see reference 12")."""
    text, fragment = link.text_content().strip(), (link.get("href") or "").rpartition("#")[2]
    bracketed = bool(BRACKETED_NUMBERS.fullmatch(text))
    if not bracketed and not NUMBERS.fullmatch(text):
        return False
    before = _before(link)
    bracketed = (bracketed or bool(_OPEN.search(before))) and not _EXHIBIT.match(fragment)
    return bool(fragment) and (bracketed or bool(_REFERENCE.search(fragment))) and not _NAMED.search(before)


def _before(element: html.HtmlElement) -> str:
    """The text before an element in its block, as far back as is looked at."""
    text = ""
    while len(text) < _LONGEST:
        previous = element.getprevious()
        if previous is None:
            parent = element.getparent()
            if parent is None:
                break
            text = (parent.text or "") + text
            if parent.tag not in _INLINE:
                break
            element = parent
            continue
        text = (previous.tail or "") + text
        if previous.tag not in _INLINE:
            break
        text, element = previous.text_content() + text, previous
    return text[-_LONGEST:]


def _after(element: html.HtmlElement) -> str:
    """The text that follows an element directly."""
    while not element.tail and element.getnext() is None and element.getparent().tag in _INLINE:
        element = element.getparent()
    return element.tail or ""


def _replace(element: html.HtmlElement, text: str) -> None:
    """Make an element raised text of its own; where it is a mark, also those around it that hold no words with it."""
    tail = element.tail
    element.clear()
    element.tag, element.text, element.tail = "sup", text, tail
    while MARK in text:
        element = element.getparent()
        if element.tag not in _INLINE or any(letter.isalnum() for part in element.itertext() for letter in part):
            break
        element.tag = "sup"


def _take_out(found: re.Match[str]) -> str:
    """What stays where a mark is taken out: a space, where nothing else stood between two words."""
    before, after = found.string[max(found.start() - 1, 0) : found.start()], found.string[found.end() : found.end() + 1]
    return " " if before.isalnum() and after.isalnum() else ""
