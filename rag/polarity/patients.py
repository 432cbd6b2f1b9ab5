"""Patients: about whom a question asks, and whether what a text says is said of others.

A question may name an age, pregnancy, an organ that fails, another disease, how severe the illness is, or a measured
value. Rules only, and shallow ones: a text that says nothing of these is about everyone, and is never at fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite

from rag.polarity.disease_types import NOT_THERE, other_type, with_what_is_lacking
from rag.polarity.measured import OF_KIDNEYS, Measured, ranges_of, values_of

_ADULT_YEARS = 18
_HEALTHY_EGFR = 60
_YEARS = re.compile(
    r"\b(?:aged?|age of)\s+(\d{1,3})\b(?!\s*(?:to|-|–|or|and)\s*\d)"
    r"|\b(\d{1,3})[\s-]*(?:years?|yrs?|y)?[\s/-]*(?:old|o)\b"
    r"|(?:^|[\s,(])(\d{2})\s?[MF]\b|\bI(?:'m| am) (\d{2})\b"
    r"|\b(?:is|she's|he's|mother|father|smoker of) (\d{2})(?=[,.]|\s(?:and|with|on)\b)",
)
_MONTHS_OLD = re.compile(r"\b\d{1,2}[\s-]*(?:months?|weeks?|days?)[\s-]*old\b", re.IGNORECASE)

GROUPS: dict[str, tuple[str, re.Pattern[str]]] = {
    name: (axis, re.compile(rf"(?<![\w-])(?:{words})(?!\w)", re.IGNORECASE))
    for name, axis, words in (
        (
            "children",
            "age",
            r"child(?:ren)?|paediatric\w*|pediatric\w*|infants?|toddlers?|newborns?|neonat\w+|babies|adolescents?"
            r"|teenagers?|(?:little|young|small) (?:boys?|girls?)|all ages|any age",
        ),
        ("pregnancy", "pregnancy", r"pregnan\w+|gestation\w*|expecting a baby|trimesters?"),
        ("breastfeeding", "pregnancy", r"breast-?feed\w*|lactati\w+|nursing (?:mothers?|a baby)"),
        (
            "reduced kidney function",
            "organ",
            r"(?:kidney|renal|kidneys)[ -](?:\w+ )?(?:disease|failure|impairment|insufficiency|dysfunction)"
            r"|(?:reduced|impaired|poor|low) (?:kidney|renal) function|kidneys? (?:are|is) failing|ckd|e?gfr"
            r"|estimated glomerular filtration rate|creatinine clearance|crcl|dialysis",
        ),
        (
            "liver disease",
            "organ",
            r"(?:liver|hepatic) (?:disease|failure|impairment|insufficiency|dysfunction)|cirrho\w+|child-pugh",
        ),
        ("dialysis", "organ", r"(?:haemo|hemo)?dialysis|kidney replacement therapy|renal replacement therapy"),
        ("heart failure", "comorbidity", r"heart failure|hfref|hfpef|(?:reduced|low) ejection fraction"),
        ("diabetes", "comorbidity", r"diabet\w+|t[12]dm?"),
        ("type 1 diabetes", "comorbidity", r"(?:type|t)[ -]?1 ?(?:diabet\w+|dm?)|type 1 or 2"),
        (
            "previous stroke",
            "comorbidity",
            r"(?:previous|prior|earlier|past|history of)(?: an?)? stroke|after (?:an? )?stroke|stroke survivors?",
        ),
        ("frailty", "comorbidity", r"frail\w*|nursing[- ]homes?"),
        ("HIV", "comorbidity", r"hiv(?: infection|-positive)?"),
        ("cancer", "comorbidity", r"cancers?|malignan\w+|chemotherapy"),
        ("dementia", "comorbidity", r"dementia|alzheimer\w*"),
        ("epilepsy", "comorbidity", r"epilep\w+"),
        ("peptic ulcer", "comorbidity", r"(?:peptic|gastric|duodenal|stomach) ulcers?"),
        ("immunosuppression", "comorbidity", r"immunosuppress(?:ed|ion)|immunocompromised|transplant\w*"),
        ("intensive care", "setting", r"icu|intensive care|critical(?:ly)? (?:care|ill)|itu"),
    )
}
"""Of each group of patients the axis, and the words by which a text speaks of it."""

_MAY_COME = re.compile(
    r"\b(?:risk|risks|chances?|causes?|caused|causing|prevent\w*|leads?|led|develop\w*|against|progress\w*|rates?"
    r"|lower\w*|reduc\w+|slow\w*|rule|exclude|miss|diagnos\w+|protect\w*)\s+(?:\w+\s+){0,4}$",
    re.IGNORECASE,
)
_OUTSIDE_INTENSIVE = re.compile(
    r"non-?critical care|outside (?:of )?(?:critical|intensive) care|not in intensive care|(?:general|ordinary) wards?"
    r"|out-?patients?",
    re.IGNORECASE,
)

_INTENSIVE = GROUPS["intensive care"][1]

_GRADE = r"non-?severe|mild(?:ly)?|moderate(?:ly)?|severe(?:ly)?"
_GRADED = re.compile(
    rf"(?<![\w-])(?P<grades>(?:{_GRADE})(?:\s*(?:-to-|-or-|\bto\b|\bor\b|\band\b|/|-|,)\s*(?:{_GRADE})|\s(?:severe|moderate))*)"
    r"(?P<between>(?:[ ,](?!of\b|in\b|with\b|to\b|on\b|exacerbation|attack|pain|symptom|event|bleed|flare|reaction"
    r"|infection|adverse|hypogly|headache)[\w-]+){0,3}?)[ ,]+"
    r"(?P<head>asthma|pneumonia|cap|copd|covid(?:-19)?|stenosis|colitis|depression|sciatica|arteritis|takayasu"
    r"|vasculitis|psoriasis|croup|copd|osteoarthritis|regurgitation|disease)\b",
    re.IGNORECASE,
)
_ALL_GRADES = frozenset(("mild", "moderate", "severe"))

_RESPONSES = {
    name: re.compile(rf"(?<![\w-])(?:{words})(?!\w)", re.IGNORECASE)
    for name, words in (
        (
            "primary nonresponse",
            r"primary (?:non-?respon\w+|failure of)|never (?:responded|worked|helped)"
            r"|no response (?:at all|from the start)",
        ),
        (
            "secondary nonresponse",
            r"secondary (?:non-?respon\w+|failure of)|(?:lost|loses|losing|loss of) (?:its |the |her |his |their )?"
            r"(?:response|effect)|(?:stopped|no longer) work\w+|wor(?:ked|n) (?:well )?(?:at first|off)",
        ),
    )
}
"""How a treatment failed: it never helped, or it helped at first."""

_AGED = re.compile(
    r"\b(?P<low>\d{1,2})(?:\s*(?:to|-|–)\s*(?P<high>\d{1,2})|\s+(?:years? )?or (?:over|older))"
    r"(?!\d| (?:ml|mm|mg|headache|migraine|weeks|days|kg))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Patient:
    """About whom a question asks: the groups it names, the age in years, how severe the illness is, what was measured.

    All are empty, or None, where it says nothing of them.
    """

    groups: tuple[str, ...] = ()
    age: int | None = None
    grades: frozenset[str] = frozenset()
    measured: tuple[Measured, ...] = ()
    graded: str = ""
    """The graded illness in the question's words: "severe CAP"."""


