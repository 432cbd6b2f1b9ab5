"""Objections: what a rule holds against a claim, with the fault's name and the words that clash.

Rules on words come in a fixed order: can the claim be read at all; its figures; negation, direction and strength; what
it says relieves or provokes; what it names. The first that objects decides. No model is asked here. Rules are loaded
when first asked: a claim in its source's own words need not wait for their patterns.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer import Fault, Support
from rag.text import terms
from rag.verification.relief import relief_fault

LONGEST_CLAIM_CHARS = 600
"""What is longer is no single statement, and a model would read only its beginning."""
MOST_SENTENCES = 20
"""A statement that leans on more sentences than these can find its words somewhere among them, whatever it says."""
_ELSEWHERE = frozenset(("population", "time"))
"""Kinds of polarity fault by which a claim speaks of something else, rather than against its sentences."""
_READ_SCRIPTS = ("LATIN", "GREEK", "MICRO", "OHM", "FEMININE", "MASCULINE", "MODIFIER")


@dataclass(frozen=True, slots=True)
class Objection:
    """A fault, its reason in words, and what it leaves of the claim's support."""

    fault: Fault
    reason: str
    support: Support = "none"


def objection_to_words(text: str, sentences: Sequence[str], about: Sequence[str] = ()) -> Objection | None:
    """What the rules hold against a claim's words, given its sentences; or None.

    Args:
        text: the claim.
        sentences: its cited sentences: figures, negations and directions are held against these alone.
        about: what tells what they speak of: the titles and headings they stand under, the sentence before them.
    """
    checks = (_unreadable, _figures, _polarity, _relief)
    return next((found for check in checks if (found := check(text, sentences))), None) or _names(
        text, [*sentences, *about]
    )


def _unreadable(text: str, sentences: Sequence[str]) -> Objection | None:
    """Too long, on too much, without a word, in letters of another script, or without a word of its sentences."""
    if len(sentences) > MOST_SENTENCES:
        why = f"cites {len(sentences)} sentences; one statement rests on at most {MOST_SENTENCES}"
        return Objection("unsupported", why)
    if len(text) > LONGEST_CLAIM_CHARS:
        why = f"has {len(text)} characters; one statement that can be checked has at most {LONGEST_CLAIM_CHARS}"
        return Objection("unsupported", why)
    foreign = _foreign_letters(text) - {letter for sentence in sentences for letter in sentence}
    if foreign:
        shown = "".join(sorted(foreign)[:10])
        return Objection("unsupported", f"has letters that the cited sentences do not have: {shown}")
    mine = set(terms(text))
    if not mine:
        return Objection("unsupported", "has no word that can be held against the cited sentences")
    if mine.isdisjoint(term for sentence in sentences for term in terms(sentence)):
        return Objection("unsupported", f"not in the cited sentences: any word of “{_shortened(text)}”")
    return None


def _foreign_letters(text: str) -> set[str]:
    letters = {letter for letter in text if letter.isalpha() and not letter.isascii()}
    return {letter for letter in letters if not unicodedata.name(letter, "").startswith(_READ_SCRIPTS)}


def _figures(text: str, sentences: Sequence[str]) -> Objection | None:
    from rag.verification.figures import figure_fault

    found = figure_fault(text, sentences)
    return Objection("figure_mismatch", found, "contradicted") if found else None


def _polarity(text: str, sentences: Sequence[str]) -> Objection | None:
    from rag.verification.polarity_check import polarity_fault

    found = polarity_fault(text, sentences)
    if found is None:
        return None
    if found.overstated:
        return Objection("overstated", found.reason, "partial")
    return Objection("polarity_mismatch", found.reason, "none" if found.kind in _ELSEWHERE else "contradicted")


def _relief(text: str, sentences: Sequence[str]) -> Objection | None:
    found = relief_fault(text, sentences)
    if found is None:
        return None
    reason, contrary = found
    return Objection("polarity_mismatch", reason, "contradicted") if contrary else Objection("unsupported", reason)


def _names(text: str, read: Sequence[str]) -> Objection | None:
    from rag.naming import unnamed

    foreign = unnamed(text, read)
    return Objection("unsupported", f"names what the cited sentences do not: {', '.join(foreign)}") if foreign else None


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
