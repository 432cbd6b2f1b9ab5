"""What a checker has to beat: shared words, similar embeddings, and itself without evidence.

The first two are one number a pair: as it stands, and made into probabilities by a logistic regression fitted on
training parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eval.claim_sets.base import ClaimPair
from rag.models.base import RELATIONS, EntailmentModel, Probabilities
from rag.text import terms

if TYPE_CHECKING:
    from rag.models.base import Encoder

Pairs = Sequence[tuple[str, str]]
Feature = Callable[[Pairs], NDArray[np.floating]]
FITTED_ON = ("scifact-train", "check-covid-train")
TOKEN_OVERLAP = "token overlap"  # noqa: S105  # tokens of a text
EMBEDDING_SIMILARITY = "embedding similarity"
CLAIM_ONLY = "claim only"


def token_overlap(pairs: Pairs) -> NDArray[np.floating]:
    """For each pair the share, 0 to 1, of the claim's content terms that stand in the passage; 0 without any."""
    shares = []
    for passage, claim in pairs:
        wanted = set(terms(claim))
        shares.append(len(wanted.intersection(terms(passage))) / len(wanted) if wanted else 0.0)
    return np.array(shares)


def embedding_similarity(opened: Callable[[], Encoder]) -> Feature:
    """The cosine of a passage and a claim. The encoder reads the beginning of a long passage only.

    Args:
        opened: gives the encoder; called when the first pairs are compared.
    """

    known: dict[tuple[str, str], float] = {}

    def cosines(pairs: Pairs) -> NDArray[np.floating]:
        new = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        if new:
            texts = list(dict.fromkeys(text for pair in new for text in pair))
            place = {text: number for number, text in enumerate(texts)}
            vectors = opened().encode_documents(texts)
            known.update({pair: float(vectors[place[pair[0]]] @ vectors[place[pair[1]]]) for pair in new})
        return np.array([known[pair] for pair in pairs])

    return cosines


class PlainFeature:
    """One number a pair as it stands: more of it is more support. Above a half is support, else neutral.

    What is fitted on one set may rank the pairs of another backwards. This cannot: it is the harder baseline in AUROC.
    """

    def __init__(self, name: str, feature: Feature) -> None:
        self.name = f"{name}, plain/1"
        self._feature = feature

    def predict(self, pairs: Pairs) -> Probabilities:
        """Probabilities of shape (len(pairs), 3); refutes is never likely."""
        share = np.clip(self._feature(pairs), 0.0, 1.0)
        return np.column_stack([share, 1 - share, np.zeros_like(share)]).astype(np.float32)


class CalibratedFeature:
    """One number a pair as a checker: a multinomial logistic regression on it alone, fitted on labelled pairs."""

    def __init__(self, name: str, feature: Feature, fitted_on: Callable[[], Sequence[ClaimPair]]) -> None:
        self.name = f"{name}/1"
        self._feature = feature
        self._fitted_on = fitted_on
        self._regression: Any = None

    def predict(self, pairs: Pairs) -> Probabilities:
        """Probabilities of shape (len(pairs), 3). The first call fits."""
        if self._regression is None:
            self._regression = self._fitted()
        columns = [list(self._regression.classes_).index(relation) for relation in RELATIONS]
        found: Probabilities = self._regression.predict_proba(self._column(pairs))[:, columns].astype(np.float32)
        return found

    def _fitted(self) -> Any:
        from sklearn.linear_model import LogisticRegression

        known = [pair for pair in self._fitted_on() if pair.label in RELATIONS]
        column = self._column([(pair.passage, pair.claim) for pair in known])
        # The labels are balanced, so that the share of each in the training parts is no part of the baseline.
        return LogisticRegression(class_weight="balanced").fit(column, [pair.label for pair in known])

    def _column(self, pairs: Pairs) -> NDArray[np.floating]:
        return self._feature(pairs).reshape(-1, 1)


class ClaimOnly:
    """A checker that is shown no evidence: what it still gets right, it gets right by how claims are worded."""

    def __init__(self, model: EntailmentModel) -> None:
        self.name = f"{CLAIM_ONLY}, {model.name}"
        self.fingerprint = getattr(model, "fingerprint", "")
        # `predict` calls a claim without evidence neutral by rule, which would measure nothing.
        self._predict = getattr(model, "read", model.predict)

    def predict(self, pairs: Pairs) -> Probabilities:
        """Probabilities of shape (len(pairs), 3), of each claim against an empty passage."""
        claims = list(dict.fromkeys(claim for _, claim in pairs))
        place = {claim: number for number, claim in enumerate(claims)}
        found = self._predict([("", claim) for claim in claims])
        return found[[place[claim] for _, claim in pairs]]
