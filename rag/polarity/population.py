"""About whom a text speaks: age, sex, pregnancy, organ function, type and stage of disease, setting, species.

Each axis is a set of groups that exclude each other. A claim about one group is at fault where its sentences name only
others of that axis, and where it speaks of everyone but its sentences say "only".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

_AXES: Mapping[str, Mapping[str, str]] = {
    "age": {
        "newborns": r"newborns?|neonat\w+",
        "infants": r"infants?|(?<!unborn )bab(?:y|ies)|toddlers?",
        "children": r"child(?!\s?birth|\s?bear)(?:ren)?\b|paediatric\w*|pediatric\w*|boys?|girls?|school-?age\w*"
        r"|juveniles?",
        "adolescents": r"adolescents?|teen(?:s|ager|agers|age)?|youths?",
        "adults": r"adults?|adulthood|middle-aged",
        "older people": r"older (?:people|persons?|patients?|men|women|adults?|individuals?)|elderly|geriatric|seniors"
        r"|(?:aged|age|over) (?:65|70|75|80)\b",
    },
    "sex": {
        "women": r"wom[ae]n|females?|mothers?",
        "men": r"m[ae]n\b|males?|fathers?",
    },
    "pregnancy": {
        "pregnancy": r"pregnan\w+|gravid\w*|antenatal|prenatal|gestation\w*|expectant mothers?",
        "no pregnancy": r"non-?pregnant|not pregnant|outside pregnancy",
        "breastfeeding": r"breast-?feeding|lactati\w+|nursing mothers?",
        "after birth": r"post-?partum|postnatal|after (?:birth|delivery|childbirth)",
    },
    "menopause": {
        "before menopause": r"pre-?menopausal|before (?:the )?menopause",
        "after menopause": r"post-?menopausal|after (?:the )?menopause",
    },
    "kidney or liver disease": {
        "kidney disease": r"(?:kidney|renal) (?:disease|failure|impairment|insufficiency|dysfunction)|ckd|dialysis"
        r"|reduced (?:kidney|renal) function",
        "liver disease": r"(?:liver|hepatic) (?:disease|failure|impairment|insufficiency|dysfunction)|cirrhosis"
        r"|cirrhotic",
        "heart failure": r"(?:heart|cardiac) failure",
        "normal kidney function": r"normal (?:kidney|renal) function",
    },
    "diabetes type": {
        "type 1 diabetes": r"type[ -]?(?:1|i|one) diabet\w+|t1dm?|diabetes (?:mellitus )?type 1",
        "type 2 diabetes": r"type[ -]?(?:2|ii|two) diabet\w+|t2dm?|diabetes (?:mellitus )?type 2",
        "gestational diabetes": r"gestational diabetes",
    },
    "ejection fraction": {
        "reduced ejection fraction": r"reduced (?:(?:or|and) (?:preserved|normal) )?(?:left ventricular )?ejection "
        r"fraction"
        r"|hfref|hfmref|systolic heart failure",
        "preserved ejection fraction": r"preserved (?:(?:or|and) (?:mildly )?reduced )?(?:left ventricular )?"
        r"ejection fraction|hfpef"
        r"|diastolic heart failure",
    },
    "prevention": {
        "primary prevention": r"primary (?:\w+ )?prevention|without (?:established|known|prior"
        r"|previous) (?:\w+ ){0,2}disease",
        "secondary prevention": r"secondary (?:\w+ )?prevention|with (?:established|known|prior"
        r"|previous) (?:\w+ ){0,2}disease",
    },
    "care setting": {
        "outpatients": r"out-?patients?|ambulatory patients|primary care|general practice|community-dwelling",
        "inpatients": r"in-?patients?|hospitali[sz]ed|in hospital|admitted to hospital",
        "intensive care": r"intensive care|icu|critically ill|critical care",
    },
    "ventilation": {
        "ventilated patients": r"(?<!not )(?<!non-)(?:mechanically )?ventilated|receiving (?:invasive "
        r"|mechanical )+ventilation",
        "patients not ventilated": r"non-?ventilated|not (?:mechanically )?ventilated"
        r"|not receiving (?:mechanical )?ventilation"
        r"|without (?:mechanical )?ventilation|not on (?:mechanical )?ventilation",
    },
    "severity": {
        "mild disease": r"mild(?:ly)?(?! to moderate)(?: \w+){0,3} (?:disease|illness|cases?|symptoms|asthma|pain"
        r"|depression|copd|stenosis|covid(?:-19)?)",
        "severe disease": r"severe(?:ly)?(?: \w+){0,3} (?:disease|illness|cases?|symptoms|asthma|pain|depression"
        r"|copd|stenosis|covid(?:-19)?)",
    },
    "symptoms": {
        "people without symptoms": r"asymptomatic|symptom-?free|pre-?symptomatic|without symptoms",
        "people with symptoms": r"(?<!a)(?<!pre)(?<!pre-)symptomatic|with symptoms",
    },
    "disease stage": {
        "early disease": r"early[- ]stage|early disease|stage (?:1|i)\b|localised|localized",
        "advanced disease": r"advanced|late[- ]stage|end-?stage|metastatic|stage (?:4|iv)\b",
    },
    "species": {
        "animals": r"mice|mouse|murine|rats?|rodents?|rabbits?|pigs?|dogs?|monkeys?|macaques?|zebrafish|drosophila"
        r"|animal models?|animals",
        "people": r"humans?|patients?|people|persons?|men|women|adults?|children|participants?|volunteers?"
        r"|individuals?",
        "cells": r"cell (?:lines?|culture)|in vitro|cultured cells",
    },
    "place of care": {
        "general wards": r"(?:general|ordinary|medical) wards?",
        "nursing homes": r"nursing[- ]homes?|care homes?|long-term care facilit\w+",
        "intensive care": r"intensive care|icu|critically ill",
        "hospital": r"in hospital|hospitali[sz]ed (?:adults|patients)|admitted to hospital",
    },
    "descent": {
        "African American people": r"african[- ]americans?|black (?:patients|people|adults|men|women)",
        "Asian people": r"asians?",
        "Hispanic people": r"hispanics?|latin[ox]s?",
        "white people": r"caucasians?|white (?:patients|people|adults|men|women)",
    },
    "fitness for surgery": {
        "people fit for surgery": r"surgical candidates?|(?<!not )candidates? for surgery"
        r"|(?<!un)(?<!not )fit for surgery|operable",
        "people unfit for surgery": r"unfit for surgery|not (?:surgical )?candidates?|inoperable|not fit for surgery",
    },
    "smoking": {
        "smokers": r"(?<!non-)(?<!non)(?<!never )(?<!ex-)(?<!former )smokers?",
        "non-smokers": r"non-?smokers?|never[- ]smok\w+",
    },
    "vaccination": {
        "vaccinated people": r"(?<!un)(?<!non-)(?<!not )vaccinated",
        "unvaccinated people": r"un-?vaccinated|non-?vaccinated|not vaccinated",
    },
}  # fmt: skip
# Groups that may stand for each other: naming one does not exclude the other.
_KIN = (
    {"newborns", "infants", "children"},
    {"children", "adolescents"},
    {"adults", "older people"},
    {"inpatients", "intensive care"},
    {"intensive care", "ventilated patients"},
    {"intensive care", "hospital"},
    {"general wards", "hospital"},
    {"pregnancy", "after birth", "breastfeeding"} - {"pregnancy"},
    {"people", "cells"},
)
_PATTERNS = {
    axis: {group: re.compile(rf"(?<![\w-])(?:{words})(?!\w)") for group, words in groups.items()}
    for axis, groups in _AXES.items()
}
_ANY = {
    axis: re.compile("|".join(pattern.pattern for pattern in groups.values())) for axis, groups in _PATTERNS.items()
}
_SUBJECT = re.compile(r"\b[Pp]regnant (?:women|people|patients|persons)\b")
_ALL = re.compile(
    r"\b(?:all|every|any) (?:adult |older )?(?:patients?|people|persons?|adults?|women|men|children|individuals?|cases|"
    r"ages?|groups?)\b|\beveryone\b|\beverybody\b|\bregardless of\b|\birrespective of\b|\buniversally\b"
)
_ONLY = re.compile(
    r"\bonly (?:in|for|to|when|if|with|among|where|on|after)\b|\b(?:restrict|limit|confin)\w* to\b|\bsolely\b"
    r"|\bexclusively\b"
    r"|\bselected (?:patients|people|cases)\b|\bnot (?:all|every)\b|\b(?:some|certain|few) (?:patients|people"
    r"|individuals)\b"
)


@dataclass(frozen=True, slots=True)
class OtherPopulation:
    """A group that the claim names, and those of the same axis that its sentences name instead."""

    mine: str
    theirs: str
    overstated: bool = False


@lru_cache(maxsize=1024)
def groups_of(text: str) -> Mapping[str, frozenset[str]]:
    """The groups that a text names, by axis; axes without one are left out."""
    lower = text[:12000].lower()
    return {axis: _on_axis(axis, lower) for axis in _PATTERNS if _ANY[axis].search(lower)}


def _on_axis(axis: str, lower: str) -> frozenset[str]:
    return frozenset(group for group, pattern in _PATTERNS[axis].items() if pattern.search(lower))


def other_population(claim: str, sentences: Sequence[str]) -> OtherPopulation | None:
    """The first group of the claim that its sentences do not name while they name another of its axis, or None.

    Species is held only one way: a claim about people from sentences about animals alone.
    """
    mine = groups_of(claim)
    said = " \n ".join(sentences)[:40000].lower() if mine else ""
    for axis, groups in mine.items():
        theirs = _on_axis(axis, said)
        if axis == "species":
            if "people" in groups and "animals" not in groups and theirs == {"animals"}:
                return OtherPopulation("people", "animals", overstated=True)
            continue
        strangers = {group for group in groups if group not in theirs and not _kin(group, theirs)}
        if axis == "pregnancy" and groups == {"pregnancy"} and not theirs and _SUBJECT.search(claim):
            return OtherPopulation("pregnancy", "others")
        if strangers and theirs and not theirs & groups:
            return OtherPopulation(_list(strangers), _list(theirs))
    return _widened(claim, sentences)


def _widened(claim: str, sentences: Sequence[str]) -> OtherPopulation | None:
    """A claim about everyone from sentences that restrict themselves with a word such as "only"."""
    everyone = _ALL.search(claim.lower())
    if everyone is None or any(_ALL.search(sentence.lower()) for sentence in sentences):
        return None
    for sentence in sentences:
        restricted = _ONLY.search(sentence.lower())
        if restricted is not None:
            return OtherPopulation(f"“{everyone[0]}”", f"“{restricted[0]}”", overstated=True)
    return None


def _kin(group: str, theirs: frozenset[str]) -> bool:
    if group == "children" and "adults" in theirs:
        return bool(theirs & {"newborns", "infants"})
    return any(group in kin and theirs & kin for kin in _KIN)


def _list(groups: frozenset[str] | set[str]) -> str:
    return " and ".join(sorted(groups))
