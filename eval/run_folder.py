"""A run folder: everything needed to judge and score a run again, and to run it again.

| file | what |
|---|---|
| `meta.json` | schema, questions, system and its settings, index fingerprint, machine, versions, time |
| `answers.jsonl` | a row a question: `question_id`, `latency_s`, `answer` or `error`, `audiences`, `ranking`, `cost` |
| `run.trec`, `qrels.trec` | sources found, and sources that carry a nugget; topics are `QUESTION/KIND` |
| `documents.jsonl` | source and text of everything cited or tied to a nugget |
| `judgements.jsonl` | verdicts on pairs of passage and claim, by content and judge |
| `scores.json` | what `rag-eval score` made of it |
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from eval.answers import AnswerRecord, read_answer
from eval.datasets import DatasetError, Item, first_fault
from eval.rankings import Ranked
from rag.types import Document, Notice, Source

SCHEMA = "sourcebound.run/2"
META, ANSWERS, DOCUMENTS = "meta.json", "answers.jsonl", "documents.jsonl"
RUN_TREC, QRELS_TREC = "run.trec", "qrels.trec"
JUDGEMENTS, SCORES = "judgements.jsonl", "scores.json"
_TUPLES = ("superseded_by", "supersedes", "conflicts_with", "topics")
_RANKING = TypeAdapter(tuple[Ranked, ...])


def read_lines(path: Path, *, growing: bool = False) -> Iterator[dict[str, Any]]:
    """The objects of a file with one a line.

    Args:
        path: the file.
        growing: whether it is one that a run adds lines to. It may be missing, and a last line that was cut off as it
            was written is left out: what it was of is done again.

    Raises:
        DatasetError: there is no such file, or a line is not a JSON object.
    """
    if not path.is_file():
        if growing:
            return
        raise DatasetError("no such file", value=path)
    # By the byte: other line ends of Unicode may stand inside a string, and a line that was cut off may be no UTF-8.
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except ValueError as error:
            if growing and number == len(lines):
                return
            raise DatasetError(f"{path}, line {number} is not JSON", value=error) from error
        if not isinstance(row, dict):
            raise DatasetError(f"{path}, line {number} is not a JSON object", value=line.decode())
        yield row


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a file with one object a line, whole or not at all."""
    beside = path.with_name(f"{path.name}.part")
    beside.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    beside.replace(path)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file, whole or not at all."""
    beside = path.with_name(f"{path.name}.part")
    beside.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)


def document_row(document: Document) -> dict[str, Any]:
    """A document as a row of `documents.jsonl`."""
    return {"source": asdict(document.source), "text": document.text, "file_hash": document.file_hash}


def _document(row: Mapping[str, Any]) -> Document:
    fields = dict(row["source"])
    fields |= {name: tuple(fields.get(name) or ()) for name in _TUPLES}
    fields["notices"] = tuple(Notice(**notice) for notice in fields.get("notices") or ())
    return Document(Source(**fields), row["text"], (), str(row.get("file_hash", "")))


def read_documents(path: Path) -> dict[str, Document]:
    """The documents of a file by their source's id.

    Raises:
        DatasetError: a row lacks a field or has an unknown one.
    """
    found = {}
    for number, row in enumerate(read_lines(path), start=1):
        try:
            document = _document(row)
        except (KeyError, TypeError) as error:
            raise DatasetError(f"{path}, line {number} is no document", value=error) from error
        found[document.source.source_id] = document
    return found


@dataclass(frozen=True)
class Row:
    """What a run has of one question. `answer` is None where asking failed: `error` says how."""

    question_id: str
    latency_s: float | None
    answer: AnswerRecord | None
    record: Mapping[str, Any] | None
    error: str | None
    audiences: Mapping[str, AnswerRecord]
    cost: float | None
    ranking: tuple[Ranked, ...] = ()


def read_row(row: Mapping[str, Any], where: str) -> Row:
    """A row of an answers file, checked.

    Raises:
        DatasetError: it has no question id, its answer is not of the schema, or its ranking is none.
    """
    if not isinstance(row.get("question_id"), str):
        raise DatasetError(f"{where} has no question_id", value=sorted(row), mend='{"question_id": ..., "answer": ...}')
    question_id = row["question_id"]
    where = f"{where}, question {question_id}"
    if "answer" not in row and "error" not in row:
        raise DatasetError(f"{where}: neither an answer nor an error", value=sorted(row))
    record = row.get("answer")
    if record is not None and not isinstance(record, dict):
        raise DatasetError(f"{where}: the answer is no JSON object", value=record)
    audiences = row.get("audiences") or {}
    if not isinstance(audiences, dict) or not all(isinstance(one, dict) for one in audiences.values()):
        raise DatasetError(f"{where}: the audiences are no JSON object of answers", value=audiences)
    latency, cost = (row.get(name) for name in ("latency_s", "cost"))
    try:
        ranking = _RANKING.validate_python(row.get("ranking") or ())
    except ValueError as error:
        raise DatasetError(f"{where}: the ranking is no list of passages", value=first_fault(error)) from error
    return Row(
        question_id,
        float(latency) if isinstance(latency, int | float) else None,
        read_answer(record, where) if record is not None else None,
        record,
        str(row["error"]) if record is None else None,
        {name: read_answer(one, where) for name, one in audiences.items()},
        float(cost) if isinstance(cost, int | float) else None,
        ranking,
    )


@dataclass(frozen=True)
class Run:
    """A run as read from its folder."""

    folder: Path
    meta: Mapping[str, Any]

    @cached_property
    def items(self) -> list[Item]:
        """The questions, in their order.

        Raises:
            DatasetError: the run's meta record is damaged.
        """
        try:
            return [Item.model_validate(item) for item in self.meta["items"]]
        except (ValueError, KeyError, TypeError) as error:
            fault = first_fault(error) if isinstance(error, ValueError) else repr(error)
            raise DatasetError(f"the questions in {self.folder / META} are damaged", value=fault) from error

    @cached_property
    def rows(self) -> dict[str, Row]:
        """What was answered, by question; a question that was not asked yet has no row."""
        found = {}
        for number, row in enumerate(read_lines(self.folder / ANSWERS, growing=True), start=1):
            one = read_row(row, f"{self.folder / ANSWERS}, line {number}")
            found[one.question_id] = one
        return found

    @cached_property
    def documents(self) -> dict[str, Document]:
        """The documents that answers cite and nuggets are tied to, by source."""
        path = self.folder / DOCUMENTS
        if not path.is_file():
            raise DatasetError("the run was not finished: it has no documents", value=path, mend="run it again")
        return read_documents(path)

    @property
    def name(self) -> str:
        """Who answered."""
        return str(self.meta.get("system", self.folder.name))


def begin_anew(folder: Path) -> None:
    """Forget the answers of a run folder, and what they were of. Judgements stay: they are known by their content."""
    for name in (META, ANSWERS, DOCUMENTS, RUN_TREC, QRELS_TREC, SCORES):
        (folder / name).unlink(missing_ok=True)


def open_run(folder: Path) -> Run:
    """A run folder.

    Raises:
        DatasetError: there is none, or it is of another version.
    """
    path = folder / META
    if not path.is_file():
        raise DatasetError("no run in this folder", value=folder, mend="rag-eval run --out FOLDER makes one")
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DatasetError("the run's meta.json is damaged", value=f"{path}: {error}", mend="run it again") from error
    schema = meta.get("schema") if isinstance(meta, dict) else None
    if schema != SCHEMA:
        raise DatasetError(
            f"the run in {folder} is of another version", value=f"{schema}, here {SCHEMA}", mend="run it again"
        )
    return Run(folder, meta)
