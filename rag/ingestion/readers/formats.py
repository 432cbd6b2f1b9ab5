"""Which reader takes a file: told by its first bytes, and by its name where those say nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from rag.errors import ReadingError
from rag.ingestion.readers.base import Reader, opened
from rag.ingestion.readers.html import HtmlReader
from rag.ingestion.readers.jats import JatsReader
from rag.ingestion.readers.json_lines import JsonLinesReader
from rag.ingestion.readers.markdown import MarkdownReader
from rag.ingestion.readers.pdf import PdfReader
from rag.ingestion.readers.plain_text import PlainTextReader
from rag.ingestion.readers.pubmed import PubMedReader
from rag.ingestion.readers.records import BibtexReader, RisReader
from rag.ingestion.readers.xml import root_name

KNOWN = "Markdown, plain text, HTML, PDF, JATS XML, PubMed XML, JSON lines, RIS, BibTeX; each also as .gz"
_XML_ROOTS = {
    "pubmedarticleset": "pubmed",
    "pubmedarticle": "pubmed",
    "article": "jats",
    "pmc-articleset": "jats",
    "oai-pmh": "jats",
}
_SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "json",
    ".ndjson": "json",
    ".ris": "ris",
    ".bib": "bibtex",
    ".bibtex": "bibtex",
}


def _name_of_format(path: Path, start: bytes) -> str | None:
    if start.startswith(b"%PDF-") or path.suffix.lower() == ".pdf":
        return "pdf"
    root = root_name(start) if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" else ""
    if root == "html" or b"<!doctype html" in start[:1024].lower():
        return "html"
    if root in _XML_ROOTS:
        return _XML_ROOTS[root]
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return _SUFFIXES.get(suffixes[-1]) if suffixes else None


def reader_for(path: Path, *, max_bytes: int, field_map: Mapping[str, str] | None = None) -> Reader:
    """The reader of a file.

    Args:
        path: the file; it is opened to see what it is.
        max_bytes: the largest file that is read as a whole.
        field_map: for JSON lines, see `JsonLinesReader`.

    Raises:
        ReadingError: it cannot be opened, is empty, or is of no format known here.
    """
    if os.path.isdir(path):
        raise ReadingError(f"{path}: is a folder", mend=f"name the files in it, such as {path}/*")
    with opened(path) as stream:
        start = stream.read(8192)
    if not start.strip():
        raise ReadingError(f"{path}: the file is empty")
    name = _name_of_format(path, start)
    if name is None:
        raise ReadingError(f"{path}: the format is not known", value=path.suffix or "no extension", mend=KNOWN)
    readers: dict[str, Reader] = {
        "pdf": PdfReader(max_bytes),
        "html": HtmlReader(max_bytes),
        "jats": JatsReader(max_bytes),
        "pubmed": PubMedReader(),
        "json": JsonLinesReader(field_map),
        "markdown": MarkdownReader(max_bytes),
        "text": PlainTextReader(max_bytes),
        "ris": RisReader(max_bytes),
        "bibtex": BibtexReader(max_bytes),
    }
    return readers[name]
