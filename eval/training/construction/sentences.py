"""Which sentences can become a claim, and their bare form: openers, section names and bracketed asides taken off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from eval.training.construction.pairs import CLOSE, OPEN
from eval.training.construction.verbs import ALL_FORMS, AUXILIARIES

_SECTION = re.compile(
    r"^(?:(?:BACKGROUND|CONTEXT|OBJECTIVES?|AIMS?|PURPOSE|METHODS?|DESIGN|SETTING|PARTICIPANTS|PATIENTS|RESULTS?|MAIN"
    r"|FINDINGS|CONCLUSIONS?|INTERPRETATION|RELEVANCE|SIGNIFICANCE|IMPORTANCE|LIMITATIONS|"
    r"PRINCIPAL|METHODOLOGY|RATIONALE"
    r"|OUTCOMES?|MEASURES?|MEASUREMENTS?|INTERVENTIONS?|DATA|SOURCES?|SYNTHESIS|STUDY|SELECTION|EXTRACTION|AND|OF"
    r"|INTRODUCTION|DISCUSSION|RECENT|ADVANCES|CRITICAL|ISSUES|FUTURE|DIRECTIONS|SUMMARY|CLINICAL|IMPLICATIONS)"
    r"(?:[/:&,.]+ *| +))+(?=[A-Z0-9])"
)
_OPENER = re.compile(
    r"(?:(?:Moreover|Furthermore|In addition|Additionally|However|Therefore|Thus|Hence|Consequently|Interestingly"
    r"|Importantly|Notably|Surprisingly|Remarkably|Finally|Overall|Together|Taken together|Collectively|In conclusion"
    r"|In summary|Here|Herein|In this (?:study|report|paper|work|review|trial)|Specifically|"
    r"Accordingly|Altogether|Indeed"
    r"|Recently|In particular|Also|Conversely|By contrast|In contrast|As a result|In fact|First|Second|Third|Of note"
    r"|Unexpectedly|Strikingly|Similarly|Nevertheless|Nonetheless|Lastly), |(?:Thus|Hence|"
    r"Therefore|Here|Herein|Recently) )?"
    r"(?:(?:we (?:have )?(?:also |now |further |previously |recently )?|(?:our|the|these|this|the "
    r"present|the current|present)"
    r" (?:current |present )?(?:results?|data|findings?|study|studies|work|observations?|analysis|analyses|experiments?"
    r"|evidence)"
    r"(?: (?:here|presented here|also|further|clearly|strongly|together))? )"
    r"(?:have |has )?(?:also )?(?:found|find|show|shows|showed|shown|demonstrate|demonstrates|"
    r"demonstrated|report|reported|observe"
    r"|observed|conclude|concluded|reveal|reveals|revealed|indicate|indicates|indicated|suggest|"
    r"suggests|suggested|confirm"
    r"|confirms|confirmed|identify|establish|establishes|established|provide evidence|provides evidence)"
    r"(?: here)? that )?",
    re.IGNORECASE,
)
_NOT_ALONE = re.compile(
    r"^(?:this|these|it|they|such|those|that|he|she|its|their|both|here|we|our|i|one|others?|"
    r"another|however|thus|to|in order"
    r"|what|how|why|whether|if|when|while|although|because|since|as|after|but|and|or|also|each|"
    r"neither|either|using|by|based"
    r"|for example|for instance|in contrast|among them|of these|of those|similar results|no such|"
    r"all of|most of the|in turn"
    r"|conversely|the same|the latter|the former|the other|two|three|four|the two|the three|further|future|more|little"
    r"|less|understanding|results|findings|data|p|n|ci|there (?:is|are) (?:an? )?(?:need|growing|little|increasing))\b",
    re.IGNORECASE,
)
_NO_FINDING = re.compile(
    r"\b(?:we|our|us|here|herein|i|my|this|these|those|such|latter|former|respectively|study|"
    r"studies|aim(?:s|ed)?|objective|purpose"
    r"|to determine|to assess|to evaluate|to investigate|to examine|review(?:s|ed)?|measured|"
    r"assessed|performed|analy[sz]ed"
    r"|recruited|enrolled|randomi[sz]ed|assigned|investigated|examined|evaluated|remains?|unclear|"
    r"unknown|poorly understood"
    r"|elusive|searched|calculated|collected|conducted|included|methods?|should be (?:noted|studied)|hypothes\w+"
    r"|discuss(?:ed)?|propose[ds]?|paper|article|data|sought|et al|obtained|authors?|interviewed|followed up"
    r"|further research|needed|screened|sequenced|isolated|CI|supplementary|described?|describes|"
    r"compares?|(?:was|were) compared|question"
    r"|analysis|analyses|results|findings|evidence|underwent|received|tested|above|i\.e|e\.g|vs|"
    r"(?:was|were|been|we) used|used to|using|was whether)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(rf" ?(?:\([^()\[\]{OPEN}{CLOSE}]*(?:\([^()]*\)[^()]*)*\)|\[[^\]{OPEN}{CLOSE}]*\])")
_GLUED = re.compile(r"\w\([^)]*\)")
_NUMBERED_TAIL = re.compile(r"(?<![A-Za-z])([a-z]{4,})\d+(?:[,-]\d+)*\.$")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that can be claimed: `lead` (opener, may be empty) + `body` is the sentence; `place` its position."""

    place: int
    lead: str
    body: str


