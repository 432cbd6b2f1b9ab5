"""What a number measures: hazard or odds ratio, sensitivity or specificity, mean or median, patients or studies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_MEASURES = {
    "hazard ratio": r"(?:sub)?hazards? ratios?",
    "odds ratio": r"odds ratios?",
    "relative risk reduction": r"relative (?:risk )?reductions?|rrr",
    "absolute difference": r"absolute (?:risk )?(?:reductions?|differences?)|risk differences?|arr",
    "risk ratio": r"risk ratios?|relative risks?|rate ratios?|relative rates?|incidence rate ratios?",
    "standardised mean difference": r"standardi[sz]ed mean differences?|smd",
    "sensitivity": r"sensitivit(?:y|ies)|sensitive",
    "specificity": r"specificit(?:y|ies)|specific(?= \(|,| to within)",
    "positive likelihood ratio": r"positive likelihood ratios?|lr ?\+|plr",
    "negative likelihood ratio": r"negative likelihood ratios?|lr ?-(?! ?\d)|nlr",
    "positive predictive value": r"positive predictive values?|ppv",
    "negative predictive value": r"negative predictive values?|npv",
    "kappa": r"kappa|κ",
    "area under the curve": r"area under(?: the)?(?: [a-z]+)?(?: curve)?|auroc|auc|c[- ]statistic",
    "prevalence": r"prevalence",
    "incidence": r"incidence",
    "mortality": r"mortality",
    "number needed to treat": r"numbers? needed to treat|nnt",
    "number needed to harm": r"numbers? needed to harm|nnh",
    "p value": r"p(?:[ -]values?)?(?=(?: for [a-z ]{3,20})? ?[=<>≤≥]| of | was | values?)",
    "systolic": r"systolic|sbp",
    "diastolic": r"diastolic|dbp",
    "i squared": r"i2|i-squared|i\^2",
    "correlation": r"correlation coefficients?",
}
_SHORT = {
    "hazard ratio": r"a?HRs?",
    "odds ratio": r"a?ORs?",
    "risk ratio": r"a?RRs?|IRR",
}
_NAMED = re.compile("|".join(f"(?P<m{number}>{forms})" for number, forms in enumerate(_MEASURES.values())), re.ASCII)
_MEASURE = re.compile(rf"(?=[acdhiklmnoprsκ])(?<![\w-])(?:{_NAMED.pattern})(?![a-z])")
_CAPITAL = re.compile("|".join(rf"\b(?P<c{number}>{forms})\b" for number, forms in enumerate(_SHORT.values())))
_NAMES = list(_MEASURES)
_CAPITAL_NAMES = list(_SHORT)
SOFT = frozenset({"mortality", "absolute difference"})
PROPORTIONS = frozenset(
    {"sensitivity", "specificity", "positive predictive value", "negative predictive value", "prevalence", "incidence"}
)
PROPORTION_WORDS = re.compile(
    r"\b(?:proportions?|probabilit(?:y|ies)|fractions?|prevalence|sensitiv|specific|accuracy)"
)
RATIOS = frozenset({"hazard ratio", "odds ratio", "risk ratio"})
_STATISTIC = re.compile(
    r"\b(?P<name>mean|average[sd]?|averaging|median|standard deviation|sd|standard error|interquartile|iqr)\b"
)
_STATISTIC_NAME = {
    **dict.fromkeys(("average", "averages", "averaged", "averaging"), "mean"),
    "sd": "standard deviation",
    "iqr": "interquartile",
}

_NOUN = re.compile(
    r"[ -](?:(?!(?:of|in|on|with|to|and|or|per|were|was|had|for|from|at|by|the|than|versus|did|who|that|more|years?) )"
    r"[a-z][a-z'-]* ){0,3}?(?P<noun>patients?|people|participants?|subjects?|adults?|children|women|men|individuals?"
    r"|persons?|volunteers?|infants?|boys?|girls?|outpatients|inpatients|trials?|studies|study|sites?|cent(?:re|er)s?"
    r"|hospitals?|countr(?:y|ies)"
    r"|recommendations?|statements|questions?|sessions?|criteria|criterion|tests?|reviews?|principles?)\b"
)
_SINGULAR = re.compile(
    r"patient|participant|subject|adult|individual|person|volunteer|infant|boy|girl|trial|study|site|cent(?:re|er)|hospital"
    r"|country|recommendation|question|session|criterion|test|review|principle"
)
_NOUN_CLASS = {
    name: kind
    for kind, names in {
        "person": "patient people participant subject adult children women men individual person volunteer infant boy"
        " girl outpatient inpatient",
        "study": "trial studie study review",
        "site": "site centre center hospital",
        "country": "country countrie",
        "recommendation": "recommendation statement principle",
        "question": "question",
        "session": "session",
        "criterion": "criteria criterion",
        "test": "test",
    }.items()
    for name in names.split()
}
_SCALE_BEFORE = re.compile(r"\b(?P<scale>absolute|relative|difference)\b(?! risk (?:of |was |=|\())[^;.\d]{0,32}$")
_SCALE_AFTER = re.compile(r"\W{0,2}(?:[a-z]+ )?(?P<scale>absolute|relative)\b(?! risk (?:of|was) )")
_CHANGE_BEFORE = re.compile(
    r"\b(?:(?P<down>reduc|decreas|lower|drop|declin|fell|fall|cut|less|shrink|shrank|shorten|los[ts])"
    r"|(?P<up>increas|rose|rise|raise|higher|gain|grew|grow|improv|climb|lengthen))\w*(?: [a-z-]+){0,6}? (?:by|of)"
    r"(?: (?:about|around|approximately|an?|nearly|almost))*(?: (?:absolute|relative|mean|median))? ?$"
)
_CHANGE_AFTER = re.compile(
    r"\W{0,2}(?:(?:absolute|relative|risk|rate|mean|median) ){0,2}(?:(?P<down>lower|less|fewer|reduction|decrease|drop"
    r"|decline|fall|shorter|smaller|loss)|(?P<up>higher|more|greater|increase|rise|longer|larger|gain))\b"
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure that a text names, and where."""

    name: str
    start: int
    end: int


