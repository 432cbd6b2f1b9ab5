"""What the words around a number give it: a measure, an estimate that it bounds, a frequency."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.verification.figures.drafts import Draft
from rag.verification.figures.figure import Rate
from rag.verification.figures.frequencies import is_article
from rag.verification.figures.joins import LEVEL, follows_in_list, leads_pair
from rag.verification.figures.measures import Measure, statistic_in
from rag.verification.figures.units import DOSE_UNITS, kind_of

_TO_INTERVAL = re.compile(
    r"[ ,;:(\[=]*(?:(?:with|an?|the|of|was|ci|cri|confidence interval|credible interval)[ ,;:(\[=]*)*"
)
_LIMIT = re.compile(r"\b(?:upper|lower) (?:[a-z0-9%.-]+ ){0,3}?(?:limit|bound|end|boundary|confidence)[^;]{0,40}$")
_SINCE = re.compile(
    r"\b(?:in|since|from|until|till|by|before|up to|to|through|after|starting in|ending in|beginning in|between|and)"
    r" (?:[a-z]+ )?$"
)
_LASTS = re.compile(r"\b(?:for|over|after|within|in|during|at) (?:[a-z]+ )?$")
_BP = re.compile(r"\bblood pressure|\bbp\b|mmhg")


def _run_after(lower: str, drafts: Sequence[Draft], index: int, length: int) -> bool:
    """Whether `length` figures from `index` on follow each other with nothing but commas and "and" between."""
    run = drafts[index : index + length]
    gaps = pairwise(run)
    return len(run) == length and all(follows_in_list(lower, one, two) for one, two in gaps)


def attach_measures(lower: str, drafts: Sequence[Draft], measures: Sequence[Measure]) -> None:
    """Gives each number the measure named nearest: right before, right after, or in a list of as many."""
    used: set[int] = set()
    previous = 0
    for index, draft in enumerate(drafts):
        named = [
            measure for measure in measures if previous <= measure.start < draft.start and measure.start not in used
        ]
        following = drafts[index + 1].start if index + 1 < len(drafts) else len(lower)
        after = [m for m in measures if draft.unit_end < m.start <= draft.unit_end + 1 and m.end < following]
        if len(named) > 1 and _run_after(lower, drafts, index, len(named)):
            for other, measure in zip(drafts[index:], named, strict=False):
                other.measure = measure.name
        elif after and (not named or draft.start - named[-1].end > 4):
            draft.measure = after[0].name
            used.add(after[0].start)
        elif named and draft.measure is None:
            gap = lower[named[-1].end : draft.start]
            if len(gap) <= 80 and ";" not in gap and ". " not in gap:
                draft.measure = named[-1].name
        draft.statistic = statistic_in(lower[max(previous, draft.start - 40) : draft.start])
        previous = previous if draft.implied else draft.unit_end


def mark_intervals(lower: str, drafts: Sequence[Draft]) -> None:
    """Levels and bounds of intervals have no measure of their own; bounds know the estimate they are around."""
    for index, draft in enumerate(drafts):
        if draft.unit == "%" and LEVEL.match(lower, draft.unit_end):
            draft.measure, draft.comparator = "confidence level", None
        year = draft.unit is None and 1900 <= draft.value <= 2100
        draft.limit = bool((_SINCE if year else _LIMIT).search(draft.before))
        join, place, other = draft.joint or (None, 0, 0)
        if join == "interval":
            draft.measure = None
            if place == 1:
                draft.estimate = drafts[index - 1].estimate
                continue
            level = index > 0 and drafts[index - 1].measure == "confidence level"
            around = index - (2 if level else 1)
            until = drafts[index - 1].start if level else draft.start
            if around >= 0 and _TO_INTERVAL.fullmatch(lower[drafts[around].unit_end : until]):
                draft.estimate = drafts[around].value
        elif join == "range" and index and _bounds_of(lower, drafts, index):
            draft.estimate = drafts[other].estimate = drafts[index - 1].value if place == 0 else draft.estimate
        elif join == "slash" and _BP.search(lower):
            draft.measure = ("systolic", "diastolic")[place]
        elif join is not None and place == 1:
            draft.measure = draft.measure or drafts[other].measure


def _bounds_of(lower: str, drafts: Sequence[Draft], index: int) -> bool:
    """Whether a range is the interval of the number before it: "0.81 (0.60 to 1.08)", "(0.81, 0.60 to 1.08)"."""
    estimate, low = drafts[index - 1], drafts[index]
    gap = lower[estimate.unit_end : low.start]
    if lower[estimate.start : estimate.end] == "1":
        return False  # "spanned 1 (0.8 to 2.9)"
    if re.fullmatch(r" ?[(\[]", gap):
        return True
    high = drafts[low.joint[2]] if low.joint and low.joint[1] == 0 else None
    return bool(re.fullmatch(r"[,;] ?", gap) and high and low.value <= estimate.value <= high.value)


def _is_dose(draft: Draft) -> bool:
    return draft.unit is not None and draft.unit.split("/")[0] in DOSE_UNITS


def _takes_rate(draft: Draft, rate: Rate, gap: str) -> bool:
    if ";" in gap or ". " in gap or (draft.age and draft.unit == "year") or draft.measure == "confidence level":
        return False
    short = len(gap.split()) <= (4 if rate.kind == "per" else 6)
    time = draft.unit is not None and kind_of(draft.unit) == ("time",)
    if rate.kind == "per":
        return short and "," not in gap and (draft.unit != "fold")
    return short and (_is_dose(draft) or (time and not gap.strip(" ,("))) and not (time and _LASTS.search(draft.before))


def attach_rates(lower: str, drafts: Sequence[Draft], rates: Sequence[Rate]) -> list[Rate]:
    """Gives each frequency to the amount before it, or to a dose right after it. What is left stands alone."""
    left = []
    for rate in rates:
        before = [draft for draft in drafts if draft.end <= rate.start and rate.start - draft.unit_end <= 60][-2:]
        owner = next((d for d in reversed(before) if _takes_rate(d, rate, lower[d.unit_end : rate.start])), None)
        if owner is None or owner.rate is not None:
            after = next((draft for draft in drafts if rate.end <= draft.start <= rate.end + 32), None)
            clear = after is not None and not re.search(r"[,;.()]", lower[rate.end : after.start])
            owner = after if after and _is_dose(after) and clear and not is_article(rate) else None
        if owner is None:
            left += [] if rate.kind == "per" and rate.parts == 1 else [rate]
            continue
        owner.rate = rate
    _share_rates(lower, drafts)
    return left


def _share_rates(lower: str, drafts: Sequence[Draft]) -> None:
    for first, second in reversed(list(pairwise(drafts))):
        together = leads_pair(first) or follows_in_list(lower, first, second)
        if first.rate is None and second.rate and first.unit == second.unit and together:
            first.rate = second.rate
