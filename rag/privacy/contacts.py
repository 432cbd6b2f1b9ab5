"""Ways to reach a person, and when they were born: e-mail, telephone, address, date of birth."""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_EMAIL = re.compile(
    r"[\w.+'-]+\s?(?:@|\(at\)|\[at\]|(?-i:AT) )\s?(?:[\w-]+\s?(?:\.|\(dot\)|\[dot\]|(?-i:DOT) "
    r")\s?)+[A-Za-z]{2,24}(?![\w])",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?|januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|juillet|août|septembre"
    r"|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)"
)
_DATE = (
    rf"(?:\d{{1,4}}\s?[-/. ]\s?\d{{1,2}}\s?[-/. ]\s?\d{{2,4}}|\d{{1,2}}(?:st|nd|rd|th)?\.?[ -](?:of )?(?:de "
    rf")?{_MONTH}\.?,?[ -](?:de )?\d{{2,4}}"
    rf"|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{1,2}}[- ]{_MONTH}[- ]\d{{2,4}}|(?:19|20)\d{{6}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}"
    rf"|{_MONTH} (?:19|20)\d\d)"
)
_BORN = (
    r"(?:\bd\.?\s?o\.?\s?b\.?|\bdate of birth|\bbirth ?date|\bbirthday|\bborn|\bb\.|\bgeboren|\bgeb\.|\bnée?\b"
    r"|\bnacid[oa])"
    r"(?:\s+(?:is|was|on|in|the|am|le|el|of))*\s*[:=,-]?\s*"
)
_BIRTH = re.compile(rf"{_BORN}(?P<date>{_DATE})(?!\d)", re.IGNORECASE)
_BESIDE_NAME = re.compile(
    r"[A-Z][a-z]+,? \(?(?P<date>\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d)\)?(?!\d)"
)
_PHONE_WORD = re.compile(
    r"\b(?:tel(?:ephone)?|phone|mobile|mob|cell(?:phone)?|call(?:ed|back)?|ring|reach(?:ed|able)?|contact|fax|whatsapp"
    r"|text|handy|telefon|pager|number is"
    r"|extension|ph|voicemail|sms|landline|line)\b[^0-9+(]{0,30}$",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\w.,/+-])(?:\+|00|\(0?)?\d[\d ()./-]{5,20}\d(?![\w%]|[.,/-]\d)")
_UNITED_STATES = re.compile(r"(?<![\w.-])(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-. ]\d{4}(?![\w-])")
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "AU", "IN", "ZA", "IE", "SE", "CH", "AT", "BR", "JP", "PL", "BE")
_STREET = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Court|Ct|Boulevard|Blvd|Way|Close|Crescent|Place|Terrace|Square|Gardens"
    r"|Highway|Hwy|Parkway|Pkwy|Circle|Row|Mews|Grove|Hill|Walk|Quay|Green|Rise|View|Park|Trail|Alley)"
)
_CAPITAL = r"[A-ZÀ-Þ][\w'’-]*"
_ADDRESSES = (
    re.compile(
        rf"\b(?:(?:Apt|Apartment|Flat|Unit|Suite) ?#?\w{{1,5}},? ?)?\d{{1,5}}[A-Za-z]?,? (?:{_CAPITAL} "
        rf"){{1,4}}(?:{_STREET})\b\.?(?:,? (?:Apt|Apartment|Flat|Unit) ?#?\w{{1,5}})?(?:,? {_CAPITAL}){{0,3}}(?:,? "
        rf"[A-Z]{{2}} \d{{5}}| \d[A-Z]{{2}}\b)?"
    ),
    re.compile(
        r"(?<=\b)\d{1,5}[a-z]? (?:[a-z]+ ){1,3}(?:street|road|avenue|lane|boulevard|crescent|terrace)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b[A-ZÄÖÜ][\wäöüß-]*(?:straße|strasse|str\.|weg|gasse|platz|allee|ring|damm|ufer|straat|laan|gracht|gatan"
        r"|vägen)\s\d{1,4}\s?[a-z]?\b(?:,? \d{4,5} [A-ZÄÖÜ][\wäöüß-]+)?"
    ),
    re.compile(
        rf"\b\d{{1,4}}(?: bis)?,? (?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Pp]lace|[Cc]hemin|[Aa]llée|[Ii]mpasse|[Qq]uai) "
        rf"(?:d[eu](?: la| l')? |des "
        rf"|d')?{_CAPITAL}(?: {_CAPITAL})*(?:, \d{{5}} {_CAPITAL})?"
    ),
    re.compile(
        rf"\b(?:Calle|Avenida|Av\.|Plaza|Paseo|Via|Viale|Piazza|Corso|Rua|Ulica|ul\.) (?:d[eio](?:l|lla|s| la)? "
        rf")?{_CAPITAL}(?: {_CAPITAL})*,? (?:n[º°.]? ?)?\d{{1,4}}\b"
    ),
    re.compile(
        r"\b(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKS-UW]|[A-HK-Y]\d[ABEHMNPRV-Y]) "
        r"\d[ABD-HJLNP-UW-Z]{2})\b"
    ),
    re.compile(
        rf"\b{_CAPITAL}(?: {_CAPITAL})?, (?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]"
        rf"|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]),? \d{{5}}(?:-\d{{4}})?\b"
    ),
    re.compile(r"\b\d{1,4}\s[A-ZÄÖÜ][\wäöüß-]*(?:straße|strasse|gasse|weg|allee)\b"),
    re.compile(rf"\b{_CAPITAL}(?: {_CAPITAL}){{0,2}} \d{{1,4}}[a-z]?, \d{{4,5}} {_CAPITAL}"),
    re.compile(r"\b(?:P\.? ?O\.? ?Box|Postfach) \d{2,6}\b", re.IGNORECASE),
    re.compile(
        r"\b(?:zip(?: ?code)?|post(?:al)? ?code|plz)(?: is)?:? \w{2,5}[ -]?\w{0,4}\b(?<=\d)|\b(?:zip(?: ?code)?"
        r"|plz)(?: is)?:? \d{4,5}\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:address(?: is)?:?|lives at|living at|resides at|residing at|home is at|residence:) "
        rf"?(?P<where>(?:\d+\w? )?{_CAPITAL}[^?;]{{2,60}}?)(?=[?;.]|$| and | has | with | who )"
    ),
)


