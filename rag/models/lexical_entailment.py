"""The baseline entailment model: how many of the claim's content terms its passage has, and whether they oppose.

It reads words, not meaning. It is strict: a paraphrase in new words is not supported. `docs/verification.md` gives its
measured agreement with human labels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.models.base import Probabilities
from rag.models.certainty import certain_row
from rag.polarity import negation_differs, opposed
from rag.text import terms

FULL = 0.85
_ABOUT = 0.5
_HALF = 0.5
_MOST_ABOVE_HALF = 0.45


class LexicalEntailment:
    """Supports where at least `FULL` of the claim's terms stand in the passage and none is denied or reversed."""

    name = "lexical-baseline/1"

    def predict(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        """Probabilities of shape (len(pairs), 3), float32, in the order of `RELATIONS`.

        They rank by the share of the claim's terms that the passage has, and are not calibrated: the largest is that of
        the relation found, between 0.5 and 0.95; a claim that stands verbatim in its passage is supported with 1.
        """
        rows = [self._row(passage, claim) for passage, claim in pairs]
        return np.array(rows, np.float32).reshape(len(rows), 3)

    @staticmethod
    def _row(passage: str, claim: str) -> tuple[float, float, float]:
        known = certain_row(passage, claim)
        if known is not None:
            return known
        wanted, have = set(terms(claim)), set(terms(passage))
        share = len(wanted & have) / len(wanted) if wanted else 0.0
        sure = _HALF + _MOST_ABOVE_HALF * share
        if share >= _ABOUT and (opposed(claim, [passage]) or negation_differs(claim, [passage])):
            return 0.0, 1.0 - sure, sure
        if share >= FULL:
            return sure, 1.0 - sure, 0.0
        return _HALF * share, 1.0 - _HALF * share, 0.0
