"""Runs a question set through a system into a run folder; a run that was interrupted goes on where it stopped."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from eval.datasets import DatasetError, Item
from eval.rankings import Ranked, trec_lines
from eval.run_folder import (
    ANSWERS,
    DOCUMENTS,
    META,
    QRELS_TREC,
    RUN_TREC,
    SCHEMA,
    Row,
    document_row,
    open_run,
    read_lines,
    read_row,
    write_json,
    write_lines,
)
from rag import __version__
from rag.errors import RagError
from rag.types import Document, Progress, no_progress

_PACKAGES = ("faiss-cpu", "numpy", "onnxruntime", "sentence-transformers")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a system gives for a question.

    Attributes:
        answer: a record of the schema `sourcebound.answer/1`.
        audiences: the same for other readers, by audience.
        ranking: the passages found, each kind best first; empty where the system does not tell.
        cost: in the currency of the settings; None where nothing is charged or it is not known.
        latency_s: how long the answer took, in seconds; None: as long as the whole call.
    """

    answer: Mapping[str, Any]
    audiences: Mapping[str, Mapping[str, Any]]
    ranking: Sequence[Ranked] = ()
    cost: float | None = None
    latency_s: float | None = None


class System(Protocol):
    """Whatever answers questions."""

    name: str

    def answer(self, item: Item) -> Reply:
        """The reply to one question.

        Raises:
            RagError: there is none; the row keeps the message.
        """


def _environment() -> dict[str, Any]:
    return {
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
    }


def _begin(items: Sequence[Item], name: str, folder: Path, settings: Mapping[str, Any]) -> None:
    meta: dict[str, Any] = {
        "schema": SCHEMA,
        "system": name,
        "program": __version__,
        "settings": dict(settings),
        "items": [item.model_dump(mode="json") for item in items],
    }
    if not (folder / META).exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / META, meta | _environment())
        return
    other = _difference(open_run(folder).meta, json.loads(json.dumps(meta)))
    if other:
        raise DatasetError(
            f"the folder {folder} holds another run", value=other, mend="name another --out, or delete the folder"
        )


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """What makes a run another one, in words; None where it can be gone on with."""
    for key in ("system", "program"):
        if old.get(key) != new[key]:
            return f"its {key} is {old.get(key)}, here {new[key]}"
    settings = old.get("settings", {})
    for name in sorted(settings.keys() | new["settings"].keys()):
        if settings.get(name) != new["settings"].get(name):
            return f"its {name} is {settings.get(name)}, here {new['settings'].get(name)}"
    return None if old.get("items") == new["items"] else "its questions are others"


def _row(item: Item, system: System) -> dict[str, Any]:
    start = time.perf_counter()
    try:
        reply = system.answer(item)
    except RagError as error:
        return {"question_id": item.question_id, "error": str(error)}
    except Exception as error:  # A fault of one question must not cost the others; the row says what it was.
        return {
            "question_id": item.question_id,
            "error": " ".join(f"unexpected {type(error).__name__}: {error}".split()),
        }
    took_s = time.perf_counter() - start if reply.latency_s is None else reply.latency_s
    row = {
        "question_id": item.question_id,
        "latency_s": round(took_s, 4),
        "cost": reply.cost,
        "answer": reply.answer,
        "ranking": [one.row() for one in reply.ranking],
    }
    return row | ({"audiences": dict(reply.audiences)} if reply.audiences else {})


