"""What a question names: conditions, treatments, tests, people, outcomes, issuers and trials, each where it stands.

Known from rag/vocabulary.toml, from the synonyms of the lexicon, from the stems of drugs' names and the
endings of diseases' names, and from the topics of the index. What is not known is not guessed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from rag.naming import is_disease, is_drug
from rag.text import STOPWORDS, stem, synonym_groups, synonyms

MentionKind = Literal["condition", "treatment", "test", "population", "issuer", "outcome", "trial"]
_LISTED: tuple[MentionKind, ...] = ("condition", "treatment", "test", "outcome")

_PEOPLE = (
    "patients?|people|persons?|individuals?|adults?|women|woman|men|man|children|child|kids|infants?|babies|neonates?"
    "|newborns?|toddlers?|adolescents?|teenagers?|boys?|girls?|smokers?|athletes?|octogenarians|seniors|the elderly"
    "|elderly|pregnancy|lactation|childhood|old age|outpatients|inpatients|someone|somebody|anyone"
)
_TRAITS = (
    "frail|very old|old|older|elderly|young|younger|pregnant|breast-?feeding|postmenopausal|premenopausal|black|white"
    "|asian|hospitali[sz]ed|critically ill|immunocompromised|obese|diabetic|asthmatic|healthy|male|female|symptomatic"
    "|asymptomatic|high-risk|low-risk|intermediate-risk|nonpregnant|middle-aged|ventilated|adult|paediatric|pediatric"
)
_AGE = (
    r"(?:aged?|ages|at|at age|over|after|past|under|above|below|older than|younger than|at least|from age|beyond|up "
    r"to)(?: the "
    r"age of)?"
    r" \d{1,3}(?:(?: to | and |-| or )(?:\d{1,3}|older|over|above|more))?(?: years?| yrs?| months?)?(?: old| of age)?"
    r"(?: (?:or|and) (?:older|over|above|younger))?"
)
_MEASURE = r"(?! ?(?:%|mg|mm|ml|g\b|mmol|umol|µ|days?|weeks?|hours?|points?|/|\.\d|percent|per cent|minutes?|times))"
_POPULATION = re.compile(
    rf"\b(?:(?:{_TRAITS})(?:,? (?:and )?(?:{_TRAITS}))* )?(?:{_PEOPLE})\b(?: {_AGE}{_MEASURE})?"
    r"|\b(?:very )?(?:severe|mild|moderate|advanced|recurrent|refractory|early|late) (?:cases?|disease|forms?|ones?)\b"
    rf"|\b(?:{_TRAITS})(?: and (?:{_TRAITS}))?(?=\s*[?.,]?$)"
    rf"|\b(?:pregnant|breast-?feeding|frail)\b"
    rf"|\b\d{{1,3}}[- ](?:year|yr|month)s?[- ]olds?\b(?: (?:{_PEOPLE}))?"
    rf"|(?<!egfr )(?<!pressure )(?<!bp )(?<!abi )\b{_AGE}{_MEASURE}(?=\W*$|,| with\b| and\b| who\b| in\b)",
    re.IGNORECASE,
)
_TRIAL = re.compile(
    r"\b[A-Z][A-Z0-9]{2,}(?:-[A-Z][A-Za-z]{1,8}|-\d|[ -](?:HF|AF|CKD|DKD|TIMI|HP|START|REG|LY|CV|BP|PFT|Reduced))*"
    r"\b(?: (?:trial|study))?|\b(?:Novel START|RE-LY|HOPE-3|SYGMA ?\d|EMPA-REG(?: OUTCOME)?)\b"
)
_DEGREES = frozenset(
    "severe mild moderate serious acute chronic early late new old active recurrent other another any no such certain "
    "suspected"
    " possible common rare known underlying untreated confirmed each every and or not bad worse increased higher "
    "lower more should would could shall must may might will not".split()
)
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{3,}")
_PROCEDURE = re.compile(r".*(?:ectomy|ostomy|oplasty|otomy)")
_SOCIETY = re.compile(
    r"\b(?:the )?(?:(?:american|european|british|canadian|international|us|uk|world) )?(?:[a-z]+ ){0,2}?(?:society"
    r"|college"
    r"|association|academy|task force)(?: of (?!the)[a-z]+)?(?: guidelines?)?\b(?! of| between| with)",
    re.IGNORECASE,
)
_LOWER_ISSUER = r"(?:(?<=does )|(?<=per )|(?<=to )|(?<=by )|(?<=about )|(?<=from )|(?<=^))"


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that a text names at `text[start:end]`.

    `beside`: a condition that also says who the patient is. `guessed`: nothing known, but what the text seems to be
    about.
    """

    kind: MentionKind
    text: str
    start: int
    end: int
    beside: bool = False
    guessed: bool = False

    @property
    def inner(self) -> str:
        """Its words for the middle of a sentence."""
        plain = self.start == 0 and len(self.text) > 1 and self.text[1].islower()
        return f"{self.text[0].lower()}{self.text[1:]}" if plain else self.text

    @property
    def key(self) -> str:
        """What it is compared by: the first of its synonyms, singular."""
        return _key(self.text)


