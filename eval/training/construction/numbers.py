"""Numbers: flips of amounts, units and doses, and rewordings that keep the amount."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eval.training.construction.pairs import CLOSE, OPEN, Change, Flip, Rewrite, Scene

_PERCENT = re.compile(
    r"(?<![\w.,%-])(?<!CI )(?<!CI, )(\d{1,2}(?:\.\d+)?)(?= ?(?:%|per ?cent\b))(?! ?%? (?:CI|confidence|to \d|credible))"
)
_AMOUNT = re.compile(
    r"(?<![\w.,−-])(?<!of the )(\d{1,5}(?:\.\d+)?)(?= (?:mg|g|kg|mcg|ml|mL|mmol|mm Hg|mmHg|IU|"
    r"units|kcal|cm|mm|points?|deaths|cases"
    r"|times|mg/d|mg/dL|L)\b)"
)
_FOLD = re.compile(
    r"(?<![\w.-])(\d+(?:\.\d+)?|two|three|four|five|six|ten)(?=[- ]fold\b|fold\b| times (?:more|higher|greater|as))"
)
_COUNT_WORDS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_COUNT = re.compile(rf"(?<![\w-])({'|'.join(_COUNT_WORDS)})(?= (?!of\b|or\b|and\b|to\b|times\b|in\b)[a-z]+s\b)")
_UNITS = {
    "mg": ("g", "mcg"),
    "g": ("mg", "kg"),
    "mcg": ("mg",),
    "ml": ("L",),
    "mL": ("L",),
    "days": ("weeks", "months"),
    "weeks": ("days", "years"),
    "months": ("days", "years"),
    "years": ("weeks", "months"),
    "hours": ("days", "minutes"),
    "minutes": ("hours",),
    "kg": ("g",),
    "h": ("min",),
    "mmol": ("mol",),
}
_UNIT = re.compile(
    r"(?<=\d )(mg|g|mcg|ml|mL|days|weeks|months|years|hours|minutes|kg|h|mmol)(?![\w/])(?! (?:of age|old|and older))"
)
# When something was seen is a matter of time (a swap, neutral); how long or how much it was, of amount.
_SPANS = {"da", "we", "mo", "ye", "ho", "mi", "h"}
_POINT_IN_TIME = re.compile(
    r"\b(?:at|after|for|in|by|within|during|over|between|until) (?:the )?(?:\w+ )?\d+(?:\.\d+)? $"
)
_DIRECTION = re.compile(
    r"\b(?:at least|at most|more than|less than|over|under|above|below|up to|or more|or less|greater|fewer)\b"
)
_SHARES = {
    "50": ("half of", "one in two"),
    "25": ("a quarter of", "one in four"),
    "20": ("one in five", "a fifth of"),
    "10": ("one in ten", "a tenth of"),
    "75": ("three quarters of", "three in four"),
    "33": ("about a third of", "one in three"),
    "40": ("two in five",),
    "5": ("one in twenty",),
    "60": ("three in five",),
    "80": ("four in five",),
}
_TIMES = {
    "12 months": "one year",
    "24 months": "two years",
    "6 months": "half a year",
    "24 hours": "one day",
    "24 h": "one day",
    "48 h": "two days",
    "48 hours": "two days",
    "52 weeks": "one year",
    "1 year": "12 months",
    "2 years": "24 months",
    "7 days": "one week",
    "14 days": "two weeks",
    "one year": "12 months",
    "two weeks": "14 days",
    "36 months": "three years",
    "one week": "7 days",
    "two years": "24 months",
    "3 years": "36 months",
    "60 minutes": "one hour",
    "four weeks": "28 days",
}


def _other(number: str, scene: Scene, ceiling: float) -> str:
    """A number with as many decimals, at least a third away."""
    value = float(number)
    places = len(number.partition(".")[2])
    if not places and value <= 4:
        return str(int(value) + scene.chance.choice((2, 3, 4, 5)))
    least = max(value / 3, 2 if not places else 2 * 10.0**-places)
    ways = [value * factor for factor in (0.2, 0.3, 0.4, 0.5, 0.6, 1.5, 1.7, 2, 2.5, 3, 4, 6)]
    fitting = [round(way, places) for way in ways if way < ceiling and abs(round(way, places) - value) >= least]
    chosen = scene.chance.choice(fitting) if fitting else value + least
    return f"{chosen:.{places}f}"


def change_percent(text: str, scene: Scene) -> Iterator[Change]:
    """ "25%" made another share."""
    if not _DIRECTION.search(text):
        for found in _PERCENT.finditer(text):
            yield Change(found.start(1), found.end(1), _other(found[1], scene, 98))


def change_amount(text: str, scene: Scene) -> Iterator[Change]:
    """ "20 mg" made another dose or count."""
    if not _DIRECTION.search(text):
        for found in _AMOUNT.finditer(text):
            yield Change(found.start(1), found.end(1), _other(found[1], scene, 99999))


def change_fold(text: str, scene: Scene) -> Iterator[Change]:
    """ "twofold", "3-fold" made another ratio."""
    for found in _FOLD.finditer(text):
        if found[1] in _COUNT_WORDS:
            new = scene.chance.choice([word for word in ("two", "three", "five", "ten") if word != found[1]])
        else:
            new = _other(found[1], scene, 5000)
        yield Change(found.start(1), found.end(1), new)


def change_count(text: str, scene: Scene) -> Iterator[Change]:
    """ "three genes" made "six genes"; counts that open a list are left alone."""
    if _DIRECTION.search(text):
        return
    for found in _COUNT.finditer(text):
        here = _COUNT_WORDS.index(found[1])
        others = [word for place, word in enumerate(_COUNT_WORDS) if abs(place - here) > 1]
        yield Change(found.start(1), found.end(1), scene.chance.choice(others))


def change_unit(text: str, scene: Scene) -> Iterator[Change]:
    """ "5 weeks" made "5 years"; "20 mg" made "20 g"."""
    for found in _UNIT.finditer(text):
        if found[1][:2] in _SPANS and _POINT_IN_TIME.search(text[: found.start()]):
            continue
        yield Change(found.start(1), found.end(1), scene.chance.choice(_UNITS[found[1]]))


def reword_share(text: str, scene: Scene) -> str | None:
    """ "25% of patients" said "one in four patients"."""
    for found in re.finditer(
        r"(?<![\w.,-])(\d\d?)(?:\.0)? ?(?:%|percent) of (?!the (?:total|variance|variation))(?=(?:the "
        r"|all )?[a-z]+s\b)",
        text,
    ):
        ways = _SHARES.get(found[1])
        if ways and OPEN not in found[0]:
            way = scene.chance.choice(ways)
            rest = text[found.end() :]
            if "in" in way.split() and re.match(r"(?:the|all) ", rest):
                rest = rest.partition(" ")[2]
            return text[: found.start()] + (way + " ") + rest
    return None


def reword_percent(text: str, scene: Scene) -> str | None:
    """ "25%" said "25 percent"; marked numbers too, for only the sign after them changes."""
    new = re.sub(rf"(\d{CLOSE}?) ?%", r"\1 percent", text)
    return new if new != text else None


def reword_time(text: str, scene: Scene) -> str | None:
    """ "12 months" said "one year"."""
    for found in re.finditer(
        r"(?<![\w.-])(?:\d+|one|two|four) (?:months|hours|h|weeks|days|years?|minutes|week)\b(?! (?:old|of age))", text
    ):
        if found[0] in _TIMES:
            return text[: found.start()] + _TIMES[found[0]] + text[found.end() :]
    return None


def reword_rounded(text: str, scene: Scene) -> str | None:
    """ "24.6%" said "about 25%"."""
    for found in re.finditer(r"(?<![\w.,-])(?<!about )(?<!by )(\d\d)\.(\d)(?= ?(?:%|percent))(?!%? to )", text):
        if not re.search(
            r"(?:than|least|most|over|under|above|below|to|approximately|nearly|almost) $", text[: found.start()]
        ):
            return f"{text[: found.start()]}about {round(float(found[0]))}{text[found.end() :]}"
    return None


def reword_small(text: str, scene: Scene) -> str | None:
    """ "3 genes" said "three genes" and the other way."""
    for found in re.finditer(
        r"(?<=[a-z] )(?<!type )(?<!stage )(?<!grade )(?<!phase )(?<!aspase )(?<!group )(?<!or )(?<!and"
        r" )(?<!to )([3-9])(?= (?!times\b)[a-z]{3,}s\b)",
        text,
    ):
        return text[: found.start()] + _COUNT_WORDS[int(found[1]) - 2] + text[found.end() :]
    for found in _COUNT.finditer(text):
        return text[: found.start()] + str(_COUNT_WORDS.index(found[1]) + 2) + text[found.end() :]
    return None


FLIPS = (
    Flip("percent", "numbers", "refutes", change_percent, "refutes"),
    Flip("amount", "numbers", "refutes", change_amount, "refutes"),
    Flip("fold", "numbers", "refutes", change_fold, "refutes", held=True),
    Flip("count", "numbers", "refutes", change_count, "refutes"),
    Flip("unit", "numbers", "refutes", change_unit, "refutes"),
)
REWRITES = (
    Rewrite("share_in_words", "numbers", reword_share),
    Rewrite("percent_in_words", "numbers", reword_percent),
    Rewrite("time_in_other_units", "numbers", reword_time, held=True),
    Rewrite("rounded", "numbers", reword_rounded),
    Rewrite("small_number", "numbers", reword_small),
)