def run_suite(
    items: Sequence[Item],
    system: System,
    folder: Path,
    *,
    settings: Mapping[str, Any],
    documents: Mapping[str, Document],
    workers: int = 1,
    progress: Progress = no_progress,
) -> None:
    """Ask every question that has no answer yet; each row is on disk as soon as it is there.

    What failed before is asked again. Interrupted, it waits for the questions that are being answered, no others.

    Args:
        items: the questions.
        system: what answers them; asked by `workers` threads at a time.
        folder: the run folder.
        settings: all that must be the same for a run to be gone on with.
        documents: the corpus by source: those that are cited or tied to a nugget are kept in the folder.
        workers: how many questions are asked at a time.
        progress: told after each question.

    Raises:
        DatasetError: the folder holds a run of other questions, another system or other settings.
    """
    _begin(items, system.name, folder, settings)
    rows = [row for row in read_lines(folder / ANSWERS, growing=True) if row.get("answer") is not None]
    write_lines(folder / ANSWERS, rows)  # Without a last line that was cut off, and without what failed.
    done = {row.get("question_id") for row in rows}
    waiting = [item for item in items if item.question_id not in done]
    count = len(items) - len(waiting)
    pool = ThreadPoolExecutor(workers)
    try:
        # Only this thread writes.
        with (folder / ANSWERS).open("a", encoding="utf-8") as stream:
            for asked in as_completed([pool.submit(_row, item, system) for item in waiting]):
                stream.write(json.dumps(asked.result(), ensure_ascii=False) + "\n")
                stream.flush()
                count += 1
                progress("questions", count, len(items))
    finally:
        pool.shutdown(cancel_futures=True)
    finish(items, folder, documents)


def import_answers(
    items: Sequence[Item], path: Path, folder: Path, *, name: str, documents: Mapping[str, Document]
) -> int:
    """Make a run folder of answers that another system wrote to a file, so that they can be judged; how many there are.

    Raises:
        DatasetError: a row is malformed, is of no question of the set, is the second one of a question, or cites a
            source that is in no document.
    """
    waited = {item.question_id for item in items}
    rows = list(read_lines(path))
    if not rows:
        raise DatasetError("there are no answers in the file", value=path, mend="one JSON object a line")
    for number, row in enumerate(rows, start=1):
        where = f"{path}, line {number}"
        one = read_row(row, where)
        if one.question_id not in waited:
            known = any(item.question_id == one.question_id for item in items)
            what = "a second answer to one question" if known else "no such question in the set"
            raise DatasetError(f"{where}: {what}", value=one.question_id)
        waited.remove(one.question_id)
        for answer in (one.answer, *one.audiences.values()):
            unknown = {citation.source_id for citation in answer.cited()} - documents.keys() if answer else set()
            if unknown:
                raise DatasetError(
                    f"{where}: a source that is cited is in no document",
                    value=min(unknown),
                    mend="give its text with --documents FILE",
                )
    _begin(items, name, folder, {"answers": path.name})
    write_lines(folder / ANSWERS, rows)
    finish(items, folder, documents)
    return len(rows)


def _with_successors(needed: set[str], documents: Mapping[str, Document]) -> set[str]:
    """Sources and what took their place, so that a superseded one is known as such from the folder alone."""
    ahead, found = sorted(needed), set(needed)
    while ahead:
        document = documents.get(ahead.pop())
        later = set(document.source.superseded_by) - found if document else set()
        found |= later
        ahead += later
    return found


def _needed(items: Iterable[Item], rows: Iterable[Row]) -> set[str]:
    needed = {tied.source_id for item in items for nugget in item.nuggets for tied in nugget.sentences}
    needed |= {source_id for item in items for source_id in item.relevant}
    for row in rows:
        for answer in (row.answer, *row.audiences.values()):
            if answer:
                needed |= {one.source_id for one in answer.references}
                needed |= {one.source_id for one in answer.cited()}
                needed |= {one.source_id for held in answer.withheld for one in held.claim.citations}
    return needed


def finish(items: Sequence[Item], folder: Path, documents: Mapping[str, Document]) -> None:
    """Write what follows from the answers: the documents they need, the ranking, and the relevant sources."""
    rows = open_run(folder).rows
    needed = _with_successors(_needed(items, rows.values()), documents)
    kept = [documents[source] for source in sorted(needed) if source in documents]
    write_lines(folder / DOCUMENTS, (document_row(document) for document in kept))
    rankings = {question_id: row.ranking for question_id, row in rows.items()}
    kinds = {document.source.source_id: document.source.kind for document in kept}
    run, qrels = trec_lines(items, rankings, kinds)
    (folder / RUN_TREC).write_text("".join(f"{line}\n" for line in run), encoding="utf-8")
    (folder / QRELS_TREC).write_text("".join(f"{line}\n" for line in qrels), encoding="utf-8")