def read_measures(plain: str, lower: str) -> list[Measure]:
    """The measures named in a text, in order of place; "OR" is one only in capitals."""
    found = [
        Measure(_NAMES[int((match.lastgroup or "m0")[1:])], match.start(), match.end())
        for match in _MEASURE.finditer(lower)
    ]
    found += [
        Measure(_CAPITAL_NAMES[int((match.lastgroup or "c0")[1:])], match.start(), match.end())
        for match in _CAPITAL.finditer(plain)
    ]
    return sorted(found, key=lambda measure: measure.start)


def statistic_in(window: str) -> str | None:
    """Mean, median and the like, where a window of text before a number names one."""
    names = [match["name"] for match in _STATISTIC.finditer(window)]
    return _STATISTIC_NAME.get(names[-1], names[-1]) if names else None


def noun_after(lower: str, end: int) -> str | None:
    """What is counted: "person", "study", "site" ..., where a noun of those follows the number."""
    found = _NOUN.match(lower, end)
    one = re.search(r"(?<![\w.])(?:1|one)$", lower[max(0, end - 8) : end])
    if found and not one and _SINGULAR.fullmatch(found["noun"]):
        # "11 study sites", "the 2016 study": what is counted is said in the plural.
        found = _NOUN.match(lower, found.end())
        found = None if found and _SINGULAR.fullmatch(found["noun"]) else found
    return _NOUN_CLASS.get(found["noun"].rstrip("s"), _NOUN_CLASS.get(found["noun"])) if found else None


def scale_of(before: str, lower: str, end: int) -> Literal["absolute", "relative"] | None:
    """Whether a percentage is said to be absolute or relative."""
    found = _SCALE_AFTER.match(lower, end) or _SCALE_BEFORE.search(before)
    if found is None:
        return None
    return "relative" if found["scale"] == "relative" else "absolute"


def direction_of(before: str, lower: str, end: int) -> Literal["up", "down"] | None:
    """Whether a number is by how much something rose or fell, where the words beside it say so."""
    found = _CHANGE_AFTER.match(lower, end) or _CHANGE_BEFORE.search(before)
    if found is None:
        return None
    return "down" if found["down"] else "up"
