"""Types of diseases, and diseases that a patient is said not to have: what is said of one is not said of another."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rag.naming import conditions_in, unnamed

NOT_THERE = re.compile(
    r"\b(?:no|not|without|never|non|isn't|not on|nor)\s+(?:\w+\s+){0,2}$|\b(?:exclud\w+|ruled? out)\s+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
"""How a text goes on to say that something is not there."""
_FRACTION = r"(?:lv|left ventricular )?e(?:jection )?f(?:raction)?"
_IS_NOW = r"(?:\s*(?:=|:|of|is|was|now|at)){0,2}\s*"
_VESSELS = r"(?:(?:atherosclerotic )?(?:cardiovascular|heart|vascular) disease|atherosclerotic disease|a?s?cvd)"
_EVENT = r"(?:myocardial infarction|heart attack|mi|acute coronary syndrome|(?:ischa?emic )?stroke)"
_STROKE = r"(?:strokes?|tia|transient ischa?emic attacks?)"
_TYPES = tuple(
    {name: re.compile(rf"(?<![\w-])(?:{words})(?!\w)", re.IGNORECASE) for name, words in family.items()}
    for family in (
        {
            "type 1 diabetes": r"(?:type|t)[ -]?(?:1|one|i)(?: \w+)? diabet\w+|(?:type|t)[ -]?1 ?dm?|type 1 or 2",
            "type 2 diabetes": r"(?:type|t)[ -]?(?:2|two|ii)(?: \w+)? diabet\w+|(?:type|t)[ -]?2 ?dm?|type 1 or 2",
        },
        {
            "reduced ejection fraction": rf"hfref|(?:reduced|reduced or preserved) {_FRACTION}|systolic heart failure"
            rf"|{_FRACTION}{_IS_NOW}(?:below |under |<|≤)?\s*(?:[1-3]\d|40)(?=\s?(?:%|$|[,.;]|or less))",
            "preserved ejection fraction": rf"hfpef|preserved {_FRACTION}|diastolic heart failure"
            rf"|{_FRACTION}{_IS_NOW}(?:above |over |>|≥)?\s*[5-7]\d(?=\s?(?:%|$|[,.;]|or more))",
        },
        {
            "primary prevention": rf"primary prevention|(?:without|no) (?:known |established |history of )?{_VESSELS}",
            "secondary prevention": rf"secondary prevention|after (?:an? |his |her |my |the )?(?:\w+ )?{_EVENT}"
            rf"|(?:previous|prior|history of) {_EVENT}|(?:established|known) {_VESSELS}",
        },
        {
            "atrial fibrillation": r"atrial (?:fibrillation|flutter)|af",
            "mechanical heart valves": r"(?:mechanical|prosthetic|artificial)(?: (?:heart|mitral|aortic))? valves?",
            "venous thromboembolism": r"venous thrombo\w+|vte|dvt|deep[- ]vein thromb\w+|pulmonary embol\w+",
            "an earlier stroke": rf"(?:after|following|since) (?:an? |his |her |my |the )?(?:\w+ ){{0,2}}{_STROKE}"
            rf"|acute (?:\w+ )?{_STROKE}",
        },
        {
            "community-acquired pneumonia": r"community[- ]acquired|cap",
            "hospital-acquired pneumonia": r"hospital[- ]acquired|nosocomial|ventilator-associated|hap|vap",
        },
        {
            "rheumatoid arthritis": r"rheumatoid arthritis",
            "psoriatic arthritis": r"psoriatic arthritis",
            "osteoarthritis": r"osteoarthritis",
            "axial spondyloarthritis": r"(?:axial )?spondyloarthritis|ankylosing spondylitis|axspa",
            "gout": r"gout\w*",
        },
    )
)
"""Diseases of which what is said of one type is not said of another."""
_LISTED_AS_NOT_THERE = re.compile(
    r"\b(?:without|exclud\w+)\s+(?:[\w-]+\s+){1,7}?(?:or|and|nor)\s+(?:an?\s+)?$", re.IGNORECASE
)
_WHETHER_OR_NOT = re.compile(r"\b(?:or|and) without\s+(?:\w+\s+)?$", re.IGNORECASE)
_LACKS = re.compile(
    r"\b(?:without|(?:do|does) not have|not having|free of|(?:has|have|and|but) no)\s+"
    r"(?:(?:any|an?|known|overt|established|previous|prior)\s+)?(?P<what>[\w-]+(?:\s[\w-]+){0,3})",
    re.IGNORECASE,
)
_FOR_ALL = re.compile(
    r"\b(?:(?:and|or) without|regardless of|irrespective of|independent(?:ly)? of|whether or not|whatever)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:without|exclud\w+|free of)\b[^,.;()]*|\bno (?:history of |known )?[\w-]+(?: [\w-]+)?", re.IGNORECASE
)


def other_type(question: str, sentence: str, population: str) -> str | None:
    """Why a sentence is about another type of a disease than a question; of a sentence that names none, its source's
    people count."""
    for family in _TYPES:
        mine = _types_in(question, family)
        theirs = _types_in(sentence, family) or _types_in(population, family)
        if mine and theirs and not mine & theirs:
            return f"is about {' and '.join(sorted(theirs))}"
    return None


def _types_in(text: str, family: Mapping[str, re.Pattern[str]]) -> frozenset[str]:
    """The types of a disease that a text speaks of, not only to say that patients may have it or not."""
    return frozenset(
        name
        for name, words in family.items()
        for found in words.finditer(text)
        if not any(
            pattern.search(text[: found.start()]) for pattern in (NOT_THERE, _LISTED_AS_NOT_THERE, _WHETHER_OR_NOT)
        )
    )


def with_what_is_lacking(question: str, sentence: str, population: str) -> str | None:
    """Why a sentence is about patients with a disease that the question's patient is said not to have."""
    lacking = {
        name
        for lack in _LACKS.finditer(question)
        if not _WHETHER_OR_NOT.search(question[: lack.start("what")])
        for name in conditions_in(lack["what"])
    }
    for name in sorted(lacking):
        for text in (sentence, population):
            if _FOR_ALL.search(text):
                break
            if not unnamed(name, [_DENIED.sub(" ", text)]):
                return f"is about people with {name}"
            if not unnamed(name, [text]):
                break
    return None
