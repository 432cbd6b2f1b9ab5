"""Numbers that belong together: ranges, intervals, "130/80", "34 of 116", lists that share a unit or a comparator."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.verification.figures.comparators import (
    comparator_after,
    comparator_before,
    open_comparator,
    turn_of_age,
)
from rag.verification.figures.drafts import Draft
from rag.verification.figures.figure import Join
from rag.verification.figures.measures import noun_after

_RANGE = re.compile(
    r" ?(?:-|to|through|until|till|up to) ?(?:(?:less than|under|below|more than|over|at most|up to|an?|[<≤>]) ?)?"
)
_AND = re.compile(r" and (?:(?:less than|under|below) )?")
_COMMA = re.compile(r"[ ,;]{1,2}")
_LISTED = re.compile(r"(?:,? (?:or|and|to|versus|vs\.?|then) (?:with )?|, |/|-| ?[-/] ?|,? and then | ±)(?:[<≤>≥+] ?)?")
_FOR_EACH = re.compile(r" (?:for|in|with) [a-z]+,? (?:and|or) ")
_OPENS_RANGE = re.compile(r"\b(?:from|between) (?:about )?$")
_BRACKETS_TO = re.compile(r" ?\([^()]{1,80}\) (?:to|and) (?:about )?")
_BETWEEN = re.compile(r"\bbetween (?:(?:the )?ages (?:of )?|about |(?:day|week|month|year|hour)s )?$")
_FROM_CHANGE = re.compile(
    r"\b(?:rose|rise|fell|fall|increas|decreas|reduc|rais|lower|drop|declin|chang|went|improv|grew|escalat|titrat|up|down|mov)"
    r"[a-z]*(?: [a-z-]+){0,5}? from (?:about |an? |a mean of )?$"
)
_UNDER_RULES = re.compile(r"\b(?:under|over|above) (?:the|its|their) $|\b(?:up to|until|through) $")
LEVEL = re.compile(r" ?-?(?:(?:bayesian )?(?:ci|cri|confidence|credible)\b)")
_INTERVAL = re.compile(r"\b(?:ci|cri|confidence (?:intervals?|limits?)|credible intervals?)[^\d]{0,16}$")
_QUARTILES = re.compile(r"\b(?:iqr|interquartile range)[^\d]{0,12}$")
_AGE_BEFORE = re.compile(
    r"\b(?:aged?|ages|older than|younger than)\b(?: (?!or\b|and\b)[a-z]+){0,3}[ -]?$"
    r"|\b(?:adults?|people|patients|men|women|those|persons|individuals|children|anyone)(?: who (?:are|were))?"
    r" (?:aged )?(?:over|under|above|below) ?$|\b(?:over|under)-$"
)
_PEOPLE_OF = re.compile(
    r"\b(?:adults?|people|patients|men|women|females|males|those|persons|individuals|participants|subjects|children|anyone"
    r"|everyone)(?: who (?:are|were)| being)?(?: of| from)?"
    r" (?P<sign>(?:at (?:the )?least|at most|over|under|above|below|no (?:less|more|older|younger) than|≥|≤|>|<) ?)?$"
)
_AGE_OR = re.compile(r" (?:or|and) (?:more|above|upwards?|up|over|under|below)\b(?! \d)|\+(?!\d)")
_LEAST_AGE = 16
_AGE_AFTER = re.compile(r"(?:[ -]years?)?(?:[ -]old\b| of age\b(?! \d)| (?:or|and) (?:older|younger|over\b(?! \d)))")


def _join(lower: str, first: Draft, second: Draft) -> Join | None:
    """How two neighbouring numbers belong together, if they do."""
    gap = lower[first.unit_end : second.start]
    if first.of is not None and first.of == second.value:
        return "share"
    if len(gap) > 24 or gap == "/":
        return "slash" if gap == "/" and first.unit is None else None
    interval = bool(_INTERVAL.search(first.before))
    ranged = _RANGE.fullmatch(gap) or (_AND.fullmatch(gap) and _BETWEEN.search(first.before))
    if not ranged and not (interval and _COMMA.fullmatch(gap)):
        return None
    if interval or _QUARTILES.search(first.before):
        return "interval" if interval else "quartiles"
    if first.unit == "fold" or (
        1900 <= second.value <= 2100 and second.unit is None and first.value < 1000 and first.unit
    ):
        return None
    changed = _FROM_CHANGE.search(first.before)
    return "change" if changed else "range" if first.value < second.value else None


def pair_up(lower: str, drafts: Sequence[Draft]) -> None:
    """Finds the pairs among neighbouring numbers; each of a pair knows the place of the other."""
    for index, (first, second) in enumerate(pairwise(drafts)):
        if first.joint is None and (join := _join(lower, first, second)):
            first.joint, second.joint = (join, 0, index + 1), (join, 1, index)
    for index in range(len(drafts) - 2):
        _pair_in_brackets(lower, drafts, index)
    for index, first in enumerate(drafts):
        if first.joint is None and _OPENS_RANGE.search(first.before):
            _pair_over_brackets(lower, drafts, index)


def _pair_in_brackets(lower: str, drafts: Sequence[Draft], index: int) -> None:
    """ "0.82 (0.50, 1.14)": two numbers in brackets on either side of the one before them are its interval."""
    estimate, low, high = drafts[index : index + 3]
    alone = low.joint is None and high.joint is None and low.value <= estimate.value <= high.value
    opened = alone and lower[estimate.unit_end : low.start].strip() in {"(", "["}
    if opened and lower[low.unit_end : high.start] == ", " and lower[high.unit_end : high.unit_end + 1] in {")", "]"}:
        low.joint, high.joint = ("interval", 0, index + 2), ("interval", 1, index + 1)


def _pair_over_brackets(lower: str, drafts: Sequence[Draft], index: int) -> None:
    """ "ranged from 0.19 (95% CI 0.09 to 0.33) to 0.43": the ends of a range with brackets between them."""
    first = drafts[index]
    over = _BRACKETS_TO.match(lower, first.unit_end)
    place = next((at for at, draft in enumerate(drafts) if over and draft.start == over.end()), None)
    if place is None or drafts[place].value <= first.value or drafts[place].joint:
        return
    join: Join = "change" if _FROM_CHANGE.search(first.before) else "range"
    first.joint, drafts[place].joint = (join, 0, place), (join, 1, index)


def leads_pair(draft: Draft) -> bool:
    """Whether a number is the first of two that say one thing, as in "40 to 60 mg"."""
    return draft.joint is not None and draft.joint[1] == 0 and draft.joint[0] != "share"


def share_units(lower: str, drafts: Sequence[Draft]) -> None:
    """Gives the unit that is said once to the other numbers: "5, 10 or 20 mg", "40 to 60 mg/day", "days 10 and 30"."""
    for first, second in pairwise(drafts):
        if first.numbered and second.unit is None and follows_in_list(lower, first, second):
            second.unit, second.numbered = first.unit, True
    shared: set[int] = set()
    for first, second in reversed(list(pairwise(drafts))):
        counted = first.joint is not None and first.joint[:2] == ("share", 0)
        if first.unit or not second.unit or counted or LEVEL.match(lower, second.unit_end):
            continue
        year = 1900 <= first.value <= 2100
        # A comma alone makes no list: "in trial 3, 33% died".
        comma = lower[first.unit_end : second.start] == ", " and second.start not in shared
        if leads_pair(first) or (not year and not comma and follows_in_list(lower, first, second)):
            first.unit, first.age = second.unit, second.age
            shared.add(first.start)


def compare_numbers(lower: str, drafts: Sequence[Draft]) -> None:
    """Gives each number its comparator. That of "130/80" holds for both, "or more" after a range or share for all."""
    for draft in drafts:
        draft.comparator = comparator_before(draft.before, draft.unit)
        if draft.unit is None and 1900 <= draft.value <= 2100 and _UNDER_RULES.search(draft.before):
            draft.comparator = None
            continue
        if draft.comparator is None and draft.age and not leads_pair(draft):
            draft.comparator = turn_of_age(draft.before)
        if draft.comparator is None and not leads_pair(draft):
            draft.comparator = comparator_after(lower, draft.unit_end)
            _pass_to_first(lower, drafts, draft)
    for first, second in pairwise(drafts):
        if second.comparator is None and _FOR_EACH.fullmatch(lower[first.unit_end : second.start]):
            second.comparator = open_comparator(first.before)
    for draft in drafts:
        slash = draft.joint is not None and draft.joint[0] == "slash"
        if draft.comparator is None and (draft.joint is None or slash or draft.joint[:2] == ("share", 0)):
            draft.comparator = open_comparator(draft.before)
        if slash and draft.joint:
            other = drafts[draft.joint[2]]
            other.comparator = draft.comparator = draft.comparator or other.comparator


def _pass_to_first(lower: str, drafts: Sequence[Draft], draft: Draft) -> None:
    """ "three of the five or more", "three to six months at least": the comparator is that of the first number."""
    if draft.joint is None or draft.comparator is None or draft.joint[:2] not in {("share", 1), ("range", 1)}:
        return
    first = drafts[draft.joint[2]]
    if first.comparator in {None, draft.comparator}:
        first.comparator, draft.comparator = draft.comparator, None


def set_ages(lower: str, drafts: Sequence[Draft]) -> None:
    """Marks ages, with or without "years"; both ends of a range of ages are ages."""
    for draft in drafts:
        if draft.unit in {None, "year"}:
            before = _AGE_BEFORE.search(draft.before) or _is_age_of_people(lower, draft)
            draft.age = bool(before or _AGE_AFTER.match(lower, draft.end)) and not 1900 <= draft.value <= 2100
            draft.unit = "year" if draft.age else draft.unit
    for draft in drafts:
        if draft.joint and draft.unit in {None, "year"} and drafts[draft.joint[2]].age and draft.joint[0] != "share":
            draft.age, draft.unit = True, "year"


def _is_age_of_people(lower: str, draft: Draft) -> bool:
    """Whether a number with no unit is an age: "men of at least 50", "those of 65 and over"."""
    found = _PEOPLE_OF.search(draft.before)
    if found is None or (draft.joint and draft.joint[0] in {"slash", "share"}) or noun_after(lower, draft.unit_end):
        return False
    ranged = draft.joint is not None and draft.joint[:2] == ("range", 0) and draft.value >= _LEAST_AGE
    return bool(found["sign"] or ranged or _AGE_OR.match(lower, draft.unit_end)) and draft.value <= 110


def follows_in_list(lower: str, first: Draft, second: Draft) -> bool:
    """Whether nothing but a comma, "and", "or", "to" stands between two numbers."""
    return _LISTED.fullmatch(lower[first.unit_end : second.start]) is not None
