"""The columns of the pages in reading order, and their whole lines; rows of tables are left out and counted.

Layout is judged by geometry as in the recursive X-Y cut (Nagy & Seth, 1984), with lines that run across a gutter as
separators.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from rag.ingestion.readers.pdf.lines import Line, Page, rows_of, whole_line

_LEADERS = re.compile(r"(?:\.\s?){5,}")
_UNEVEN_PT = 2.5


def _gutter(lines: Sequence[Line], known: Collection[int] = ()) -> tuple[int, float] | None:
    """The left edge of the column right of the best gutter, and the gutter's width; None for one column.

    Where other pages have a column at one of the `known` edges, one line beside another there is enough.
    """
    span = max((line.right for line in lines), default=0) - min((line.left for line in lines), default=0)
    edges = Counter(round(line.left) for line in lines)
    best: tuple[int, int, float] | None = None
    for edge in (edge for edge, count in edges.items() if count >= 3 or edge in known):
        left = [line for line in lines if line.right <= edge]
        right = [line for line in lines if line.left >= edge - 1]
        beside = [line for line in left if any(abs(line.baseline - o.baseline) < 0.8 * line.size for o in right)]
        if len(beside) < (1 if edge in known else 3) or (best and len(beside) <= best[0]):
            continue
        widths = [statistics.median(line.right - line.left for line in part) for part in (beside, right)]
        if edge in known or min(widths) >= 0.15 * span:
            inner = max(line.right for line in beside)
            # What is most often there may be the indent of the column's paragraphs.
            outer = min((round(line.left) for line in lines if line.left >= inner + 0.5 * line.size), default=edge)
            best = len(beside), outer, outer - inner
    return best[1:] if best else None


def columns_of(pages: Sequence[Page]) -> Iterator[list[Line]]:
    """The columns of all pages in reading order."""
    cuts = [_gutter(page.lines) for page in pages]
    known = {cut[0] + shift for cut in cuts if cut for shift in (-1, 0, 1)}
    for page, cut in zip(pages, cuts, strict=True):
        yield from _regions(page.lines, cut or _gutter(page.lines, known))


def _regions(lines: Sequence[Line], cut: tuple[int, float] | None) -> list[list[Line]]:
    """The columns of a page in reading order; lines across the gutter divide it into bands, each read left first."""
    if cut is None:
        return [list(lines)] if lines else []
    edge, width = cut
    regions: list[list[Line]] = []
    full: list[Line] = []
    sides: tuple[list[Line], list[Line]] = ([], [])
    for row in rows_of(lines):
        crosses = any(line.left < edge - 2 < edge + 2 < line.right for line in row) or any(
            second.left - first.right < width for first, second in pairwise(row) if first.right < edge < second.left - 3
        )
        if crosses and any(sides):
            regions += _band(full, *sides)
            full, sides = [], ([], [])
        for line in row:
            (full if crosses else sides[line.left >= edge - 2]).append(line)
    return regions + _band(full, *sides)


def _band(full: list[Line], left: list[Line], right: list[Line]) -> list[list[Line]]:
    """The regions of one band: its full-width head, with what still belongs to that, then its columns."""
    if not left or not right:
        return [region for region in ([*full, *left, *right],) if region]
    start = max(line.baseline for line in right)
    head = [line for line in left if line.baseline > start + 0.5 * line.size] if full else []
    left = [line for line in left if line not in head]
    return [
        region
        for region in ([*full, *head], *_regions(left, _gutter(left)), *_regions(right, _gutter(right)))
        if region
    ]


def _stretched(row: Sequence[Line], edge: float) -> bool:
    """Whether a row is a line of words that was only spaced out to reach the column's edge: by equal gaps."""
    gaps = [second.left - first.right for first, second in pairwise(row)]
    words = all(" " not in line.text for line in row)
    even = max(gaps, default=0.0) - min(gaps, default=0.0) <= _UNEVEN_PT
    narrow = len(gaps) > 1 or max(gaps, default=0.0) <= 3 * row[0].size
    return words and even and narrow and row[-1].right >= edge - _UNEVEN_PT


def column_lines(region: Iterable[Line]) -> tuple[list[Line], int]:
    """The whole lines of a region from the top down, and how many rows of tables were left out."""
    found = rows_of(region)
    lines = [whole_line(row) for row in found]
    edge = max((line.right for line in lines), default=0.0)
    tabular = [len(line.cells) > 1 and not _stretched(row, edge) for line, row in zip(lines, found, strict=True)]
    rows = {index for index, line in enumerate(lines) if _LEADERS.search(line.text)}
    for index, (above, below) in enumerate(pairwise(lines)):
        shared = any(abs(one - other) <= 3 for one in above.cells[1:] for other in below.cells[1:])
        if tabular[index] and tabular[index + 1] and (shared or min(len(above.cells), len(below.cells)) > 2):
            rows |= {index, index + 1}
    return [line for index, line in enumerate(lines) if index not in rows], len(rows)
