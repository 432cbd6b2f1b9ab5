"""JATS and PMC XML: articles with their sections.

Kept: abstract, body, captions. Left out: tables, displayed formulas, references, supplements, and numeric citation
marks, which are no words of the sentences they stand in. Exponents stay exponents. What stands in the article's front
is read in `jats_front`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lxml import etree

from rag.errors import ReadingError
from rag.ingestion.readers.base import Block, Reading, block, counted
from rag.ingestion.readers.jats_front import front_reading
from rag.ingestion.readers.xml import (
    RECORD_MAX_BYTES,
    elements,
    entity_text,
    last_character,
    local,
    math_text,
    subscript,
    superscript,
    too_deep,
)

_FLOATS = frozenset("fig fig-group table-wrap table-wrap-group boxed-text".split())
_IN_ORDER = frozenset("list def-list disp-quote statement verse-group preformat code".split())
_APART = _FLOATS | _IN_ORDER
_FORMULAS = frozenset(("disp-formula", "disp-formula-group"))
_WITHOUT_GAP = frozenset("inline-graphic object-id label fn index-term inline-supplementary-material rp rt".split())
_GRAPHIC = frozenset("supplementary-material media graphic table array alt-text long-desc".split())
_ASIDE = frozenset("fn-group table-wrap-foot ref-list permissions attrib sec-meta".split())
_LEFT_OUT = _WITHOUT_GAP | _FORMULAS | _GRAPHIC | _ASIDE
_LINES = frozenset("p title sec list-item def term verse-line speech speaker".split())
_NOTICES = frozenset(("retraction", "correction", "expression-of-concern", "addendum"))
_OPEN, _CLOSE, _GAP = "\x02", "\x03", "\x04"
_NUMERIC = re.compile(r"[\s\d,;–—\-\[\]()*†‡§]+")
_MARK = re.compile(r"[\W\d_]*[A-Za-z]?[\W\d_]*")
_MARKS = frozenset("fn table-fn aff corresp author-notes contrib".split())
_ONE = f"{_OPEN}[^{_CLOSE}]*{_CLOSE}"
_BRACKETED = re.compile(rf" ?[\[(] ?{_ONE}(?: ?(?:[,;–—-]|and)? ?{_ONE})* ?[\])]")
_TEX = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)


def _inline(element: etree._Element, raised: bool = False) -> str:
    """The running text of an element; numeric citations as marks where they can be told from words, and a mark where
    a list or the like stands."""
    parts = [element.text or ""]
    for child in element:
        parts.append(_piece(child, raised, parts))
        parts.append(child.tail or "")
    return "".join(parts)


def _piece(child: etree._Element, raised: bool, before: Sequence[str]) -> str:
    """What an element in running text reads as."""
    name = local(child)
    if name in ("xref", "sup", "sub"):
        return _marked(child, name, raised, before)
    if name in ("math", "tex-math", ""):
        return math_text(child) if name == "math" else _tex(child) if name else entity_text(child)
    if name == "alternatives":
        texts = (_piece(one, raised, before) for one in _by_worth(child))
        return next((text for text in texts if text.strip()), "")
    if name in _APART or name in _LEFT_OUT:
        return _GAP if name in _IN_ORDER else "" if name in _WITHOUT_GAP else " "
    text = _inline(child, raised)
    return f" {text} " if name in _LINES or name == "break" else text


def _marked(child: etree._Element, name: str, raised: bool, before: Sequence[str]) -> str:
    """A reference, or raised or lowered text."""
    if name == "xref":
        return _reference(child, raised)
    if name == "sup":
        return _raised(child, last_character(before))
    return subscript(_inline(child, raised), last_character(before), child.tail or "")


def _by_worth(alternatives: etree._Element) -> list[etree._Element]:
    return sorted(alternatives, key=lambda child: ("math", "textual-form", "tex-math", "").index(_alternative(child)))


def _alternative(child: etree._Element) -> str:
    return local(child) if local(child) in ("math", "textual-form", "tex-math") else ""


def _tex(element: etree._Element) -> str:
    """A TeX formula without the document around it."""
    text = "".join(map(str, element.itertext()))
    found = _TEX.search(text)
    return (found[1] if found else text).replace("$", "").strip()


def _reference(element: etree._Element, raised: bool) -> str:
    """A cross-reference: numeric citations marked, footnote marks dropped, words kept."""
    text = "".join(map(str, element.itertext())).strip()
    kind = element.get("ref-type")
    if kind in _MARKS and _MARK.fullmatch(text):
        return ""
    if kind != "bibr" or not (_NUMERIC.fullmatch(text) and any(character.isdigit() for character in text)):
        return _inline(element, raised)
    if raised or any(local(child) == "sup" for child in element):
        return ""
    mark = f"{_OPEN}{text.strip('[]()')}{_CLOSE}"
    return f"[{mark}]" if text[0] in "[(" and text[-1] in "])" else mark


def _raised(element: etree._Element, before: str) -> str:
    """Raised text: nothing where it is citations, an exponent where it is one, else as it is."""
    cites = next(element.iter("xref"), None) is not None
    text = _inline(element, raised=True)
    return "" if cites and _NUMERIC.fullmatch(text or " ") else superscript(text, before)


def _words(element: etree._Element) -> str:
    """Running text without its numeric citations: all in one bracket go, one in the run of a sentence stays."""
    text = _BRACKETED.sub("", " ".join(_inline(element).split()))
    return text.replace(_OPEN, "").replace(_CLOSE, "")


def _paragraph(element: etree._Element) -> Iterator[Block]:
    """A paragraph, cut where a list or a quotation stands in it; what floats comes after it."""
    apart = list(_apart_in(element))
    ordered = [child for child in apart if local(child) in _IN_ORDER]
    for place, piece in enumerate(_words(element).split(_GAP)):
        if place:
            yield from _apart_blocks(ordered[place - 1])
        if any(character.isalnum() for character in piece):
            yield from block(piece)
    for child in apart:
        if local(child) in _FLOATS:
            yield from _apart_blocks(child)


def _apart_in(element: etree._Element) -> Iterator[etree._Element]:
    """The outermost elements of a paragraph that stand apart, as `_inline` meets them."""
    for child in element:
        name = local(child)
        if name in _APART:
            yield child
        elif name not in _LEFT_OUT and name not in ("xref", "sup", "sub", "math", "tex-math", "alternatives"):
            yield from _apart_in(child)


def _apart_blocks(element: etree._Element) -> Iterator[Block]:
    """The blocks of a list, box, quotation or float; their titles are paragraphs, for no section begins there."""
    if local(element) in ("preformat", "code"):
        yield from block(_words(element))
    else:
        yield from _blocks(element, 0)


def _blocks(element: etree._Element, level: int) -> Iterator[Block]:
    """The blocks of a section; `level` is that of its own heading, 0 for what stands apart."""
    for child in element:
        name = local(child)
        if name == "title":
            title = _words(child).replace(_GAP, " ").strip()
            yield from block(title.removesuffix(":") if level else title, min(level, 6))
        elif name in ("p", "verse-line", "speaker"):
            yield from _paragraph(child)
        elif name == "def-item":
            parts = (_words(part) for part in child if local(part) in ("term", "def"))
            yield from block(": ".join(parts).replace(_GAP, " "))
        elif name in ("sec", "app"):
            yield from _blocks(child, level + 1 if level else 0)
        elif name in _APART:
            yield from _apart_blocks(child)
        elif name and name not in _LEFT_OUT:
            yield from _blocks(child, level)


def _abstract(meta: etree._Element) -> Iterator[Block]:
    for abstract in meta.findall("abstract"):
        if abstract.get("abstract-type") in ("graphical", "teaser", "toc", "precis", "video"):
            continue
        found = tuple(_blocks(abstract, 2))
        if found and found[0].level != 2:
            yield Block("Abstract", 2)
        yield from found


def _floating(article: etree._Element) -> Iterator[Block]:
    """The captions of figures and tables that the file keeps behind the article."""
    floats = article.find("floats-group")
    found = () if floats is None else tuple(_blocks(floats, 0))
    if found:
        yield Block("Figures and tables", 2)
        yield from found


def _remarks(article: etree._Element, body: etree._Element | None) -> Iterator[str]:
    """What was left out."""
    parts = [part for part in (body, article.find("floats-group")) if part is not None]
    tables = sum(1 for part in parts for _ in part.iter("table-wrap"))
    formulas = sum(1 for part in parts for _ in part.iter("disp-formula"))
    if tables:
        yield f"{counted(tables, 'table')} left out, captions kept"
    if formulas:
        yield f"{counted(formulas, 'displayed formula')} left out"
    if body is None:
        yield "has no body, only its abstract"


class JatsReader:
    """Reads the articles of a JATS file or a PMC article set.

    Args:
        max_bytes: the largest article that is read.
    """

    format = "JATS XML"

    def __init__(self, max_bytes: int = RECORD_MAX_BYTES) -> None:
        self._max_bytes = max_bytes

    def read(self, path: Path) -> Iterator[Reading]:
        """Every article, in order; one that is a notice about another has no blocks, and remarks it.

        Raises:
            ReadingError: as for any XML; or there is no article in it.
        """
        count = 0
        for article, read_bytes in elements(path, ("article",), self._max_bytes):
            count += 1
            try:
                reading = self._reading(article, path, read_bytes)
            except RecursionError as error:
                raise too_deep(path) from error
            yield reading
        if not count:
            raise ReadingError(f"{path}: no article in this XML", mend="give JATS or PubMed XML")

    @staticmethod
    def _reading(article: etree._Element, path: Path, read_bytes: int) -> Reading:
        for element in article.iter():
            if isinstance(element.tag, str) and "}" in element.tag and "MathML" not in element.tag:
                element.tag = local(element)
        meta = article.find("front/article-meta")
        if meta is None:
            raise ReadingError(f"{path}: the article has no article-meta", mend="give a whole JATS article")
        kind_of_article = article.get("article-type", "")
        body = article.find("body")
        blocks = (*_abstract(meta), *(() if body is None else _blocks(body, 1)), *_floating(article))
        remarks = list(_remarks(article, body))
        if kind_of_article in _NOTICES:
            blocks, remarks = (), [f"is a notice about another article ({kind_of_article})"]
        front = front_reading(article, meta, _words)
        return replace(front, blocks=blocks, remarks=tuple(remarks), read_bytes=read_bytes)
