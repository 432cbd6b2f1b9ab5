"""Phrases that stand for something named before: "the drug", "these two trials", "the former", "which of them"."""

from __future__ import annotations

import re

from rag.conversation.antecedents import Antecedents
from rag.conversation.frame import core_of, joined, without_mark
from rag.conversation.mentions import MentionKind, listed
from rag.text import STOPWORDS

_KINDS: tuple[MentionKind, ...] = ("treatment", "condition", "test", "trial", "issuer", "population")
_STANDS = "|".join(
    rf"(?P<{kind}>{'|'.join(sorted(listed(f'stands_for_{kind}'), key=len, reverse=True))})" for kind in _KINDS
)
_NOUN_PHRASE = re.compile(
    r"\b(?P<determiner>this|that|these|those|such(?: an?)?|the(?: same)?)\s+(?:two\s+|new\s+|other\s+|original\s+)?"
    rf"(?:{_STANDS})\b(?!\s+(?:of|for|in|on|with)\s+\w)",
    re.IGNORECASE,
)
_THE_TWO = re.compile(
    r"\b(?:(?:the|these|those) two(?: (?:trials|studies|drugs|treatments|options|conditions))?"
    r"|(?:these|those|both) (?:trials|studies))\b(?! of)",
    re.IGNORECASE,
)
_ORDINALS = tuple(
    re.compile(
        rf"\bthe (?:{word}(?: (?:one|option|drug|treatment))?|{place} (?:one|option|drug|treatment)"
        rf"|{place}(?=\??$))(?![-\w])",
        re.IGNORECASE,
    )
    for word, place in (("former", "first"), ("latter", "second"))
)
_WHICH = re.compile(
    r"^which(?: (?:one|of (?:these|those|them|the two)(?: (?:drugs|two|options|treatments))?))?"
    r" (?:is|are|was|were|has|works?|would|should|do|does|causes?|carries)\b",
    re.IGNORECASE,
)
_OF_THESE = re.compile(
    r"\b(?:one|of (?:these|those|them|the two))(?: (?:two|drugs|options|treatments))?\b", re.IGNORECASE
)
_CLAIM = re.compile(
    r"\b(?P<verb>(?:show|support|prov|demonstrat|back)\w*|evidence (?:for|of)|behind)\s+(?:that|this|it|so)$"
    r"|\b(?:is|are|was|were) (?:that|this|it) (?P<based>based on|derived from)$",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"\b(?P<before>(?:this|that|these|those|such an?|such|the) (?:(?:low|high|lower|higher|new|strict)\s)?)"
    r"(?P<noun>[a-z]{4,})\b",
    re.IGNORECASE,
)


def has_stand_in(text: str) -> bool:
    """Whether a question has a phrase that may stand for something named before."""
    return bool(
        any(pattern.search(text) for pattern in (_NOUN_PHRASE, _THE_TWO, _WHICH, *_ORDINALS)) or _CLAIM.search(text)
    )


def stand_ins_named(text: str, known: Antecedents) -> str:
    """A question with what such phrases stand for in their place, where that is known."""
    claim = _CLAIM.search(text)
    if claim:
        verb = "support" if claim["based"] else claim["verb"]
        return f"{text[: claim.start()]}{verb} {core_of(known.last)}"
    for change in (_two, _ordinals, _heads, _noun_phrases, _choices):
        text = change(text, known)
    return text


def _two(text: str, known: Antecedents) -> str:
    for kind in ("trial", "treatment", "condition"):
        names = known.names_of_late(kind)
        if len(names) >= 2:
            return _THE_TWO.sub(joined(names[1::-1]), text)
        if names and kind == "trial":
            break
    return text


def _ordinals(text: str, known: Antecedents) -> str:
    named = known.last.named("treatment") or known.last.named("condition")
    if len(named) >= 2:
        for pattern, mention in zip(_ORDINALS, named, strict=False):
            text = pattern.sub(mention.inner, text)
    return text


def _heads(text: str, known: Antecedents) -> str:
    """ "Such a low target" after "blood pressure target": the noun with the words before it in the last question."""

    def name(match: re.Match[str]) -> str:
        noun = match["noun"]
        if re.fullmatch(_STANDS, noun, re.IGNORECASE):
            return match[0]
        whole = re.search(rf"((?:[a-z-]+ ){{1,3}}){re.escape(noun)}\b", known.last.text, re.IGNORECASE)
        words = [word for word in whole[1].split() if word.lower() not in STOPWORDS] if whole else []
        return f"{match['before']}{' '.join([*words, noun])}" if words else match[0]

    return _HEAD.sub(name, text)


def _noun_phrases(text: str, known: Antecedents) -> str:
    def name(match: re.Match[str]) -> str:
        kind = next((one for one in _KINDS if match[one]), None)
        if kind is None:
            return match[0]
        if kind == "population":
            people = known.nearest("population")
            condition = known.name("condition")
            if people:
                return people.inner
            return f"{match[0]} with {condition}" if condition and not match[kind].startswith("case") else match[0]
        if kind == "treatment" and match["determiner"].lower() in ("these", "those"):
            several = known.treatments()
            return joined(one.inner for one in several) if several else match[0]
        return known.name(kind) or match[0]

    return _NOUN_PHRASE.sub(name, text)


def _choices(text: str, known: Antecedents) -> str:
    """ "Which is safer?" with the treatments named of late as its options."""
    several = known.treatments() if _WHICH.search(text) else ()
    if len(several) < 2:
        return text
    plain = " ".join(without_mark(_OF_THESE.sub("", text, count=1)).split())
    return f"{plain}, {joined((one.inner for one in several), 'or')}"