@lru_cache(maxsize=4096)
def _key(text: str) -> str:
    low = re.sub(r"^(?:the|an?) ", "", text.lower())
    single = low[:-1] if low.endswith("s") and not low.endswith(("ss", "is", "us")) else low
    return sorted({*synonyms(low), *synonyms(single)}, key=lambda one: (-len(one), one))[0]


@cache
def _tables() -> dict[str, list[str]]:
    return tomllib.loads(files("rag").joinpath("vocabulary.toml").read_text(encoding="utf-8"))


def listed(table: str) -> tuple[str, ...]:
    """The phrases of one table of the vocabulary."""
    return tuple(_tables()[table])


@cache
def pattern_of(table: str) -> re.Pattern[str]:
    """Finds any phrase of a table as whole words."""
    return _any_of(listed(table))


@cache
def stems_of(table: str) -> re.Pattern[str]:
    """Finds any entry of a table; "*" at the end of one stands for any ending."""
    entries = "|".join(re.escape(entry).replace(r"\*", r"\w*") for entry in listed(table))
    return re.compile(rf"\b(?:{entries})\b", re.IGNORECASE)


def _forms(phrases: Iterable[str]) -> list[str]:
    """The phrases, their synonyms and their plurals, longest first."""
    forms = {form for phrase in phrases for form in synonyms(phrase)}
    forms |= {f"{form}s" for form in forms if form[-1].isalpha() and form[-1] not in "sy"}
    forms |= {f"{form[:-1]}ies" for form in forms if form.endswith(("apy", "ery", "opsy"))}
    return sorted(forms, key=lambda form: (-len(form), form))


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, _forms(phrases)))})(?![\w-])", re.IGNORECASE)


@cache
def _issuers() -> re.Pattern[str]:
    """Abbreviations in capitals only, since "who" and "nice" are words; or after a word that leads to an issuer."""
    short = [re.escape(one) for one in sorted(listed("issuer"), key=len, reverse=True)]
    return re.compile(
        rf"(?<![\w-])(?:the )?(?:{'|'.join(one.upper() for one in short)}"
        rf"|(?i:{'|'.join(s for s in short if ' ' in s)}))"
        rf"(?: (?:guidelines?|20\d\d))*(?![\w-])"
    )


@cache
def _sayings() -> re.Pattern[str]:
    short = "|".join(re.escape(one) for one in listed("issuer") if " " not in one)
    return re.compile(rf"{_LOWER_ISSUER}(?:{short})(?= (?:say|recommend|advise|guideline|suggest)|\W*$)", re.IGNORECASE)


@cache
def _heads() -> re.Pattern[str]:
    heads = "|".join(form for form in _forms(listed("head")))
    return re.compile(rf"(?<![\w-])(?:[A-Za-z'’-]+ ){{1,2}}(?:{heads})(?![\w-])", re.IGNORECASE)


@cache
def _little_stems() -> frozenset[str]:
    return frozenset(stem(word) for table in ("facet", "doing") for word in listed(table))


