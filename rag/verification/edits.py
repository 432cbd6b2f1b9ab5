"""Small edits that turn a sentence around: a claim that follows its sentence nearly word for word may not change, drop
or add a word that decides its meaning - a negation, a direction, a comparator, a measure, a modal, a number, a
unit of time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from rag.polarity import direction_words
from rag.text import NUMBER_WORDS, STOPWORDS

_TOKEN = re.compile(r"[a-z][a-z0-9]*(?:[-'][a-z0-9]+)*|\d+(?:[.,]\d+)*|[<>≤≥=]+|%", re.IGNORECASE)
_LONGEST_EDIT = 3
_MOST_TOKENS = 1000
_NEARLY_VERBATIM = 0.6

_DECISIVE = {
    "negation": "not no non never without neither nor cannot none against unless except excluding fails failed lack "
    "absence",
    "unneeded": "unnecessary needless",
    "weak": "may might could can possibly",
    "strong": "must should shall always",
    "some": "some several sometimes occasionally rarely",
    "most": "most all every each commonly usually generally typically majority entire whole usual commonest",
    "only": "only solely",
    "least": "least minimum",
    "conditional": "conditional conditionally weak weakly",
    "firm": "strong strongly",
    "significant": "significant significantly",
    "sensitivity": "sensitivity sensitive",
    "specificity": "specificity specific",
    "positive": "positive",
    "negative": "negative",
    "lower end": "under below fewer <",
    "upper end": "above >",
    "hour": "hour hours hourly",
    "day": "day days daily",
    "week": "week weeks weekly",
    "month": "month months monthly",
    "year": "year years yearly annual",
}
_NUMBER = rf"(?:\d+(?:[.,]\d+)*|{'|'.join(NUMBER_WORDS)})(?: ?%|(?: [a-z/.²]+){0, 2}/[\w/.²]+)?"
_COUNTED = rf"{_NUMBER}(?: (?!or\b)[a-z]+){{0,4}}?"
# Ways to say one thing with and without a negation word, and two ways to bound a number, put the same before two texts
# are compared word by word.
_SAME = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), one)
    for words, one in (
        (
            rf"({_NUMBER}(?: (?!or\b)[a-z]+){{0,4}}?) or (?:more|greater|higher|above|over|older|longer|later)",
            r"at least \1",
        ),
        (
            rf"({_NUMBER}(?: (?!or\b)[a-z]+){{0,4}}?) or (?:less|fewer|lower|below|under|younger|shorter|earlier)",
            r"at most \1",
        ),
        (r"(?:no|not) (?:less|fewer|lower|earlier|younger|shorter) than|not (?:below|under)|a minimum of", "at least"),
        (
            r"(?:no|not) (?:more|greater|higher|later|older|longer) than|not (?:above|over)|up to|a maximum of",
            "at most",
        ),
        (
            r"(?:stopped|ceased|quit) recommending|no longer (?:recommend|advise)\w*"
            r"|(?:has|have|had|does|do|did) not (?:recommend|advise)(?:ed|d)?",
            "to avoid",
        ),
        (
            r"(?:is|are) not recommended|(?:is|are) not advised|should not be (?:used|offered|given|prescribed)"
            r"|should be avoided|(?:is|are) contraindicated|do not (?:use|offer|give|prescribe)"
            r"|(?:recommends?|recommended|advises?|advised) against|avoid(?:s|ed|ing)?",
            "to avoid",
        ),
        (r"(protect\w*) from", r"\1 against"),
        (r"(?:mildly )?reduced (?:or|and) preserved(?= ejection)", "preserved"),
        (r"each other|one another", "mutually"),
        (rf"over(?= {_NUMBER})", "above"),
        (r"once daily|daily|(?:per|each|every) day", "a day"),
        (r"once weekly|weekly|(?:per|each|every) week", "a week"),
        (r"once yearly|yearly|annually|(?:per|each|every) year", "a year"),
        (r"not (?:required|needed|necessary|essential)|(?:do|does|did) not need|needs? no|need not", "unnecessary"),
        (r"not effective", "ineffective"),
        (r"compared (?:with|to)|versus|vs", "than"),
        (rf"(?:older|more|greater|higher|longer|later) than(?= {_NUMBER})|>(?= ?{_NUMBER})", "above"),
        (rf"(?:younger|less|fewer|lower|shorter|under) than(?= {_NUMBER})|under(?= {_NUMBER})", "below"),
        (r"less (?:quickly|rapidly)|more slowly", "slower"),
        (r"less (?:often|frequently|commonly)|more rarely", "rarer"),
        (r"above all|especially", "particularly"),
        (r"over and above", "beyond"),
        (r"instead of|rather than|in place of", "instead"),
        (r"(?:cannot|can not|could not) be (?:excluded|ruled out)(?: as)?", "possible"),
    )
)
_TIMES = frozenset("hour day week month year".split())
_HOURS = {"hour": 1, "day": 24, "week": 168}
_WITH_NUMBERS = _TIMES | {"least", "most", "lower end", "upper end"}
_MOVABLE = _TIMES | {"sensitivity", "specificity", "unneeded"}
_MOVED = frozenset({"weak", "strong", "some", "most", "only", "positive", "negative"})
_BOUNDS = frozenset({"least", "lower end", "upper end"})
_COMPARED = frozenset({"than", "over", "above", "beyond"})
_FIRMNESS = frozenset({"firm", "conditional"})
_ADVISING = re.compile(r"\b(?:recommend|advi[sc]|suggest|guideline)")
_LEFT_TO_OTHERS = frozenset({"significant"})
_DENYING = frozenset(
    "unlike inability unable off avoid avoids avoiding avoided prevents preventing absent lacking".split()
)
_CLASS_OF = {word: name for name, words in _DECISIVE.items() for word in words.split()}


def _classes(tokens: Sequence[str]) -> list[str]:
    """What the tokens decide, sorted; tokens that decide nothing are left out."""
    found = []
    for token in tokens:
        if token[0].isdigit():
            found.append(f"number {token}")
        elif token in NUMBER_WORDS:
            found.append(f"number {NUMBER_WORDS[token]}")
        else:
            for part in dict.fromkeys((token, *token.split("-"))):
                if part in _CLASS_OF:
                    found += [_CLASS_OF[part]] if part == token or part != "only" else []
                else:
                    found += direction_words(part)
    return sorted(found)


def _turns(was: Sequence[str], now: Sequence[str], followed: _Followed) -> bool:
    """Whether putting the one for the other changes what is decided.

    A direction put for the opposite one always does. One that is only left out does not, and one that is added only
    where the sentence has none of its kind: what is said in another place or in other words is a paraphrase. A quantity
    that is only left out or only added is for the rules on figures, a unit of time alone as well.
    """
    if _COMPARED & {*was, *now}:
        was, now = ([word for word in side if word != "against"] for side in (was, now))
    if ("against" in was) != ("against" in now):
        return True
    before, after = _without_lone_quantity(_classes(was), _classes(now))
    if before == after:
        return False
    gone, come = (
        list((Counter(before) - Counter(after)).elements()),
        list((Counter(after) - Counter(before)).elements()),
    )
    if any(one[:-1] + ("-" if one[-1] == "+" else "+") in after for one in before if one[-1] in "+-"):
        return True
    if any(_matters(one, gone, come, followed) for one in (*gone, *come) if one[-1] not in "+-"):
        return True
    theirs = _classes(followed.theirs)
    added = [one for one in come if one[-1] in "+-" and one not in theirs]
    return bool(added) and not (_content(was) and _content(now))


def _matters(one: str, gone: Sequence[str], come: Sequence[str], followed: _Followed) -> bool:
    """Whether a class of words that stands on one side of an edit alone changes what is said."""
    if one == "negation":
        return _denials(followed.mine) % 2 != _denials(followed.theirs) % 2
    if one in _MOVED:
        return _classes(followed.mine).count(one) != _classes(followed.theirs).count(one)
    if one in _BOUNDS:
        return bool(gone) and bool(come)
    like = next((kind for kind in (_TIMES, _FIRMNESS) if one in kind), frozenset({one}))
    both = all(any(other in like or _are_numbers(one, other) for other in side) for side in (gone, come))
    if one in _FIRMNESS:
        return both or _ADVISING.search(" ".join(followed.theirs)) is not None
    return both if one in _TIMES or _are_numbers(one, one) else one not in _LEFT_TO_OTHERS


def _are_numbers(one: str, other: str) -> bool:
    return one.startswith("number") and other.startswith("number")


def _denials(tokens: Sequence[str]) -> int:
    """How many words deny, those included that do it in other words than "not"."""
    denied = sum(_CLASS_OF.get(word) == "negation" for word in tokens if word not in {"nor", "against"})
    pairs = zip(tokens, [*tokens[1:], ""], strict=True)
    return denied + sum(word in _DENYING or (word == "free" and following == "of") for word, following in pairs)


def _without_lone_quantity(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    """The classes of both sides less the quantity, where only one side has one; its comparator goes with it."""
    numbers = [any(one.startswith("number") for one in side) for side in (before, after)]
    if numbers == [True, False]:
        return [one for one in before if not one.startswith("number") and one not in _WITH_NUMBERS], after
    if all(numbers) and _hours(before) == _hours(after) is not None:
        return [one for one in before if one not in _TIMES and not one.startswith("number")], [
            one for one in after if one not in _TIMES and not one.startswith("number")
        ]
    if numbers == [False, True]:
        return before, [one for one in after if not one.startswith("number") and one not in _WITH_NUMBERS]
    return before, after


def _hours(classes: Sequence[str]) -> float | None:
    """The one span of time that the classes hold, in hours; None where there is none or more than one."""
    units = [_HOURS[one] for one in classes if one in _HOURS]
    numbers = [one.split()[1].replace(",", "") for one in classes if one.startswith("number")]
    if len(units) != 1 or len(numbers) != 1 or not numbers[0].replace(".", "", 1).isdigit():
        return None
    return float(numbers[0]) * units[0]


def _content(tokens: Sequence[str]) -> bool:
    """Whether the tokens hold a word of content."""
    return any(token[0].isalpha() and token not in STOPWORDS for token in tokens)


@dataclass(frozen=True, slots=True)
class _Followed:
    """The sentence that a claim follows nearly word for word, with the edits between them."""

    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    operations: tuple[tuple[str, int, int, int, int], ...]


@lru_cache(maxsize=2048)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(token.lower() for token in _TOKEN.findall(text)[:_MOST_TOKENS])


@lru_cache(maxsize=256)
def _followed(claim: str, sentences: tuple[str, ...]) -> _Followed | None:
    """What the claim follows: the first of the sentences from which most of its words come, in order, or None."""
    mine = _tokens(claim)
    counted = Counter(mine)
    best, share = None, _NEARLY_VERBATIM
    for sentence in sentences:
        theirs = _tokens(sentence)
        if sum((counted & Counter(theirs)).values()) < share * len(mine):  # cheap bound on what can be followed
            continue
        matcher = SequenceMatcher(None, theirs, mine, autojunk=False)
        followed = sum(block.size for block in matcher.get_matching_blocks()) / max(len(mine), 1)
        if followed > share or (best is None and followed >= share):
            best, share = (theirs, matcher), followed
    return None if best is None else _Followed(mine, best[0], tuple(best[1].get_opcodes()))


def put_alike(text: str) -> str:
    """The text with a few denials in disguise put in one form, so that saying them differently is no edit."""
    for pattern, one in _SAME:
        text = pattern.sub(one, text)
    return text


def follows_closely(claim: str, sentences: Sequence[str]) -> bool:
    """Whether at least 60 % of the words of a claim follow one of its sentences in order."""
    return _followed(claim, tuple(sentences)) is not None


def _only_moved(was: Sequence[str], now: Sequence[str], followed: _Followed) -> bool:
    """Whether the one thing decided here is said elsewhere: as often in both texts, or a direction said once less."""
    before, after = _classes(was), _classes(now)
    if len(before) + len(after) != 1:
        return False
    (one,) = (*before, *after)
    if one == "negation" and "neither" in now and "nor" in followed.mine:
        return "negation" in _classes(followed.theirs)  # "neither A nor B differed" is "A and B did not differ"
    mine, theirs = _classes(followed.mine).count(one), _classes(followed.theirs).count(one)
    if one in _TIMES and before:
        return mine > 0
    return (one in _MOVABLE and mine == theirs > 0) or (one[-1] in "+-" and bool(before) and theirs > mine > 0)


def _shared_classes(followed: _Followed) -> set[str]:
    return set(_classes(followed.mine)) & set(_classes(followed.theirs))


def turning_edit(claim: str, sentences: Sequence[str]) -> str | None:
    """The small edit by which a claim turns the sentence it follows around, as a reason; or None.

    Only a claim of which at least 60 % of the words follow one sentence in order is compared, and only edits of at most
    three words between words that are the same: leaving a whole clause out is no small edit.
    """
    followed = _followed(claim, tuple(sentences))
    if followed is None:
        return None
    for operation, start, end, mine_start, mine_end in followed.operations:
        if operation == "equal" or end - start > _LONGEST_EDIT or mine_end - mine_start > _LONGEST_EDIT:
            continue
        was, now = followed.theirs[start:end], followed.mine[mine_start:mine_end]
        if [*_classes(was), *_classes(now)] == ["advice-"] and "advice-" in _shared_classes(followed):
            continue  # the advice against has only been moved
        if _only_moved(was, now, followed):
            continue
        if _turns(was, now, followed):
            return f"changes “{' '.join(was) or '(nothing)'}” of its sentence to “{' '.join(now) or '(nothing)'}”"
    return None
