"""Figures that follow from the sentences' by a step of arithmetic: "58 % more" of a ratio of 1.58, "the other 23" of
43 and 20, "one in five" of 20.4 %, "twice" of 31 % and 15 %.

It is asked only of a figure that stands nowhere in the sentences, and takes one step only: a ratio, a change, what is
left of a whole, a sum or a difference of neighbours, a rounding that "about" or "more than" allows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from rag.verification.figures.conversion import factor, rounds_to
from rag.verification.figures.figure import Figure, Pair
from rag.verification.figures.measures import PROPORTION_WORDS, PROPORTIONS, RATIOS
from rag.verification.figures.reading import Reading

_ONE, _WHOLE = Decimal(1), Decimal(100)
_MORE, _LESS = frozenset({">", ">=", "over", "not <"}), frozenset({"<", "<=", "not >"})
_TURNED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
_UP = re.compile(
    r"\b(?:more|higher|greater|larger|longer|ris\w+|rose|rais\w+|increas\w*|up|extra|additional|likelier|commoner|worse"
    r"|odds|hazard|risk|gr[eo]w\w*|[a-z]+er than)\b"
)
_DOWN = re.compile(
    r"\b(?:less|lower|fewer|smaller|shorter|fell|fall\w*|reduc\w*|decreas\w*|drop\w*|cut\w*|declin\w*|down|rarer|shr[aiu]nk"
    r"|protect\w*|prevent\w*|avert\w*|diminish\w*|halv\w*)\b"
)
_APART = re.compile(
    r"\b(?:differ\w*|gap|apart|between|margin|[a-z]+er|less|more|extra|additional|reduc\w*|gain\w*|los[ts]|drop\w*|fell"
    r"|rose|fall|rise|decreas\w*|increas\w*|improv\w*|cut|by|save[sd]?|add(?:s|ed)?)\b"
)
_OTHER_SIDE = re.compile(
    r"\b(?:not?|none|nobody|never|neither|nor|without|miss\w*|fail\w*|free|spared|except|all but|rest|remain\w*|left"
    r"|other"
    r"|unaffected|un[a-z]{4,}|surviv\w*|alive|living|lived|lack\w*|undetected|dropp\w*)\b"
)
_REST = re.compile(
    r"\b(?:all but|rest|others?|remain\w*|left|not?|none|without|surviv\w*|died|alive|lived|women|men|girls|boys"
    r"|females?"
    r"|males?|mothers|fathers)\b"
)
_BOUNDING = re.compile(r"\b(?:more|less|fewer|higher|lower|greater|longer|shorter)(?: than)?(?: an?| about)? ?$")
_MEDIAN = re.compile(r"\bmedian\b")
_PER = re.compile(r"[^\d.;,]{0,30}?(?:/|\bper |\bin (?:every )?)(?P<many>1[0,]{3,9})\b")
_OF_TEN = re.compile(r"(?P<few>\S+) (?:[a-z]+ )?(?:in|out of|of)(?: every| each| a)? (?P<many>\S+)$")
_NULL = re.compile(
    r"\b(?:includ\w+|span\w*|cross\w*|contain\w*|straddl\w*|overlap\w*|encompass\w*|reach\w*|embrac\w*|cover\w*|touch\w*"
    r"|took in|either side of) (?:the )?(?:null value of |value of )?$"
)
_BY_LESS = re.compile(r"\bby (?:about |some |nearly |almost |around |more than |over )?(?:an? )?$")
_CUT_TO = re.compile(
    r"\b(?:cut|reduc|fell|drop|shrank|shrunk|lower|decreas|declin|down)[a-z]*(?: [a-z]+){0,2} to (?:about )?$"
)
_PARTS_OF = re.compile(
    r" (?:as (?:many|much|often|high|likely|large)|that of|its\b"
    r"|(?:of )?(?:the|its)"
    r" (?:rate|risk|odds|hazard|level|dose|cost|price|size|effect|number|figure|value|amount|share))"
)
_WORD_BEFORE = re.compile(r"(?P<word>[a-z]{2,})[ -]$")
_CODE = re.compile(r"(?<![a-z\d])(?P<letters>[a-z]+)-?(?P<digits>\d+)")
_NOT_VALUES = frozenset({"p value", "confidence level", "i squared"})
_NEAR = 2
_MOST = 24
_SMALL = 12
_LEAST_WHOLE = 8


def _spoken(mine: Figure) -> bool:
    return not any(letter.isdigit() or letter == "%" for letter in mine.shown)


def _says(mine: Figure, value: Decimal, exact: Decimal) -> bool:
    """Whether a figure of that value, with its words ("about", "more than"), may be said of an exact one."""
    if value <= 0 or exact <= 0:
        return False
    times = exact / value
    if mine.comparator in _MORE:
        return (times >= 1 if mine.comparator == ">=" else times > 1) and times <= Decimal("1.25")
    if mine.comparator in _LESS:
        return (times <= 1 if mine.comparator == "<=" else times < 1) and times >= Decimal("0.8")
    if mine.about == "below":
        return Decimal("0.85") <= times <= Decimal("1.005")
    if mine.about or _spoken(mine):
        return (
            Decimal("0.88") <= times <= Decimal("1.12") if mine.about else Decimal("0.93") <= times <= Decimal("1.07")
        )
    return rounds_to(exact, value)


def _values(readings: Sequence[Reading]) -> list[Figure]:
    """The figures that say how much: no bounds of intervals, levels, p values or dates."""
    return [
        figure
        for reading in readings
        for figure in reading.figures
        if not (figure.implied or figure.date or figure.bare or figure.measure in _NOT_VALUES or _bound(figure))
    ][:_MOST]


def _bound(figure: Figure) -> bool:
    return figure.pair is not None and (figure.pair.join in {"interval", "quartiles"} or figure.estimate is not None)


def _alike(one: Figure, other: Figure) -> bool:
    return one.unit == other.unit and one.age == other.age


def _neighbours(values: Sequence[Figure]) -> Iterator[tuple[Figure, Figure]]:
    """Figures of one unit that stand next to each other, or with one between."""
    for unit in {figure.unit for figure in values}:
        same = [v for v in values if v.unit == unit and not (v.pair and v.pair.join in {"range", "slash"})]
        for step in range(1, _NEAR + 1):
            pairs = zip(same, same[step:], strict=False)
            yield from ((one, other) for one, other in pairs if _alike(one, other))


def _ratios(readings: Sequence[Reading]) -> Iterator[Decimal]:
    """Ratios that the sentences give: named as such, as "3-fold", or a plain number with an interval around it."""
    for reading in readings:
        estimates = {figure.estimate for figure in reading.figures if figure.estimate is not None}
        for figure in reading.figures:
            named = figure.measure in RATIOS or "likelihood ratio" in (figure.measure or "") or figure.unit == "fold"
            plain = (
                figure.unit is None and figure.value in estimates and "." in reading.lower[figure.start : figure.end]
            )
            if (named or plain) and figure.unit in {None, "fold"} and not _bound(figure) and figure.value > 0:
                yield figure.value
            elif figure.unit == "%" and (direction := figure.direction or _direction_after(reading, figure)):
                turned = _ONE + (figure.value if direction == "up" else -figure.value) / _WHOLE
                if turned > 0:
                    yield turned


def _direction_after(reading: Reading, figure: Figure) -> str | None:
    """The direction that a list says once, at its end: "112 and 188 % higher"."""
    after = next((other for other in reading.figures if other.start >= figure.end), None)
    listed = after is not None and reading.lower[figure.end : after.start].strip(" %") in {"and", "or", "to"}
    return after.direction if after is not None and listed else None


def derived(  # noqa: PLR0911 - one return a kind of figure
    claim: Reading, mine: Figure, sources: Sequence[Reading]
) -> bool:
    """Whether a figure of the claim follows from those of its sentences by one step of arithmetic."""
    values = _values(sources)
    if mine.unit == "%" and mine.pair is not None and mine.pair.join in {"range", "interval"}:
        return _interval_of_change(mine, sources)
    if mine.pair is not None and mine.pair.join != "share":
        return False
    same = (figure for reading in sources for figure in reading.figures if abs(figure.value) == abs(mine.value))
    if _MEDIAN.search(" ".join(reading.lower for reading in sources)) and mine.comparator in {
        ">",
        ">=",
        "over",
        "<=",
        "<",
    }:
        return "half" in claim.lower and any(v.value == mine.value and v.unit == mine.unit for v in values)
    if mine.unit not in {"fold", "times"} and any(figure.unit in {mine.unit, None} for figure in same):
        return _in_a_code(mine, claim, sources) if mine.unit is None and not mine.comparator else False
    if _rounded(mine, values):
        return True
    if mine.unit in {"fold", "times"} and mine.rate is None:
        return _times(mine, mine.value, values, sources)
    if mine.unit == "%":
        return _percent(mine, claim, values, sources)
    if mine.unit == "pp":
        percents = (pair for pair in _neighbours(values) if pair[0].unit == "%")
        return any(_says(mine, mine.value, abs(one.value - other.value)) for one, other in percents)
    return _counted(mine, claim, values, sources)


def _interval_of_change(mine: Figure, sources: Sequence[Reading]) -> bool:
    """ "2 % to 26 %" of an interval of a ratio from 1.02 to 1.26."""
    bounds = (f for reading in sources for f in reading.figures if f.pair and _bound(f) and f.unit is None)
    return any(
        mine.pair is not None
        and f.pair is not None
        and rounds_to(abs(_WHOLE * (f.value - 1)), abs(mine.value))
        and rounds_to(abs(_WHOLE * (f.pair.other - 1)), abs(mine.pair.other))
        for f in bounds
    )


def _rounded(mine: Figure, values: Sequence[Figure]) -> bool:
    """ "Nearly 12 million" of 11.9 million, "over 80 %" of 81 %: the words leave room, and the other is the finer."""
    if (mine.about is None and mine.comparator not in _MORE | _LESS) or (mine.unit is None and mine.value <= 1):
        return False
    for theirs in values:
        if theirs.comparator or theirs.age != mine.age or (mine.noun and theirs.noun and mine.noun != theirs.noun):
            continue
        ranged = theirs.pair is not None and theirs.pair.join == "range"
        if mine.comparator and (
            theirs.statistic != mine.statistic or (ranged and theirs.pair != _end_meant(mine, theirs))
        ):
            continue
        times = (
            _ONE if theirs.unit == mine.unit else factor(theirs.unit, mine.unit) if theirs.unit and mine.unit else None
        )
        finer = len(mine.value.normalize().as_tuple().digits) <= len(theirs.value.normalize().as_tuple().digits)
        exact = abs(theirs.value) * times if times else None
        if exact and finer and exact != mine.value and _says(mine, mine.value, exact):
            return True
    return False


def _end_meant(mine: Figure, theirs: Figure) -> Pair | None:
    """The pair of a figure that is the end of a range at which a bound lies: "over 80 %" of 81 to 99 %."""
    return theirs.pair if theirs.pair and (theirs.pair.place == 0) == (mine.comparator in _MORE) else None


def _times(mine: Figure, value: Decimal, values: Sequence[Figure], sources: Sequence[Reading]) -> bool:
    if any(_says(mine, value, ratio) for ratio in _ratios(sources)):
        return True
    for one, other in _neighbours(values):
        small, large = sorted((abs(one.value), abs(other.value)))
        if small > 0 and (_says(mine, value, large / small) or _says(mine, value, small / large)):
            return True
    return False


def _percent(mine: Figure, claim: Reading, values: Sequence[Figure], sources: Sequence[Reading]) -> bool:
    percents = list(_percents(values, sources))
    here = _OTHER_SIDE.search(claim.lower) is not None
    other_side = all(here != (_OTHER_SIDE.search(reading.lower) is not None) for reading in sources)
    shares = [(value, comparator) for value, comparator in percents]
    if other_side:
        shares += [(_WHOLE - value, _TURNED.get(comparator or "")) for value, comparator in percents if value <= _WHOLE]
    counts = ((v, w) for v, w in _neighbours([v for v in values if v.unit is None and v.value >= 1]))
    shares += [(_WHOLE * min(v.value, w.value) / max(v.value, w.value), None) for v, w in counts if _is_whole(v, w)]
    for value, comparator in shares:
        if comparator:
            if comparator == mine.comparator and abs(value - mine.value) <= Decimal("0.5"):
                return True
        elif _says_share(mine, value):
            return True
    if mine.shown in {"half", "a half"} and any("median" in reading.lower for reading in sources):
        return True
    return _change(mine, claim, values, sources)


def _is_whole(one: Figure, other: Figure) -> bool:
    """Whether two plain counts may be a part and its whole."""
    large = max(one.value, other.value)
    return large >= _LEAST_WHOLE and all(
        v.value == v.value.to_integral_value() and not v.comparator for v in (one, other)
    )


def _percents(values: Sequence[Figure], sources: Sequence[Reading]) -> Iterator[tuple[Decimal, str | None]]:
    """What the sentences give as a share, in per cent: percentages, "3 of 20", proportions, so many per 1,000."""
    words = " ".join(reading.lower for reading in sources)
    for figure in values:
        if figure.pair and figure.pair.join == "range":
            continue
        if figure.unit == "%":
            yield figure.value, figure.comparator
        elif figure.pair and figure.pair.join == "share" and figure.pair.place == 0 and figure.pair.other > 0:
            yield _WHOLE * figure.value / figure.pair.other, figure.comparator
        elif figure.unit is None:
            per = (_PER.match(reading.lower, figure.end) for reading in sources if figure in reading.figures)
            found = next(filter(None, per), None)
            if found:
                yield _WHOLE * figure.value / Decimal(found["many"].replace(",", "")), figure.comparator
            elif 0 < figure.value < 1 and (figure.measure in PROPORTIONS or PROPORTION_WORDS.search(words)):
                yield _WHOLE * figure.value, figure.comparator


def _says_share(mine: Figure, exact: Decimal) -> bool:
    """Whether a share may be said of a percentage; "one in six" of whatever comes nearest to six."""
    found = _OF_TEN.match(mine.shown) if not mine.comparator else None
    if found and exact > 0 and mine.value > 0 and not _spoken_fraction(mine):
        many = mine.value / exact
        return Decimal("0.9") <= many <= Decimal("1.1") if mine.about else Decimal("0.94") <= many <= Decimal("1.06")
    return exact != mine.value and (_says(mine, mine.value, exact))


def _spoken_fraction(mine: Figure) -> bool:
    return "half" in mine.shown or "third" in mine.shown or "quarter" in mine.shown


def _change(mine: Figure, claim: Reading, values: Sequence[Figure], sources: Sequence[Reading]) -> bool:
    """ "58 % more" of a ratio of 1.58, "cut by a quarter" of 0.74, "a third as many" of 4 and 12."""
    beside = (
        _BOUNDING.sub("", claim.lower[max(0, mine.start - 90) : mine.start]) + claim.lower[mine.end : mine.end + 60]
    )
    up = mine.direction == "up" or (mine.direction is None and _UP.search(beside))
    down = mine.direction == "down" or (mine.direction is None and _DOWN.search(beside))
    for ratio in () if "halv" in mine.shown else _ratios(sources):
        change = _WHOLE * (ratio - 1)
        if (up and _says(mine, mine.value, change)) or (down and _says(mine, mine.value, -change)):
            return True
    for one, other in _neighbours(values):
        if one.value <= 0 or other.value <= 0:
            continue
        small, large = sorted((one.value, other.value))
        if down and _says(mine, mine.value, _WHOLE * (large - small) / large):
            return True
        if up and _says(mine, mine.value, _WHOLE * (large - small) / small):
            return True
    if (
        _spoken(mine)
        and not _BY_LESS.search(claim.lower[: mine.start])
        and (_PARTS_OF.match(claim.lower, mine.end) or _CUT_TO.search(claim.lower[: mine.start]))
    ):
        return _times(mine, mine.value / _WHOLE, values, sources)
    return False


def _counted(mine: Figure, claim: Reading, values: Sequence[Figure], sources: Sequence[Reading]) -> bool:
    if mine.unit is None and mine.value in {0, 1} and not mine.comparator and _NULL.search(claim.lower[: mine.start]):
        return _some_interval_has(mine.value, sources)
    if mine.unit in {"year", "decade"} and _span_of_years(mine, sources):
        return True
    if mine.unit is None and _in_a_code(mine, claim, sources):
        return True
    claimed = {figure.value for figure in claim.figures if figure is not mine}
    whole = mine.value == mine.value.to_integral_value()
    ahead = claim.lower[mine.end : mine.end + 24]
    units = {mine.unit} | {
        figure.unit for figure in values if mine.unit is None and figure.unit and figure.unit in ahead
    }
    for one, other in _neighbours([figure for figure in values if figure.unit in units]):
        apart, both = abs(one.value - other.value), one.value + other.value
        if (
            mine.comparator
            or 20 * min(one.value, other.value) < both
            or (mine.about is None and whole != (apart == apart.to_integral_value()))
        ):
            continue
        parts = whole and mine.unit is None and claimed & {one.value, other.value} and _REST.search(claim.lower)
        if (parts or (one.unit and _APART.search(claim.lower))) and _says(mine, mine.value, apart):
            return True
        if both > _SMALL and mine.unit is None and _says(mine, mine.value, both):
            return True
    return False


def _some_interval_has(value: Decimal, sources: Sequence[Reading]) -> bool:
    bounds = [
        sorted((figure.value, figure.pair.other))
        for reading in sources
        for figure in reading.figures
        if figure.pair is not None and _bound(figure)
    ]
    return any(low <= value <= high for low, high in bounds)


def _span_of_years(mine: Figure, sources: Sequence[Reading]) -> bool:
    """ "Over ten years" of 2001 to 2010, counted with or without the first."""
    length = mine.value * (10 if mine.unit == "decade" else 1)
    for reading in sources:
        years = [figure.date[0] for figure in reading.figures if figure.date and figure.date[0]]
        if any(0 <= length - (later - earlier) <= 1 for earlier, later in pairwise(years)):
            return True
    return False


def _in_a_code(mine: Figure, claim: Reading, sources: Sequence[Reading]) -> bool:
    """ "interleukin 10" of "IL-10", "chromosome 12" of "tri12": the number of a name, written out or cut short."""
    before = _WORD_BEFORE.search(claim.lower[: mine.start])
    word = before["word"] if before else claim.lower[mine.end :].lstrip(" -")[:1]
    digits = f"{mine.value:f}"
    return any(
        found["digits"] == digits and word[:1] in found["letters"]
        for reading in sources
        for found in _CODE.finditer(reading.lower)
    )
