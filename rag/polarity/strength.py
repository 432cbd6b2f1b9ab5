"""How firmly a text speaks: obligation, recommendation, certainty, cause, quantity, size, significance.

A scale is a list of steps from weak to strong. A claim is overstated where its strongest step lies above the strongest
step of its sentences; a weaker claim is at fault only on the scales that a reader acts on: how strongly something is
recommended and how good its evidence is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.text import stem, words

_NOT = r"(?<!not )(?<!nor )(?<!n't )(?<!never )"


@dataclass(frozen=True, slots=True)
class OtherStrength:
    """The words of the claim and of its sentences that differ in strength."""

    mine: str
    theirs: str
    overstated: bool


@dataclass(frozen=True, slots=True)
class _Scale:
    steps: tuple[re.Pattern[str], ...]
    both_ways: bool = False

    def strongest(self, texts: Sequence[str]) -> tuple[int, str, str] | None:
        """The highest step that any of the texts reaches, the words that reach it and those after; None if none."""
        for step in range(len(self.steps) - 1, -1, -1):
            for text in texts:
                found = self.steps[step].search(text)
                if found is not None:
                    return step, found[0], found.string[found.end() : found.end() + 60]
        return None


def _scale(*steps: str, both_ways: bool = False) -> _Scale:
    return _Scale(tuple(re.compile(rf"{_NOT}(?<![\w-])(?:{words})(?![\w-])") for words in steps), both_ways)


_CERTAINTY_OF = r"(?: |-)(?:certainty|quality|confidence|strength)"
_SCALES: tuple[_Scale, ...] = (
    _scale(
        r"(?:conditional|weak|discretionary|optional)(?:ly)?(?: \w+)? recommend\w*"
        r"|recommend\w* (?:only )?(?:conditionally|weakly)|(?:conditional|weak) (?:guidance|advice)"
        r"|recommendations? (?:is|are|was|were) (?:conditional|weak)",
        r"strong(?:ly)?(?: \w+)? recommend\w*|recommend\w* strongly|firm(?:ly)? recommend\w*|strongly advis\w*"
        r"|recommendations? (?:is|are|was|were) strong",
        both_ways=True,
    ),
    _scale(
        *(rf"{level}{_CERTAINTY_OF}" for level in ("very[ -]low", "(?<!very )(?<!very-)low", "moderate", "high")),
        both_ways=True,
    ),
    _scale(
        r"may|might|could|can|consider(?:ed|ing|s)?|optional(?:ly)?|an option",
        r"should|ought to|recommend(?:s|ed)?|advis(?:es|ed|e)|is to be|are to be",
        r"must|mandatory|obligatory|imperative|compulsory|ha(?:s|ve) to be|is required to|are required to",
    ),
    _scale(
        r"suggest(?:s|ed|ing|ive)?|may|might|could|possibl[ye]|potential(?:ly)?|appear(?:s|ed)?|seem(?:s|ed)?"
        r"|preliminary|hypothes\w+|perhaps|speculat\w+|unclear|uncertain|plausibl[ye]|pilot",
        r"prov(?:es|ed|en)|proof|conclusive(?:ly)?|definitive(?:ly)?|definite(?:ly)?|undoubtedly|certainly"
        r"|unequivocal(?:ly)?"
        r"|beyond doubt|guarantee(?:s|d)?|invariably|establishes that",
    ),
    _scale(
        r"associat(?:ed|ion|ions|es)|correlat(?:ed|es|ion|ions)|linked|links?|observational|cross-sectional|related"
        r"|predict(?:s|ed|or|ors|ive)?",
        r"caus(?:es|ed|ing|al|ally|e)|leads? to|led to|leading to|results? in|resulted in|responsible for"
        r"|gives? rise to|bring(?:s)? about|brought about|trigger(?:s|ed)?|because of|due to|reduc\w+|increas\w+"
        r"|prevent\w*"
        r"|protect\w*|induc\w+|promot\w+|lower\w*|rais(?:es|ed)|improv\w+|worsen\w*|impair\w*|contribut\w+|produc\w+"
        r"|mediat\w+|driv\w+|effects?|affect\w*|mak(?:e|es|ing)|risk factors?|decreas\w+",
    ),
    _scale(
        r"rarely|seldom|few|a minority|uncommonly|infrequently",
        r"some|several|sometimes|occasionally|a proportion|a subset|certain|selected|half",
        r"(?<!the )most(?! \w+ly| common| important| effective| severe| recent)|usually|commonly|majority|many|often"
        r"|frequently|generally|typically|mainly|nearly all|almost all|mostly|a large proportion",
        r"(?<!at )all(?! ages| three| four)|every|always|everyone|everybody|without exception|universally|invariably"
        r"|in every case",
    ),
    _scale(
        r"slight(?:ly)?|small|modest(?:ly)?|marginal(?:ly)?|minor|a little|minimal(?:ly)?|trivial|weakly",
        r"moderate(?:ly)?",
        r"marked(?:ly)?|great(?:ly)?|dramatic(?:ally)?|substantial(?:ly)?|large|strong(?:ly)?|considerabl[ye]|major"
        r"|profound(?:ly)?|drastic(?:ally)?|huge",
    ),
    _scale(
        r"no (?:significant |clear |statistically significant |important )*differences?|(?:not|n't"
        r"|never) (?:significantly )?differ\w*"
        r"|similar(?:ly)?|comparable|no evidence of a difference",
        r"equivalen(?:t|ce)|identical(?:ly)?|non-?inferior(?:ity)?|interchangeabl[ye]|equally (?:effective|safe|good)"
        r"|as (?:effective|safe|good|well) as",
    ),
)  # fmt: skip
_CAUSAL_CLAIM = re.compile(
    rf"{_NOT}(?<!any )(?<!all )(?<!every )"
    rf"(?<!can )(?<!may )(?<!could )(?<!might )(?<!to )(?<![\w-])(?:causes?|caused|causing|leads? to|led to"
    r"|results? in"
    r"|resulted in|responsible for|gives? rise to|brings? about|triggers?|prevents?)(?![\w-])"
)
_CAUSE = 4
_QUANTITY = 5
_ABSOLUTE = re.compile(
    rf"{_NOT}(?<!nearly )(?<!almost )(?<![\w-])(?:always|only(?! (?:a|an|one|two|about|around|some|\d\S*|half|few)\b)"
    r"|solely|exclusively|invariably|without exception)(?![\w-])"
)
_ABSOLUTE_BASIS = re.compile(
    r"\b(?:always|never|only|sole\w*|exclusiv\w*|alone|all|every|each|any|none|no|not|without|invariably|single"
    r"|limited to"
    r"|restricted to|confined to|unique\w*|entire\w*|must|contraindicated|avoid\w*|universal\w*|unless|one)\b|100 ?%"
)
_NEVER = re.compile(r"(?<![\w-])never(?![\w-])")
_AT_TIMES = re.compile(
    r"\b(?:rare(?:ly)?|seldom|sometimes|occasional(?:ly)?|usually|often|infrequent(?:ly)?|frequently)\b"
)
_OF_NOUN = re.compile(
    r"some|several|few|a minority|a proportion|a subset|certain|selected|half|most|majority|many|nearly all"
    r"|almost all|a large proportion|all|every"
)
_INSIGNIFICANT = re.compile(
    r"non-?significant\w*|not (?:\w+ ){0,2}significant\w*|no (?:statistically )?significant|trend(?:s|ed)? (?:to"
    r"|for|in)\w*"
    r"|(?:not|n't) reach (?:statistical )?significance|insignificant\w*"
)
_SIGNIFICANT = re.compile(r"(?<!not )(?<!no )(?<!non-)(?<!statistically )(?:statistically )?\bsignificant(?:ly)?\b")
_HEDGED = re.compile(
    r"\b(?:trend\w*|tend\w*|numerical\w*|non-?significan\w*|insignificant\w*|(?:not|no|never|n't|without|nothing|neither|none|nor)\b.*)"
)


def other_strength(claim: str, sentences: Sequence[str]) -> OtherStrength | None:
    """The first way in which the claim is firmer (or, where it matters, weaker) than its sentences; None if none is."""
    mine = claim[:12000].lower()
    theirs = [sentence[:12000].lower() for sentence in sentences]
    for index, scale in enumerate(_SCALES):
        found = _off_scale(index, scale, mine, theirs)
        if found is not None:
            return found
    return _made_absolute(mine, theirs) or _made_significant(mine, theirs)


def _off_scale(index: int, scale: _Scale, mine: str, theirs: Sequence[str]) -> OtherStrength | None:
    here = scale.strongest([mine])
    if here is None or (index == _CAUSE and not _CAUSAL_CLAIM.search(mine)):
        return None
    if index == _QUANTITY and here[0] < len(scale.steps) - 2:
        return None
    there = scale.strongest(theirs)
    if there is None or here[0] == there[0] or (here[0] < there[0] and not scale.both_ways):
        return None
    if index == _QUANTITY and _OF_NOUN.fullmatch(here[1]) and not _same_noun(here[2], there[2]):
        return None
    return OtherStrength(here[1], there[1], here[0] > there[0])


def _same_noun(mine: str, theirs: str) -> bool:
    """Whether two quantities are of the same: they share one of the words right after them."""
    return bool(_next_stems(mine) & _next_stems(theirs))


def _next_stems(text: str) -> set[str]:
    return {stem(word) for word in words(text)[:4]} - {"of", "the", "with", "in", "and", "a"}


def _made_absolute(mine: str, theirs: Sequence[str]) -> OtherStrength | None:
    if _NEVER.search(mine):
        at_times = next((found for found in map(_AT_TIMES.search, theirs) if found), None)
        if at_times is not None and not any(map(_NEVER.search, theirs)):
            return OtherStrength("never", at_times[0], True)
    found = _ABSOLUTE.search(mine)
    if found is None or any(_ABSOLUTE_BASIS.search(text) for text in theirs):
        return None
    return OtherStrength(found[0], "nothing so absolute", True)


def _made_significant(mine: str, theirs: Sequence[str]) -> OtherStrength | None:
    said = _SIGNIFICANT.search(mine)
    if said is None or _HEDGED.search(mine) or any(_SIGNIFICANT.search(text) for text in theirs):
        return None
    for text in theirs:
        found = _INSIGNIFICANT.search(text)
        if found is not None:
            return OtherStrength(said[0], found[0], True)
    return None
