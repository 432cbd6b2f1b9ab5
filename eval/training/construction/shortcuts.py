"""How far a label can be guessed without reading: from word overlap, and from the claim alone."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score

from eval.training.construction.overlap import token_overlap
from eval.training.construction.pairs import Pair
from eval.training.construction.selection import band_of

_MOST_FITTED = 30000


def overlap_auroc(pairs: Sequence[Pair]) -> dict[str, float]:
    """AUROC of token overlap for supports against the rest, in each length of evidence; 0.5 tells nothing."""
    found = {}
    for band, name in enumerate(("sentence", "window", "abstract")):
        chosen = [pair for pair in pairs if band_of(pair.passage) == band]
        supported = [pair.label == "supports" for pair in chosen]
        if any(supported) and not all(supported):
            found[name] = float(roc_auc_score(supported, [token_overlap(pair.claim, pair.passage) for pair in chosen]))
    return found


def claim_only_f1(pairs: Sequence[Pair]) -> float:
    """Macro F1 of a bag-of-words model of one- and two-word terms that sees the claim alone: fitted on train pairs,
    scored on pairs of held-out documents; 0.33 tells nothing."""
    fitted = [pair for pair in pairs if pair.split == "train"][:_MOST_FITTED]
    scored = [pair for pair in pairs if pair.split == "held_documents"]
    bag = CountVectorizer(ngram_range=(1, 2), min_df=3, binary=True)
    model = LogisticRegression(max_iter=200, C=0.1, solver="saga", tol=0.01, random_state=0)
    model.fit(bag.fit_transform(pair.claim for pair in fitted), [pair.label for pair in fitted])
    guessed = model.predict(bag.transform(pair.claim for pair in scored))
    return float(f1_score([pair.label for pair in scored], guessed, average="macro"))
