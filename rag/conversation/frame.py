"""The frame of a question: what it names, ready to be put into another question, or to take something in.

A question is edited where its mentions stand; nothing is worded anew beyond "with", "in" and "for".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.conversation.mentions import Mention, MentionKind, Vocabulary, guessed_subject, listed, pattern_of

_LEAD = re.compile(
    r"^(?:(?:so|and|or|but|then|ok(?:ay)?|please|thanks|thank you|well|now|also|hi|hello)\b[,.!]?\s+)+", re.IGNORECASE
)
_ASKING = re.compile(
    r"^(?:is|are|was|can|could|does|do|did|might|may|would|should|which|what|how|when|why|where|who|at what|for how "
    r"long)\b"
    r"(?:\s+(?:is|are|was|were|the|my|a|an|of|i|we|you|do|does|did|should|can|be|much|many|long|often|about)\b)*\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A question's text and its mentions, in their order."""

    text: str
    mentions: tuple[Mention, ...]

    @classmethod
    def of(cls, text: str, vocabulary: Vocabulary) -> Frame:
        """The frame of a text."""
        return cls(text, vocabulary.find(text))

    @classmethod
    def last_of(cls, text: str, vocabulary: Vocabulary) -> Frame:
        """As `of`, for a question that another one follows: where it names nothing known, what it seems to be about."""
        frame = cls.of(text, vocabulary)
        if frame.has("condition", "treatment", "test", "trial"):
            return frame
        guess = guessed_subject(text)
        if guess is None or any(one.start < guess.end and guess.start < one.end for one in frame.mentions):
            return frame
        return cls(text, tuple(sorted((*frame.mentions, guess), key=lambda one: one.start)))

    def named(self, *kinds: MentionKind) -> tuple[Mention, ...]:
        """Its mentions of some kinds; people of whom nothing is said ("patients") are none."""
        return tuple(
            one for one in self.mentions if one.kind in kinds and not (one.kind == "population" and is_anyone(one.text))
        )

    def has(self, *kinds: MentionKind) -> bool:
        """Whether it names anything of some kinds."""
        return bool(self.named(*kinds))

    @property
    def conditions(self) -> tuple[Mention, ...]:
        """The conditions it is about, each once; a symptom only where nothing else is named."""
        found = distinct(self.named("condition"))
        main = [one for one in found if not one.beside and not pattern_of("symptom").fullmatch(one.text)]
        return tuple(one for one in found if one in main or one.beside) if main else found

    @property
    def treatment(self) -> str:
        """The treatment it names first, or the word that it has for any ("drugs"), or nothing."""
        named = self.named("treatment")
        if named:
            return named[0].inner
        any_one = re.search(
            rf"(?:\b(?:first-line|second-line|drug|initial|preventive)\s)*\b(?:{'|'.join(listed('stands_for_treatment'))})\b",
            self.text,
            re.I,
        )
        return any_one[0] if any_one else ""

    @property
    def comparator(self) -> str:
        """The treatment that the first is held against, or nothing."""
        named = self.named("treatment")
        if len(named) > 1 and re.search(
            r"\b(?:than|versus|vs|compared|or|over|against)\b", self.text[named[0].end : named[1].start], re.I
        ):
            return named[1].inner
        return ""

    def replaced(self, mention: Mention, by: str) -> str:
        """The text with other words in the place of one of its mentions."""
        return f"{self.text[: mention.start]}{by}{self.text[mention.end :]}"


def is_anyone(text: str) -> bool:
    """Whether words for people say nothing of them."""
    return pattern_of("anyone").fullmatch(text) is not None


def without_mark(text: str) -> str:
    """A question without its closing marks."""
    return text.strip().rstrip(" ?.!,;:")


def without_lead(text: str) -> str:
    """A question without what leads over to it ("and", "OK, so")."""
    return _LEAD.sub("", text.strip())


def as_question(text: str) -> str:
    """A text as a question: first letter in upper case, spaces single, one question mark."""
    plain = without_mark(" ".join(text.split()))
    return f"{plain[:1].upper()}{plain[1:]}?"


def joined(names: Iterable[str], word: str = "and") -> str:
    """Names in a row: "a, b and c", each once."""
    once = list(dict.fromkeys(names))
    return f" {word} ".join([", ".join(once[:-1]), once[-1]]) if len(once) > 1 else "".join(once)


def lowered(text: str) -> str:
    """A text for the middle of a sentence: its first letter small, unless its first word is an abbreviation."""
    return text[:1].lower() + text[1:] if len(text) > 1 and text[1].islower() else text


def with_added(text: str, phrase: str) -> str:
    """A question with a phrase at its end."""
    return f"{without_mark(text)} {phrase.strip()}" if phrase.strip() else text


def core_of(frame: Frame) -> str:
    """What a question is about, without the words that ask; of one completed with brackets, what stands in them."""
    bracketed = re.search(r"\(([^()]*)\)", frame.text)
    plain = bracketed[1] if bracketed else without_mark(frame.text)
    return _ASKING.sub("", plain) or plain


def distinct(mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """Mentions each once, by their key."""
    return tuple({one.key: one for one in reversed(mentions)}.values())[::-1]
