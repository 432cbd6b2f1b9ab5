"""Effects: what a text says to rise, fall, improve, be advised or stay the same, read clause by clause.

An effect is a chain of direction words ("associated with a lower") with the terms around it and a sign that is the
product of the chain. Reading is linear in the text and bounded; a text that is no English gives no effects.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.polarity.cues import (
    ACTING,
    CANONICAL,
    COMPARING,
    DEPRIVALS,
    LINKED_BY,
    LOOSE_DEPRIVALS,
    NEGATIONS,
    NOUNS,
    STATES,
    TRANSPARENT,
    Axis,
    Cue,
    cue_of,
    is_content,
    reworded,
    root_of,
    valence,
)
from rag.text import stem

_ASIDE = re.compile(r"\([^()]{0,200}[0-9=%][^()]{0,200}\)|\[[^\[\]]{0,200}\]")
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+|-[a-z0-9]{1,2}\b)*|[;:.!?,]")
_STOP = frozenset(". ; : ! ? but whereas although though while however despite yet".split())
_JOIN = frozenset("and or , by which that who in with among during after before via through to for when because "
                  "if at from on than as of once since until upon following is "
                  "are was were be been had has have".split())  # fmt: skip
_BE = frozenset("is are was were be been being remains remained".split())
_PEOPLE = frozenset("patients people persons adults women men those children participants".split())
_SKIPPED = frozenset("down up even much often very frequent common likely prevalent pronounced rapid".split())
_BRIDGES = frozenset("with in by for at after from on when during through via to than as".split())
_PREDICTING = frozenset(map(stem, ("predict", "portend", "herald")))
_NEGATION_REACH = 4
_REACH = {"without": 0, "noevidence": 6, "little": 1, "minimal": 1}
_MOST_WORDS = 1000
_MOST_EFFECTS = 60
_FOCUS_WORDS = 4
_NEAR_WORDS = 6
_SIDE_WORDS = 12


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing said to move: which axis, which way (1, -1, 0 none, None either), what it is about.

    `focus` holds the terms nearest to the direction word on the side it acts on, `near` all on that side, `about` all
    terms of its part of the clause, `reference` those after "than"; `valence` is 1 where the focus is a good thing to
    have, -1 a bad one;
    `subject_sign` is -1 where the subject is itself lowered or taken away, 1 where raised, 0 where neither is said.
    """

    axis: Axis
    sign: int | None
    focus: frozenset[str]
    near: frozenset[str]
    about: frozenset[str]
    reference: frozenset[str]
    valence: int
    subject_sign: int
    deprivals: frozenset[str]
    words: str
    comparing: bool

    @property
    def good(self) -> int | None:
        """Whether this is good (1), bad (-1) or neither (0); None where that cannot be told."""
        if self.axis == "good" or self.sign == 0:
            return self.sign
        return self.sign * self.valence if self.sign and self.valence and self.axis == "amount" else None


@dataclass(frozen=True, slots=True)
class _Chain:
    start: int
    end: int
    cues: tuple[tuple[str, Cue], ...]
    negated: bool


def canonical(word: str) -> str:
    """The stem of a word, with a few outcomes folded into the one they are the reverse or the same of."""
    root = root_of(word)
    return CANONICAL.get(root, root)


@lru_cache(maxsize=4096)
def effects(text: str) -> tuple[Effect, ...]:
    """The effects that a text speaks of, in order; at most 60, from at most 1,000 words."""
    words = _WORD.findall(_ASIDE.sub(" ", reworded(text)))[:_MOST_WORDS]
    found: list[Effect] = []
    start = 0
    for index, word in enumerate([*words, "."]):
        if word in _STOP:
            found += _clause_effects(words[start:index])
            start = index + 1
    return tuple(found[:_MOST_EFFECTS])


