"""The names check: a drug, a disease or an event that a claim names and its cited sentences do not.

A statement about naproxen does not rest on a sentence about ibuprofen, however alike the rest. Names are known by the
stems that drugs' generic names are built on (WHO, "The use of stems in the selection of INN"), by the endings of
Greek disease names, and by a list of common ones without such an ending. Classes ("diuretics") are no names here: a
sentence on a member may carry a statement on its class. Where a word is not plainly a name, the room says nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from rag.text import fold, stem, terms, words

_DRUG_ENDINGS = (
    "mab|cept|pril|prilat|sartan|statin|olol|alol|dipine|gliptin|gliflozin|glutide|glitazone|gliclazide|gliptide|formin"
    "|xaban|gatran|parin|parinux|plase|grel|grelor|conazole|prazole|prazan|nidazole|cillin|penem|cycline|floxacin"
    "|mycin|micin|oxacin|dronate|dronic|triptan|gepant|ditan|setron|tidine|oxetine|aline|triptyline|ipramine|faxine"
    "|barbital|azepam|azolam|zolpidem|profen|fenac|oxicam|coxib|solone|sone|sonide|vir|tinib|ciclib|lukast|terol"
    "|tropium|thiazide|thalidone|semide|anide|renone|lactone|gabalin|pentin|caine|codone|morphone|orphine|fentanil"
    "|tanyl|idone|apine|peridol|prazine|platin|rubicin|taxel|trexate|purine|cyclovir|racetam|zumab|limus|imod|limab"
    "|buxostat|purinol|inurad|vaptan|ciguat|sentan|afil|terone|estrel|tide"
)
_DISEASE_ENDINGS = (
    "itis|osis|oses|emia|emias|opathy|opathies|algia|algias|oma|omas|omata|uria|plegia|cardia|penia|rrhage|rrhagia"
    "|rrhea|sclerosis|stenosis|trophy|megaly|phagia|pnea|ectomy|ostomy|oplasty|otomy|plasia|lysis|ritis|cele|edema"
)
_COMMON = """
    diabetes angina sciatica migraine hypertension hypotension pneumonia tuberculosis malaria hiv epilepsy infarction
    embolism thromboembolism arrhythmia cardiomyopathy aneurysm claudication delirium insomnia hyperkalaemia
    ketoacidosis hypoglycaemia bronchiectasis eczema urticaria anaphylaxis cough nausea vomiting diarrhoea constipation
    rash suicide amputation intubation transplantation miscarriage preeclampsia lupus vasculitis scoliosis radiculopathy
    whiplash concussion syncope vertigo tinnitus glaucoma cataract deafness psychosis schizophrenia autism measles
    shingles ulcer reflux appendicitis hernia gallstones jaundice neuropathy retinopathy nephropathy albuminuria
    aspirin warfarin heparin insulin digoxin lithium metformin paracetamol acetaminophen ibuprofen naproxen colchicine
    allopurinol probenecid amiodarone verapamil diltiazem hydralazine ezetimibe niacin fenofibrate tramadol morphine
    codeine ketamine propofol adrenaline epinephrine dopamine noradrenaline levothyroxine testosterone oestrogen
    raloxifene teriparatide bismuth glucosamine chondroitin botulinum topiramate valproate propranolol flunarizine
    caffeine nicotine cannabis radiotherapy chemotherapy ivermectin hydroxychloroquine remdesivir dexamethasone
    hydrocortisone sacubitril anakinra salbutamol levetiracetam methotrexate azathioprine
