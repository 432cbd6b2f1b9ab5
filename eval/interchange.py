"""Records of other evaluation programs: ragas samples and inspect_ai samples, read and written.

A ragas sample has `user_input`, `response`, `retrieved_contexts` and `reference`. Read, each sentence of its response
becomes a claim that cites the contexts its marks name ("[2]"), or all of them where it has none; each context becomes a
document. What neither format can say (halves, offsets into documents, verdicts) is not made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.answers import AnswerRecord, CitationRecord
from eval.datasets import DatasetError, Item
from eval.question_sets import sentences_of
from eval.run_folder import Run
from rag.rendering.json_format import SCHEMA
from rag.types import Document, Source

_MARK = re.compile(r"\s*\[(\d+(?:\s*[,;]\s*\d+)*)\]")


def _marked(answer: AnswerRecord) -> str:
    said = []
    for claim in answer.statements():
        numbers = sorted({citation.number for citation in claim.citations})
        said.append(claim.text + "".join(f" [{number}]" for number in numbers))
    return " ".join(said)


def _contexts(answer: AnswerRecord) -> list[str]:
    unique: dict[tuple[str, int, int], CitationRecord] = {one.span: one for one in answer.cited()}
    return [one.quote for one in unique.values()]


def ragas_samples(run: Run) -> Iterator[dict[str, Any]]:
    """The answers of a run as ragas samples; a row that failed has an empty response."""
    for item in run.items:
        row = run.rows.get(item.question_id)
        answer = row.answer if row else None
        yield {
            "id": item.question_id,
            "user_input": item.question,
            "response": _marked(answer) if answer else "",
            "retrieved_contexts": _contexts(answer) if answer else [],
            "reference": " ".join(nugget.text for nugget in item.nuggets),
        }


def inspect_samples(items: Sequence[Item]) -> Iterator[dict[str, Any]]:
    """A question set as inspect_ai samples: the nuggets are the target, what is expected stands in the metadata."""
    for item in items:
        yield {
            "id": item.question_id,
            "input": item.question,
            "target": [nugget.text for nugget in item.nuggets],
            "metadata": {
                "expect": item.expect,
                "category": item.category,
                "importance": [nugget.importance for nugget in item.nuggets],
            },
        }


def from_ragas(rows: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[Document]]:
    """Answer rows and documents from ragas samples.

    Raises:
        DatasetError: a row lacks a field, or marks a context that it does not have.
    """
    answers, documents = [], []
    for number, row in enumerate(rows, start=1):
        missing = [name for name in ("user_input", "response", "retrieved_contexts") if name not in row]
        if missing:
            raise DatasetError(f"sample {number} has no {missing[0]}", value=sorted(row))
        if not isinstance(row["retrieved_contexts"], list):
            raise DatasetError(f"sample {number}: retrieved_contexts is no list", value=row["retrieved_contexts"])
        question_id = str(row.get("id", number))
        contexts = [" ".join(str(one).split()) for one in row["retrieved_contexts"]]
        sources = [f"{question_id}-context-{place}" for place in range(1, len(contexts) + 1)]
        documents += [
            Document(Source(source, "research", f"Context {place}", 0, "current"), text, (), "")
            for place, (source, text) in enumerate(zip(sources, contexts, strict=True), start=1)
        ]
        answers.append({"question_id": question_id, "answer": _answer(row, sources, contexts, number)})
    return answers, documents


def _answer(row: Mapping[str, Any], sources: Sequence[str], contexts: Sequence[str], number: int) -> dict[str, Any]:
    claims, used = [], set()
    for place, sentence in enumerate(sentences_of(_inward(str(row["response"]))), start=1):
        marks = [int(one) for found in _MARK.findall(sentence) for one in re.split(r"\s*[,;]\s*", found)]
        beyond = [mark for mark in marks if not 1 <= mark <= len(contexts)]
        if beyond:
            raise DatasetError(f"sample {number} marks a context that it does not have", value=beyond[0])
        cited = list(dict.fromkeys(marks)) or list(range(1, len(contexts) + 1))
        used |= set(cited)
        claims.append(
            {
                "claim_id": f"c{place}",
                "text": _MARK.sub("", sentence).strip(),
                "citations": [
                    {
                        "number": mark,
                        "source_id": sources[mark - 1],
                        "start": 0,
                        "end": len(contexts[mark - 1]),
                        "quote": contexts[mark - 1],
                    }
                    for mark in cited
                ],
            }
        )
    references = [{"number": mark, "source_id": sources[mark - 1], "kind": "research"} for mark in sorted(used)]
    outcome = "answer" if claims else "abstention"
    return {
        "schema": SCHEMA,
        "outcome": outcome,
        "question": row["user_input"],
        "short_answer": claims,
        "references": references,
    }


def _inward(text: str) -> str:
    """The text with marks that stand after a full stop put before it, so that they stay with their sentence."""
    return re.sub(r"([.!?])((?:\s*\[\d+(?:\s*[,;]\s*\d+)*\])+)", r"\2\1", text)
