"""From a (marked) body to a claim: several rewordings in a row, the same mixture whatever the label will be."""

from __future__ import annotations

import re
from dataclasses import dataclass

from eval.training.construction import numbers, shortening, structure, wording
from eval.training.construction.pairs import CLOSE, OPEN, Rewrite, Scene, mend_articles, unmarked
from eval.training.construction.sentences import as_claim, without_asides

REWRITES: tuple[Rewrite, ...] = (*shortening.REWRITES, *structure.REWRITES, *numbers.REWRITES, *wording.REWRITES)
_BY_NAME = {rule.name: rule for rule in REWRITES}
_SHORTER = {"introduction_dropped": 0.85, "clause_dropped": 0.85, "second_verb_dropped": 0.6}
_SHAPES = ("passive", "association_mirrored", "comparison_mirrored", "result_reshaped", "phrase_moved")
_LATER = {
    "adverbs_dropped": 0.6,
    "setting_dropped": 0.25,
    "share_in_words": 0.7,
    "rounded": 0.35,
    "percent_in_words": 0.4,
    "small_number": 0.4,
    "present_tense": 0.6,
    "hedged": 0.1,
    "synonyms": 0.9,
    "abbreviated": 0.4,
    "abbreviation_expanded": 0.35,
    "framed": 0.06,
}
_HELD = tuple(rule.name for rule in REWRITES if rule.held)
_LONGEST_WORDS = 40
_CUT_OFF = re.compile(
    r"\b(?:and|or|of|the|in|to|by|with|for|than|an?|no|from)\.$|\b(?:the|of|an?|in) (?:is|are|was|were)\b|^Of\b"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, the rewordings that made it in order, and whether one of them is held out."""

    text: str
    rules: tuple[str, ...]
    held: bool

    @property
    def main_rule(self) -> str:
        """The rewording that names the pair: the one that changed the shape most."""
        order = (*_HELD, *_SHAPES, *_SHORTER, "share_in_words", "rounded", "hedged", *reversed(_LATER))
        return next((name for name in order if name in self.rules), "asides_dropped")

    @property
    def family(self) -> str:
        """The family of the main rule."""
        return _BY_NAME[self.main_rule].family if self.main_rule in _BY_NAME else "shortening"


def paraphrase(marked: str, scene: Scene, *, held: bool = False, hedges: bool = True) -> Claim | None:
    """A claim that says what the marked body says; None where the marked change was lost or the result is no sentence.

    With `held`, only the held-out rewordings change the shape; without it they are never used.
    """
    text = without_asides(marked)
    used: list[str] = []

    def attempt(name: str) -> bool:
        nonlocal text
        new = _BY_NAME[name].apply(text, scene)
        if new is None or new == text or _marks(new) != _marks(text) or "(" in new:
            return False
        text = new
        used.append(name)
        return True

    for name, share in _SHORTER.items():
        if scene.chance.random() < share:
            attempt(name)
    shapes = list(_HELD if held else _SHAPES)
    scene.chance.shuffle(shapes)
    if scene.chance.random() < 0.85:
        any(attempt(name) for name in shapes)
    for name, share in _LATER.items():
        if scene.chance.random() < share and (hedges or name != "hedged"):
            attempt(name)
    if _marks(text) != _marks(marked) or (held and not any(name in _HELD for name in used)):
        return None
    plain = unmarked(mend_articles(text))
    reworded = wording.use_direction_synonyms(plain, scene) if scene.chance.random() < 0.7 else plain
    if not 5 <= len(reworded.split()) <= _LONGEST_WORDS or _CUT_OFF.search(reworded):
        return None
    return Claim(as_claim(reworded), tuple(used), held)


def _marks(text: str) -> tuple[int, int]:
    return text.count(OPEN), text.count(CLOSE)
