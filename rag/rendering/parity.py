"""Parity: readers of every kind get the same statements and the same numbers; only the words around them change.

What an answer carries is made into values here, from the answer and from each of its renderings, so that it can be
compared and kept with the answer. Nothing is asked of a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from rag.answer import PARTS, Answer, Claim
from rag.rendering.outline import Block, outline
from rag.types import Audience

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
AUDIENCES: tuple[Audience, ...] = get_args(Audience)


@dataclass(frozen=True, slots=True)
class Content:
    """The ids of the claims, each once, and every number in them, in digits and sorted; one of a claim that is shown
    twice counts once."""

    claim_ids: tuple[str, ...]
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reworded:
    """A number of a claim that stands in other digits, or in words, in the sentences that the claim cites: the verifier
    found that it follows from theirs, as 0.5 g from 500 mg."""

    claim_id: str
    figure: str


def figures_of(text: str) -> list[str]:
    """The numbers of a text as they are written, without separators of thousands."""
    return _FIGURE.findall(_THOUSANDS.sub("", text))


def _content(claims: Iterable[Claim]) -> Content:
    texts = {claim.claim_id: claim.text for claim in claims}
    figures = sorted(figure for text in texts.values() for figure in figures_of(text))
    return Content(tuple(texts), tuple(figures))


def _all_claims(answer: Answer) -> list[Claim]:
    return [claim for part in PARTS for claim in answer.part(part)]


def content_of(answer: Answer) -> Content:
    """What an answer states."""
    return _content(_all_claims(answer))


def content_shown(blocks: Sequence[Block]) -> Content:
    """What an outline shows: a claim counts where its words stand, or where it points to them."""
    shown = "\n".join(line.text for block in blocks for line in block.lines)
    lines = [line for block in blocks for line in block.lines if line.claim is not None]
    return _content(line.claim for line in lines if line.claim is not None and line.claim.text in shown)


def content_in(answer: Answer, rendered: str) -> Content:
    """What a text made of an answer holds of it: the claims whose words stand in it, however its lines are broken."""
    flat = " ".join(rendered.split())
    return _content(claim for claim in _all_claims(answer) if " ".join(claim.text.split()) in flat)


def alike_for(answer: Answer) -> tuple[Audience, ...]:
    """The audiences to whom the answer, shown whole, says all that it states: the same claims, and their numbers."""
    stated = content_of(answer)
    return tuple(
        audience
        for audience in AUDIENCES
        if content_shown(outline(replace(answer, audience=audience), long=True)) == stated
    )


def reworded_figures(answer: Answer) -> tuple[Reworded, ...]:
    """The numbers of the claims that do not stand, in the same digits, in the sentences that they cite.

    Fixed words may have the numbers of the question too, and the years of the sources cited. Whoever an answer is
    worded for, a number that is not listed here is the source's own.
    """
    found = []
    for claim_id, claim in {claim.claim_id: claim for claim in _all_claims(answer)}.items():
        theirs = [figure for citation in claim.citations for figure in figures_of(citation.quote)]
        if claim.relation is not None or claim.type == "absence":
            cited = {citation.source_id for citation in claim.citations}
            years = [one.source.year for one in answer.references if one.source.source_id in cited]
            theirs += figures_of(f"{answer.question} {answer.standalone_question} {claim.topic or ''} {years}")
        found += [Reworded(claim_id, figure) for figure in figures_of(claim.text) if figure not in theirs]
    return tuple(dict.fromkeys(found))
