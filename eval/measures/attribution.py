"""Citation recall, citation precision and faithfulness, by the judge's verdicts on pairs of quotes and claim.

Statements are the shown claims less absences and the program's own fixed sentences. Gao et al. 2023 (ALCE,
arXiv:2305.14627): a statement is recalled if all its citations together entail it; a citation is precise if its
statement is recalled and it is not superfluous, that is unless it alone does not entail the statement while the others
do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eval.answers import AnswerRecord, ClaimRecord
from eval.measures.base import Case, Measure, Score, is_missing_answer, not_applicable, scored, unscored
from eval.pairs import alone_pair, cited_once, joint_pair, others_pair

_ALCE = "Gao et al. 2023, arXiv:2305.14627"


def is_recalled(case: Case, claim: ClaimRecord) -> bool | None:
    """Whether the citations of a claim together support it; None where that was not judged."""
    return case.judgements.of(joint_pair(claim)).is_supported if claim.citations else False


def precise_citations(case: Case, claim: ClaimRecord) -> list[bool | None]:
    """For each citation of a claim whether it is needed or enough; None where that was not judged."""
    recalled = is_recalled(case, claim)
    cited = cited_once(claim)
    if len(cited) < 2 or not recalled:
        return [recalled] * len(cited)
    found: list[bool | None] = []
    for citation in cited:
        alone = case.judgements.of(alone_pair(claim, citation)).is_supported
        without = case.judgements.of(others_pair(claim, citation)).is_supported
        if alone or without is False:
            found.append(True)
        else:
            found.append(None if alone is None or without is None else False)
    return found


def _mean(verdicts: Sequence[bool | None], what: str) -> Score:
    missing = sum(one is None for one in verdicts)
    if missing:
        return unscored(f"{missing} of {len(verdicts)} {what} not judged")
    hits = sum(bool(one) for one in verdicts)
    return scored(hits / len(verdicts), f"{hits} of {len(verdicts)} {what}")


def _of_statements(
    verdicts: Callable[[Case, ClaimRecord], list[bool | None]], what: str
) -> Callable[[Case, AnswerRecord], Score]:
    """The share of true verdicts; silence where an answer is expected counts 0, as ALCE counts an empty output."""

    def value(case: Case, answer: AnswerRecord) -> Score:
        if is_missing_answer(case, answer):
            return scored(0.0, "an answer was expected and nothing is stated")
        statements = answer.statements()
        if not statements:
            return not_applicable("nothing is stated, and no answer was expected")
        found = [one for claim in statements for one in verdicts(case, claim)]
        return _mean(found, what) if found else scored(0.0, "nothing is cited")

    return value


def _recall_of(case: Case, claim: ClaimRecord) -> list[bool | None]:
    return [is_recalled(case, claim)]


_recall = _of_statements(_recall_of, "statements are supported by what they cite")
_precision = _of_statements(precise_citations, "citations support their statement and are not superfluous")


def _f1(case: Case, answer: AnswerRecord) -> Score:
    recall, precision = _recall(case, answer), _precision(case, answer)
    if recall.value is None or precision.value is None:
        return recall if recall.value is None else precision
    total = recall.value + precision.value
    value = 2 * recall.value * precision.value / total if total else 0.0
    return scored(value, f"recall {recall.value:.2f}, precision {precision.value:.2f}")


def _faithfulness(case: Case, answer: AnswerRecord) -> Score:
    statements = answer.statements()
    if not statements:
        return not_applicable("nothing is stated")
    return _mean([is_recalled(case, claim) for claim in statements], "statements are fully supported")


def _contradiction(case: Case, answer: AnswerRecord) -> Score:
    statements = [claim for claim in answer.statements() if claim.citations]
    if not statements:
        return not_applicable("nothing is cited")
    return _mean([case.judgements.of(joint_pair(claim)).is_refuted for claim in statements], "statements are refuted")


MEASURES = (
    Measure(
        "citation_recall",
        "attribution",
        "how much of what is stated is supported by what it cites",
        "share of statements that their citations together support; 0 where an answer is expected and nothing is "
        "stated",
        _recall,
        _ALCE,
    ),
    Measure(
        "citation_precision",
        "attribution",
        "how many citations are right and needed",
        "share of citations whose statement is supported by all of them together and that are not superfluous (alone "
        "they do not support it, and the others do); 0 where an answer is expected and nothing is cited",
        _precision,
        _ALCE,
    ),
    Measure(
        "citation_f1",
        "attribution",
        "citation recall and precision in one number",
        "harmonic mean of the two, question by question",
        _f1,
        _ALCE,
    ),
    Measure(
        "faithfulness",
        "attribution",
        "of what is stated, how much its citations support, however little is stated",
        "share of statements that their citations together support; does not apply where nothing is stated",
        _faithfulness,
        "Es et al. 2023 (RAGAS), arXiv:2309.15217, with the cited sentences as evidence",
    ),
    Measure(
        "contradiction_rate",
        "attribution",
        "of what is cited, how much its citations refute",
        "share of cited statements that their citations together refute",
        _contradiction,
        better="lower",
    ),
)
