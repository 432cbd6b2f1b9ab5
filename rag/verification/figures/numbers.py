"""Numbers as they are written: numerals, words, fractions ("a quarter", "one in four", "halved").

A table of words and not a library: what reads whole texts elsewhere turns "a second trial" and "no one" into numbers,
and loses where each stood. A decimal comma is not English: "0,73" is two numbers here, and so it agrees with none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

ONES = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "dozen": 12}
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}

_ONE = "|".join(sorted(ONES, key=len, reverse=True))
_TEN = "|".join(_TENS)
_SUB100 = rf"(?:(?:{_TEN})(?:[- ](?:{_ONE})\b)?|(?:{_ONE}))\b"
_SUB1000 = rf"(?:(?:{_SUB100}|an?) (?:hundred|dozen)\b(?:(?: and)? {_SUB100})?|{_SUB100})"
WORDS = rf"(?:{_SUB1000}|an?) (?:thousand|million|billion)\b(?:,?(?: and)? {_SUB1000})?|{_SUB1000}"
_NUMERAL = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?(?:\^\d\d?)?|(?<!\d)\.\d+"
_SIMPLE = rf"\d{{1,7}}(?:,\d{{3}})*|{_ONE}|hundred|a hundred|a thousand"

_NUMBER = re.compile(
    rf"(?<![\w.])(?P<share>(?P<few>{_SIMPLE}) (?:(?:person|people|patient|wom[ae]n|m[ae]n|child(?:ren)?|adult|case)s?"
    rf" (?=in |out of )(?!in (?:\d{{5,}}|1[89]\d\d|20\d\d)))?(?:in|out of|of)(?: an?| the| its| these| those)?"
    rf"(?: every| each)? (?P<many>{_SIMPLE})\b)"
    rf"(?!\.?\d|,\d)"
    rf"|\b(?P<part>(?P<times>an?|one|two|three|four|five|six|seven|eight|nine|the|by)[ -]"
    rf"(?P<piece>half|halves|thirds?|quarters?|fifths?|sixths?"
    rf"|eighths?|tenths?))\b|\b(?P<alone>half|halved|halving|doubled|doubling|tripled|tripling|quadrupled"
    rf"|(?:twice|(?:two|three|four) times)(?= (?:as|the|that|higher|more)\b))\b"
    rf"|(?<![\w.])(?P<sign>[-+](?=[\d.£$€])|minus )?(?:(?P<money>[£$€]) ?)?"
    rf"(?P<numeral>{_NUMERAL})(?P<scale> ?(?:million|billion|thousand)\b|(?: ?x ?10\^-?\d{{1,2}}))?"
    rf"|\b(?P<word>{WORDS})(?P<half> and a half\b)?"
)
_NOT_A_PART = re.compile(
    r"[ -](?:li[fv]e|dose|brother|sister|sibling|yearly|trial|study|group|arm|dose|drug|line|year|time)"
)
_AND_A_HALF = re.compile(r"\b(?:hour|day|week|month|year|decade)s? and $")
_OF_ALL = re.compile(r"$|[.,;)]| (?:of|had|were|was|died|did|in|on|with|to|who|as|less|more|fewer|lower|higher)\b")
_HOUR = re.compile(r"(?: of)? an? (?=hour|day|year|minute|tablet|pint|litre|liter)")
_GRADUAL = {"doubled": 2, "doubling": 2, "tripled": 3, "tripling": 3, "quadrupled": 4}
_GRADUAL |= {"twice": 2, "two times": 2, "three times": 3, "four times": 4}
_SIGNED_AFTER = re.compile(r"[\w)\]%]$")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number and where it stands. `unit` is what its own words say ("%" of a fraction, "fold" of "doubled")."""

    value: Decimal
    start: int
    end: int
    unit: str | None = None
    word: bool = False
    of: Decimal | None = None
    falls: bool = False
    shown: str = ""


def value_of(words: str) -> Decimal:
    """The value of a number in numerals or in words ("one hundred and twenty", "1,500")."""
    if words[:1].isdigit() or words[:1] == ".":
        base, _, power = words.replace(",", "").partition("^")
        return Decimal(10) ** Decimal(power) if power and base == "10" else Decimal(base)
    total = current = 0
    for word in re.findall(r"[a-z]+", words):
        if word in {"hundred", "dozen"}:
            current = (current or 1) * _SCALES[word]
        elif word in _SCALES:
            total, current = total + (current or 1) * _SCALES[word], 0
        else:
            current += ONES.get(word, _TENS.get(word, 0))
    return Decimal(total + current)