def _clause_effects(words: list[str]) -> list[Effect]:
    roots = [root_of(word) for word in words]
    chains = _chains(words, roots)[:_MOST_EFFECTS]
    found = []
    subject_sign = 0
    for index, chain in enumerate(chains):
        after_end = chains[index + 1].start if index + 1 < len(chains) else len(words)
        modifies = (
            index + 1 < len(chains)
            and all(cue.axis == "amount" for _, cue in chain.cues)
            and not any(word in {"and", ",", "or", "by", "which", "that"} for word in words[chain.end : after_end])
            and not _acts(words, roots, chain)
        )
        if modifies:
            subject_sign = (subject_sign or 1) * (_product(chain)[1] or 1)
            continue
        if index and _trails(words, roots, chain, after_end):
            continue
        begin = _own_part(words, chains[index - 1].end if index else 0, chain.start)
        found.append(_effect(words, roots, chain, (begin, after_end), subject_sign))
        if any(word in {"and", ",", "or", "which", "that"} for word in words[chain.end : after_end]):
            subject_sign = subject_sign if "and" in words[chain.end : after_end] else 0
    return found


def _own_part(words: list[str], begin: int, end: int) -> int:
    """Where the words that a chain may be about begin: after an "and" that follows another chain, if words of its own
    follow ("risk is raised and bleeding risk not high")."""
    if not begin or "and" not in words[begin:end]:
        return 0
    at = end - 1 - words[begin:end][::-1].index("and")
    return at + 1 if _content(words[at + 1 : end]) else 0


def _trails(words: list[str], roots: list[str], chain: _Chain, after_end: int) -> bool:
    """Whether the chain is only the last noun of what another one is about ("ineffective for stroke prevention")."""
    alone = chain.end - chain.start == 1 and roots[chain.start] in NOUNS and not words[chain.start].endswith("ed")
    return alone and not _content(words[chain.end : after_end]) and words[chain.start - 1] not in _BE


def _acts(words: list[str], roots: list[str], chain: _Chain) -> bool:
    """Whether the chain is a verb of its clause rather than an attribute of a noun: it has a subject before it."""
    last = roots[chain.end - 1]
    if last in STATES:
        return False
    subject = any(is_content(word) and word not in NEGATIONS for word in words[max(0, chain.start - 6) : chain.start])
    return subject and words[chain.start - 1] not in {"of", "with", "in", "the", "a", "an", "for", "to"}


def _chains(words: list[str], roots: list[str]) -> list[_Chain]:  # noqa: PLR0912 - one pass over the words
    """Runs of direction words with no content word between, each with whether a negation reaches it."""
    chains: list[_Chain] = []
    cues: list[tuple[str, Cue]] = []
    begin = end = 0
    negation_at: int | None = None
    negated = False
    since, reach = 0, _NEGATION_REACH
    bridged = False

    def close() -> None:
        nonlocal cues
        if cues:
            chains.append(_Chain(begin, end, tuple(cues), negated))
        cues = []

    for index, (word, root) in enumerate(zip(words, roots, strict=True)):
        cue = cue_of(word, root)
        if root == "loss" and words[index + 1 : index + 2] != ["of"]:
            cue = None  # "weight loss", "hearing loss": the name of a thing
        if cue is not None and cue.axis == "link" and root not in _PREDICTING and words[index + 1 : index + 2]:
            cue = cue if words[index + 1] in LINKED_BY else None
        if word in {"when", "if", "while", "which", "who"}:
            negation_at = None
        if word == ",":
            close()
        elif word in NEGATIONS:
            if cues:
                close()
            negation_at = None if negation_at is not None and since == 0 else index
            reach = _REACH.get(word, _NEGATION_REACH)
            if word == "not" and index and (is_content(words[index - 1]) or words[index - 1] in _PEOPLE):
                reach = 0  # "patients not ventilated": only the next word is denied
            since = 0
        elif cue is not None:
            if cues and cues[-1][0] in DEPRIVALS and words[index - 1] != "of":
                close()
            if cues and cues[-1][1].axis == "amount" and cues[-1][0] not in ACTING and bridged:
                close()
            if not cues:
                carried = negated and index > 0 and words[index - 1] in {"or", "nor"}
                begin, negated = index, carried or (negation_at is not None and since <= reach)
                negation_at = None
            cues.append((root, cue))
            end, bridged = index + 1, False
        elif word in _BRIDGES:
            bridged = bool(cues) and not (word == "in" and cues[-1][0] in NOUNS and not words[end - 1].endswith("ed"))
        elif is_content(word) and root not in TRANSPARENT and word[0].isalnum():
            close()
            since += 1
    close()
    return chains


