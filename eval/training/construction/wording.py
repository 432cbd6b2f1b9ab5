"""Other words for the same: general synonyms, direction synonyms, and the abbreviations a source itself defines."""

from __future__ import annotations

import re

from eval.training.construction.pairs import CLOSE, OPEN, Rewrite, Scene, unmarked
from eval.training.construction.words import table

_SYNONYMS: dict[str, str] = table("synonyms")
_DIRECTIONS: dict[str, list[str]] = table("direction_synonyms")
_WORD = re.compile(
    rf"(?<![\w{OPEN}-])({'|'.join(sorted(map(re.escape, _SYNONYMS), key=len, reverse=True))})(?![\w{CLOSE}-])"
)
_DIRECTION_WORD = re.compile(
    rf"(?<![\w-])({'|'.join(sorted(_DIRECTIONS, key=len, reverse=True))})(?![\w-])(?! (?:if|order))"
)
_ENDS_THERE = r"[.,]| (?:in|of|by|with|from|to|after|during|and|or|at|on|over|for|as|than|among|when|between|only)\b"
_NOUN_VERBS = re.compile(r"\b(?:an?|the|in|of|with|by|no) $")


def use_synonyms(text: str, scene: Scene) -> str | None:
    """Each listed word replaced with two chances in three; changed stretches are left alone."""

    def chosen(found: re.Match[str]) -> str:
        inside = text.rfind(OPEN, 0, found.start()) > text.rfind(CLOSE, 0, found.start())
        return found[0] if inside or scene.chance.random() < 0.33 else _SYNONYMS[found[1]]

    new = _WORD.sub(chosen, text)
    return new if new != text else None


def use_direction_synonyms(text: str, scene: Scene) -> str:
    """An unmarked claim with its direction words said in another way, each with one chance in two."""

    def chosen(found: re.Match[str]) -> str:
        noun = found[1].endswith("es") and _NOUN_VERBS.search(text[: found.start()])
        before, after = text[: found.start()], text[found.end() :]
        stated = re.search(r"\b(?:is|are|was|were|be|been|not) (?:\w+ly )?$", before)
        if re.match(_ENDS_THERE, after) and not stated:
            return found[0]
        if noun or re.search(r"\ban? $", before) or scene.chance.random() < 0.5:
            return found[0]
        return scene.chance.choice(_DIRECTIONS[found[1]])

    return _DIRECTION_WORD.sub(chosen, unmarked(text))


def expand_abbreviation(text: str, scene: Scene) -> str | None:
    """An abbreviation written out as its source defines it."""
    new = text
    for short, long in scene.source.abbreviations:
        new = re.sub(rf"(?<![\w{OPEN}/-]){re.escape(short)}(?![\w{CLOSE}/-])", long, new, count=1)
    return new if new != text else None


def abbreviate(text: str, scene: Scene) -> str | None:
    """A long form cut to the abbreviation its source defines."""
    new = text
    for short, long in scene.source.abbreviations:
        new = re.sub(rf"(?<![\w{OPEN}-]){re.escape(long)}(?![\w{CLOSE}-])", short, new, flags=re.IGNORECASE)
    return new if new != text else None


_DEFINED = re.compile(r"\(([A-Z][A-Za-z0-9-]{1,8})\)")


def abbreviations_of(sentences: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(short, long) pairs that the sentences define as "long form (LF)"; initials must match one by one."""
    found: dict[str, str] = {}
    for sentence in sentences:
        for match in _DEFINED.finditer(sentence):
            letters = [letter.lower() for letter in match[1] if letter.isalpha() and letter.isupper()]
            before = re.findall(r"[A-Za-z0-9'’-]+|[^\w\s]", sentence[: match.start()])
            long = before[-len(letters) :] if len(letters) >= 2 else []
            if (
                long
                and len(long) == len(letters)
                and all(w[0].lower() == c for w, c in zip(long, letters, strict=True))
            ):
                plain = " ".join(long)
                found.setdefault(
                    match[1],
                    plain if plain[0].islower() or not plain.split()[0][1:].islower() else plain[0].lower() + plain[1:],
                )
    return tuple(found.items())


REWRITES = (
    Rewrite("synonyms", "wording", use_synonyms),
    Rewrite("abbreviation_expanded", "wording", expand_abbreviation),
    Rewrite("abbreviated", "wording", abbreviate),
)