@lru_cache(maxsize=256)
def patient_of(question: str) -> Patient:
    """The patient of a question."""
    ages = [int(next(age for age in found if age)) for found in map(re.Match.groups, _YEARS.finditer(question))]
    age = next((one for one in ages if 0 < one < 111), None)
    minor = bool(_MONTHS_OLD.search(question)) or (age is not None and age < _ADULT_YEARS)
    named = [name for name in GROUPS if _speaks_of(name, question)]
    if minor and "children" not in named:
        named.append("children")
    measured = tuple(values_of(question))
    healthy = any(one.measure in OF_KIDNEYS and one.value >= _HEALTHY_EGFR for one in measured)
    if "reduced kidney function" in named and ("dialysis" in named or healthy):
        named.remove("reduced kidney function")
    graded = _GRADED.search(question)
    return Patient(tuple(named), age, grades_of(question), measured, graded[0] if graded else "")


def _speaks_of(name: str, question: str) -> bool:
    """Whether a question names a group of patients, not only to say that it is not theirs; of a disease, not only to
    say what it may come of."""
    axis, pattern = GROUPS[name]
    befores = (question[: found.start()] for found in pattern.finditer(question))
    return any(
        not NOT_THERE.search(before) and not (axis == "comorbidity" and _MAY_COME.search(before)) for before in befores
    )