def _product(chain: _Chain) -> tuple[Axis, int | None]:
    """The axis and the sign of a chain: a negation leaves no effect, or turns a judgement round."""
    kinds = {cue.axis for _, cue in chain.cues}
    axis: Axis = next(kind for kind in ("advice", "amount", "good", "link", "change") if kind in kinds)
    if axis == "amount" and chain.cues[-1][1].axis == "good" and chain.cues[0][1].axis != "good":
        axis = "good"
    sign = 1
    for _, cue in chain.cues:
        if cue.axis == axis or (axis == "good" and cue.axis == "amount" and cue.sign < 0):
            sign *= cue.sign
    if axis == "link":
        axis = "amount"
    if axis == "amount" and chain.cues[-1][1].axis == "change" and sign > 0:
        axis = "change"
    if axis == "change":
        return "amount", 0 if chain.negated else None
    if not chain.negated:
        return axis, sign
    if axis in {"amount"} or chain.cues[-1][0] in COMPARING:
        return axis, 0 if sign else None
    return axis, -sign


def _effect(words: list[str], roots: list[str], chain: _Chain, part: tuple[int, int], subject_sign: int) -> Effect:
    begin, after_end = part
    axis, sign = _product(chain)
    before, after = words[: chain.start], words[chain.end : after_end]
    reference: list[str] = []
    if "than" in after:
        at = after.index("than")
        after, reference = after[:at], after[at + 1 :]
    elif "than" in words[after_end:] and not after:
        reference = words[words.index("than", after_end) + 1 :]
    left, right = _content(before)[-_SIDE_WORDS:], _content(after)[:_SIDE_WORDS]
    left_near = _content(words[begin : chain.start])[-_SIDE_WORDS:]
    onward = _points_onward(words, roots, chain, after)
    focus = (right[:_FOCUS_WORDS] if onward else left_near[-_FOCUS_WORDS:]) or (
        left[-_FOCUS_WORDS:] or right[:_FOCUS_WORDS]
    )
    beyond = [] if reference else _content(words[after_end:])
    about = frozenset(map(canonical, left + right + beyond[:_SIDE_WORDS]))
    return Effect(
        axis,
        sign,
        frozenset(map(canonical, focus)),
        frozenset(map(canonical, (right if onward and right else left_near[::-1])[:_NEAR_WORDS])),
        about,
        frozenset(map(canonical, _content(reference)[:_SIDE_WORDS])),
        valence(focus),
        subject_sign,
        frozenset(roots) & LOOSE_DEPRIVALS,
        " ".join(("not " if chain.negated else "", *words[chain.start : chain.end])).strip(),
        any(root in COMPARING for root, _ in chain.cues),
    )


def _points_onward(words: list[str], roots: list[str], chain: _Chain, after: list[str]) -> bool:
    """Whether the chain is about what follows it; else it is about what stands before ("mortality was lower in")."""
    last = roots[chain.end - 1]
    following = next((word for word in after if not word.endswith("ly") and word not in _SKIPPED), "")
    ahead = [word for word in words[max(0, chain.end - 4) : chain.end - 1] if not word.endswith("ly") and word != "not"]
    passive = bool(ahead) and ahead[-1] in _BE
    if last in ACTING:
        return not (passive and words[chain.end - 1].endswith("ed") and following not in {"with", "to", "for"})
    if following in {"of", "in"} and last in NOUNS and not words[chain.end - 1].endswith("ed"):
        return True
    if passive and words[chain.end - 1].endswith("ed"):
        return False
    return bool(following) and following not in _JOIN


def _content(words: list[str]) -> list[str]:
    return [
        word
        for word in words
        if is_content(word)
        and word not in NEGATIONS
        and word[0].isalpha()
        and not (root_of(word) in TRANSPARENT or cue_of(word, root_of(word)))
    ]
