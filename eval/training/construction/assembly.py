"""From a source to pairs: every change is used four ways, so that neither the claim nor its style tells the label."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from eval.training.construction import comparators, directions, negations, numbers, strengths, swaps
from eval.training.construction.evidence import alone_in_saying, around, draw_band, from_near, without
from eval.training.construction.pairs import (
    OPEN,
    Change,
    Flip,
    Label,
    Pair,
    Scene,
    Source,
    Split,
    unmarked,
    with_change,
)
from eval.training.construction.paraphrase import Claim, paraphrase
from eval.training.construction.sentences import Candidate, candidates

FLIPS: tuple[Flip, ...] = (
    *directions.FLIPS,
    *comparators.FLIPS,
    *negations.FLIPS,
    *numbers.FLIPS,
    *strengths.FLIPS,
    *swaps.FLIPS,
)
_FLIPS_A_SENTENCE = 4
_HELD_REWORDINGS = 0.07
# How many times a change is worded anew with other evidence: changes that refute are the scarcer.
_TURNS = {
    "directions": 4,
    "comparators": 4,
    "negations": 3,
    "numbers": 3,
    "recommendations": 4,
    "strengths": 2,
    "swaps": 1,
}


def pairs_of(source: Source, near: Sequence[Source], chance: random.Random) -> Iterator[Pair]:
    """All pairs of one source, in an order that depends on `chance` alone."""
    scene = Scene(source, chance, swaps.terms_of([source, *near]))
    for candidate in candidates(source.sentences):
        claim = paraphrase(candidate.body, scene)
        if claim is not None:
            yield from _unsupported(source, near, candidate, claim, chance)
        for flip, change in _drawn(candidate.body, scene):
            for turn in range(_TURNS.get(flip.family, 1)):
                yield from _four_ways(near if turn == 0 else (), candidate, flip, change, scene)


def _drawn(body: str, scene: Scene) -> list[tuple[Flip, Change]]:
    """At most four changes, of four rules, two of them neutral where there are so many."""
    found: list[tuple[Flip, Change]] = []
    for flip in FLIPS:
        changes = list(flip.find(body, scene))
        if changes:
            found.append((flip, scene.chance.choice(changes)))
    scene.chance.shuffle(found)
    refuting = [item for item in found if item[0].label == "refutes"][: _FLIPS_A_SENTENCE // 2 + 1]
    neutral = [item for item in found if item[0].label == "neutral"][:_FLIPS_A_SENTENCE]
    return refuting + neutral


def _four_ways(
    near: Sequence[Source], candidate: Candidate, flip: Flip, change: Change, scene: Scene
) -> Iterator[Pair]:
    """(original, original), (original, changed), (changed, original), (changed, changed), and evidence without it."""
    source = scene.source
    before, after = with_change(candidate.body, change)
    if _in_brackets(before):
        return
    held = scene.chance.random() < _HELD_REWORDINGS
    hedges = flip.family != "strengths"
    original = paraphrase(before, scene, held=held, hedges=hedges)
    changed = paraphrase(after, scene, held=held, hedges=hedges)
    bodies = (candidate.lead + candidate.body, candidate.lead + unmarked(after))
    combinations: list[tuple[Claim | None, int, Label | None]] = [
        (original, 0, "supports"), (changed, 0, flip.label), (original, 1, flip.back), (changed, 1, "supports"),
    ]  # fmt: skip
    for claim, version, label in combinations:
        if claim is None or label is None:
            continue
        passage = _passage(candidate.place, bodies, version, [bodies[0], claim.text], scene)
        plain = label == "supports"
        held_pair = claim.held or (flip.held and (not plain or version == 1))
        rule, family = (claim.main_rule, claim.family) if plain else (flip.name, flip.family)
        yield Pair(passage, claim.text, label, rule, family, source.name, split_of(source, held_pair))
    unsupported = scene.chance.choice((original, changed))
    if near and unsupported is not None and not flip.held:
        yield from _unsupported(source, near, candidate, unsupported, scene.chance)


def _passage(place: int, bodies: tuple[str, str], version: int, claims: list[str], scene: Scene) -> str:
    """The evidence in one of its versions; cut to the sentence itself where another sentence says the same."""
    source, chance = scene.source, scene.chance
    sentence = bodies[version]
    passage = around(source, place, sentence, draw_band(chance), chance)
    if not alone_in_saying(passage, sentence, claims):
        near = around(source, place, sentence, "window", chance)
        passage = near if alone_in_saying(near, sentence, claims) else [sentence]
    return " ".join(passage)


def _unsupported(
    source: Source, near: Sequence[Source], candidate: Candidate, claim: Claim, chance: random.Random
) -> Iterator[Pair]:
    """The claim beside evidence that does not speak of it."""
    split = split_of(source, claim.held)
    rest = without(source, candidate.place, claim.text, draw_band(chance), chance)
    if rest:
        yield Pair(" ".join(rest), claim.text, "neutral", "sentence_taken_away", "evidence", source.name, split)
    other = from_near(near, claim.text, draw_band(chance), chance)
    if other:
        yield Pair(" ".join(other), claim.text, "neutral", "near_abstract", "evidence", source.name, split)


def split_of(source: Source, held_rule: bool) -> Split:
    """Which part a pair belongs to; a held-out document wins over a held-out rule."""
    if source.held:
        return "held_documents"
    return "held_rules" if held_rule else "train"


def _in_brackets(marked: str) -> bool:
    head = marked.partition(OPEN)[0]
    return head.count("(") > head.count(")") or head.count("[") > head.count("]")
