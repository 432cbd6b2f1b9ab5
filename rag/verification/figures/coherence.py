"""What a claim's own numbers say of each other: "less than half, 57 %" and "from 20 down to 30" cannot be."""

from __future__ import annotations

import re
from itertools import pairwise

from rag.verification.figures.comparing import is_roughly, is_spoken_share
from rag.verification.figures.reading import Reading

_APPOSED = re.compile(r"[^;.,(:]{0,50}(?:, | \(|: )(?:or )?")
_DOWN = re.compile(r"\b(?:down|fell|fallen|dropped|declined|decreased|lowered|reduced) to (?:about |only )?$")
_UP = re.compile(r"\b(?:up|rose|risen|climbed|grew|increased|raised) to (?:about |only )?$")
_ASIDE = re.compile(r"[;()]|\. |\b(?:versus|against|than|by)\b")


def share_fault(claim: Reading) -> str | None:
    """The reason, where a share in words and the percentage that explains it do not agree; None where they do."""
    for share, percent in pairwise(claim.figures):
        gap = claim.lower[share.end : percent.start]
        if is_spoken_share(share, percent) and _APPOSED.fullmatch(gap) and not is_roughly(share, percent):
            return f"says {share.shown} and {percent.shown}"
    return None


def change_fault(claim: Reading) -> str | None:
    """The reason, where a number "went down to" a larger one, or up to a smaller; None where none did."""
    amounts = [figure for figure in claim.figures if not (figure.date or figure.implied or figure.noun)]
    for first, second in pairwise(amounts):
        gap = claim.lower[first.end : second.start]
        plain = not (first.direction or first.comparator or second.comparator) and first.unit == second.unit
        if not plain or len(gap) > 60 or _ASIDE.search(gap) or claim.lower[: first.start].endswith("by "):
            continue
        if (_DOWN.search(gap) and first.value < second.value) or (_UP.search(gap) and first.value > second.value):
            return f"says that {first.shown} went {'down' if _DOWN.search(gap) else 'up'} to {second.shown}"
    return None
