"""What a sentence denies, which way it points, how firmly, about whom and when.

Two strengths: `negation_differs` and `opposed` for claims that follow their sentences nearly word for word, where
every doubt is a fault; `effects`, `contrasts`, `strength`, `population` and `moments` for claims in other words,
where a doubt is left to the entailment model. Nothing here knows of verdicts.
"""

from rag.polarity.denials import clauses, negation_differs, negation_scopes
from rag.polarity.directions import (
    Axis,
    Direction,
    direction_words,
    directions,
    opposed,
    point_alike,
    reversed_terms,
)

__all__ = [
    "Axis",
    "Direction",
    "clauses",
    "direction_words",
    "directions",
    "negation_differs",
    "negation_scopes",
    "opposed",
    "point_alike",
    "reversed_terms",
]
