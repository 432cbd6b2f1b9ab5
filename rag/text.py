"""Words of a text: terms for matching, numbers as words, and the clinical lexicon.

Three strengths of matching. `terms` folds inflection and exact synonyms only, and may be used to verify. `wide_terms`
folds wider families too ("ibuprofen" with "NSAID"), `kin_terms` the widest; these may only be used to find.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files

import Stemmer

_stemmer = Stemmer.Stemmer("english")

_WORD = re.compile(r"[a-z0-9]+(?:[.,][0-9]+)*(?:['’][a-z]+)?", re.IGNORECASE)

_FIRST = re.compile(r"(?<![\w-])\w+")
_LETTER = re.compile(r"\w")

STOPWORDS: frozenset[str] = frozenset(
    """
    a about after all also although am among an and any are as at be because been being between both but by can
    could did do does doing done down during each either every few for from further had has have having he her
    here hers him his how i if in into is it its itself just may me might mine more most must my of off on once
    only or other our out over own same shall she so some such than that the their them then there these they
    this those through to too under until up upon us very was we were what when where whether which while who
    whom whose why will with within would you your yours one ones give given gives giving take taken takes
    taking get gets use used uses using make makes made say says said tell please know known show shows shown
    like need needs there's what's i'm i've patient patients people person persons man woman men women someone
    anybody adult adults year years old related relate relates relating relation relationship associated
    association link linked due explain explained possible possibly likely probably question answer evidence
    current currently best good mean means meant regarding concerning versus vs compare compared comparison
    difference differ list brother sister mother father husband wife uncle aunt friend boyfriend girlfriend
    grandmother grandfather son daughter client grandad grandpa granny gran mum mom dad today tomorrow yesterday
    order orders request requests arrange think want consider considered considering case cases happen happens
    role first line
    """.split()
)

NUMBER_WORDS: Mapping[str, str] = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
    )
} | {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "hundred": "100", "once": "1", "twice": "2"}


class Lexicon:
    """Phrases replaced by the one name of their group, longest phrase first.

    A phrase is looked for by its first word: one pattern of all of them would take longer to compile than a question.
    """

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        self._by_first: dict[str, list[tuple[str, str]]] = {}
        canonical = {phrase.lower(): key.lower() for key, phrases in groups.items() for phrase in phrases}
        for name in set(canonical.values()) - set(canonical):
            if any(name.startswith(f"{phrase}-") for phrase in canonical):
                canonical[name] = name  # "covid" is not to be found in "covid-19" and made "covid-19-19"
        for phrase in sorted(canonical, key=len, reverse=True):
            first = _FIRST.match(phrase)
            if first is None:
                raise ValueError(f"a phrase of the lexicon begins with no letter or digit: {phrase!r}")
            self._by_first.setdefault(first[0], []).append((phrase, canonical[phrase]))

    def fold(self, text: str) -> str:
        """The text in lower case with every phrase of the lexicon replaced by its group's name."""
        lower = text.lower()
        parts, done = [], 0
        for word in _FIRST.finditer(lower):
            if word.start() < done:
                continue
            for phrase, name in self._by_first.get(word[0], ()):
                end = word.start() + len(phrase)
                if lower.startswith(phrase, word.start()) and not _LETTER.match(lower, end):
                    parts += [lower[done : word.start()], name]
                    done = end
                    break
        return "".join([*parts, lower[done:]]) if parts else lower


@lru_cache(maxsize=1)
def _tables() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files("rag").joinpath("lexicon.toml").read_text(encoding="utf-8"))


@cache
def _lexicon(table: str) -> Lexicon:
    return Lexicon(_tables()[table])


def fold(text: str) -> str:
    """Lower case, with exact synonyms, abbreviations and typographic variants folded into one form."""
    plain = text.replace("’", "'").replace("–", "-").replace("—", "-").replace("−", "-")
    return _lexicon("same").fold(plain)


def synonyms(phrase: str) -> tuple[str, ...]:
    """A phrase in lower case and those that mean exactly the same, as the lexicon has them."""
    low = phrase.lower()
    for key, phrases in _tables()["same"].items():
        if low == key.lower() or low in phrases:
            return tuple(dict.fromkeys((low, key.lower(), *phrases)))
    return (low,)


def synonym_groups() -> Mapping[str, Sequence[str]]:
    """The exact synonyms of the lexicon by the names of their groups."""
    return _tables()["same"]


def words(text: str) -> list[str]:
    """Words and numbers of a text, in order, as they stand."""
    return _WORD.findall(text)


def stem(word: str) -> str:
    """The stem of one word (Snowball English)."""
    return str(_stemmer.stemWord(word.lower()))


def _content(folded: str) -> list[str]:
    return [stem(word) for word in words(folded) if word not in STOPWORDS and (len(word) > 1 or word.isdigit())]


@lru_cache(maxsize=65536)
def terms(text: str) -> tuple[str, ...]:
    """Content terms of a text, in order: synonyms folded, stop words removed, stemmed."""
    return tuple(_content(fold(text)))


@lru_cache(maxsize=65536)
def wide_terms(text: str) -> tuple[str, ...]:
    """Content terms with wider families folded as well, whatever their inflection. For finding, never for verifying."""
    return _folded_families(_lexicon("near").fold(fold(text)), ("near",))


def wide_names(phrase: str) -> tuple[str, ...]:
    """The names of the wider families that a phrase belongs to: "antiplatelet" of "clopidogrel"."""
    low = phrase.lower()
    return tuple(key for key, phrases in _tables()["near"].items() if low in phrases)


@lru_cache(maxsize=65536)
def kin_terms(text: str) -> tuple[str, ...]:
    """As `wide_terms`, with the widest families too ("exercise" with "walking"): for what else a symptom may be."""
    return _folded_families(_lexicon("kin").fold(_lexicon("near").fold(fold(text))), ("near", "kin"))


def kin_of(term: str) -> str:
    """The stem of the name of the widest family that a stemmed term belongs to, or the term itself."""
    return " ".join(_families(("kin",)).get(term, (term,)))


def with_kin(text: str) -> str:
    """A text with the members of each widest family it touches added, to search with: "walking" brings "exercise"."""
    kin = [
        phrase
        for key, phrases in _tables()["kin"].items()
        if set(_content(key)) <= set(terms(text))
        for phrase in phrases
    ]
    return f"{text}, {', '.join(kin)}" if kin else text


@lru_cache(maxsize=1)
def exclusive_terms() -> tuple[tuple[str, str], ...]:
    """Pairs of terms of which a sentence that has only the one does not answer a question that has only the other."""
    return tuple((stem(left), stem(right)) for left, rights in _tables()["not"].items() for right in rights)


def _folded_families(folded: str, tables: tuple[str, ...]) -> tuple[str, ...]:
    by_stem = _families(tables)
    return tuple(canonical for term in _content(folded) for canonical in by_stem.get(term, (term,)))


@cache
def _families(tables: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """The stem of each one-word member of a wider family -> the terms of the family's name."""
    return {
        stem(phrase): tuple(_content(key))
        for table in tables
        for key, phrases in _tables()[table].items()
        for phrase in phrases
        if phrase.isalpha()
    }


@lru_cache(maxsize=1)
def lexicon_fingerprint() -> str:
    """Identifies the lexicon: an index made with another one does not fit."""
    return hashlib.sha256(json.dumps(_tables(), sort_keys=True).encode()).hexdigest()[:12]


def similarity(left: str, right: str) -> float:
    """Jaccard similarity of the content terms of two texts, 0 to 1."""
    a, b = set(terms(left)), set(terms(right))
    return len(a & b) / len(a | b) if a | b else 1.0
