"""All measures, in the order of tables."""

from __future__ import annotations

from eval.datasets import DatasetError
from eval.measures import attribution, nuggets, outcomes, pointers, reading, retrieval
from eval.measures.base import Measure

MEASURES: tuple[Measure, ...] = (
    *outcomes.MEASURES,
    *attribution.MEASURES,
    *nuggets.MEASURES,
    *pointers.MEASURES,
    *retrieval.MEASURES,
    *reading.MEASURES,
)


def measure_named(name: str) -> Measure:
    """A measure by its name.

    Raises:
        DatasetError: there is none of that name.
    """
    for measure in MEASURES:
        if measure.name == name:
            return measure
    raise DatasetError("no such measure", value=name, mend=f"one of {', '.join(one.name for one in MEASURES)}")
