"""Flips of what goes up or down, helps or harms: the predicate keeps its grammar and points the other way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eval.training.construction.pairs import Change, Flip, Scene
from eval.training.construction.verbs import ALL_FORMS, opposite_forms, predicate
from eval.training.construction.words import table

_NOUNS: dict[str, str] = table("opposite_nouns")
_QUALITIES: dict[str, str] = table("opposite_qualities")
_ADJECTIVES = frozenset(
    "increased decreased reduced elevated improved impaired enhanced lowered raised diminished".split()
)
_OUT_OF_REACH = re.compile(
    r"\b(?:after|when|if|upon|following|despite|without|during|because|although|while|whereas|by|"
    r"through|via|whether|unless"
    r"|who|which|that|whose|where|not|no|never|under|before|against|than|due|from|lack|nor|cannot|"
    r"fails?|failed|given|either"
    r"|of both|prevents?|prevented|inhibits?|ed with|until|for|rather|in \w+ with|except)\b"
)
_AFTER_BE = re.compile(
    r"\b(?:is|are|was|were|be|been|remained|more|less|highly|very|not|significantly|well) (?:\w+ly )?$"
)
_ANY_NEGATION = re.compile(r"\b(?:not|no|never|neither|nor|without|cannot|fail\w*|lack\w*|may|might|could)\b")


def _reachable(text: str, start: int, word_start: int) -> bool:
    return not _OUT_OF_REACH.search(text[start:word_start])


def _swapped(text: str, table: dict[str, str], need: re.Pattern[str] | None) -> Iterator[Change]:
    main = predicate(text)
    if main is None or _ANY_NEGATION.search(text):
        return
    for found in re.finditer(r"(?<![\w-])[a-z]+(?:-[a-z]+)?(?![\w-])", text[main.end :]):
        start = main.end + found.start()
        fits = need is None or need.search(text[:start])
        if found[0] in table and fits and _reachable(text, main.end, start):
            yield Change(start, start + len(found[0]), table[found[0]])


def flip_direction_verb(text: str, scene: Scene) -> Iterator[Change]:
    """ "X reduces Y" made "X increases Y", for the main verb."""
    main = predicate(text)
    if main is not None and not _ANY_NEGATION.search(text):
        kept_away = main.base == "prevent" and " from " in text
        for other in opposite_forms(main.word) if main.form != "auxiliary" and not kept_away else []:
            yield Change(main.start, main.end, other)


def flip_direction_participle(text: str, scene: Scene) -> Iterator[Change]:
    """ "associated with reduced Y", "was reduced in" made "increased"."""
    main = predicate(text)
    if main is None or _ANY_NEGATION.search(text):
        return
    for found in re.finditer(r"(?<![\w-])[a-z]+(?:-[a-z]+)?(?![\w-])", text[main.end :]):
        start = main.end + found.start()
        told = found[0] in _ADJECTIVES or _AFTER_BE.search(text[:start])
        if (
            told
            and ALL_FORMS.get(found[0], ("", ""))[1] in ("past", "participle")
            and _reachable(text, main.end, start)
        ):
            for other in opposite_forms(found[0]):
                yield Change(start, start + len(found[0]), other)


def flip_direction_noun(text: str, scene: Scene) -> Iterator[Change]:
    """ "led to a reduction in Y" made "an increase"."""
    yield from _swapped(text, _NOUNS, re.compile(r"\b(?:an?|the|to|significant|with|in|shows?|showed|\w+ed|\w+ly) $"))


def flip_quality(text: str, scene: Scene) -> Iterator[Change]:
    """ "is effective" made "is ineffective"; only for a quality the predicate states."""
    for change in _swapped(text, _QUALITIES, None):
        word = text[change.start : change.end]
        after = text[change.end :]
        near = text[: change.start]
        stated = _AFTER_BE.search(near) or (
            word.endswith("ly") and re.match(r" (?:correlat|associat|regulat|relat)", after)
        )
        if word in ("positive", "negative") and not re.match(
            r" (?:correlation|association|relationship|effect)", after
        ):
            continue
        if word in ("directly", "inversely") and not re.match(r" (?:correlat|associat|relat)", after):
            continue
        if word == "tolerated" and not near.endswith("well "):
            continue
        if word in ("able", "unable", "likely", "unlikely") and not re.match(r" to\b", after):
            continue
        if word == "tolerated":
            yield Change(change.start - len("well "), change.end, "poorly tolerated")
        elif (stated or word in ("positive", "negative")) and not near.endswith(("more ", "less ", "most ", "least ")):
            yield Change(change.start, change.end, change.new)


FLIPS = (
    Flip("direction_verb", "directions", "refutes", flip_direction_verb, "refutes"),
    Flip("direction_participle", "directions", "refutes", flip_direction_participle, "refutes"),
    Flip("direction_noun", "directions", "refutes", flip_direction_noun, "refutes", held=True),
    Flip("quality", "directions", "refutes", flip_quality, "refutes"),
)
