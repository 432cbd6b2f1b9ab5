"""Numbers that are part of a name: type 2, class II-IV, level B-NR, first-line, IL-6. They count nothing.

They still must agree: "type 1" is not "type 2", and "IL-17" is not "IL-6".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rag.text import fold

_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10}
_ROMANS = "VIII|VII|VI|IV|IX|III|II|I|V|X"
_AMOUNT = r"\.\d|,\d| ?%| ?[mµkn]?g\b| ?mm| or (?:more|less)"
_VALUE = (
    rf"(?:(?:{_ROMANS}|[1-9]\d?)(?:[abAB](?!\w))?(?![\w%°])(?!{_AMOUNT})"
    r"|[A-E](?:-[A-Z]{1,2})?(?![\w']))"
)
_LABEL = re.compile(
    rf"\b(?P<key>[Tt]ypes?|[Ss]tages?|[Gg]rades?|[Cc]lass(?:es)?|[Ll]evels?(?: of [Ee]vidence)?"
    rf"|[Pp]hases?|[Ss]teps?|[Tt]iers?|[Cc]ategor(?:y|ies)|LOE|COR|NYHA|FC|ASA|CKD|[Ss]ection|[Rr]ecommendation|[Qq]uestion|[Cc]hild-Pugh|[Gg]roups?|[Aa]rms?"
    rf"|[Tt]ables?|[Ff]igures?|[Cc]hapter)"
    rf"(?:: | |-)(?P<values>{_VALUE}(?:(?:, ?(?:and |or )?|-| (?:to|and|or|through) |/){_VALUE})*)"
)
_ORDINAL = re.compile(
    r"\b(?P<nth>first|second|third|fourth|1st|2nd|3rd|4th)[ -](?P<key>line|generation|trimester|degree)(?![a-z])"
)
_NTH = {"first": "1", "1st": "1", "second": "2", "2nd": "2", "third": "3", "3rd": "3", "fourth": "4", "4th": "4"}
_KEY = {"loe": "level", "level of evidence": "level", "cor": "class", "nyha": "class", "fc": "class", "ckd": "stage"}
_KEY |= {"classes": "class", "categories": "category", "levels of evidence": "level", "class": "class"}
_NYHA = re.compile(r"NYHA (?:functional )?$")
_SPLIT = re.compile(r"(, ?(?:and |or )?|-(?=[IVX\d])| (?:to|and|or|through) |/)")
_T2D = re.compile(r"\bT([12])DM?\b")
_BY_INSULIN = re.compile(r"\b(?P<non>[Nn]on-?)?[Ii]nsulin[- ]dependent|\b(?P<short>N)?IDDM\b")

_SUFFIXED = re.compile(r"(?<![\w-])(?P<letters>[a-z]+(?:-[a-z]+)*)-?(?P<digits>\d+[a-z0-9]*)(?![\w])(?!\.\d|%)")
_NOT_NAMES = frozenset(
    "mid pre post under over sub age aged ages early late since day week month year q n p or hr rr ci to and of at from"
    " in by the non is was were grade class stage type step phase level line top first about".split()
)


@dataclass(frozen=True, slots=True)
class Label:
    """A numbered name: ("type", "2"), shown "type 2"."""

    key: str
    value: str

    @property
    def shown(self) -> str:
        """The label as one says it; "first-line" for ordinals."""
        return f"{self.key} {self.value}"


def _plain_value(value: str) -> str:
    roman = re.match(rf"({_ROMANS})([abAB]?)$", value)
    if roman:
        return f"{_ROMAN[roman[1]]}{roman[2].lower()}"
    return value.lower() if value[0].isdigit() else value


def _span(first: str, last: str) -> list[str]:
    if first.isdigit() and last.isdigit() and int(first) < int(last):
        return [str(number) for number in range(int(first), int(last) + 1)]
    return [first, last]


def _values(text: str) -> list[str]:
    parts = _SPLIT.split(text)
    values = [_plain_value(parts[0])]
    for joint, raw in zip(parts[1::2], parts[2::2], strict=True):
        value = _plain_value(raw)
        ranged = joint.strip() in {"-", "to", "through"}
        values += _span(values[-1], value)[1:] if ranged else [value]
    return values


def read_labels(plain: str, lower: str) -> tuple[list[Label], list[tuple[int, int]]]:
    """The labels of a text, ranges written out, and the places of their numbers."""
    labels, places = [], []
    for found in _LABEL.finditer(plain):
        key = found["key"].lower()
        key = _KEY.get(key, key.removesuffix("s"))
        if key == "class" and (_NYHA.search(plain, 0, found.start()) or found["key"] == "NYHA"):
            key = "NYHA class"
        labels += [Label(key, value) for value in _values(found["values"])]
        places.append(found.span("values"))
    for found in _ORDINAL.finditer(lower):
        labels.append(Label(found["key"], _NTH[found["nth"]]))
        places.append(found.span("nth"))
    labels += [Label("type", found[1]) for found in _T2D.finditer(plain)]
    labels += [Label("type", "2" if found["non"] or found["short"] else "1") for found in _BY_INSULIN.finditer(plain)]
    return labels, places


def _names(lower: str) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for found in _SUFFIXED.finditer(lower):
        letters = found["letters"].replace("-", "")
        if found["letters"] not in _NOT_NAMES and found["letters"].split("-")[-1] not in _NOT_NAMES:
            names.setdefault(letters, set()).add(found["digits"])
    return names


def _same_name(one: str, other: str) -> bool:
    """Whether two endings of a name are one, or one of them the other shortened: "3k" and "3kinase"."""
    shorter, longer = sorted((one, other), key=len)
    return longer.startswith(shorter) and not longer[len(shorter) : len(shorter) + 1].isdigit()


def name_fault(claim: str, sources: Iterable[str]) -> str | None:
    """A name of the claim whose letters the sources have with other figures only: "IL-6" where they say "IL-17"."""
    mine = _names(fold(claim))
    if not mine:
        return None
    theirs: dict[str, set[str]] = {}
    for source in sources:
        for letters, digits in _names(fold(source)).items():
            theirs.setdefault(letters, set()).update(digits)
    for letters, digits in mine.items():
        there = theirs.get(letters, digits)
        wrong = sorted(one for one in digits if not any(_same_name(one, other) for other in there))
        if wrong:
            said = ", ".join(f"{letters.upper()}-{other}" for other in sorted(there))
            return f"says {letters.upper()}-{wrong[0]}, the cited sentences say {said}"
    return None


def label_fault(mine: Iterable[Label], theirs: Iterable[Label]) -> str | None:
    """A label of the claim that the sources do not have."""
    known = list(theirs)
    for label in mine:
        plain = Label("class", label.value) if label.key == "NYHA class" else Label("NYHA class", label.value)
        named = any(other.key == "NYHA class" for other in known)
        other_class = named if label.key == "NYHA class" else any(other.key == "class" for other in known)
        same_class = plain in known and label.key.endswith("class") and not other_class
        if label not in known and not same_class:
            same = list(dict.fromkeys(other.shown for other in known if other.key == label.key))
            if same:
                return f"says {label.shown}, the cited sentences say {', '.join(same)}"
            return f"{label.shown} is not in the cited sentences"
    return None
