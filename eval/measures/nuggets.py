"""Nugget recall: how many of the facts that a good answer has are in this one.

As in the TREC 2024 RAG track (Pradeep et al. 2024, arXiv:2411.09607; 2025, arXiv:2504.15068): a nugget is supported,
partially supported or not. Strict scores count supported ones, lenient ones count a partial one half. Assigned by words
where a statement has a tied sentence verbatim, else by the judge, statement by statement.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from eval.answers import AnswerRecord
from eval.datasets import Nugget
from eval.measures.base import Case, Measure, Score, not_applicable, scored, unscored
from eval.pairs import nugget_pairs, options_named, states_verbatim

Assignment = Literal["support", "partial", "none"]
PARTIAL = 0.25
"""Least probability of "supports" at which a nugget counts as partially supported."""
_TREC = "Pradeep et al. 2024, arXiv:2411.09607"


def assign(nugget: Nugget, case: Case, answer: AnswerRecord) -> Assignment | None:
    """How far the answer's statements have a nugget; None where that was not judged.

    Partial too: a statement cites a sentence that the nugget is tied to, but does not say it.
    """
    statements = answer.statements()
    if not statements:
        return "none"
    if states_verbatim(nugget, statements):
        return "support"
    found = [case.judgements.of(pair) for pair in nugget_pairs(nugget, statements)]
    if any(one.is_supported for one in found):
        return "support"
    if any(one.supports is None for one in found):
        return None
    tied = {(one.source_id, " ".join(one.quote.split())) for one in nugget.sentences}
    cited = {
        (citation.source_id, " ".join(citation.quote.split())) for claim in statements for citation in claim.citations
    }
    near = any((one.supports or 0.0) >= PARTIAL for one in found)
    return "partial" if tied & cited or near else "none"


def _recall(vital_only: bool, partial: float, okay: float) -> Callable[[Case, AnswerRecord], Score]:
    def value(case: Case, answer: AnswerRecord) -> Score:
        nuggets = [one for one in case.item.nuggets if one.importance == "vital" or not vital_only]
        if not nuggets:
            return not_applicable("the question has no such nugget")
        found = [assign(nugget, case, answer) for nugget in nuggets]
        if None in found:
            return unscored(f"{found.count(None)} of {len(found)} nuggets not judged")
        weights = [1.0 if nugget.importance == "vital" else okay for nugget in nuggets]
        worth = {"support": 1.0, "partial": partial, "none": 0.0}
        total = sum(weight * worth[one or "none"] for weight, one in zip(weights, found, strict=True))
        kinds = ", ".join(f"{nugget.nugget_id} {one}" for nugget, one in zip(nuggets, found, strict=True))
        return scored(total / sum(weights), kinds)

    return value


def _options(case: Case, answer: AnswerRecord) -> Score:
    """An option is covered if a statement speaks of it, or if it is said, of it alone, that nothing was found."""
    options = case.item.options
    if not options:
        return not_applicable("the question names no options")
    covered = {option.option for option in answer.options}
    covered |= {one for claim in answer.statements() for one in options_named(options, f"{claim.topic} {claim.text}")}
    for absence in answer.not_found:
        named = options_named(options, absence.topic)
        # The whole question as the topic of an absence names every option, and speaks of none.
        covered |= set(named) if len(named) == 1 else set()
    missing = [option for option in options if option not in covered]
    return scored(1 - len(missing) / len(options), f"without a word: {', '.join(missing) or 'none'}")


def _has_nuggets(case: Case) -> bool:
    return bool(case.item.nuggets)


def _has_vital(case: Case) -> bool:
    return any(nugget.importance == "vital" for nugget in case.item.nuggets)


MEASURES = (
    Measure(
        "vital_recall",
        "nuggets",
        "how many of the facts that must be there are there",
        "share of vital nuggets that are supported (TREC's vital strict score)",
        _recall(vital_only=True, partial=0.0, okay=0.0),
        _TREC,
        concerns=_has_vital,
    ),
    Measure(
        "vital_recall_lenient",
        "nuggets",
        "the same, with half a point for what is half there",
        "vital nuggets, supported 1, partially supported 0.5",
        _recall(vital_only=True, partial=0.5, okay=0.0),
        _TREC,
        concerns=_has_vital,
    ),
    Measure(
        "nugget_recall",
        "nuggets",
        "how many of all facts are there, vital ones counting double",
        "supported nuggets over all, vital ones with weight 1, okay ones with 0.5 (TREC's weighted strict score)",
        _recall(vital_only=False, partial=0.0, okay=0.5),
        _TREC,
        concerns=_has_nuggets,
    ),
    Measure(
        "nugget_recall_lenient",
        "nuggets",
        "the same, with half a point for what is half there",
        "as nugget_recall, partially supported 0.5",
        _recall(vital_only=False, partial=0.5, okay=0.5),
        _TREC,
        concerns=_has_nuggets,
    ),
    Measure(
        "option_coverage",
        "nuggets",
        "every option that the question names is spoken of",
        "share of the options that a statement has all words of, or of which alone it is said that nothing was found",
        _options,
        concerns=lambda case: bool(case.item.options),
    ),
)
