"""What the classes of somebody else's claim checker mean: their names -> the three relations. Guesses nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.errors import EntailmentError
from rag.models.base import RELATIONS, Relation

_NAMES: dict[Relation, str] = {
    "supports": "support supports supported entail entails entailed entailment consistent faithful grounded factual",
    "neutral": "neutral nei not-enough-info not-enough-information not-enough-evidence no-evidence unrelated "
    "unverifiable unsupported not-supported not-entailment not-entailed non-entailment",
    "refutes": "refute refutes refuted contradict contradicts contradicted contradiction contradictory",
}
_RELATION_OF = {name: relation for relation, names in _NAMES.items() for name in names.split()}
_MEND = (
    "say in RAG_VERIFIER_LABELS what its outputs mean, in their order, such as supports,neutral,refutes or "
    "unsupported,supported"
)


def relations_of(labels: Sequence[str], model: str) -> list[Relation]:
    """The relation that each class of a model stands for, in the model's order.

    Of two classes, the one that is not support ("unsupported", "not_entailment") is read as neutral, for it does not
    say whether the passage contradicts. Several classes may stand for one relation.

    Raises:
        EntailmentError: a name says nothing ("LABEL_0"), or none of them means support.
    """
    relations = []
    for label in labels:
        words = "-".join(re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label).lower()))
        if words not in _RELATION_OF:
            raise EntailmentError(f"a label of {model} says nothing of support", value=label, mend=_MEND)
        relations.append(_RELATION_OF[words])
    if "supports" not in relations:
        raise EntailmentError(f"no label of {model} means support", value=", ".join(labels), mend=_MEND)
    return relations


def columns_of(relations: Sequence[Relation]) -> list[int]:
    """The column of `RELATIONS` that each class counts to."""
    return [RELATIONS.index(relation) for relation in relations]
