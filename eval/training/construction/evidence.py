"""Which sentences a claim is shown with: its own, a window, the abstract, its neighbours, or a near abstract."""

from __future__ import annotations

import random
from collections.abc import Sequence

import bm25s

from eval.training.construction.overlap import coverage, stems
from eval.training.construction.pairs import Source

_WIDEST_WORDS = 190
_SAID_ALREADY = 0.5
_BANDS = ("sentence", "window", "abstract")
_BAND_SHARES = (35, 35, 30)


def draw_band(chance: random.Random) -> str:
    """One of the three lengths of evidence."""
    return chance.choices(_BANDS, _BAND_SHARES)[0]


def around(source: Source, place: int, sentence: str, band: str, chance: random.Random) -> list[str]:
    """The sentences of a passage about `place`, with `sentence` standing there; never above about 190 words."""
    sentences = list(source.sentences)
    sentences[place] = sentence
    if band == "sentence":
        return [sentence]
    width = chance.randint(2, 4) if band == "window" else len(sentences)
    first = (
        max(0, min(place - chance.randrange(min(width, place + 1)), len(sentences) - width)) if band == "window" else 0
    )
    last = min(len(sentences), first + width)
    while _words(sentences[first:last]) > _WIDEST_WORDS and last - first > 1:
        if place - first > last - 1 - place:
            first += 1
        else:
            last -= 1
    return sentences[first:last]


def alone_in_saying(passage: Sequence[str], sentence: str, claims: Sequence[str]) -> bool:
    """Whether no other sentence of the passage says as much of the claims as would matter."""
    return all(other == sentence or coverage(claim, other) < _SAID_ALREADY for other in passage for claim in claims)


def without(source: Source, place: int, claim: str, band: str, chance: random.Random) -> list[str] | None:
    """Neighbouring sentences, or the rest of the abstract, where they do not settle the claim; else None."""
    rest = [other for index, other in enumerate(source.sentences) if index != place]
    if not rest:
        return None
    if band == "sentence":
        return _unsettling(
            [
                max(
                    rest,
                    key=lambda other: (coverage(claim, other) if coverage(claim, other) < _SAID_ALREADY else 0, other),
                )
            ],
            claim,
        )
    if band == "window":
        width = min(len(rest), chance.randint(2, 4))
        first = max(0, min(place - chance.randrange(width + 1), len(rest) - width))
        return _unsettling(rest[first : first + width], claim)
    return _unsettling(_cut(rest), claim)


def from_near(near: Sequence[Source], claim: str, band: str, chance: random.Random) -> list[str] | None:
    """Sentences of a near abstract that share words with the claim and do not settle it; else None."""
    ranked = sorted(near, key=lambda other: -len(stems(claim) & stems(" ".join(other.sentences))))
    for other in ranked[:2]:
        best = max(range(len(other.sentences)), key=lambda place: (coverage(claim, other.sentences[place]), -place))
        found = _unsettling(around(other, best, other.sentences[best], band, chance), claim)
        if found:
            return found
    return None


def _unsettling(passage: list[str], claim: str) -> list[str] | None:
    """The passage, unless a sentence has half of the claim's words or the whole has more than 72 in a hundred."""
    if (
        any(coverage(claim, sentence) >= _SAID_ALREADY for sentence in passage)
        or coverage(claim, " ".join(passage)) > 0.72
    ):
        return None
    return passage


def _cut(sentences: list[str]) -> list[str]:
    while _words(sentences) > _WIDEST_WORDS and len(sentences) > 1:
        sentences = sentences[:-1]
    return sentences


def _words(sentences: Sequence[str]) -> int:
    return sum(len(sentence.split()) for sentence in sentences)


def near_sources(sources: Sequence[Source], count: int = 6) -> list[list[Source]]:
    """For each source its nearest others by BM25 on the same side of the hold-out, best first."""
    texts = [" ".join(source.sentences) for source in sources]
    tokens = bm25s.tokenize(texts, stopwords="en", show_progress=False)
    index = bm25s.BM25()
    index.index(tokens, show_progress=False)
    found, _ = index.retrieve(tokens, k=min(count + 4, len(sources)), show_progress=False, n_threads=1)
    near = []
    for place, row in enumerate(found):
        others = [sources[int(other)] for other in row if int(other) != place]
        apart = [other for other in others if other.name != sources[place].name and other.held == sources[place].held]
        near.append(apart[:count])
    return near
