"""Units as they are written, one name for each, and what kind of amount each measures."""

from __future__ import annotations

import re
from functools import cache

_TABLE = {
    "mass": {
        "kg": "kg kilogram kilograms kilogramme kilogrammes",
        "g": "g gram grams gramme grammes gm",
        "mg": "mg mgs milligram milligrams milligramme milligrammes",
        "µg": "µg ug mcg microg microgram micrograms microgramme microgrammes",
        "ng": "ng nanogram nanograms",
        "pg": "pg picogram picograms",
        "lb": "lb lbs pound pounds",
    },
    "substance": {
        "mol": "mol mole moles",
        "mmol": "mmol millimole millimoles mmols",
        "µmol": "µmol umol micromol micromole micromoles",
        "nmol": "nmol nanomol nanomole nanomoles",
        "pmol": "pmol picomol picomole picomoles",
    },
    "volume": {
        "L": "l litre litres liter liters",
        "dL": "dl decilitre decilitres deciliter deciliters",
        "mL": "ml mls cc millilitre millilitres milliliter milliliters",
        "µL": "µl ul microlitre microlitres microliter microliters",
    },
    "length": {
        "km": "km kilometre kilometres kilometer kilometers",
        "m": "m metre metres meter meters",
        "cm": "cm centimetre centimetres centimeter centimeters",
        "mm": "mm millimetre millimetres millimeter millimeters",
        "inch": "inch inches",
        "mile": "mile miles",
    },
    "area": {"m2": "m2 m^2", "mm3": "mm3", "cm2": "cm2"},
    "time": {
        "second": "second seconds sec secs s",
        "minute": "minute minutes min mins",
        "hour": "hour hours hr hrs h",
        "day": "day days d",
        "week": "week weeks wk wks",
        "month": "month months mo",
        "year": "year years yr yrs y",
        "decade": "decade decades",
    },
    "pressure": {"mmHg": "mmhg mm\\shg", "kPa": "kpa kilopascal kilopascals", "cmH2O": "cmh2o"},
    "temperature": {
        "°C": "°c degrees\\sc degree\\sc degrees\\scelsius celsius",
        "°F": "°f degrees\\sf degrees\\sfahrenheit fahrenheit",
    },
    "energy": {"kcal": "kcal kilocalories kilocalorie calories", "kJ": "kj kilojoules"},
    "activity": {
        "IU": "iu international\\sunits international\\sunit units unit u",
        "mIU": "miu milliunits",
        "mEq": "meq",
    },
    "money": {
        "£": "pounds\\ssterling gbp",
        "$": "dollars dollar usd",
        "€": "euros euro eur",
    },
    "share": {
        "%": "% percent per\\scent pct",
        "pp": "percentage\\spoints percentage\\spoint percent\\spoints %-points %\\spoints pp",
    },
    "equivalent": {"Sv": "sv sievert sieverts", "mSv": "msv millisievert millisieverts"},
    "number": {
        "fold": "fold",
        "times": "times time",
        "point": "points point",
        "bpm": "bpm beats/min",
        "T": "tesla",
        "Gy": "gy gray",
        "dose": "doses dose",
        "tablet": "tablets tablet",
        "puff": "puffs puff inhalations inhalation",
        "person-year": "person-years patient-years person-year patient-year patient\\syears person\\syears",
    },
}
_NAME = {
    form.replace("\\s", " "): (unit, kind)
    for kind, units in _TABLE.items()
    for unit, forms in units.items()
    for form in forms.split()
}
_KIND = dict(_NAME.values())
_FORMS = "|".join(re.escape(form).replace(r"\ ", " ") for form in sorted(_NAME, key=len, reverse=True))
_UNIT = re.compile(rf"(?P<gap>[ -]{{0,2}})(?P<unit>{_FORMS})(?![a-z\d²]|-[a-z]+ed\b)")
_BELOW = re.compile(
    r" ?(?:/|per )(?P<area>(?:1\.73 ?)m2|1\.73 m\^?2)"
    r"|(?: ?/ ?| per )(?P<unit>kg|m2|dl|l|litre|liter|ml|µl|ul|mm3|min|minute|s|sec|second|g|mmol|mol"
    r"|kilogram|body weight)(?![a-z])"
)
_BELOW_NAME = {
    "l": "L",
    "litre": "L",
    "liter": "L",
    "dl": "dL",
    "ml": "mL",
    "µl": "µL",
    "ul": "µL",
    "minute": "min",
} | {
    "s": "second",
    "sec": "second",
    "kilogram": "kg",
}
_LETTER_ALONE = frozenset("mshdyul")
_HYPHENED = frozenset("hy")
_WORDS = frozenset(
    "second minute hour day week month year decade inch mile point dose tablet puff person-year unit".split()
)

DOSE_UNITS = frozenset({"mg", "g", "µg", "ng", "mL", "IU", "mmol", "mEq", "tablet", "puff", "dose", "L"})
LOOSE_UNITS = frozenset({"mmHg", "point", "bpm", "kg/m2", "mL/min/1.73 m2", "mL/min", "°C"})


def read_unit(lower: str, position: int) -> tuple[str | None, int]:
    """The unit that starts at or just after `position` ("mg/dL", "mL/min/1.73 m2"), and where it ends."""
    found = _UNIT.match(lower, position)
    if found is None or (
        found["unit"] in _LETTER_ALONE
        and (
            (found["gap"] == "-" and not (found["unit"] in _HYPHENED and lower[position - 1 : position].isdigit()))
            or lower[found.end() : found.end() + 1] == "'"
        )
    ):
        return None, position
    unit, end = _NAME[found["unit"]][0], found.end()
    while below := _BELOW.match(lower, end):
        if below["area"]:
            unit += "/1.73 m2"
        elif below["unit"] != "body weight":
            unit += f"/{_BELOW_NAME.get(below['unit'], below['unit'])}"
        end = below.end()
    return unit, end


@cache
def kind_of(unit: str) -> tuple[str, ...]:
    """What a unit measures, part by part: "mg/dL" is mass over volume."""
    return tuple(_KIND.get(part, part) for part in unit.replace("/1.73 m2", "/area").split("/"))


def show_amount(value: str, unit: str | None) -> str:
    """A value with its unit, to be read: "40 mg", "5 percentage points", "12 weeks"."""
    if unit is None:
        return value
    if unit == "pp":
        return f"{value} percentage points"
    plural = "s" if unit in _WORDS and value != "1" else ""
    return f"{value}-fold" if unit == "fold" else f"{value} {unit}{plural}"
