"""Runs a question set through the pipeline into a run folder; a run that was interrupted goes on where it stopped."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.datasets import DatasetError, Item
from rag.errors import RagError
from rag.pipeline import AnswerPipeline
from rag.rendering.json_format import answer_record
from rag.types import Progress, no_progress

ANSWERS = "answers.jsonl"
META = "meta.json"


def _read_lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def load_run(folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The meta record of a run and its rows: `{"question_id", "latency_s", "answer" | "error"}`.

    Raises:
        DatasetError: the folder is no run.
    """
    meta = folder / META
    if not meta.is_file():
        raise DatasetError("no run in this folder", value=folder, mend="rag-eval run --out FOLDER makes one")
    return json.loads(meta.read_text(encoding="utf-8")), _read_lines(folder / ANSWERS)


def run_suite(
    items: Sequence[Item],
    pipeline: AnswerPipeline,
    folder: Path,
    *,
    settings: dict[str, Any],
    progress: Progress = no_progress,
) -> None:
    """Ask every question that has no row yet, and append a row for each.

    Raises:
        DatasetError: the folder holds a run of other questions or other settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    meta = {
        "schema": "sourcebound.run/1",
        "items": [item.model_dump(mode="json") for item in items],
        "settings": settings,
    }
    if (folder / META).is_file():
        old, _ = load_run(folder)
        if {key: old[key] for key in meta} != meta:
            raise DatasetError("the folder holds another run", value=folder, mend="choose another --out, or delete it")
    else:
        started = {"started_at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": platform.platform()}
        (folder / META).write_text(json.dumps(meta | started, ensure_ascii=False, indent=1), encoding="utf-8")
    done = {row["question_id"] for row in _read_lines(folder / ANSWERS)}
    with (folder / ANSWERS).open("a", encoding="utf-8") as stream:
        for number, item in enumerate(items, start=1):
            if item.question_id not in done:
                stream.write(json.dumps(_row(item, pipeline), ensure_ascii=False) + "\n")
                stream.flush()
            progress("questions", number, len(items))


def _row(item: Item, pipeline: AnswerPipeline) -> dict[str, Any]:
    start = time.perf_counter()
    try:
        outcome: dict[str, Any] = {"answer": answer_record(pipeline.ask(item.question))}
    except RagError as error:
        outcome = {"error": str(error)}
    return {"question_id": item.question_id, "latency_s": round(time.perf_counter() - start, 4), **outcome}