"""
_DRUG = re.compile(rf"[a-z]{{2,}}(?:{_DRUG_ENDINGS})s?")
_DISEASE = re.compile(rf"[a-z]{{2,}}(?:{_DISEASE_ENDINGS})")
_NO_NAMES = frozenset(
    """
    diagnosis diagnoses prognosis analysis basis hypothesis emphasis synthesis person reason season lesson lesions
    comparison outside provide aside oxide peptide nucleotide coma aroma diploma schema hydrolysis meta-analysis
    catalysis mitosis guideline medicine baseline decline online tide untide
    """.split()
)
_NO_HAND = re.compile(
    r"\b(?:first|second)-?hand\b|\bon the (?:one|other) hand\b|\b(?:hand )?(?:in|to) hand\b|\b(?:at|on) hand\b"
    r"|\bspinal (?:fluid|tap)\b",
    re.IGNORECASE,
)
_COMBINED = ("sacubitril",)
"""Drugs that are given with another in one tablet, whose class is theirs alone."""
_YES_OR_NO = re.compile(
    r"(?:does|do|did|is|are|was|should|can|could|would|will|may)\b(?:\W+[\w-]+){1,4}", re.IGNORECASE
)
"""How a yes-or-no question opens: far enough for what it is about."""
_LEAST_LETTERS = 5
_DENYING = ("anti", "non")
_LATIN = (("ae", "e"), ("oe", "e"), ("oestr", "estr"))


def _plain(word: str) -> str:
    """Lower case, American spelling: "haemorrhage" and "hemorrhage" are one name."""
    low = word.lower()
    for british, american in _LATIN:
        low = low.replace(british, american)
    return low


_KNOWN = frozenset(_plain(word) for word in _COMMON.split())


def _is_name(word: str) -> bool:
    if word in _NO_NAMES or len(word) < 4:
        return False
    return word in _KNOWN or bool(_DRUG.fullmatch(word) or _DISEASE.fullmatch(word))


def is_drug(word: str) -> bool:
    """Whether a word is built as the generic name of a drug is."""
    plain = _plain(word)
    return plain not in _NO_NAMES and len(plain) > 3 and bool(_DRUG.fullmatch(plain))


def is_disease(word: str) -> bool:
    """Whether a word ends as the names of diseases do."""
    plain = _plain(word)
    return plain not in _NO_NAMES and len(plain) > 3 and bool(_DISEASE.fullmatch(plain))


class _Tables:
    """The phrases of names.toml: what each stands for, and which phrases carry it."""

    def __init__(self) -> None:
        tables = tomllib.loads(files("rag").joinpath("names.toml").read_text(encoding="utf-8"))
        self.carriers: dict[str, tuple[str, ...]] = {}
        """Of each name or class, the padded phrases by which a sentence carries it."""
        self.endings: dict[str, tuple[str, ...]] = {}
        """Of each class, the endings of its members' names."""
        self.own: dict[str, tuple[str, ...]] = {}
        """Of each class, the padded phrases that name the class itself."""
        self.members: Mapping[str, Sequence[str]] = tables["members"]
        """Of each class, drugs to search for."""
        said: dict[str, list[str]] = {}
        for table in ("names", "classes"):
            for key, others in tables[table].items():
                forms = [form for form in (key, *others) if form[0] != "-"]
                padded = tuple(dict.fromkeys(_padded(form) for form in (*forms, *map(fold, forms))))
                self.carriers[key] = padded
                self.endings[key] = tuple(other[1:] for other in others if other[0] == "-")
                if table == "classes":
                    self.own[key] = tuple(dict.fromkeys((_padded(key), _padded(fold(key)), _padded(f"{key}s"))))
                # Only a class's own names speak of the class, never those of its members.
                for form in self.own.get(key, padded):
                    said.setdefault(form, []).append(key)
        self.said: Mapping[str, list[str]] = said


@cache
def _tables() -> _Tables:
    return _Tables()


def _padded(text: str) -> str:
    """A text as its words alone, each between spaces, so that a phrase is found by its whole words."""
    return f" {' '.join(_plain(word) for word in words(text))} "


@lru_cache(maxsize=4096)
def _spoken(text: str) -> tuple[str, ...]:
    """The names and classes of names.toml that a text speaks of; a longer phrase hides the shorter ones inside it."""
    rest, found = _padded(fold(_NO_HAND.sub(" ", text))), []
    for form in sorted(_tables().said, key=len, reverse=True):
        if form in rest:
            found += _tables().said[form]
            rest = rest.replace(form, " | ")
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4096)
def drug_class(phrase: str) -> str | None:
    """The class of names.toml that a drug is of: "sglt2 inhibitor" of "dapagliflozin"; None of a class, and of others.

    Where it is of more: one that lists it rather than one whose ending it has, and then the narrowest.
    """
    found, tables = _padded(fold(phrase)), _tables()
    of = [
        name
        for name, own in tables.own.items()
        if not any(form in found for form in own) and _is_carried(name, found, found.split())
    ]

    def width(name: str) -> tuple[bool, int]:
        listed = any(form in found for form in tables.carriers[name])
        return not listed, len(tables.carriers[name]) + len(tables.endings[name])

    return min(of, key=width, default=None)


def asked_class(text: str) -> str | None:
    """The class of drugs that a question, or an option of one, asks of: the only one it names, with no drug beside it.

    None where it names more ("Should clopidogrel be added to a DOAC?" asks of clopidogrel), and of a class without
    members in names.toml.
    """
    named = [name for name in _spoken(text) if name in _tables().own]
    found = named[0] if len(named) == 1 and named[0] in _tables().members else None
    return None if found is None or any(map(_is_a_drug, words(text))) else found


def asked_drug(text: str) -> tuple[str, str] | None:
    """The only drug that a yes-or-no question names, as it stands there, and its class, of those that have members in
    names.toml: what is asked of the drug is asked of the class.

    None where it names more, or the class itself, where the drug stands late, and of any other question: a dose of a
    drug is no other drug's.
    """
    opening = _YES_OR_NO.match(text)
    drugs = [word for word in dict.fromkeys(words(text)) if _is_a_drug(word)]
    if opening is None or (len(drugs) != 1 and not any(_plain(one) in _COMBINED for one in drugs)):
        return None
    if drugs[0] not in opening[0]:
        return None
    of_class = drug_class(" ".join(drugs))
    if of_class is None or of_class not in _tables().members or speaks_of(of_class, text):
        return None
    return drugs[0], of_class