def _percentage(few: Decimal, many: Decimal) -> Decimal:
    share = 100 * few / many
    return share.quantize(Decimal(1)) if share == share.to_integral_value() else share.normalize()


def _share(found: re.Match[str]) -> Iterator[Numeral]:
    """ "one in four" is one number, a percentage; "34 of 116" is two that belong together."""
    few, many = value_of(found["few"]), value_of(found["many"])
    spoken = found["few"].isalpha() and found["many"].isalpha() and " out of " in found["share"]
    if " of " in found["share"] and not spoken and not re.search(r"(?:every|each|out of an?) ", found["share"]):
        yield Numeral(few, found.start("few"), found.end("few"), of=many, word=found["few"].isalpha())
        yield Numeral(many, found.start("many"), found.end("many"), word=found["many"].isalpha())
    elif 0 < few < many and not (1900 <= many <= 2100 and few != 1):
        yield Numeral(_percentage(few, many), found.start(), found.end(), "%", shown=found["share"])
    else:
        for name, value in (("few", few), ("many", many)):
            yield Numeral(value, found.start(name), found.end(name), word=found[name].isalpha())


def _part(found: re.Match[str], text: str) -> Iterator[Numeral]:
    """ "two thirds", "by half", "a quarter": a percentage, unless the word numbers something ("a third trial")."""
    times, piece = found["times"], found["piece"]
    after = text[found.end() : found.end() + 16]
    if (times == "the" and piece != "half") or _NOT_A_PART.match(after):
        return
    if piece == "half" and _AND_A_HALF.search(text, max(0, found.start() - 12), found.start()):
        return
    if piece in {"third", "fifth", "sixth", "eighth", "tenth"} and times == "a" and not _OF_ALL.match(after):
        return
    if hour := _HOUR.match(after):
        yield Numeral(Decimal("0.5"), found.start(), found.end() + hour.end())
        return
    parts = _PARTS.get(piece.removesuffix("s"), 2)
    share = _percentage(Decimal(ONES.get(times, 1)), Decimal(parts))
    yield Numeral(share, found.start(), found.end(), "%", shown=found["part"], falls=times == "by")


def _alone(found: re.Match[str], text: str) -> Iterator[Numeral]:
    word, after = found["alone"], text[found.end() : found.end() + 16]
    if word in _GRADUAL:
        if not re.match(r"[- ]blind|[- ]dummy", after):
            yield Numeral(Decimal(_GRADUAL[word]), found.start(), found.end(), "fold", shown=word)
    elif word != "half":
        yield Numeral(Decimal(50), found.start(), found.end(), "%", falls=True, shown=word)
    elif hour := _HOUR.match(after):
        yield Numeral(Decimal("0.5"), found.start(), found.end() + hour.end())
    elif re.match(r" (?:of|the|were|was|had|did|as|died|[a-z]{3,}ed)\b|[,.;)]|$", after):
        yield Numeral(Decimal(50), found.start(), found.end(), "%", shown=word)


def _numeral(found: re.Match[str], lower: str) -> Numeral:
    """A numeral. A dash after a letter, a digit or a bracket joins; elsewhere it is a minus."""
    sign, value, start = found["sign"] or "", value_of(found["numeral"]), found.start()
    if sign in {"-", "+"} and _SIGNED_AFTER.match(lower[max(0, start - 1) : start]):
        sign, start = "", found.start("numeral")
    if found["scale"] and "^" in found["scale"]:
        value = value.scaleb(int(found["scale"].rpartition("^")[2]))
    elif found["scale"]:
        value *= _SCALES[found["scale"].strip()]
        value = value.to_integral_value() if value == value.to_integral_value() else value
    return Numeral(-value if sign in {"-", "minus "} else value, start, found.end(), found["money"])


def read_numbers(lower: str) -> Iterator[Numeral]:
    """The numbers of a text in lower case, in order."""
    for found in _NUMBER.finditer(lower):
        if found["share"]:
            yield from _share(found)
        elif found["part"]:
            yield from _part(found, lower)
        elif found["alone"]:
            yield from _alone(found, lower)
        elif found["word"]:
            value = value_of(found["word"]) + (Decimal("0.5") if found["half"] else 0)
            yield Numeral(value, found.start(), found.end(), word=True)
        else:
            yield _numeral(found, lower)
