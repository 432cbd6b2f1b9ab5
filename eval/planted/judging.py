"""What the verifier says of the cases: each claim is shown with its own quotes as the only evidence.

The source is a stand-in that is current and of the real kind, so that nothing but the words is judged: a claim about a
retraction is as true as any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from eval.planted.cases import Case
from rag.answer import DraftClaim, Verdict
from rag.evidence import Evidence, Found, ScoredHit, SearchRecord
from rag.models.base import EntailmentModel, Probabilities
from rag.types import KINDS, Hit, Passage, Progress, Query, Sentence, Source, no_progress

BATCH = 64


class Checker(Protocol):
    """What gives a verdict on one claim."""

    def check(self, claim: DraftClaim, evidence: Evidence) -> Verdict:
        """The verdict on a claim as it stands."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A case and the verdict on its claim."""

    case: Case
    verdict: Verdict

    @property
    def withheld(self) -> bool:
        """Whether the reader would not be shown the claim."""
        return self.verdict.support != "full"


def evidence_of(case: Case) -> Evidence:
    """The quotes of a case as one passage of its source, and nothing else."""
    spans, start = [], 0
    for quote in case.quotes:
        spans.append(Sentence(start, start + len(quote)))
        start += len(quote) + 1
    text = " ".join(case.quotes)
    name = case.source_id
    passage = Passage(f"{name}#1", name, case.source_kind, "", 0, len(text), text, tuple(spans))
    scored = ScoredHit(Hit(passage, 1.0, 1), tuple(1.0 for _ in spans))
    found = Found(Query(case.claim), {case.source_kind: (scored,)}, {})
    source = Source(name, case.source_kind, name, 2020, "current")
    searched = {kind: SearchRecord("planted", (case.claim,), 1) for kind in KINDS}
    return Evidence((found,), {name: source}, (), searched)


def draft_of(case: Case, evidence: Evidence) -> DraftClaim:
    """The claim of a case as a composer would propose it, pointing to all of its quotes."""
    guideline = case.source_kind == "guideline"
    return DraftClaim(
        "guidelines" if guideline else "research",
        "recommendation" if guideline else "finding",
        case.claim,
        tuple(evidence.sentences),
    )


def judge(cases: Sequence[Case], checker: Checker, progress: Progress = no_progress) -> list[Judged]:
    """The verdict on every case, in order."""
    judged = []
    for number, case in enumerate(cases, start=1):
        evidence = evidence_of(case)
        judged.append(Judged(case, checker.check(draft_of(case, evidence), evidence)))
        progress("claims checked", number, len(cases))
    return judged


def support_of(cases: Sequence[Case], model: EntailmentModel, progress: Progress = no_progress) -> Probabilities:
    """The model's probability that the quotes of each case support its claim, shape (len(cases),), in order."""
    parts = []
    for start in range(0, len(cases), BATCH):
        part = cases[start : start + BATCH]
        parts.append(model.predict([(" ".join(case.quotes), case.claim) for case in part])[:, 0])
        progress("claims read", min(start + BATCH, len(cases)), len(cases))
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


class Agreeing:
    """A model that finds every claim supported: what a verifier with it withholds, its rules withhold."""

    name = "agreeing"

    def predict(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        """Probability 1 of support for each pair."""
        return np.tile(np.array([1.0, 0.0, 0.0], np.float32), (len(pairs), 1))
