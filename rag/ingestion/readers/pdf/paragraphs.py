"""Paragraphs from the lines of columns: where one begins, words cut by hyphens, and what a break had cut.

Labels of figures and stray numbers are left out.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.ingestion.readers.pdf.lines import MARKER, Line

CAPTION = re.compile(r"(?:supplementary )?(?:fig(?:ure|\.)|picture|scheme|table|box)\s*\w{1,4}\b", re.IGNORECASE)
_END = 60  # letters at the end of a text in which to look for how it ends
_FINISHED = re.compile(r"[.!?:;…][\"”’')\]]*[\s\d,–-]*$")
_BROKEN = re.compile(r"([^\W\d_]+)[-‐]$")
WORD = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")
_TAILS = frozenset("based related specific dependent associated induced controlled treated blind reported".split())


@dataclass(frozen=True, slots=True)
class Paragraph:
    lines: tuple[Line, ...]
    text: str
    first: bool
    """Whether it begins a column."""
    full: bool
    """Whether its last line reaches the right edge of its column."""
    heading: bool = False

    @property
    def size(self) -> float:
        return statistics.median(line.size for line in self.lines)


@dataclass(frozen=True, slots=True)
class Type:
    """The document's own habits: the size of its body text, its distance from line to line, and its words."""

    body: float
    leading: float
    words: Counter[str]


def manner_of(columns: list[list[Line]]) -> Type:
    """The habits of a document whose columns are these lines."""
    sizes: Counter[float] = Counter()
    words: Counter[str] = Counter()
    for line in (line for column in columns for line in column):
        sizes[line.size] += len(line.text)
        words.update(word.replace("‐", "-") for word in WORD.findall(line.text.lower()))
    body = max(sizes, key=lambda size: sizes[size], default=10.0)
    steps = Counter(
        round(2 * (above.baseline - below.baseline)) / 2
        for column in columns
        for above, below in pairwise(column)
        if above.size == below.size == body and 0.8 * body < above.baseline - below.baseline < 3 * body
    )
    return Type(body, steps.most_common(1)[0][0] if steps else 1.2 * body, words)


def column_paragraphs(lines: list[Line], manner: Type) -> Iterator[Paragraph]:
    """The paragraphs of one column."""
    if not lines:
        return
    edge = max(line.right for line in lines)
    start = 0
    for index in range(1, len(lines) + 1):
        if index == len(lines) or _begins(lines, index, edge, manner):
            part = tuple(lines[start:index])
            last = part[-1]
            yield Paragraph(part, joined(part, manner), start == 0, last.right > edge - 2 * last.size)
            start = index


def _begins(lines: list[Line], index: int, edge: float, manner: Type) -> bool:
    """Whether a line begins a paragraph: by style, distance, indent, bullet, or a line left short before it."""
    above, line = lines[index - 1], lines[index]
    em = line.size
    finished = bool(_FINISHED.search(above.text[-_END:]))
    running = not finished and line.text[0].islower()
    if abs(above.size - em) > 0.08 * em or (above.bold != line.bold and not running):
        return True
    if above.baseline - line.baseline > 1.22 * manner.leading * max(em / manner.body, 0.7) + 0.5:
        return True
    near = [round(other.left) for other in lines[max(0, index - 8) : index + 8] if abs(other.size - em) < 0.1 * em]
    usual = min(Counter(near).most_common(), key=lambda item: (-item[1], item[0]))[0]
    if abs(above.left - usual) < 0.5 * em < abs(line.left - usual) and (finished or line.left < usual):
        return True
    if MARKER.match(line.text) and (finished or line.text[0] in "•▪●○■◦‣"):
        return True
    word = line.text.split()[0]
    width = (line.right - line.left) * (len(word) + 1) / len(line.text)
    return finished and not line.text[0].islower() and above.right + width + 0.5 * em < edge


def joined(lines: Sequence[Line], manner: Type) -> str:
    """The text of lines that follow each other."""
    text = lines[0].text
    for line in lines[1:]:
        text = _continued(text, line.text, manner.words)
    return text


def _continued(before: str, after: str, words: Counter[str]) -> str:
    """Two texts as one, a word cut by a hyphen made whole as the rest of the document writes it."""
    head, tail = _BROKEN.search(before[-_END:]), WORD.match(after)
    if head and tail:
        first, second = head.group(1).lower(), tail.group().lower()
        whole, compound = words[first + second], words[f"{first}-{second}"]
        kept = compound > whole or (not whole and (second in _TAILS or not tail.group()[0].islower()))
        return (before if kept else before[:-1]) + after
    if re.search(r"\S[-‐/–—]$", before[-2:]):
        return before + after
    return f"{before} {after}"


def continued_over_breaks(paragraphs: list[Paragraph], manner: Type) -> list[Paragraph]:
    """Paragraphs without labels, those made whole that a column or page break had cut, past captions and footnotes."""
    whole: list[Paragraph] = []
    open_at: int | None = None
    for paragraph in paragraphs:
        body = abs(paragraph.size - manner.body) <= 0.05 * manner.body and not CAPTION.match(paragraph.text)
        if open_at is not None and body and not paragraph.heading and _continues(whole[open_at], paragraph):
            text = _continued(whole[open_at].text, paragraph.text, manner.words)
            whole[open_at] = replace(whole[open_at], text=text, full=paragraph.full)
            continue
        if _is_label(paragraph, manner):
            continue
        whole.append(paragraph)
        if paragraph.heading:
            open_at = None
        elif body:
            open_at = len(whole) - 1
    return whole


def _continues(before: Paragraph, after: Paragraph) -> bool:
    if not after.first or _FINISHED.search(before.text[-_END:]):
        return False
    return not MARKER.match(after.text) and (before.full or not after.text[0].isupper())


def _is_label(paragraph: Paragraph, manner: Type) -> bool:
    """Whether it is no sentence but a figure's label or a stray number."""
    text = paragraph.text
    if len(text) >= 60:
        return False
    if sum(map(str.isalpha, text)) < 0.35 * len(text.replace(" ", "")):
        return True
    return len(text.split()) <= 4 and paragraph.size < 0.9 * manner.body and not _FINISHED.search(text[-_END:])