def _is_a_drug(word: str) -> bool:
    """Whether a word is the name of a drug: by its ending, or as it is listed."""
    return is_drug(word) or _plain(word) in _listed_drugs()


@cache
def _listed_drugs() -> frozenset[str]:
    return frozenset(_plain(drug) for drugs in _tables().members.values() for drug in drugs)


def members_of(name: str) -> Sequence[str]:
    """Drugs of a class of names.toml, to search with; empty where none are listed."""
    return _tables().members.get(name, ())


@lru_cache(maxsize=4096)
def member_in(name: str, text: str) -> str | None:
    """The first word of a text that is a drug of a class, as it stands there; None where there is none, and where the
    text speaks of the class itself."""
    if speaks_of(name, text):
        return None
    endings, listed = _tables().endings[name], {_plain(one) for one in members_of(name)}
    for word in words(text):
        plain = _plain(word)
        if plain in listed or (endings and plain.endswith(endings) and is_drug(word)):
            return word
    return None


def conditions_in(text: str) -> tuple[str, ...]:
    """The diseases that a text names: of names.toml what is no class of drugs, and words that end as diseases do."""
    spoken = (name for name in _spoken(text) if name not in _tables().own)
    return tuple(dict.fromkeys((*spoken, *(word for word in _words_that_are_names(text) if not is_drug(word)))))


def speaks_of(name: str, text: str) -> bool:
    """Whether a text has a name or class of names.toml, under its own name."""
    return name in _spoken(text)


@lru_cache(maxsize=4096)
def _words_that_are_names(text: str) -> tuple[str, ...]:
    """The single words of a text that are plainly names of drugs or diseases, as they stand, each once."""
    return tuple(dict.fromkeys(word for word in words(fold(text)) if _is_name(_plain(word))))


def _is_carried(name: str, padded: str, said: Iterable[str]) -> bool:
    """Whether some sentences, padded, carry a name of names.toml: by one of its forms, or by a member of the class."""
    if any(form in padded for form in _tables().carriers[name]):
        return True
    endings = _tables().endings[name]
    return bool(endings) and any(word.endswith(endings) for word in said)


def unnamed(claim: str, sentences: Sequence[str]) -> list[str]:
    """The names of a claim that its sentences do not have in any form; empty where it has none such."""
    spoken, single = _spoken(claim), _words_that_are_names(claim)
    if not spoken and not single:
        return []
    padded = " ".join(_padded(text) for sentence in sentences for text in (sentence, fold(sentence)))
    have = set(padded.split())
    found = [name for name in spoken if not _is_carried(name, padded, have)]
    covered = {word for name in spoken for form in _tables().carriers[name] for word in form.split()}
    have_terms = {term for sentence in sentences for term in terms(sentence)}
    short = _initials(sentences)
    for name in single:
        plain = _plain(name)
        if plain in covered or plain in have or stem(name) in have_terms or stem(plain) in have_terms:
            continue
        if not any(_alike(plain, word) for word in have) and not _abbreviated(name, claim, short):
            found.append(name)
    return [name for name in found if not _abbreviated(name, claim, short)]


def _alike(name: str, word: str) -> bool:
    """Whether a word is another form of a name: "asthmatic" of "asthma", "diabetic" of "diabetes"."""
    shorter, longer = sorted((name, word), key=len)
    kept = max(_LEAST_LETTERS, len(shorter) - 2)
    if shorter[:kept] == longer[:kept] and len(shorter) >= _LEAST_LETTERS:
        return True
    return len(name) > _LEAST_LETTERS and name in word and not word.startswith(_DENYING)


def _initials(texts: Iterable[str]) -> set[str]:
    """The abbreviations in capitals of some texts, in lower case."""
    return {found.lower() for text in texts for found in re.findall(r"\b[A-Z][A-Za-z]*[A-Z]\b", text)}


def _abbreviated(name: str, claim: str, short: set[str]) -> bool:
    """Whether a name stands in the claim within words whose first letters are an abbreviation of the sentences."""
    said = [word.lower() for word in re.split(r"[^A-Za-z]+", claim) if word]
    first = name.split(maxsplit=1)[0].split("-", maxsplit=1)[0]
    if first not in said:
        return False
    place = said.index(first)
    for size in range(2, 7):
        for start in range(max(0, place - size + 1), place + 1):
            if "".join(word[0] for word in said[start : start + size]) in short and start + size <= len(said):
                return True
    return False
