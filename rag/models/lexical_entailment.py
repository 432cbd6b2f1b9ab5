"""The baseline entailment model: how many of the hypothesis's content terms its premise has, and whether they oppose.

It reads words, not meaning. It is strict: a paraphrase in new words is not supported. `docs/verification.md` gives its
measured agreement with human labels.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.models.base import Entailment
from rag.polarity import negation_differs, opposed
from rag.text import terms

FULL = 0.85
_ABOUT = 0.5


class LexicalEntailment:
    """Supports where at least `FULL` of the hypothesis's terms stand in the premise and none is denied or reversed."""

    name = "lexical-baseline/1"

    def judge(self, premise: Sequence[str], hypothesis: str) -> Entailment:
        """The relation of the joint premise to the hypothesis. `score` is the share of its terms that are covered."""
        if " ".join(hypothesis.split()) in {" ".join(sentence.split()) for sentence in premise}:
            return Entailment("supports", 1.0, "the words of the source")
        wanted = list(dict.fromkeys(terms(hypothesis)))
        have = {term for sentence in premise for term in terms(sentence)}
        missing = [term for term in wanted if term not in have]
        score = 1.0 - len(missing) / len(wanted) if wanted else 0.0
        if score >= _ABOUT:
            against = opposed(hypothesis, premise) or negation_differs(hypothesis, premise)
            if against:
                return Entailment("refutes", score, against)
        if wanted and score >= FULL:
            return Entailment("supports", score, f"{score:.0%} of its terms stand in the cited sentences")
        return Entailment("neutral", score, f"not in the cited sentences: {', '.join(missing) or 'any term of it'}")
