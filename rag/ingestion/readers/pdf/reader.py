"""PDF articles and guidelines as headings and paragraphs: glyphs to lines, lines to columns, columns to paragraphs.

Only the text layer is read: no OCR, no figures, no tables (they are left out with a remark), nothing that is not in
the file's own words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rag.errors import ReadingError
from rag.ingestion.readers.base import Block, Reading, block, read_bounded
from rag.ingestion.readers.pdf.columns import column_lines, columns_of
from rag.ingestion.readers.pdf.front import find_doi, find_title, find_year
from rag.ingestion.readers.pdf.headings import heading_levels, is_heading, level_of
from rag.ingestion.readers.pdf.lines import Page
from rag.ingestion.readers.pdf.margins import without_margins
from rag.ingestion.readers.pdf.pages import extract
from rag.ingestion.readers.pdf.paragraphs import column_paragraphs, continued_over_breaks, manner_of


class PdfReader:
    """Reads one PDF as one source."""

    format = "pdf"

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    def read(self, path: Path) -> Iterator[Reading]:
        """The one reading of a PDF: title, year, DOI, headings (levels 1 to 3) and paragraphs in reading order.

        Raises:
            ReadingError: too large, encrypted, damaged, or without any text.
        """
        content = read_bounded(path, self._max_bytes)
        pages, metadata, remarks = extract(path, content)
        if not any(page.lines for page in pages):
            raise ReadingError(f"{path}: the PDF has no text layer", mend="run OCR on it first")
        yield _reading(pages, metadata, remarks)


def _reading(pages: list[Page], metadata: dict[str, str], remarks: list[str]) -> Reading:
    front = "\n".join(line.text for page in pages[:1] for line in page.lines)
    second = "\n".join(line.text for page in pages[1:2] for line in page.lines)
    year = find_year(front, metadata, remarks)
    body = without_margins(pages)
    title = find_title(body[0].lines, metadata.get("Title", ""), front, remarks)
    if title is None:
        remarks.append("no title was found")
    return Reading(
        title=title,
        year=year,
        doi=find_doi(front) or find_doi(second),
        blocks=tuple(_blocks(body, title, remarks)),
        remarks=tuple(remarks),
    )


def _blocks(pages: list[Page], title: str | None, remarks: list[str]) -> Iterator[Block]:
    columns = [column_lines(region) for region in columns_of(pages)]
    tables = sum(count for _, count in columns)
    if tables:
        remarks.append(f"{tables} rows of tables were left out")
    manner = manner_of([lines for lines, _ in columns])
    found = [paragraph for lines, _ in columns for paragraph in column_paragraphs(lines, manner)]
    paragraphs = [replace(paragraph, heading=is_heading(paragraph, manner)) for paragraph in found]
    levels, named = heading_levels(paragraphs), _letters(title or "")
    for paragraph in continued_over_breaks(paragraphs, manner):
        if not title or len(paragraph.text) > 2 * len(title) or _letters(paragraph.text) != named:
            yield from block(paragraph.text, level_of(paragraph, levels))


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
