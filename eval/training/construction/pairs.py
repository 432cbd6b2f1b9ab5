"""What is built and what it is built from: pairs, documents, changes. It holds no rule of language."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Label = Literal["supports", "neutral", "refutes"]
Split = Literal["train", "held_rules", "held_documents"]
LABELS: tuple[Label, ...] = ("supports", "neutral", "refutes")

# A changed stretch travels between these two marks, so that no later rewording can touch or drop it unseen.
OPEN, CLOSE = "⟦", "⟧"
_MARKS = re.compile(f"[{OPEN}{CLOSE}]")
_ARTICLE = re.compile(rf"\b([Aa])n?( {OPEN}?)(?=([A-Za-z]\w*))")
_CONSONANT_SOUND = re.compile(r"(?:uni[^nm]|use|usu|eu|one|once|ut[ei])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of the training file: evidence, claim, label, and by which rule from which document it was made."""

    passage: str
    claim: str
    label: Label
    rule: str
    family: str
    source: str
    split: Split


@dataclass(frozen=True, slots=True)
class Source:
    """One abstract or passage: its sentences in order, the abbreviations it defines, whether it is held out."""

    name: str
    sentences: tuple[str, ...]
    held: bool = False
    abbreviations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """`text[start:end]` replaced by `new`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Scene:
    """What a rule may look at beside the sentence: its source, the words of near sources, the chance it draws from."""

    source: Source
    chance: random.Random
    terms: dict[str, list[str]] = field(default_factory=dict)


Finder = Callable[[str, Scene], Iterator[Change]]
Rewording = Callable[[str, Scene], "str | None"]


@dataclass(frozen=True, slots=True)
class Flip:
    """A rule that changes what a sentence says. `label` is what the changed claim is to the unchanged evidence;
    `back` is what the unchanged claim is to the changed evidence, None where that is not certain."""

    name: str
    family: str
    label: Label
    find: Finder
    back: Label | None
    held: bool = False


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A rule that says the same, or less, in other words."""

    name: str
    family: str
    apply: Rewording
    held: bool = False


def with_change(text: str, change: Change) -> tuple[str, str]:
    """The text before and after one change, the changed stretch between marks in both, articles mended."""
    before = f"{text[: change.start]}{OPEN}{text[change.start : change.end]}{CLOSE}{text[change.end :]}"
    after = f"{text[: change.start]}{OPEN}{change.new}{CLOSE}{text[change.end :]}"
    return before, mend_articles(after)


def mend_articles(text: str) -> str:
    """The text with "a" or "an" fitted to the marked word that follows it; unmarked words keep their article."""

    def fitted(found: re.Match[str]) -> str:
        if OPEN not in found[2]:
            return found[0]
        word = found[3]
        vowel = word[0].lower() in "aeiou" and not _CONSONANT_SOUND.match(word)
        return found[1] + ("n" if vowel else "") + found[2]

    return _ARTICLE.sub(fitted, text)


def unmarked(text: str) -> str:
    """The text without marks."""
    return _MARKS.sub("", text)
