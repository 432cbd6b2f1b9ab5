"""The polarity check: whether a claim turns its sentences round, in words that a reader can follow.

Negation, direction, strength, population and time. A claim that follows a sentence nearly word for word is held to the
strict rules, where every doubt is a fault; a claim in other words to the careful ones. Where neither can tell, the
answer is None and the entailment model decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.polarity import negation_differs, opposed
from rag.polarity.advice import other_advice
from rag.polarity.agents import swapped_agent
from rag.polarity.comparisons import clashes_with_own_figures
from rag.polarity.contrasts import agreed, contrast
from rag.polarity.denying import denial
from rag.polarity.moments import other_time
from rag.polarity.opposites import opposite
from rag.polarity.population import other_population
from rag.polarity.strength import other_strength
from rag.polarity.unmatched import unmatched
from rag.verification.edits import follows_closely, put_alike, turning_edit

FaultKind = Literal["negation", "direction", "strength", "population", "time", "edit"]
_MOST_CHARACTERS = 3_000
_OPEN = re.compile(
    r"\b(?:can ?not|can't|could not|does not|do not|did not|neither|unable to|impossible to)"
    r"(?: (?:be|itself|alone|reliably|by itself|really))* (?:show|tell|told|say|speak|vouch|establish|prove|settle"
    r"|separate|separated|isolate|isolated|distinguish|distinguished|know|known|determine|determined|decide|answer|address)\w*\b"
    r"|\b(?:leaves?|left|remains?) (?:it )?(?:open|unanswered|unknown|unclear|unsettled)\b"
    r"|\bsays? nothing (?:of|on|about)\b|\bproves? neither\b|\b(?:no|little) (?:proof|answer)\b"
    r"|\bopen (?:question|whether)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PolarityFault:
    """One fault: its kind, whether the claim says more than its sentences, and the words that clash."""

    kind: FaultKind
    overstated: bool
    reason: str


def polarity_fault(claim: str, sentences: Sequence[str]) -> PolarityFault | None:
    """The first fault of a claim against the sentences it cites, taken together; None where no rule can tell.

    Of a text only the first 3,000 characters are read. A claim that stands in its sentences word for word has none.
    """
    claim, sentences = claim[:_MOST_CHARACTERS], [sentence[:_MOST_CHARACTERS] for sentence in sentences if sentence]
    if not sentences or _is_quoted(claim, sentences):
        return None
    checks = (_population, _time, _strength, _strict, _advised, _own_figures)
    left_open = _leaves_open(claim) and any(map(_leaves_open, sentences))
    turning = () if left_open else (_opposite, _contrasted, _denied)
    return next((fault for check in (*checks, *turning) if (fault := check(claim, sentences)) is not None), None)


def _leaves_open(text: str) -> bool:
    """Whether a text says that something cannot be told: which way it would point is then no statement of it."""
    return _OPEN.search(text) is not None


def _is_quoted(claim: str, sentences: Sequence[str]) -> bool:
    said = " ".join(claim.split()).casefold().rstrip(".")
    return any(said == " ".join(sentence.split()).casefold().rstrip(".") for sentence in sentences)


def _strict(claim: str, sentences: Sequence[str]) -> PolarityFault | None:
    """The strict rules, for a claim that follows one of its sentences nearly word for word."""
    as_written = (claim, sentences)
    claim, sentences = put_alike(claim), [put_alike(sentence) for sentence in sentences]
    if not follows_closely(claim, sentences):
        return None
    edit = turning_edit(claim, sentences)
    if edit is not None:
        return PolarityFault("edit", False, turning_edit(*as_written) or edit)
    denied = negation_differs(claim, sentences)
    if denied is not None:
        return PolarityFault("negation", False, denied)
    turned = opposed(claim, sentences)
    return None if turned is None else PolarityFault("direction", False, turned)


def _contrasted(claim: str, sentences: Sequence[str]) -> PolarityFault | None:
    found = contrast(claim, sentences)
    if found is None:
        return None
    about = f" (about {', '.join(sorted(found.about))})" if found.about else ""
    if found.mine == found.theirs:
        reason = f"compares the other way round than the cited sentences: “{found.mine}”{about}"
    else:
        reason = f"says “{found.mine}”, the cited sentences “{found.theirs}”{about}"
    return PolarityFault(found.kind, False, reason)


def _population(claim: str, sentences: Sequence[str]) -> PolarityFault | None:
    found = other_population(claim, sentences)
    if found is None:
        return None
    return PolarityFault(
        "population", found.overstated, f"is about {found.mine}, the cited sentences about {found.theirs}"
    )


def _time(claim: str, sentences: Sequence[str]) -> PolarityFault | None:
    found = other_time(claim, sentences)
    if found is None:
        return None
    return PolarityFault("time", False, f"says “{found.mine}”, the cited sentences “{found.theirs}”")


def _strength(claim: str, sentences: Sequence[str]) -> PolarityFault | None:
    found = other_strength(claim, sentences)
    if found is None:
        return None
    return PolarityFault("strength", found.overstated, f"says “{found.mine}”, the cited sentences “{found.theirs}”")


def _advised(claim: str, sentences: Sequence[str]) -> PolarityFault | None:
    found = other_advice(claim, sentences)
    if found is None:
        return None
    mine, theirs, about = found
    reason = f"says “{mine}”, the cited sentences “{theirs}” (about {', '.join(sorted(about))})"
    return PolarityFault("direction", False, reason)


def _own_figures(claim: str, sentences: Sequence[str]) -> PolarityFault | None:
    found = clashes_with_own_figures(claim)
    return None if found is None else PolarityFault("direction", False, found)


def _opposite(claim: str, sentences: Sequence[str]) -> PolarityFault | None:
    found = opposite(claim, sentences)
    if found is not None:
        return PolarityFault("direction", False, f"says “{found[0]}”, the cited sentences “{found[1]}”")
    agent = swapped_agent(claim, sentences)
    if agent is None:
        return None
    return PolarityFault("direction", False, f"points the other way than the cited sentences about {agent}")


def _denied(claim: str, sentences: Sequence[str]) -> PolarityFault | None:
    found = unmatched(claim, sentences)
    if found is None and not agreed(claim, sentences):
        found = denial(claim, sentences)
    if found is None:
        return None
    about = f" (about {', '.join(sorted(found[1]))})"
    if found[0]:
        return PolarityFault("negation", False, f"has a negation that the cited sentences do not have{about}")
    return PolarityFault("negation", False, f"drops a negation of the cited sentences{about}")
