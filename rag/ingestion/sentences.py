"""Sentences with exact offsets, by the `sentencex` segmenter.

The segmenter's own abbreviations are kept, and a few of medical writing that it does not know are added by joining
what it cut after them.
"""

from __future__ import annotations

import re

from sentencex import get_sentence_boundaries

from rag.types import Sentence

_UNFINISHED = re.compile(
    r"(?:^|[\s(])(?:approx|vit|max|min|resp|incl|excl|wt|engl|med|rheum|clin|surg|assoc|[A-Z])\.\s*$",
    re.IGNORECASE,
)
_ONE_CAPITAL = re.compile(r"(?:^|\s)[A-Z]\.\s*$")
_GRADED = re.compile(
    r"\b(?:grade|level|class|type|stage|vitamin|hepatitis|group|category)\s+[A-Z]\.\s*$", re.IGNORECASE
)


def _joined(before: str, after: str) -> bool:
    """Whether the cut between two pieces falls after an abbreviation, so that they are one sentence."""
    if not _UNFINISHED.search(before) or _GRADED.search(before):
        return False
    if _ONE_CAPITAL.search(before):
        return bool(re.match(r"[A-Z][a-z]*\.|[a-z(]", after))
    return True


def sentence_spans(text: str, start: int = 0) -> list[Sentence]:
    """The sentences of a stretch of running text.

    Args:
        text: the stretch, without headings.
        start: its offset in the document; the sentences' offsets count from there.

    Returns:
        Sentences in order, each without surrounding white space, never empty.
    """
    pieces: list[list[int]] = []
    for piece in get_sentence_boundaries("en", text):
        begin, end = int(piece["start_index"]), int(piece["end_index"])
        if pieces and _joined(text[pieces[-1][0] : pieces[-1][1]], text[begin:end]):
            pieces[-1][1] = end
        else:
            pieces.append([begin, end])
    spans = []
    for begin, end in pieces:
        body = text[begin:end]
        first = begin + len(body) - len(body.lstrip())
        last = begin + len(body.rstrip())
        if last > first:
            spans.append(Sentence(start + first, start + last))
    return spans