def emails(text: str) -> Iterator[Span]:
    """E-mail addresses, also ones written with (at) and (dot)."""
    for match in _EMAIL.finditer(text):
        yield match.span()


def births(text: str) -> Iterator[Span]:
    """Dates of birth: dates after a word that says so, and full dates right after a name."""
    for pattern in (_BIRTH, _BESIDE_NAME):
        for match in pattern.finditer(text):
            yield match.span("date")


def telephones(text: str) -> Iterator[Span]:
    """Telephone numbers: international ones, ones in the usual American form, and others after a word for calling."""
    import phonenumbers

    for found in phonenumbers.PhoneNumberMatcher(text, None, leniency=phonenumbers.Leniency.POSSIBLE):
        yield found.start, found.end
    for match in _UNITED_STATES.finditer(text):
        yield match.span()
    for match in _DIGITS.finditer(text):
        if _PHONE_WORD.search(text[: match.start()]) or match[0].startswith(("+", "00")):
            if sum(one.isdigit() for one in match[0]) >= 7:
                yield match.span()
        elif _is_national(match[0]):
            yield match.span()


def _is_national(written: str) -> bool:
    """Whether digits in groups, beginning with 0, are a valid number of some country."""
    import phonenumbers

    if not written.lstrip("(").startswith("0") or not re.search(r"[ ()/-]", written) or re.search(r"\d\.\d", written):
        return False
    for region in _REGIONS:
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return True
    return False


def addresses(text: str) -> Iterator[Span]:
    """Postal addresses: a street with its number, postal codes in their usual forms, and what is called an address."""
    for pattern in _ADDRESSES:
        for match in pattern.finditer(text):
            yield match.span("where") if "where" in pattern.groupindex and match["where"] else match.span()
