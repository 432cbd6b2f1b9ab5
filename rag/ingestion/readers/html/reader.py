"""Saved web pages as headings and paragraphs: one page is one source.

Nothing is fetched: no link, image, style sheet, or frame of the page is followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rag.errors import ReadingError
from rag.ingestion.readers.base import Reading
from rag.ingestion.readers.html.imprint import read_imprint
from rag.ingestion.readers.html.main_text import find_blocks
from rag.ingestion.readers.html.marks import settle_marks
from rag.ingestion.readers.html.page import open_page


class HtmlReader:
    """Reads one saved web page as one source."""

    format = "html"

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    def read(self, path: Path) -> Iterator[Reading]:
        """The one reading of a page: what its `<meta>` elements say, headings (levels 1 to 6) and paragraphs.

        Raises:
            ReadingError: too large, not in the encoding it says, or without a main text.
        """
        page = open_page(path, self._max_bytes)
        settle_marks(page)
        imprint = read_imprint(page)
        remarks = list(imprint.remarks)
        blocks = tuple(find_blocks(page, imprint.title, remarks))
        if not any(part.level == 0 for part in blocks):
            raise ReadingError(f"{path}: the page has no main text", mend="save the page as it is shown, with its text")
        yield replace(imprint, blocks=blocks, remarks=tuple(remarks))
