"""Evidence too long to be read at once: cut into windows at the ends of sentences, and their verdicts joined."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from rag.models.base import Probabilities

OVERLAP_TOKENS = 64
MOST_WINDOWS = 256
_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*\s+|\n\s*")


def windows(text: str, tokens: Sequence[tuple[int, int]], room: int) -> list[str]:
    """Windows of at most `room` tokens that together hold the whole text, in its order; none if it takes more than 256.

    A window ends where a sentence ends, and the next begins with the sentences of its last `OVERLAP_TOKENS` tokens. A
    sentence longer than the room is cut after `room` tokens, with that overlap.

    Args:
        text: the evidence.
        tokens: start and end of each of its tokens, in characters.
        room: most tokens of a window.
    """
    if len(tokens) <= room:
        return [text]
    if len(tokens) > MOST_WINDOWS * room:
        return []
    starts = [start for start, _ in tokens]
    ends = sorted({bisect_left(starts, match.end()) for match in _SENTENCE_END.finditer(text)})
    overlap = min(OVERLAP_TOKENS, room // 2)
    found, first = [], 0
    while first + room < len(tokens):
        inside = [end for end in ends if first < end <= first + room]
        last = inside[-1] if inside else first + room
        found.append(text[starts[first] : tokens[last - 1][1]])
        first = next((end for end in inside if end >= last - overlap), last - overlap)
    found.append(text[starts[first] :])
    return found if len(found) <= MOST_WINDOWS else []


def joined(rows: Probabilities) -> Probabilities:
    """One row for the windows of a passage, shape (windows, 3) -> (3,).

    The row of the window that supports most; but that of the window that refutes most, where this one is surer.
    """
    supporting, refuting = rows[np.argmax(rows[:, 0])], rows[np.argmax(rows[:, 2])]
    row: Probabilities = refuting if refuting[2] > supporting[0] else supporting
    return row
