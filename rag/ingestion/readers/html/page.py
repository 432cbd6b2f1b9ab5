"""A saved page: its bytes as characters, its characters as a tree, and the words it shows.

What encoding a page is in is what it says, or UTF-8; no encoding is guessed. Nothing is fetched.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from lxml import etree, html

from rag.errors import ReadingError
from rag.ingestion.readers.base import clean, read_bounded

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(rb"<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# As browsers read them (WHATWG Encoding Standard): Latin-1 and ASCII are Windows-1252, and bytes are never UTF-16.
_AS_BROWSERS = {"iso8859-1": "cp1252", "ascii": "cp1252", "utf-16": "utf-8", "utf-16-le": "utf-8", "utf-16-be": "utf-8"}
_MEND = "save it as UTF-8"


def open_page(path: Path, max_bytes: int) -> html.HtmlElement:
    """The tree of a saved page, without its comments.

    Raises:
        ReadingError: too large, not in the encoding it says, or empty.
    """
    return _parsed(path, _decoded(path, read_bounded(path, max_bytes)))


def _decoded(path: Path, content: bytes) -> str:
    """The page's characters by its byte order mark, by what it declares at its head, or else by UTF-8."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded_as(path, content[len(mark) :], encoding)
    declared = _DECLARED.search(content[:4096])
    encoding = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    try:
        encoding = _AS_BROWSERS.get(codecs.lookup(encoding).name, encoding)
    except LookupError as error:
        raise ReadingError(f"{path}: the page is in an unknown encoding", value=encoding, mend=_MEND) from error
    return _decoded_as(path, content, encoding)


def _decoded_as(path: Path, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (UnicodeError, LookupError) as error:
        raise ReadingError(f"{path}: the page is not in its encoding, {encoding}", value=error, mend=_MEND) from error


def _parsed(path: Path, text: str) -> html.HtmlElement:
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    try:
        return html.document_fromstring(text.replace("\0", "").encode(), parser=parser)
    except etree.LxmlError as error:
        raise ReadingError(f"{path}: the page has no main text", value=error) from error


def shown(element: html.HtmlElement) -> str:
    """The words of an element, scripts and styles aside."""
    return "".join(map(str, element.xpath(".//text()[not(parent::script or parent::style or parent::noscript)]")))


def squeezed(text: str) -> str:
    return clean(text).replace(" ", "")
