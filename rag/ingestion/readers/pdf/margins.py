"""The margins of the pages: running headers, running footers and page numbers, found by what recurs, and taken off."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from rag.ingestion.readers.pdf.lines import Line, Page, rows_of

_PAGE_NUMBER = re.compile(r"\W*(?:p\.|page|seite)?\s*(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|/)\s*\d+)?\W*", re.IGNORECASE)
_SURE_PAGES = 3


def without_margins(pages: list[Page]) -> list[Page]:
    """The pages without running headers, running footers and page numbers."""
    counts = Counter(
        key
        for number, page in enumerate(pages)
        for key in {key for side, row, _ in _margin_rows(page) for key in _margin_keys(number, side, row)}
    )
    sizes = Counter(line.size for page in pages for line in page.lines)
    usual = sizes.most_common(1)[0][0]
    same = Counter(place for page in pages for place in {_place(line) for line in page.lines})
    headers = {place for place, count in same.items() if count >= _SURE_PAGES}
    stripped = []
    for number, page in enumerate(pages):
        removed = _recurring(number, page, counts, usual, headers)
        stripped.append(replace(page, lines=tuple(line for line in page.lines if line not in removed)))
    return stripped


def _place(line: Line) -> tuple[str, int]:
    return line.text, round(line.baseline)


def _recurring(
    number: int, page: Page, counts: Counter[tuple[str, int]], usual: float, headers: Set[tuple[str, int]]
) -> set[Line]:
    """The lines of a page's margins that recur on others, from the outside in, as far as a gap parts them off.

    A row in large type may be a chapter's heading, "Chapter 3": it goes only where it is word for word among `headers`.
    """
    removed: set[Line] = set()
    for wanted in (1, -1):
        pending: list[Line] = []
        for side, row, gap in _margin_rows(page):
            large = max(line.size for line in row) > 1.15 * usual and not {_place(line) for line in row} <= headers
            if side != wanted or large:
                continue
            bare = not removed and _PAGE_NUMBER.fullmatch(" ".join(line.text for line in row))
            if not bare and all(counts[key] < 2 for key in _margin_keys(number, side, row)):
                break
            pending += row
            if gap >= 1.5 * row[0].size:
                removed.update(pending)
    return removed


def _margin_rows(page: Page) -> Iterator[tuple[int, list[Line], float]]:
    """Up to three rows of each margin from the outside in: side (1 top, -1 bottom), row, and the gap inside of it."""
    rows, depth = rows_of(page.lines), 0.15 * (page.top - page.bottom)
    for side, ordered in ((1, rows), (-1, rows[::-1])):
        for row, inner in zip(ordered[:3], [*ordered[1:4], None], strict=False):
            edge = page.top if side == 1 else page.bottom
            if abs(edge - row[0].baseline) <= depth:
                yield side, row, abs(row[0].baseline - inner[0].baseline) if inner else depth


def _margin_keys(number: int, side: int, row: Sequence[Line]) -> Iterator[tuple[str, int]]:
    """What would recur if the row were a running header: its text up to digits in its place, its page number."""
    for line in row:
        yield re.sub(r"\d+", "#", line.text), round(line.baseline)
    for figure in {row[0].text.split()[0], row[-1].text.split()[-1]}:
        if figure.isdecimal():
            yield f"number {side}", int(figure) - number
