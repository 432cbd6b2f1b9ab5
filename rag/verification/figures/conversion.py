"""Amounts in other units: by pint where the units measure the same, by molar mass where the substance is named.

pint takes a third of a second to load with its own tables and half of that without them. It is loaded at the first
figure that needs it, with a registry of the few units that texts of medicine use.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from rag.verification.figures.units import kind_of

if TYPE_CHECKING:
    import pint

_DEFINITIONS = (
    "g = [mass]; kg = 1000 * g; mg = 1e-3 * g; µg = 1e-6 * g; ng = 1e-9 * g; pg = 1e-12 * g; lb = 453.59237 * g;"
    "mol = [substance]; mmol = 1e-3 * mol; µmol = 1e-6 * mol; nmol = 1e-9 * mol; pmol = 1e-12 * mol;"
    "m = [length]; km = 1000 * m; cm = 1e-2 * m; mm = 1e-3 * m; inch = 2.54 * cm; mile = 1609.344 * m;"
    "m2 = m ** 2; cm2 = cm ** 2; mm3 = mm ** 3; L = [volume]; dL = 0.1 * L; mL = 1e-3 * L; µL = 1e-6 * L;"
    "day = [time]; hour = day / 24; minute = hour / 60; min = minute; second = minute / 60; week = 7 * day;"
    "year = 365.25 * day; month = year / 12; decade = 10 * year;"
    "Pa = [pressure]; kPa = 1000 * Pa; mmHg = 133.322387415 * Pa; cmH2O = 98.0665 * Pa;"
    "kJ = [energy]; kcal = 4.184 * kJ; IU = [activity]; mIU = 1e-3 * IU;"
    "Sv = [equivalent]; mSv = 1e-3 * Sv"
)
# Grams a mole, of what laboratories report both ways.
_MOLAR_MASS = {
    re.compile(r"\b(?:glucose|glyc[ae]emia|blood sugar|fpg)\b"): Decimal("180.156"),
    re.compile(r"\b(?:cholesterol|ldl|hdl|ldl-c|hdl-c)\b"): Decimal("386.65"),
    re.compile(r"\btriglycerides?\b"): Decimal("885.4"),
    re.compile(r"\bcreatinine\b"): Decimal("113.12"),
    re.compile(r"\b(?:urate|uric acid)\b"): Decimal("168.11"),
    re.compile(r"\bbilirubin\b"): Decimal("584.66"),
    re.compile(r"\bcalcium\b"): Decimal("40.078"),
}
_HBA1C = re.compile(r"\b(?:hba1c|a1c|glycated ha?emoglobin)\b")
_TIME_SLACK = Decimal("0.02")


@cache
def _registry() -> pint.UnitRegistry[Decimal]:
    import pint

    registry: pint.UnitRegistry[Decimal] = pint.UnitRegistry(None, non_int_type=Decimal, cache_folder=None)
    for definition in _DEFINITIONS.split(";"):
        registry.define(definition.strip())
    return registry


@cache
def factor(unit: str, other: str) -> Decimal | None:
    """How many of `other` one `unit` is, or None where they do not measure the same."""
    if kind_of(unit) != kind_of(other) or unit.endswith("m2") != other.endswith("m2"):
        return None
    if unit == other:
        return Decimal(1)
    try:
        registry = _registry()
        one = registry.Quantity(Decimal(1), unit.replace("/1.73 m2", ""))
        return Decimal(one.to(other.replace("/1.73 m2", "")).magnitude)
    except Exception:  # pint raises of many kinds for a unit that it was not given
        return None


def rounds_to(exact: Decimal, value: Decimal) -> bool:
    """Whether `value` is `exact` rounded to the last place that `value` shows."""
    exponent = value.as_tuple().exponent
    place = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    return abs(exact - value) * 2 <= place


def _calendar(unit: str, other: str) -> bool:
    """Whether one is counted in months or years and the other in weeks or less: then no conversion is exact."""
    long = {"month", "year", "decade"}
    return kind_of(unit) == ("time",) == kind_of(other) and (unit in long) != (other in long)


def same_amount(value: Decimal, unit: str, other: Decimal, other_unit: str, words: str) -> bool:
    """Whether `value unit` is what `other other_unit` comes to; `words`, in lower case, name the substance if any.

    A change of decimal prefix must be exact. Months against weeks are taken within 2 % ("2 years" is "104 weeks").
    A change of system (inches, mmol/L) may be rounded to the last place that is shown.
    """
    times = factor(other_unit, unit)
    if times is not None:
        exact = other * times
        if _calendar(unit, other_unit):
            return abs(exact - value) <= _TIME_SLACK * abs(exact)
        if times.normalize().as_tuple().digits == (1,) or kind_of(unit) == ("time",):
            return abs(exact - value) <= abs(exact) * Decimal("1e-15")
        return rounds_to(exact, value)
    return _same_temperature(value, unit, other, other_unit) or _same_concentration(
        value, unit, other, other_unit, words
    )


def _same_temperature(value: Decimal, unit: str, other: Decimal, other_unit: str) -> bool:
    if (unit, other_unit) == ("°C", "°F"):
        return rounds_to((other - 32) * 5 / 9, value)
    return (unit, other_unit) == ("°F", "°C") and rounds_to(other * 9 / 5 + 32, value)


def _same_concentration(value: Decimal, unit: str, other: Decimal, other_unit: str, words: str) -> bool:
    """By molar mass; HbA1c by the master equation of IFCC and NGSP, % = 0.09148 x mmol/mol + 2.152 (Hoelzel 2004)."""
    if {unit, other_unit} == {"%", "mmol/mol"} and _HBA1C.search(words):
        percent = Decimal("0.09148") * (other if other_unit == "mmol/mol" else value) + Decimal("2.152")
        exact = percent if unit == "%" else (other - Decimal("2.152")) / Decimal("0.09148")
        return rounds_to(exact, value)
    kinds = {kind_of(unit), kind_of(other_unit)}
    if kinds != {("mass", "volume"), ("substance", "volume")}:
        return False
    for name, mass in _MOLAR_MASS.items():
        if name.search(words):
            to_mass = kind_of(unit)[0] == "mass"
            here = factor("g/L" if to_mass else "mol/L", unit)
            there = factor(other_unit, "mol/L" if to_mass else "g/L")
            if here and there:
                return rounds_to(other * there * (mass if to_mass else 1 / mass) * here, value)
    return False
