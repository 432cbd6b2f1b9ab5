"""Measured values: what a question gives of a patient, and the ranges that sentences give of the same measure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

_SMALLEST = 1e-9
_MEASURES = {
    "ankle-brachial index": r"(?:resting )?(?:abis?|ankle[- ]brachial (?:pressure )?ind(?:ex|ices))",
    "eGFR": r"e?gfr|estimated glomerular filtration rate(?: \(egfr\))?",
    "creatinine clearance": r"creatinine clearance(?: \(crcl\))?|cr ?cl|crcl",
    "CURB-65": r"curb-?65(?: score)?",
}
OF_KIDNEYS = ("eGFR", "creatinine clearance")
"""The measures of how well the kidneys work."""
_IS_NOW = (
    r"(?:\s*(?:=|:|of|is|was|now|at|has(?: just)? (?:hit|fallen to|dropped to|drifted down to)|just|around|about"
    r"|drops? to|fell to|down to)){0,2}"
)
_IS_A_RANGE = r"(?![\d.]*\s*(?:or|to|-|–)\s*(?:\d|more|less|higher|lower|above))"
_SAID = {
    name: re.compile(rf"(?<![\w-])(?:{words}){_IS_NOW}\s*(?P<value>\d+(?:\.\d+)?){_IS_A_RANGE}", re.IGNORECASE)
    for name, words in _MEASURES.items()
}
_A_LIMIT = re.compile(r"\b(?:from|below|above|under|over|until|than|beyond)(?: an?)?\s*$", re.IGNORECASE)
_NAMED = {name: re.compile(rf"(?<![\w-])(?:{words})(?!\w)", re.IGNORECASE) for name, words in _MEASURES.items()}
_UNIT = re.compile(r"\bmL/min(?:/1\.73 ?m(?:²|2))?|\bper 1\.73 ?m(?:²|2)", re.IGNORECASE)
_NUMBER = r"(\d+(?:\.\d+)?)"
_BELOW = r"(?:<|below |less than |under )"
_RANGES = (
    (re.compile(rf"(?:above |over |from )?{_NUMBER}\s*(?:to|-|–|and)\s*{_BELOW}?{_NUMBER}"), "both"),
    (re.compile(rf"{_NUMBER}\s*or (?:more|higher|above|greater|over)|(?:at least|≥|>=|from)\s*{_NUMBER}"), "least"),
    (re.compile(rf"{_NUMBER}\s*or (?:less|lower|below|under)|(?:at most|≤|<=|up to)\s*{_NUMBER}"), "most"),
    (re.compile(rf"(?:above|over|more than|greater than|exceed\w*|>)\s*{_NUMBER}"), "above"),
    (re.compile(rf"{_BELOW}\s*{_NUMBER}"), "below"),
)
"""How a range is written, and which of its ends the numbers are; tried in this order."""
_OTHER_MEASURE = re.compile(
    r"\b(?:albumin\w*|ratio|potassium|creatinine|years?|weeks?|months?|mg|age[ds]?|per cent|patients|people)\b|[%;]"
)
_REACH = 90


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured value of a patient, such as the eGFR 22."""

    measure: str
    value: float


def values_of(question: str) -> Iterator[Measured]:
    """What a question says was measured; not a limit that it names."""
    for measure, pattern in _SAID.items():
        for found in pattern.finditer(question):
            if not _A_LIMIT.search(question[: found.start()]):
                yield Measured(measure, float(found["value"]))


def ranges_of(measure: str, sentence: str) -> Iterator[tuple[float, float]]:
    """The ranges that a sentence gives of a measure, as least and most."""
    plain = _UNIT.sub(" ", sentence)
    for named in _NAMED[measure].finditer(plain):
        reach = plain[named.end() : named.end() + _REACH]
        other = _OTHER_MEASURE.search(reach)
        reach = reach[: other.start()] if other else reach
        for pattern, form in _RANGES:
            for found in pattern.finditer(reach):
                numbers = [float(number) for number in found.groups() if number is not None]
                yield _range(form, numbers)
            reach = pattern.sub(" ", reach)


def _range(form: str, numbers: list[float]) -> tuple[float, float]:
    return {
        "both": (numbers[0], numbers[-1]),
        "least": (numbers[0], inf),
        "most": (-inf, numbers[0]),
        "above": (numbers[0] + _SMALLEST, inf),
        "below": (-inf, numbers[0] - _SMALLEST),
    }[form]
