"""Runs go on where they stopped, ask again what failed, and take the answers of any other system."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from eval.datasets import DatasetError, Item, load_suite
from eval.execution import Reply, import_answers, run_suite
from eval.run_folder import open_run, read_lines
from eval.systems import Sourcebound
from rag.config import Settings
from rag.errors import ModelError
from rag.ingestion.corpus_file import read_corpus
from rag.pipeline import AnswerPipeline

ITEMS = [Item(question_id=f"q{number}", question="What?") for number in range(1, 6)]


@pytest.fixture
def replies(scene: Any) -> dict[str, Reply]:
    scene.add("knee", "Ice eases pain.")
    scene.add("old", "Rest.", status="superseded", superseded_by=("new",))
    scene.add("new", "Move.")
    claim = scene.claim("Use ice.", scene.cite("knee", "Ice eases pain."))
    return {item.question_id: Reply(scene.record(claim), {}, [scene.ranked("knee", 0.5)], 0.01) for item in ITEMS}


def test_a_run_goes_on_where_it_stopped_and_asks_nothing_twice(
    scene: Any, replies: Any, scripted_system: Any, tmp_path: Path
) -> None:
    system = scripted_system(replies)
    run_suite(ITEMS, system, tmp_path, settings={}, documents=scene.documents)
    path = tmp_path / "answers.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    kept = {json.loads(line)["question_id"] for line in lines[:2]}
    path.write_text("".join(lines[:2]) + lines[2][:40])
    again = scripted_system(replies)
    seen: list[tuple[int, int]] = []
    run_suite(
        ITEMS,
        again,
        tmp_path,
        settings={},
        documents=scene.documents,
        progress=lambda _, done, total: seen.append((done, total)),
    )
    assert set(again.asked) == {item.question_id for item in ITEMS} - kept
    assert seen == [(3, 5), (4, 5), (5, 5)]
    assert set(open_run(tmp_path).rows) == {item.question_id for item in ITEMS}
    assert path.read_text().startswith("".join(lines[:2]))


def test_what_failed_keeps_its_reason_and_is_asked_again(
    scene: Any, replies: Any, scripted_system: Any, tmp_path: Path
) -> None:
    failing = replies | {"q2": ModelError("the server is gone"), "q3": KeyError("no such thing")}
    run_suite(ITEMS, scripted_system(failing), tmp_path, settings={}, documents=scene.documents)
    rows = open_run(tmp_path).rows
    assert rows["q2"].error == "the server is gone"
    assert rows["q3"].error == "unexpected KeyError: 'no such thing'"
    assert len(rows) == 5
    again = scripted_system(replies)
    run_suite(ITEMS, again, tmp_path, settings={}, documents=scene.documents)
    assert sorted(again.asked) == ["q2", "q3"]
    assert all(row.answer for row in open_run(tmp_path).rows.values())


def test_workers_ask_at_the_same_time_and_every_row_is_whole(scene: Any, replies: Any, tmp_path: Path) -> None:
    together = threading.Barrier(5, timeout=30)

    class Waiting:
        name = "waiting"

        def answer(self, item: Item) -> Reply:
            together.wait()
            return replies[item.question_id]

    run_suite(ITEMS, Waiting(), tmp_path, settings={}, documents=scene.documents, workers=5)
    rows = list(read_lines(tmp_path / "answers.jsonl"))
    assert sorted(row["question_id"] for row in rows) == ["q1", "q2", "q3", "q4", "q5"]
    assert all(row["latency_s"] >= 0 and row["cost"] == 0.01 for row in rows)


def test_an_interrupted_run_keeps_what_it_has_and_asks_no_more(scene: Any, replies: Any, tmp_path: Path) -> None:
    asked: list[str] = []

    class Interrupted:
        name = "interrupted"

        def answer(self, item: Item) -> Reply:
            asked.append(item.question_id)
            time.sleep(0.02)
            return replies[item.question_id]

    def stop(_: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    many = [Item(question_id=f"m{number}", question="What?") for number in range(500)]
    replies |= {item.question_id: replies["q1"] for item in many}
    with pytest.raises(KeyboardInterrupt):
        run_suite(many, Interrupted(), tmp_path, settings={}, documents=scene.documents, progress=stop)
    assert len(list(read_lines(tmp_path / "answers.jsonl"))) == 1
    assert len(asked) < len(many)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"settings": {"quota": 9}}, "its quota is 8, here 9"),
        ({"items": ITEMS[:2]}, "its questions are others"),
        ({"name": "other"}, "its system is scripted, here other"),
    ],
)
def test_a_folder_of_another_run_is_refused_with_what_differs(
    scene: Any, replies: Any, scripted_system: Any, tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    def run(items: Any = ITEMS, settings: Any = None, name: str = "scripted") -> None:
        run_suite(
            items,
            scripted_system(replies, name),
            tmp_path,
            settings=settings or {"quota": 8},
            documents=scene.documents,
        )

    run()
    with pytest.raises(DatasetError, match=said):
        run(**changed)


def test_the_folder_holds_the_documents_that_are_needed_and_their_successors(
    scene: Any, scripted_system: Any, tmp_path: Path
) -> None:
    for source, life in (("knee", {}), ("old", {"status": "superseded", "superseded_by": ("new",)}), ("new", {})):
        scene.add(source, f"Text {source}.", **life)
    scene.add("unused", "Text.")
    scene.add("tied", "Tied.")
    item = Item.model_validate(
        {
            "question_id": "q1",
            "question": "What?",
            "nuggets": [{"nugget_id": "n", "text": "n", "sentences": [{"source_id": "tied", "quote": "Tied."}]}],
        }
    )
    answer = scene.record(scene.claim("x", scene.cite("old", "Text old.")))
    run_suite([item], scripted_system({"q1": Reply(answer, {})}), tmp_path, settings={}, documents=scene.documents)
    assert set(open_run(tmp_path).documents) == {"old", "new", "tied"}


def test_a_run_of_the_shipped_program_is_the_same_by_one_thread_and_by_three(
    real_pipeline: AnswerPipeline, real_settings: Settings, tmp_path: Path
) -> None:
    items = load_suite("first")[:6]
    documents = {one.source.source_id: one for one in read_corpus(real_settings.corpus_dir)}
    found = []
    for workers in (1, 3):
        folder = tmp_path / str(workers)
        run_suite(items, Sourcebound(real_pipeline), folder, settings={}, documents=documents, workers=workers)
        rows = open_run(folder).rows
        found.append({name: (row.answer, row.ranking) for name, row in rows.items()})
    assert found[0] == found[1]
    assert all(ranking for _, ranking in found[0].values())


def written(path: Path, *rows: Any) -> Path:
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return path


def test_answers_of_another_system_become_a_run(scene: Any, tmp_path: Path) -> None:
    scene.add("knee", "Ice eases pain.")
    answer = scene.record(scene.claim("Use ice.", scene.cite("knee", "Ice eases pain.")))
    file = written(
        tmp_path / "theirs.jsonl", {"question_id": "q1", "answer": answer}, {"question_id": "q2", "error": "no"}
    )
    assert import_answers(ITEMS, file, tmp_path / "run", name="theirs", documents=scene.documents) == 2
    run = open_run(tmp_path / "run")
    assert run.name == "theirs"
    assert run.rows["q1"].answer is not None
    assert run.rows["q2"].error == "no"
    assert set(run.documents) == {"knee"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((), "there are no answers in the file"),
        (('{"question_id": "q1", "answer": {"outcome": "abst',), "line 1 is not JSON"),
        (({"question_id": "q9", "error": "x"},), "line 1: no such question in the set: q9"),
        (({"question_id": "q1", "error": "x"}, {"question_id": "q1", "error": "y"}), "line 2: a second answer"),
        (({"question_id": "q1", "answer": {"outcome": "perhaps"}},), "no answer of the schema sourcebound.answer/1"),
    ],
)
def test_a_malformed_answers_file_is_named_in_one_line(tmp_path: Path, rows: Any, said: str) -> None:
    file = written(tmp_path / "theirs.jsonl", *rows)
    with pytest.raises(DatasetError, match=said) as error:
        import_answers(ITEMS, file, tmp_path / "run", name="theirs", documents={})
    assert "\n" not in str(error.value)
    assert not (tmp_path / "run").exists()


def test_a_missing_file_and_a_missing_source_are_named(scene: Any, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no such file: .*nowhere"):
        import_answers(ITEMS, tmp_path / "nowhere.jsonl", tmp_path / "run", name="x", documents={})
    answer = scene.record(scene.claim("Use ice.", scene.cite("unknown", "Ice eases pain.")))
    file = written(tmp_path / "theirs.jsonl", {"question_id": "q1", "answer": answer})
    with pytest.raises(DatasetError, match=r"in no document: unknown \(give its text with --documents FILE\)"):
        import_answers(ITEMS, file, tmp_path / "run", name="x", documents={})
