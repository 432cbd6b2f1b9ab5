"""A PDF file as pages of positioned lines: glyphs to words, words to stretches of one line of type.

Only the text layer is read: no OCR, no figures, nothing that is not upright. PDFium is not thread-safe: one at a time.
"""

from __future__ import annotations

import importlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from ctypes import addressof, c_double, create_string_buffer
from math import hypot
from pathlib import Path
from typing import Any, NamedTuple

from rag.errors import ReadingError
from rag.ingestion.readers.pdf.lines import Line, Page

_BOLD = re.compile(r"bold|black|heavy|demi|-medi|cmbx|[.-]b$", re.IGNORECASE)
_HYPHENS = frozenset({0x02, 0xAD, 0xFFFE})  # how PDFium gives a hyphen at a line end


def extract(path: Path, content: bytes) -> tuple[list[Page], dict[str, str], list[str]]:
    """The lines of every page, the metadata, and remarks on pages that could not be read."""
    pdfium: Any = importlib.import_module("pypdfium2")
    pages, unread, empty = [], [], []
    try:
        with closing(pdfium.PdfDocument(content)) as document:
            metadata = document.get_metadata_dict()
            for number in range(len(document)):
                try:
                    pages.append(_page(pdfium.raw, document, number))
                except pdfium.PdfiumError:
                    pages.append(Page(0, 0, ()))
                    unread.append(str(number + 1))
                    continue
                if not pages[-1].lines:
                    empty.append(str(number + 1))
    except pdfium.PdfiumError as error:
        if error.err_code in {pdfium.raw.FPDF_ERR_PASSWORD, pdfium.raw.FPDF_ERR_SECURITY}:
            raise ReadingError(f"{path}: the PDF is encrypted", mend="save a copy without a password") from error
        raise ReadingError(f"{path}: not a PDF, or damaged", value=error, mend="fetch it again") from error
    if len(unread) == len(pages):
        raise ReadingError(f"{path}: none of the PDF's pages can be read", mend="fetch it again")
    remarks = [f"page {', '.join(unread)} is damaged and left out"] if unread else []
    return pages, metadata, remarks + ([f"page {', '.join(empty)} has no text"] if empty else [])


def _page(raw: Any, document: Any, number: int) -> Page:
    with closing(document[number]) as page, closing(page.get_textpage()) as text_page:
        quarter = page.get_rotation() // 90
        left, bottom, right, top = _turned(page.get_bbox(), quarter)
        lines = [
            line
            for line in _lines(_Words(raw, text_page, quarter))
            if left <= (line.left + line.right) / 2 <= right and bottom <= line.baseline <= top
        ]
        return Page(bottom, top, tuple(lines))


def _turned(box: tuple[float, float, float, float], quarter: int) -> tuple[float, float, float, float]:
    """A box (left, bottom, right, top) on a page shown turned clockwise by quarters."""
    for _ in range(quarter):
        box = box[1], -box[2], box[3], -box[0]
    return box


class _Word(NamedTuple):
    """A word with its place; one without a place (`size` 0) is a space or, as a line feed, a break."""

    text: str
    left: float = 0
    right: float = 0
    baseline: float = 0
    size: float = 0
    bold: bool = False


class _Words:
    """The upright words of a page in the order of the file. PDFium is asked for few places: it answers slowly."""

    def __init__(self, raw: Any, text_page: Any, quarter: int) -> None:
        self._raw, self._page, self._quarter = raw, text_page.raw, quarter
        self._count: int = text_page.count_chars()
        self._styles: dict[int, tuple[float, float, bool]] = {}

    def __iter__(self) -> Iterator[_Word]:
        letters: list[tuple[int, str]] = []
        for index in range(self._count):
            code = self._raw.FPDFText_GetUnicode(self._page, index)
            text = "-" if code in _HYPHENS else chr(code)
            if not text.isspace():
                if code and not (code == 0xAD and self._box(index)[2] <= self._box(index)[0]):
                    letters.append((index, text))
                if code not in _HYPHENS:
                    continue
            if letters:
                yield from self._placed(letters)
                letters = []
            if text.isspace():
                yield _Word("\n" if text in "\r\n" else " ")
        if letters:
            yield from self._placed(letters)

    def _box(self, index: int) -> tuple[float, float, float, float]:
        box = self._raw.FS_RECTF()
        self._raw.FPDFText_GetLooseCharBox(self._page, index, box)
        return _turned((box.left, box.bottom, box.right, box.top), self._quarter)

    def _placed(self, letters: list[tuple[int, str]]) -> Iterator[_Word]:
        """Letters as a word; one by one where the last does not stand to the right of the first."""
        holder = self._raw.FPDFText_GetTextObject(self._page, letters[0][0])
        if not holder:
            return
        address = addressof(holder.contents)
        if address not in self._styles:
            self._styles[address] = _style(self._raw, self._page, letters[0][0], self._quarter)
        baseline, size, bold = self._styles[address]
        first, last = self._box(letters[0][0]), self._box(letters[-1][0])
        if len(letters) > 1 and size and (last[2] <= first[0] or abs(last[1] - first[1]) > 0.8 * size):
            for letter in letters:
                yield from self._placed([letter])
        elif size:
            text = "".join(text for _, text in letters)
            yield _Word(text, first[0], max(first[2], last[2]), baseline, size, bold)


def _style(raw: Any, page: Any, index: int, quarter: int) -> tuple[float, float, bool]:
    """Baseline, size in points, and whether it is bold, of a run of type; size 0 where it is not upright."""
    matrix, name, x, y = raw.FS_MATRIX(), create_string_buffer(128), c_double(), c_double()
    raw.FPDFText_GetMatrix(page, index, matrix)
    along, across = matrix.a, matrix.b
    for _ in range(quarter):
        along, across = across, -along
    if along <= 0 or abs(across) > 0.1 * along or not raw.FPDFText_GetCharOrigin(page, index, x, y):
        return 0.0, 0.0, False
    raw.FPDFText_GetFontInfo(page, index, name, 128, None)
    size = raw.FPDFText_GetFontSize(page, index) * hypot(matrix.c, matrix.d)
    baseline = _turned((x.value, y.value, x.value, y.value), quarter)[1]
    return baseline, round(size, 1), bool(_BOLD.search(name.value.decode("utf-8", "replace")))


def _lines(words: Iterable[_Word]) -> Iterator[Line]:
    """Stretches of type: cut at line ends, at gaps of about a letter's height, and where the type jumps."""
    run: list[_Word] = []
    last = None
    for word in words:
        if last is not None and (word.text == "\n" or (word.size and _apart(last, word))):
            yield _line(run)
            run, last = [], None
        if word.size:
            raised = last is not None and word.size < 0.8 * last.size
            last = last._replace(right=max(last.right, word.right)) if last is not None and raised else word
        if run or word.size:
            run.append(word)
    if run:
        yield _line(run)


def _apart(last: _Word, word: _Word) -> bool:
    size = max(last.size, word.size)
    gap = word.left - last.right
    return abs(word.baseline - last.baseline) > 0.5 * size or gap > 0.9 * size or gap < -0.9 * size


def _line(run: list[_Word]) -> Line:
    placed = [word for word in run if word.size]
    sizes: Counter[float] = Counter()
    for word in placed:
        sizes[word.size] += len(word.text)
    size = sizes.most_common(1)[0][0]
    return Line(
        text="".join(word.text for word in run).strip(),
        left=min(word.left for word in placed),
        right=max(word.right for word in placed),
        baseline=next(word.baseline for word in placed if word.size == size),
        size=size,
        bold=all(word.bold for word in placed if any(map(str.isalpha, word.text))),
    )
