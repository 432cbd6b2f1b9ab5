"""Which paragraphs are headings, and of what level: by size, weight, capitals, numbers, and the usual names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from rag.ingestion.readers.pdf.lines import MARKER
from rag.ingestion.readers.pdf.paragraphs import CAPTION, Paragraph, Type

_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)\.?\s+\S")
SECTIONS = frozenset(
    "abstract summary introduction background objective objectives aim aims methods method results findings discussion"
    " conclusion conclusions references bibliography acknowledgements acknowledgments limitations funding keywords"
    " interpretation recommendations".split()
) | {"materials and methods", "patients and methods", "competing interests", "conflicts of interest"}


def is_heading(paragraph: Paragraph, manner: Type) -> bool:
    """Whether a paragraph is a heading: short, and in large type, of a usual name, bold, in capitals, or numbered."""
    text, size = paragraph.text, paragraph.size
    if len(text) > 200 or len(paragraph.lines) > 4 or CAPTION.match(text) or sum(map(str.isalpha, text)) < 3:
        return False
    if size >= 1.1 * manner.body:
        return True
    bare = re.sub(r"^[\d.\s]+", "", text).strip(" :").casefold()
    if bare in SECTIONS:
        return True
    if len(text) > 120 or text.endswith((".", ",", ";")) or size < 0.9 * manner.body or MARKER.match(text[0] + " "):
        return False
    numbered = _NUMBERED.match(text)
    return all(line.bold for line in paragraph.lines) or text.isupper() or bool(numbered and "." in numbered.group(1))


def _style_of(paragraph: Paragraph) -> tuple[float, bool, bool]:
    return round(paragraph.size), paragraph.lines[0].bold, paragraph.text.isupper()


def heading_levels(paragraphs: Iterable[Paragraph]) -> dict[tuple[float, bool, bool], int]:
    """The level of each style of heading: the largest that is used more than once first, then bold, then capitals."""
    counts = Counter(_style_of(paragraph) for paragraph in paragraphs if paragraph.heading)
    usual = sorted((style for style in counts if counts[style] > 1), reverse=True)
    ranks = {style: min(rank, 3) for rank, style in enumerate(usual, 1)}
    return {style: ranks.get(style) or sum(other > style for other in usual[:2]) + 1 for style in counts}


def level_of(paragraph: Paragraph, levels: dict[tuple[float, bool, bool], int]) -> int:
    """The level of a heading, by its number where it has one, else by its style; 0 for any other paragraph."""
    if not paragraph.heading:
        return 0
    numbered = _NUMBERED.match(paragraph.text)
    return min(numbered.group(1).count(".") + 1, 3) if numbered else levels[_style_of(paragraph)]
