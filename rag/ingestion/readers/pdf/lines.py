"""Lines of type with their place on a page, and which of them stand side by side.

Lengths are PDF points, y grows upwards. What a line says is never judged here but for bullets and numbers before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

MARKER = re.compile(r"(?:[•▪●○■◦‣–-]|\[\d{1,3}\]|\(?(?:\d{1,3}|[a-z]|[ivx]+)[.)])(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of one line of type; `cells` are the left edges of its parts with wide gaps between them."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    cells: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page in the order of the file, and the lower and upper edge of what is shown."""

    bottom: float
    top: float
    lines: tuple[Line, ...]


def rows_of(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines that stand side by side, top row first, each row from left to right; raised and lowered type with it."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: -line.baseline):
        above = max(rows[-1], key=lambda other: other.size) if rows else None
        reach = 0.4 if above and 0.8 < above.size / line.size < 1.25 else 0.6
        if above and above.baseline - line.baseline <= reach * max(above.size, line.size):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def whole_line(row: list[Line]) -> Line:
    """The parts of a row as one line."""
    main = max(row, key=lambda line: (line.size, len(line.text)))
    text, cells = row[0].text, [row[0].left]
    for before, after in pairwise(row):
        gap = after.left - before.right
        text += (" " if gap > 0.15 * main.size else "") + after.text
        if gap > 1.5 * main.size and not (len(cells) == 1 and MARKER.fullmatch(before.text)):
            cells.append(after.left)
    edge = max(line.right for line in row)
    return replace(main, text=text, left=row[0].left, right=edge, cells=tuple(cells), bold=all(p.bold for p in row))