def covers(name: str, text: str) -> bool:
    """Whether a text speaks of a group of patients."""
    return bool(GROUPS[name][1].search(text))


def grades_of(text: str) -> frozenset[str]:
    """The grades of severity that a text gives an illness; of two illnesses, all."""
    found: set[str] = set()
    for graded in _GRADED.finditer(text):
        said = graded["grades"].lower()
        if re.fullmatch(r"non-?severe", said):
            found |= {"mild", "moderate"}
        elif re.search(r"moderate(?:ly)?[ -]severe", said) and "to-severe" not in said:
            found |= {"moderate"} | ({"mild"} if "mild" in said else set())
        else:
            found |= {grade for grade in _ALL_GRADES if grade in said}
    return frozenset(found)


@lru_cache(maxsize=4096)
def of_others(question: str, sentence: str, population: str) -> str | None:
    """Why a sentence is about other patients than a question, in words; None where nothing says so.

    Args:
        question: what was asked.
        sentence: what may answer it.
        population: the people of its source, as its record has them; they count where the sentence names none.
    """
    patient = patient_of(question)
    return (
        _other_grade(patient, sentence, population)
        or _other_value(patient, sentence)
        or _other_age(patient, sentence)
        or other_type(question, sentence, population)
        or with_what_is_lacking(question, sentence, population)
        or _other_response(question, sentence)
        or _elsewhere(patient, sentence, population)
    )


def _other_grade(patient: Patient, sentence: str, population: str) -> str | None:
    theirs = grades_of(sentence) or grades_of(population)
    if patient.grades and theirs and not patient.grades & theirs:
        return f"is about {' and '.join(sorted(theirs))} illness"
    return None


def _other_value(patient: Patient, sentence: str) -> str | None:
    """A sentence on a range, from and to, that does not hold what was measured. A limit ("25 or more") is told to those
    on both sides of it."""
    for one in patient.measured:
        ranges = list(ranges_of(one.measure, sentence))
        closed = all(isfinite(end) for ends in ranges for end in ends)
        if ranges and closed and not any(low <= one.value <= high for low, high in ranges):
            return f"is about another {one.measure} than {one.value:g}"
    return None


def _other_age(patient: Patient, sentence: str) -> str | None:
    """A sentence on children alone, of a grown patient."""
    adult = patient.age is not None and patient.age >= _ADULT_YEARS
    if adult and covers("children", sentence) and not re.search(r"\badults?\b|\bages?\b", sentence, re.IGNORECASE):
        return "is about children"
    return None


def _other_response(question: str, sentence: str) -> str | None:
    """A sentence on a treatment that never helped, of one that helped at first; and the reverse."""
    mine, theirs = ([name for name, how in _RESPONSES.items() if how.search(text)] for text in (question, sentence))
    return f"is about {theirs[0]}" if mine and theirs and not set(mine) & set(theirs) else None


def _elsewhere(patient: Patient, sentence: str, population: str) -> str | None:
    if "intensive care" not in patient.groups or _INTENSIVE.search(_OUTSIDE_INTENSIVE.sub(" ", sentence)):
        return None
    if _OUTSIDE_INTENSIVE.search(sentence) or _OUTSIDE_INTENSIVE.search(population):
        return "is about patients outside intensive care"
    return None


def ages_of(population: str) -> tuple[int, int] | None:
    """The least and the greatest age of some people, in years, as a record has them; None where it gives none."""
    found = _AGED.search(population)
    return None if found is None else (int(found["low"]), int(found["high"] or 200))