def _says_little(word: str) -> bool:
    """Whether a word before "disease" makes no name of it."""
    low = word.lower()
    plain = low in STOPWORDS or low in _DEGREES or low.endswith("ing") or stem(low) in _little_stems()
    return plain or re.fullmatch(_TRAITS, low) is not None


def guessed_subject(text: str) -> Mention | None:
    """The run of words that a question is likely about, where it names nothing known: the last long one."""
    runs: list[tuple[int, int]] = []
    for match in re.finditer(r"[A-Za-z0-9][\w'’-]*", text):
        if _says_little(match[0]) or len(match[0]) < 2:
            continue
        if runs and text[runs[-1][1] : match.start()] == " ":
            runs[-1] = (runs[-1][0], match.end())
        else:
            runs.append(match.span())
    if not runs:
        return None
    start, end = (
        runs[-1]
        if len(runs) > 1 and re.search(r"\b(?:of|for|in|about|between|with)\b", text)
        else max(runs, key=lambda run: run[1] - run[0])
    )
    return Mention("condition", text[start:end], start, end, guessed=True)


class Vocabulary:
    """Finds mentions.

    Args:
        topics: names of further conditions, such as the topics of an index.
    """

    def __init__(self, topics: Sequence[str] = ()) -> None:
        by_form: dict[str, MentionKind] = {}
        for kind in _LISTED:
            for form in _forms(listed(kind)):
                by_form.setdefault(form, kind)
        for key, phrases in synonym_groups().items():
            if is_drug(key.replace("-", "").replace(" ", "")):
                by_form |= {form: "treatment" for form in _forms((key, *phrases)) if form not in by_form}
        for form in _forms((*listed("comorbidity"), *(topic.replace("-", " ") for topic in topics))):
            by_form.setdefault(form, "condition")
        ordered = sorted(by_form, key=lambda form: (-len(form), form))
        self._by_form = by_form
        self._beside = frozenset(_forms(listed("comorbidity")))
        self._names = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, ordered))})(?![\w])", re.IGNORECASE)

    def find(self, text: str) -> tuple[Mention, ...]:
        """The mentions of a text in their order; none overlaps another."""
        found: list[Mention] = []
        for one in (*_issuing(text), *self._listed(text), *_peopled(text), *_built(text)):
            if not any(one.start < other.end and other.start < one.end for other in found):
                found.append(one)
        return tuple(sorted(found, key=lambda one: one.start))

    def _listed(self, text: str) -> Iterator[Mention]:
        """What the vocabulary lists, unless it ends a longer name ("throat cancer"), which then follows."""
        wider = tuple(_headed(text))
        for match in self._names.finditer(text):
            low = match[0].lower()
            if not any(one.start < match.start() and one.end == match.end() for one in wider):
                yield Mention(self._by_form[low], match[0], *match.span(), beside=low in self._beside)
        yield from wider


def _headed(text: str) -> Iterator[Mention]:
    """Conditions by their last word: "Lyme disease", without words before it that make no name."""
    for match in _heads().finditer(text):
        modifiers = match[0].split()[:-1]
        start = match.start()
        if _says_little(modifiers[0]) and len(modifiers) > 1:
            start += len(modifiers[0]) + 1
        if not _says_little(modifiers[-1]):
            yield Mention("condition", text[start : match.end()], start, match.end())


def _issuing(text: str) -> Iterator[Mention]:
    for match in (*_issuers().finditer(text), *_sayings().finditer(text), *_SOCIETY.finditer(text)):
        yield Mention("issuer", match[0], *match.span())


def _peopled(text: str) -> Iterator[Mention]:
    for match in _POPULATION.finditer(text):
        if match[0]:
            yield Mention("population", match[0], *match.span())


def _built(text: str) -> Iterator[Mention]:
    """Names by how they are built: drugs' stems, diseases' endings, trials in capitals."""
    for match in _WORD.finditer(text):
        if is_drug(match[0]) or _PROCEDURE.fullmatch(match[0].lower()):
            yield Mention("treatment", match[0], *match.span())
        elif is_disease(match[0]):
            yield Mention("condition", match[0], *match.span())
    for match in _TRIAL.finditer(text):
        if len(match[0]) > 3:
            yield Mention("trial", match[0], *match.span())
