"""Numbers that stand for a person: national numbers, by python-stdnum's check digits, and record numbers, by their
words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module

Span = tuple[int, int]

_FORMS = (
    ("us.ssn", r"\d{3}-\d{2}-\d{4}"),
    ("gb.nhs", r"\d{3}[ -]\d{3}[ -]\d{4}"),
    ("fr.nir", r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}"),
    ("es.dni", r"\d{8}-?[A-HJ-NP-TV-Z]"),
    ("es.nie", r"[XYZ]-?\d{7}-?[A-HJ-NP-TV-Z]"),
    ("it.codicefiscale", r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]"),
    ("ch.ssn", r"756\.?\d{4}\.?\d{4}\.?\d{2}"),
    ("br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d{2}"),
    ("se.personnummer", r"(?:19|20)?\d{6}[-+]\d{4}"),
    ("dk.cpr", r"\d{6}-\d{4}"),
    ("fi.hetu", r"\d{6}[-+A]\d{3}[0-9A-Y]"),
    ("no.fodselsnummer", r"\d{6} \d{5}"),
    ("pl.pesel", r"\d{11}"),
    ("be.nn", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}"),
    ("in_.aadhaar", r"[2-9]\d{3} \d{4} \d{4}"),
    ("ca.sin", r"\d{3} \d{3} \d{3}"),
    ("mx.curp", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d"),
    ("za.idnr", r"\d{13}"),
    ("cn.ric", r"\d{17}[\dX]"),
    ("kr.rrn", r"\d{6}-[1-4]\d{6}"),
    ("ie.pps", r"\d{7}[A-W][A-IW]?"),
    ("ro.cnp", r"[1-8]\d{12}"),
    ("cz.rc", r"\d{6}/\d{3,4}"),
)
_BRITISH_INSURANCE = re.compile(
    r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"
)
_NATIONAL_WORDS = (
    r"(?:ssn|chi(?: number| no\.?)|phn|health number|social security(?: number| no\.?)?|national (?:id(?:entity"
    r"|entification)?|insurance|health)(?: card)?(?: "
    r"number| no\.?)?|ni(?:no| number)"
    r"|nhs(?: number| no\.?| #)?|passport(?: number| no\.?)?|identity card(?: number)?|id card(?: number)?|tax (?:id"
    r"|number)|bsn|dni|nie|nir|cpf|pesel"
    r"|aadhaar|sin|medicare(?: number| no\.?| id)?|personnummer|cpr(?: number| no\.?)|codice fiscale|steuer-?id"
    r"|sozialversicherungsnummer|versichertennummer"
    r"|ahv(?:-nummer| number)?|curp|driver'?s licen[cs]e(?: number| no\.?)?|driving licen[cs]e(?: number)?"
    r"|medicaid(?: number| id)?)"
)
_RECORD_WORDS = (
    r"(?:mrn|m\.r\.n\.|(?:medical |health |hospital |patient |clinic |case )?record(?: number| no\.?| id)?"
    r"|hospital(?: number| no\.?| id| #)|patient(?: number| no\.?| id| identifier| #)"
    r"|pt id|chart(?: number| no\.?| #)|case(?: number| no\.?| id| #)|file(?: number| no\.?)|account(?: number| "
    r"no\.?)|admission(?: number| no\.?)|encounter(?: number| id)?|visit (?:number|id|no\.?)"
    r"|(?:health )?insurance(?: number| no\.?| id| policy)|policy(?: number| no\.?)|member(?: id| number)"
    r"|accession(?: number| no\.?)?|unit number|ur number|umrn|hospital id|fallnummer|patientennummer|specimen "
    r"(?:number|id)"
    r"|health card(?: number)?|device serial(?: number)?|subject id|study id|participant id)"
)
_VALUE = (
    r"(?:\s+(?:is|was|of))?\s*[:#=]*\s*(?:is\s+)?(?P<value>(?=[\w./-]* ?\d[\w./ -]*\d)[A-Za-z]{0,4}[-/ ]?"
    r"\d[\w./-]*(?: \d{2,}[\w-]*)*)"
)
_NATIONAL = re.compile(
    rf"\b{_NATIONAL_WORDS}(?![A-Za-z]){_VALUE}|\b(?:passport|licen[cs]e)(?: number| no\.?)?:? "
    rf"(?P<letters>[A-Z]{{1,2}}\d{{6,9}}|(?=[A-Z]*\d)(?=\w*\d\w*\d)[A-Z0-9]{{8,9}})\b",
    re.IGNORECASE,
)
_RECORD = re.compile(rf"(?<![\w-]){_RECORD_WORDS}(?![A-Za-z]){_VALUE}", re.IGNORECASE)
_LEAST_DIGITS = 4


@cache
def _checked_forms() -> tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...]:
    return tuple(
        (re.compile(rf"(?<![\w.,/-]){form}(?![\w]|[.,/-]\d)"), import_module(f"stdnum.{name}").is_valid)
        for name, form in _FORMS
    )


def national_ids(text: str) -> Iterator[Span]:
    """National numbers: ones of a country's form with right check digits, and whatever follows the words for one."""
    for pattern, is_valid in _checked_forms():
        for match in pattern.finditer(text):
            if is_valid(match[0]):
                yield match.span()
    for match in _BRITISH_INSURANCE.finditer(text):
        yield match.span()
    for match in _NATIONAL.finditer(text):
        value = "value" if match["value"] else "letters"
        least = _LEAST_DIGITS // 2 if match[0].lower().startswith("passport") else _LEAST_DIGITS
        if sum(one.isdigit() for one in match[value]) >= least:
            yield match.span(value)


def record_numbers(text: str) -> Iterator[Span]:
    """Numbers after the words for a record, a chart, a policy or a member, of at least four digits."""
    for match in _RECORD.finditer(text):
        if sum(one.isdigit() for one in match["value"]) >= _LEAST_DIGITS:
            yield match.span("value")
