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

from rag.naming import is_disease, is_drug
from rag.text import STOPWORDS, words

Span = tuple[int, int]

_WORD = r"(?:(?:O|D|L)['’])?(?:Mc|Mac|Fitz)?[A-ZÀ-ÞŁŚŽŠČ][a-zà-ÿłśńžščćęąóř]+(?:[-'’][A-ZÀ-ÞŁŚ]?[a-zà-ÿłśń]+)*"
_PARTICLE = (
    r"(?:(?:van der|van den|van de|van|von der|von|de la|de los|del|de|di|da|dos|du|la|le|al|el|bin|ibn|ben|ter|ten) )"
)
_INITIAL = r"(?:[A-Z]\.? ?)"
_FULL = rf"(?:{_WORD}|[A-Z]\.)(?: (?:{_PARTICLE})?(?:{_WORD}|[A-Z]\.)){{0,3}}"
_TWO = rf"{_WORD}(?: {_INITIAL})?(?: (?:{_PARTICLE})?{_WORD}){{1,3}}"
_TITLE = re.compile(
    rf"\b(?:Mr|Mister|Madam|Mrs|Ms|Miss|Mx|Dr|Doctor|Prof|Professor|Herr|Frau|Señora?|Sra?|Monsieur|Madame|Mme|Signora?|Sir|Dame|Lady|Lord|Rev|Nurse)\b\.?\s+(?P<name>{_PARTICLE}?{_FULL})"
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
    rf"|\bname:|(?:his|her|their) name['’]s|[Mm]y name is|[Ii] am called|goes by|signed(?: by)?:?|(?:kind |best "
    rf")?regards,?"
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
_REVERSED = re.compile(rf"\b(?P<name>(?:{_WORD}|[A-Z]{{3,}}), (?P<given>{_WORD})(?: {_WORD})?)\b")
_CAPITALS = re.compile(r"\b(?P<given>[A-Z]{2,})(?: [A-Z]\.?)? [A-Z][A-Z'’-]{2,}\b")
_SELF = re.compile(rf"\b(?:I['’]m|I am|[Tt]his is|[Ii]t['’]s|[Hh]i,?|[Hh]ello,?|[Dd]ear) (?P<name>{_FULL})\b(?! ?-)")
_UNLISTED = re.compile(
    rf"(?=\b(?P<name>{_WORD}(?: {_INITIAL})? (?:{_PARTICLE})?{_WORD})\b(?:['’]s\b|,? (?:has|had|is|was|takes|took"
    rf"|needs|wants"
    r"|should|who|presented|presents|suffers|started|stopped|feels|complains|developed|weighs|lives|reports|asks"
    r"|asked|says|mentions|came)\b|, ?\(?\d))"
    rf"|(?=(?:(?<=for )|(?<=about )|(?<=on )|(?<=re )|(?<=see )|(?<=of ))(?P<after>{_WORD} "
    rf"(?:{_PARTICLE})?{_WORD})(?:\?|$))"
)
_INITIALED = re.compile(
    rf"\b(?i:review|see|saw|seen|for|re|regarding|about|on|patient|pt):? (?P<name>(?:[A-Z]\. ?){{1,2}}{_WORD})"
)
_HE_OR_SHE = re.compile(rf"(?P<name>{_WORD}),? (?:he|she)\b")
_MOST_CAPITALS, _FEW_WORDS = 0.5, 4
_PAIR = re.compile(rf"\b(?=(?P<given>{_WORD})(?P<rest>(?: {_INITIAL})?(?: (?:{_PARTICLE})?{_WORD}){{1,3}}))")
_ALONE = re.compile(rf"(?<![\w-])(?<!St )(?<!St\. )(?<!Saint )(?P<name>{_WORD})(?!\w| et al)")
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
hi hello dear thanks regards
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
    for match in _REVERSED.finditer(text):
        name = _without_plain_tail(match["name"])
        if name and match["given"].split("-")[0].lower() in _lists()[0] and not _STANDS_FOR.match(text[match.end() :]):
            yield match.start(), match.start() + len(name)
    yield from _titled(text)
    yield from _called(text)
    for match in _OF_PERSON.finditer(text):
        yield from _kept(text, match.start("name"), match.end("name"), person=True)
    for match in _AGED.finditer(text):
        yield from _kept(text, match.start("name"), match.end("name"), pair=True)
    yield from _by_given_name(text)
    yield from _unlisted(text)


def _unlisted(text: str) -> Iterator[Span]:
    """Two words in capitals that nobody lists, before a genitive, a verb of persons or an age; not in a text of
    titles."""
    if _is_title(text):
        return
    eponyms = _lists()[1]
    for pattern in (_INITIALED, _HE_OR_SHE):
        for match in pattern.finditer(text):
            last = match["name"].split()[-1].lower()
            if not (last in _clinical() or last in eponyms or last in _known_words()):
                yield from _kept(text, *match.span("name"))
    for match in _UNLISTED.finditer(text):
        group = "name" if match["name"] else "after"
        tokens = [token.lower() for token in re.split(r"[ -]", match[group])]
        if not any(token in _clinical() or token in eponyms or token in _known_words() for token in tokens):
            yield from _kept(text, *match.span(group), pair=True)


def _is_title(text: str) -> bool:
    """Whether most words of a text have a capital, so that capitals say nothing."""
    plain = re.findall(r"[^\W\d_]{2,}", text)
    return len(plain) > _FEW_WORDS and sum(word[0].isupper() for word in plain) > _MOST_CAPITALS * len(plain)


@cache
def _known_words() -> frozenset[str]:
    """Words of the vocabulary of questions."""
    tables = tomllib.loads(files("rag").joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    return frozenset(word.lower() for table in tables.values() for phrase in table for word in words(phrase))


def _titled(text: str) -> Iterator[Span]:
    for match in _TITLE.finditer(text):
        group = next(name for name in ("name", "upper", "lower") if match[name])
        start, end = match.span(group)
        first = re.split(r"[ '’-]", match[group])[0].strip(".").lower()
        if group != "name" and (first in _clinical() or first in _VERBS or _MISSED.search(text[:start])):
            continue
        end = start + len(_without_plain_tail(match[group]))
        if end > start:
            yield start, end


_MISSED = re.compile(
    r"(?:\b(?:I|we|you|they|not|cannot|never|often|sometimes|also|still|even|doctors|clinicians|scans|tests|criteria"
    r"|(?:not|easy|easier|likely|tend|tends|safe|dangerous|common|possible) to)|n['’]t)\s+miss\s+$",
    re.IGNORECASE,
)
"""To miss a disease is no title."""

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
        kept.append(re.sub(r"['’]s$", "", token))
    while kept and kept[-1].islower() and len(kept) > 1 and re.fullmatch(_PARTICLE, f"{kept[-1]} "):
        kept.pop()
    return " ".join(kept)


def _kept(text: str, start: int, end: int, *, pair: bool = False, person: bool = False) -> Iterator[Span]:
    """A candidate's span without its plain tail, unless it stands for a disease, a score or a method."""
    name = _without_plain_tail(text[start:end])
    tokens = [token.lower().strip(".,") for token in re.split(r"[ -]", name) if token]
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
    for match in _CAPITALS.finditer(text):
        if match["given"].lower() in given - eponyms:
            yield match.span()
    for match in _SELF.finditer(text):
        if re.split(r"[ -]", match["name"])[0].lower() in given:
            yield from _kept(text, *match.span("name"), person=True)
    for match in _PAIR.finditer(text):
        low = match["given"].split("-")[0].lower()
        if low in given and not _STANDS_FOR.match(text[match.end("rest") :]):
            tokens = [token.lower() for token in match["rest"].split()]
            if low in eponyms and all(token in eponyms for token in tokens):
                continue
            yield from _kept(text, match.start("given"), match.end("rest"), pair=True)
    if _is_title(text):
        return
    for match in _ALONE.finditer(text):
        name = re.sub(r"['’]s$", "", match["name"])
        end = match.start() + len(name)
        if name.split("-")[0].lower() in given - eponyms and not _STANDS_FOR.match(text[end:]):
            yield match.start(), end
