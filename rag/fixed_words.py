"""The program's own words in an answer: what it says of sentences, or of what was not found, no model words.

Texts only. Whether one of them is true of its sentences is decided by the rule that chooses it, and by the verifier.
"""

from __future__ import annotations

from rag.types import Kind

WHOLE = "this question"
"""What stands for the topic of a claim that has none."""


def reverse_text(topic: str, denied: str) -> str:
    """The fixed words of a claim of the relation `reverse`."""
    return f"{capital(topic)}: the cited sentence describes the reverse of “{denied}”."


def denies_text(premise: str) -> str:
    """The fixed words of a claim of the relation `denies`: the question takes a thing for granted that is not so."""
    return f"The question takes it that “{premise}”; the cited sentence says otherwise."


def agree_text(topic: str) -> str:
    """The fixed words for two sentences that point the same way."""
    return f"{capital(topic)}: the cited guideline and research sentences agree on what relieves or provokes it."


def accord_text(topic: str, guideline_year: int, strength: str | None, study_year: int) -> str:
    """The fixed words for a guideline's and a study's sentence that point the same way."""
    stated = f", {strength} recommendation" if strength else ""
    named = f"the cited guideline ({guideline_year}{stated}) and the cited study ({study_year})"
    return f"{capital(topic)}: {named} point the same way."


def diverge_text(topic: str) -> str:
    """The fixed words for two sentences that point opposite ways, or whose sources are known to conflict."""
    return f"{capital(topic)}: the cited guideline and research sentences differ."


def differ_within_text(topic: str, kind: Kind) -> str:
    """The fixed words for sentences of one kind whose sources are on record as conflicting with each other."""
    noun = "guidelines" if kind == "guideline" else "studies"
    return f"{capital(topic)}: the cited {noun} are on record as differing from each other; read them side by side."


def both_text(topic: str) -> str:
    """The fixed words for two sentences that rules cannot compare."""
    return f"{capital(topic)}: both halves have statements; whether they agree cannot be told by rules alone."


def capital(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def uncovered_text(population: str) -> str:
    """The fixed words for patients of whom no cited sentence speaks."""
    return f"None of the cited sentences speaks of “{population}”, nor does the record of their sources."


def other_age_text(age: int) -> str:
    """The fixed words for sources that were not made of people of the patient's age."""
    return f"By their records, the sources named here are about people of other ages than {age} years."
