"""Terms of medicine and statistics in plain words, for patients.

Fixed texts of our own, in glossary.toml: they state nothing of a source, cite nothing, and hold no digit, so that they
cannot change what an answer says.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Explanation:
    """A term, the words by which it is known, and what it means in general."""

    term: str
    words: re.Pattern[str]
    text: str


@cache
def glossary() -> tuple[Explanation, ...]:
    """All explanations, what is urgent first."""
    terms = tomllib.loads(files("rag.rendering").joinpath("glossary.toml").read_text(encoding="utf-8"))["term"]
    return tuple(
        Explanation(one["name"], re.compile(rf"(?<!\w)(?:{one['words']})(?!\w)", re.IGNORECASE), one["text"])
        for one in terms
    )


def explanations(texts: Iterable[str]) -> tuple[Explanation, ...]:
    """The explanations of the terms that occur in any of the texts."""
    together = "\n".join(texts)
    return tuple(one for one in glossary() if one.words.search(together))
