"""True claims in other words as answers: the rewordings of the planted suite, a few of one source an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.faults.base import Library, Quotable, Record, citation_of, renumbered
from eval.planted.cases import Case
from rag.rendering.json_format import SCHEMA

CLAIMS = 4
"""Claims of an answer."""


def paraphrase_answers(cases: Sequence[Case], library: Library) -> list[tuple[str, Record]]:
    """Answers made of rewordings, with an id each; those of a source that may not be cited are left out.

    A case's quotes are its claim's citations. Which half of the sources an answer belongs to follows from its source.
    """
    by_source: dict[str, list[Case]] = {}
    for case in cases:
        if not library.ended(library.documents[case.source_id].source):
            by_source.setdefault(case.source_id, []).append(case)
    return list(_answers(by_source, library))


def _answers(by_source: dict[str, list[Case]], library: Library) -> Iterator[tuple[str, Record]]:
    for source_id, of_source in by_source.items():
        for start in range(0, len(of_source), CLAIMS):
            yield f"paraphrases/{source_id}/{start}", _answer(of_source[start : start + CLAIMS], library)


def _answer(cases: Sequence[Case], library: Library) -> Record:
    guideline = cases[0].source_kind == "guideline"
    claims = [
        {
            "claim_id": case.case_id,
            "type": "recommendation" if guideline else "finding",
            "text": case.claim,
            "topic": None,
            "relation": None,
            "citations": [citation_of(_quotable(quote, case.source_id, library)) for quote in case.quotes],
        }
        for case in cases
    ]
    answer = {
        "schema": SCHEMA,
        "question": library.documents[cases[0].source_id].source.title,
        "short_answer": [],
        "guidelines": claims if guideline else [],
        "research": [] if guideline else claims,
        "agreement": [],
        "options": [],
        "not_found": [],
        "references": [],
    }
    return renumbered(answer, library)


def _quotable(quote: str, source_id: str, library: Library) -> Quotable:
    return next(one for one in library.sentences(source_id) if one.text == quote)
