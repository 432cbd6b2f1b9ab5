"""The check of a claim's figures against its cited sentences, and its reason in words that name what clashes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.verification.figures.bindings import binding_fault
from rag.verification.figures.coherence import change_fault, share_fault
from rag.verification.figures.comparing import Sources
from rag.verification.figures.counts import counts_itself, only_counts
from rag.verification.figures.deriving import derived
from rag.verification.figures.figure import Figure
from rag.verification.figures.labels import label_fault, name_fault
from rag.verification.figures.measures import RATIOS
from rag.verification.figures.quantifiers import quantifier_fault
from rag.verification.figures.reading import Reading, read_text
from rag.verification.figures.swaps import swap_fault
from rag.verification.figures.units import show_amount

_USUAL_LEVEL = 95


def _sources(claim: Reading, readings: Sequence[Reading]) -> Sources:
    theirs = " ".join(reading.lower[:2000] for reading in readings)
    found = (figure for reading in readings for figure in reading.figures)
    return Sources(found, claim.lower[:2000], theirs, claim.figures)


def foreign_figures(claim: str, sources: Iterable[str]) -> list[Figure]:
    """The figures of a claim that follow from none of its sources' with the same unit, comparator, measure and rate."""
    mine = read_text(claim)
    theirs = _sources(mine, [read_text(source) for source in sources])
    return [figure for figure in mine.figures if not figure.implied and not theirs.has(figure)]


def figure_fault(claim: str, sentences: Sequence[str]) -> str | None:
    """Why the claim's figures are not those of its cited sentences together, in words; None where they are.

    The reason names the clash: "says 40 mg once daily, the cited sentences say 20 mg once daily". A figure that is in
    none of the sentences and does not follow from one by conversion is a fault; so is one that belongs to other words.
    """
    mine = read_text(claim)
    readings = [read_text(sentence) for sentence in sentences]
    if quantifiers := quantifier_fault(mine.lower, [reading.lower for reading in readings]):
        return quantifiers
    if not mine.figures and not mine.labels and not any(letter.isdigit() for letter in claim):
        return None
    theirs = _sources(mine, readings)
    foreign = next((figure for figure in _to_check(mine, theirs) if _is_foreign(figure, mine, theirs, readings)), None)
    if foreign is not None:
        return _explain(foreign, theirs)
    labels = [label for reading in readings for label in reading.labels]
    return (
        label_fault(mine.labels, labels)
        or name_fault(claim, sentences)
        or binding_fault(claim, sentences, theirs.fits)
        or swap_fault(claim, sentences, theirs.fits)
        or share_fault(mine)
        or change_fault(mine)
    )


def _is_foreign(figure: Figure, claim: Reading, theirs: Sources, readings: Sequence[Reading]) -> bool:
    follows = (counts_itself, only_counts, derived)
    return not theirs.has(figure) and not any(follow(claim, figure, readings) for follow in follows)


def _to_check(mine: Reading, theirs: Sources) -> list[Figure]:
    """The figures of a claim that its sentences must have; of a "one", that it has not another limit there."""
    levels = theirs.has_levels()
    return [
        figure
        for figure in mine.figures
        if (levels or figure.measure != "confidence level" or figure.value != _USUAL_LEVEL)
        and (not figure.implied or (figure.comparator and figure.unit is None and theirs.limits(figure.value)))
    ]


def _explain(mine: Figure, sources: Sources) -> str:
    """The reason why a figure of the claim is not one of the sources'."""
    theirs, kind = sources.nearest(mine)
    if theirs is None or kind == "value":
        alike = list(dict.fromkeys(_shown(figure) for figure in sources.alike(mine) if not figure.implied))[:3]
        if alike and _shown(mine) not in alike:
            return f"says {_shown(mine)}, the cited sentences say {' and '.join(alike)}"
        return f"{_shown(mine)} is not in the cited sentences"
    value = show_amount(f"{mine.value:f}", mine.unit)
    if kind == "measure":
        return f"{value} is the {theirs.measure} in the cited sentences, not the {mine.measure}"
    if kind == "noun":
        return f"{value} is a number of {theirs.noun}s in the cited sentences, not of {mine.noun}s"
    return _explain_partner(mine, theirs, kind)


def _explain_partner(mine: Figure, theirs: Figure, kind: str) -> str:
    if kind == "estimate" and mine.pair:
        return f"{mine.pair.shown} is the interval around {theirs.estimate} in the cited sentences, not {mine.estimate}"
    if kind == "pair" and mine.pair is None and theirs.pair:
        return f"{mine.shown} is one end of {theirs.pair.shown} in the cited sentences"
    return f"says {_worded(mine, kind)}, the cited sentences say {_worded(theirs, kind)}"


def _shown(figure: Figure) -> str:
    ratio = f"a {figure.measure} of " if figure.measure in RATIOS else ""
    return ratio + (figure.pair.shown if figure.pair and figure.pair.join != "share" else figure.shown)


def _worded(figure: Figure, kind: str) -> str:
    """A figure as a reason shows it, with the word that makes the difference."""
    shown = _shown(figure) if kind == "pair" else figure.shown
    if kind == "statistic":
        return f"a {figure.statistic} of {shown}"
    if kind == "direction":
        return f"{shown} {'lower' if figure.direction == 'down' else 'higher'}"
    if kind in {"scale", "unit"} and figure.unit == "%":
        return f"{shown} ({figure.scale or 'relative'})"
    return shown