def candidates(sentences: tuple[str, ...]) -> Iterator[Candidate]:
    """The sentences of a source that stand on their own and report something, in order."""
    for place, raw in enumerate(sentences):
        lead, body = parted(raw)
        if standing_alone(body):
            yield Candidate(place, lead, body)


def parted(raw: str) -> tuple[str, str]:
    """A sentence as its opener (section name, "We found that ") and the body that carries the statement."""
    section = _SECTION.match(raw)
    start = section.end() if section else 0
    opener = _OPENER.match(raw, start)
    end = opener.end() if opener else start
    return raw[:end], raw[end:]


def standing_alone(body: str) -> bool:
    """Whether a body can be read, and be true or false, without the sentences around it."""
    bare = without_asides(body)
    length = len(bare.split())
    return (
        6 <= length <= 42
        and bare.endswith(".")
        and not any(mark in bare for mark in '?;:[]()"“”‘=±')
        and not re.search(r"[^\x00-\x7f].*[^\x00-\x7f].*[^\x00-\x7f].*[^\x00-\x7f]", bare)
        and not _NOT_ALONE.match(bare)
        and not _NO_FINDING.search(bare)
        and not _GLUED.search(body)
        and not re.search(r"\.\s", bare)
        and body.count("(") == body.count(")")
        and OPEN not in body
        and "#" not in body
        and not re.match(r"\d+ ?% of (?:which|whom)", bare)
        and any(
            word in AUXILIARIES or ALL_FORMS.get(word, ("", ""))[1] in ("third", "past", "base")
            for word in bare.split()
        )
    )


def without_asides(body: str) -> str:
    """The body without brackets (unless a marked change stands in them) and without reference numbers."""
    bare = _ASIDE.sub("", body)
    bare = _NUMBERED_TAIL.sub(r"\1.", bare)
    return re.sub(r"\s+([,.;])", r"\1", re.sub(r"\s+", " ", bare)).strip()


def as_claim(text: str) -> str:
    """The text with a capital at its start and one full stop at its end."""
    text = re.sub(r"\s+", " ", text).strip(" ,").rstrip(". ") + "."
    return capitalised(text)


_NAME = re.compile(r"(?:[a-z]+[A-Z]|[a-z]+\d|[a-z]-[A-Z]|(?:mi|lnc|si|m|t|r)RNA|p\d)")


def capitalised(text: str) -> str:
    """The text with its first letter raised, unless the first word is a name such as "p53" or "mTOR"."""
    first = text.lstrip(OPEN)
    if not first or not first[0].isascii() or _NAME.match(first):
        return text
    return text[: len(text) - len(first)] + first[0].upper() + first[1:]


def lowered(text: str) -> str:
    """The text with its first letter lowered, unless the first word is a name or an abbreviation."""
    first = text.lstrip(OPEN)
    if re.match(rf"[A-Z][a-z]+(?:[ ,{CLOSE}-]|$)|A ", first) and not _PROPER.match(first):
        return text[: len(text) - len(first)] + first[0].lower() + first[1:]
    return text


_PROPER = re.compile(
    r"(?:[A-Z][a-z]*-?\d|(?:Wnt|Notch|Parkinson|Alzheimer|Crohn|Hodgkin|Helicobacter|Escherichia|Drosophila|Salmonella"
    r"|Staphylococcus|Streptococcus|Mycobacterium|Plasmodium|Candida|African|American|Asian|"
    r"European|Chinese|Japanese|British"
    r"|Bayesian|Mendelian|Toll|Cox|Ca|Zn|Na|Fe|Mg|Th|Treg|Tregs|Asia|Africa|Europe|China|Japan|"
    r"India|England|Sweden|Denmark"
    r"|Down|Ebola|Zika|Epstein|Huntington|Kaposi|Caucasian|Caucasians|Hispanic|Black|White|Western"
    r"|Gram|Ras|Myc|Akt|Sox|Oct"
    r"|Medicare|Medicaid|Schwann|Kupffer|Langerhans|Golgi|Lewy|Paneth|Brazil|Kenya|Uganda|France|"
    r"Germany|Canada|Australia|South|North|Foxp|Bcl|Bax|Fas|Jak|Stat|Smad|Caenorhabditis|"
    r"Arabidopsis|Saccharomyces|Xenopus)\b)"
)
