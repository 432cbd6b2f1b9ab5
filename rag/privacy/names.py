"""Names of persons, told by what stands around them: a title, "my patient", an age, a common given name.

Eponyms, drugs, diseases and trials are no names, unless a title or "named" says so: Mrs Wells is a person, a Wells
score is none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from rag.text import STOPWORDS, words
from rag.verification.naming import is_disease, is_drug

Span = tuple[int, int]

_WORD = r"(?:(?:O|D|L)['’])?(?:Mc|Mac|Fitz)?[A-ZÀ-ÞŁŚŽŠČ][a-zà-ÿłśńžščćęąóř]+(?:[-'’][A-ZÀ-ÞŁŚ]?[a-zà-ÿłśń]+)*"
_PARTICLE = (
    r"(?:(?:van der|van den|van de|van|von der|von|de la|de los|del|de|di|da|dos|du|la|le|al|el|bin|ibn|ben|ter|ten) )"
)
_INITIAL = r"(?:[A-Z]\.? ?)"
_FULL = rf"(?:{_WORD}|[A-Z]\.)(?: (?:{_PARTICLE})?(?:{_WORD}|[A-Z]\.)){{0,3}}"
_TWO = rf"{_WORD}(?: {_INITIAL})?(?: (?:{_PARTICLE})?{_WORD}){{1,3}}"
_TITLE = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Doctor|Prof|Professor|Herr|Frau|Señora?|Sra?|Monsieur|Madame|Mme|Signora?|Sir|Dame|Lady|Lord|Rev|Nurse)\b\.?\s+(?P<name>{_PARTICLE}?{_FULL})"
    rf"|\b(?:MR|MRS|MISS|DR)\.?\s+(?P<upper>[A-Z][A-Z'’-]{{2,}}(?: [A-Z][A-Z'’-]{{2,}})?)"
    rf"|\b(?:mr|mrs|miss|ms\.|dr\.?|prof\.?)\s+(?P<lower>[a-zà-ÿ][a-zà-ÿ'’-]{{2,}})"
)
_PERSON = (
    r"(?:patients?|pt|client|resident|inpatient|outpatient|man|woman|lady|gentleman|boy|girl|child|baby|toddler|teenager|person|mother|mum|mom|father"
    r"|dad|son|daughter|wife|husband|partner|brother|sister|aunt|uncle|friend|neighbou?r|colleague|grandmother|grandfather|grandma|grandpa"
    r"|cousin|nephew|niece|patiente|paziente|paciente)"
)
_CALLED = re.compile(
    rf"\b(?:{_PERSON}\b[\w ,()-]{{0,30}}?\b(?:named|called|(?:whose )?name is|by the name of|known as)|(?:patient |pt "
    rf"|full |first |last |sur|given |his |her |their |my |the patient's |patient's )name(?: is|:| =)?"
    rf"|\bname:|(?:his|her|their) name['’]s|my name is|i am called|goes by|signed(?: by)?:?|(?:kind |best )?regards,?"
    rf"|yours,?)\s+(?P<name>(?:[Mm]rs?\.? |[Dd]r\.? )?{_PARTICLE}?{_FULL}|[a-z][a-z'’-]+ [a-z][a-z'’-]+)"
)
_OF_PERSON = re.compile(
    rf"\b(?i:{_PERSON})(?:,| is| was|:| -| –)?\s+(?:\(?(?:initials )?)(?P<name>{_PARTICLE}?{_FULL})"
)
_LOWER_PERSON = re.compile(rf"\b(?:my|our|this|the|a|new|old|pt|patient)\s+(?:{_PERSON}\s+)?(?P<name>[a-z]+ [a-z'’-]+)")
_AGED = re.compile(
    rf"(?P<name>{_TWO})(?:,| is| -|:)? ?\(?(?:,? ?(?:aged?|a|an|age:?)? ?)?(?:\d{{1,3}}(?:[- ]?(?:years?|yrs?|y|yo"
    rf"|y/o|months?)\b|[ ]?[MFmf]\b|[-–]year|\)|,|;|\.| (?:with|has|is|on|who|and|presents|presenting|male|female)\b"
    rf"|$)|(?:DOB|d\.o\.b|dob|born|MRN|NHS|nhs)\b)"
)
_REVERSED = re.compile(rf"\b(?P<name>(?:{_WORD}|[A-Z]{{3,}}), (?P<given>{_WORD}))\b")
_PAIR = re.compile(rf"\b(?=(?P<given>{_WORD})(?P<rest>(?: {_INITIAL})?(?: (?:{_PARTICLE})?{_WORD}){{1,3}}))")
_ALONE = re.compile(
    rf"\b(?P<name>{_WORD})(?:['’]s\b|,? (?:has|had|is|was|takes|took|needs|wants|suffers|presented|presents|cannot"
    rf"|can't|complains|developed|lives|weighs|who|started|stopped|should|does|feels|came)\b|, \d{{1,3}}\b|\?|$)"
)
_FOR_ONE = re.compile(
    rf"\b(?i:for|give|gave|started|prescribe|prescribed|treat|treating|saw|seen|review|told|does|is|can|should|has|about|of|with)\s+(?P<name>{_WORD})\b"
)
_STANDS_FOR = re.compile(
    r"^(?:['’]s?)?[- ]*(?:and |or |[-–/&] ?)?(?:[A-Z]?[\w-]+ ){0,2}?(?:syndrome|disease|sign|test|score|criteri\w+"
    r"|classification|stage|grade|scale|index|phenomenon|palsy"
    r"|fracture|contracture|arteritis|thyroiditis|lymphoma|sarcoma|tumou?r|nodes?|cyst|oesophagus|esophagus|dementia|chorea|murmur|pulse|ulcer|rule|rules"
    r"|equation|formula|method|model|curve|plot|trial|study|review|reviews|guidelines?|consensus|report|diet|gait|reflex|man(?:o?euvre|euver)|position|law|anaemia|anemia|purpura|angina"
    r"|blocks?|type|procedure|operation|repair|ligament|triad|tetralogy|anomaly|body|bodies|cells?|virus|infection|fever|nephropathy|hepatitis|questionnaire|inventory|cohort|register|registry|risk|cut-?off|threshold|probability|bundle|stain|hernia)\b",
    re.IGNORECASE,
)


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    tables = tomllib.loads(files("rag.privacy").joinpath("names.toml").read_text(encoding="utf-8"))
    return frozenset(tables["given"].split()), frozenset(tables["eponyms"].split())


@cache
def _clinical() -> frozenset[str]:
    """Words of the lexicon and plain words that begin sentences or titles, none of which is a name by itself."""
    lexicon = tomllib.loads(files("rag").joinpath("lexicon.toml").read_text(encoding="utf-8"))
    known = {
        word.lower()
        for table in lexicon.values()
        for key, phrases in table.items()
        for phrase in (key, *phrases)
        for word in words(phrase)
    }
    return frozenset(known | STOPWORDS | set(_PLAIN.split()))


_PLAIN = """
has had having presents presenting presented started stopped needs need wants take takes taking received receiving
with without on and or but who whose which that is are was were can could should would will may might must not no yes
currently already recently newly diagnosed treated admitted referred known seen complaining complains develops
developed suffering suffers asks asked asking weighs lives living aged age old year years month months male female
black white asian hispanic caucasian african european american british indian chinese german french spanish italian
dutch canadian australian japanese korean brazilian mexican swedish swiss university hospital clinic centre center
institute college society association board committee department medical medicine health care study trial guideline
guidelines consensus review network group north south east west united states kingdom england scotland wales ireland
europe america asia africa australia germany france spain italy china india japan canada monday tuesday wednesday
thursday friday saturday sunday january february march april may june july august september october november december
gp er ed icu itu ward nurse doctor surgeon physician therapist specialist consultant resident prescribe prescribed
prescribes explain explains advise advise said says told thinks suggested suggests recommended recommends tells wrote
writes gave gives helps help about after before during because since until while whereas stable unstable acute chronic
severe mild moderate positive negative normal abnormal high low elevated reduced increased decreased newly both either
neither another other any some all every each first second third last next previous prior same different new education
preference preferences satisfaction safety selection outcomes characteristics reported population populations group
groups characteristics centred centered appointment records record chart results result notes leaflet information
advice question questions concern concerns dose doses dosing blood pressure heart failure kidney disease liver lung
brain spine spinal lumbar joint bone hip knee hand foot imaging angiography enterography elastography spectroscopy
scan scans severity urography arthrography venography cholangiopancreatography perfusion fingerprinting conditional
guided negative positive grade
"""


def names(text: str) -> Iterator[Span]:
    """Names of persons; without the title that leads to one."""
    yield from _titled(text)
    yield from _called(text)
    for match in _OF_PERSON.finditer(text):
        yield from _kept(text, match.start("name"), match.end("name"), person=True)
    for match in _AGED.finditer(text):
        yield from _kept(text, match.start("name"), match.end("name"), pair=True)
    yield from _by_given_name(text)


def _titled(text: str) -> Iterator[Span]:
    for match in _TITLE.finditer(text):
        group = next(name for name in ("name", "upper", "lower") if match[name])
        start, end = match.span(group)
        first = re.split(r"[ '’-]", match[group])[0].strip(".").lower()
        if group != "name" and (first in _clinical() or first in _VERBS):
            continue
        end = start + len(_without_plain_tail(match[group]))
        if end > start:
            yield start, end


_VERBS = frozenset(
    "is was has had said says did does will would can could may might must gave give put wants thinks keeps "
    "told".split()
)


def _called(text: str) -> Iterator[Span]:
    for match in _CALLED.finditer(text):
        start, end = match.span("name")
        if match["name"].islower() and (words(match["name"])[0] not in _lists()[0]):
            continue
        end = start + len(_without_plain_tail(match["name"]))
        if end > start:
            yield start, end
    for match in _LOWER_PERSON.finditer(text):
        first, second = match["name"].split(" ", 1)
        if first in _lists()[0] and second not in _clinical() and not _STANDS_FOR.match(f" {second} "):
            yield match.span("name")


def _without_plain_tail(name: str) -> str:
    """A name without words after it that are none ("Jane Doe Has"); empty where its first is none."""
    kept = []
    for token in name.split(" "):
        if (
            token.lower().strip(".") in _clinical()
            and not re.fullmatch(_PARTICLE, f"{token} ")
            and not (len(token) <= 2)
        ):
            break
        kept.append(token)
    while kept and kept[-1].islower() and len(kept) > 1 and re.fullmatch(_PARTICLE, f"{kept[-1]} "):
        kept.pop()
    return " ".join(kept)


def _kept(text: str, start: int, end: int, *, pair: bool = False, person: bool = False) -> Iterator[Span]:
    """A candidate's span without its plain tail, unless it stands for a disease, a score or a method."""
    name = _without_plain_tail(text[start:end])
    tokens = [token.lower().strip(".") for token in re.split(r"[ -]", name) if token]
    given, eponyms = _lists()
    if not tokens or (pair and len(tokens) < 2):
        return
    if any(is_drug(token) or is_disease(token) for token in tokens if token not in given):
        return
    known = tokens[0] in given and (tokens[0] not in eponyms or (person and len(tokens) > 1))
    if not known and (all(token in eponyms for token in tokens) or _STANDS_FOR.match(text[start + len(name) :])):
        return
    yield start, start + len(name)


def _by_given_name(text: str) -> Iterator[Span]:
    given, eponyms = _lists()
    for match in _REVERSED.finditer(text):
        if match["given"].lower() in given:
            yield from _kept(text, *match.span("name"))
    for match in _PAIR.finditer(text):
        low = match["given"].lower()
        if low in given and not _STANDS_FOR.match(text[match.end("rest") :]):
            tokens = [token.lower() for token in match["rest"].split()]
            if low in eponyms and all(token in eponyms for token in tokens):
                continue
            yield from _kept(text, match.start("given"), match.end("rest"), pair=True)
    for pattern in (_ALONE, _FOR_ONE):
        for match in pattern.finditer(text):
            low = match["name"].lower()
            if (
                match["name"][0].isupper()
                and low in given
                and low not in eponyms
                and not _STANDS_FOR.match(text[match.end("name") :])
            ):
                yield match.span("name")
