"""The run folder: what is written is read again; what is cut off, damaged or of another version is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.datasets import DatasetError
from eval.run_folder import open_run, read_documents, read_lines, read_row, write_lines
from rag.config import Settings
from rag.ingestion.corpus_file import read_corpus


@pytest.fixture
def folder(scene: Any, tmp_path: Path) -> Path:
    scene.add("knee", "Ice eases pain.")
    answer = scene.record(scene.claim("Use ice.", scene.cite("knee", "Ice eases pain.")))
    return Path(
        scene.run(tmp_path / "run", [{"question_id": "q1"}, {"question_id": "q2"}], {"q1": answer, "q2": answer}).folder
    )


def test_a_last_line_that_was_cut_off_is_left_out_even_inside_a_character(folder: Path) -> None:
    path = folder / "answers.jsonl"
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    path.write_bytes(whole[:first] + '{"question_id": "é'.encode()[:-1])
    assert len(open_run(folder).rows) == 1
    with pytest.raises(DatasetError, match="line 2 is not JSON"):
        list(read_lines(path))


def test_a_damaged_line_before_the_last_is_named(folder: Path) -> None:
    path = folder / "answers.jsonl"
    path.write_text("{\n" + path.read_text())
    with pytest.raises(DatasetError, match=r"answers\.jsonl, line 1 is not JSON"):
        _ = open_run(folder).rows


def test_strange_line_ends_inside_a_text_survive(tmp_path: Path) -> None:
    rows = [{"text": "one\u2028two\u0085three\x0cfour"}, {"text": "five\r\nsix"}]
    write_lines(tmp_path / "rows.jsonl", rows)
    assert list(read_lines(tmp_path / "rows.jsonl")) == rows


def test_every_document_of_the_corpus_is_read_again_as_it_was(real_settings: Settings, tmp_path: Path) -> None:
    from eval.run_folder import document_row

    documents = read_corpus(real_settings.corpus_dir)
    write_lines(tmp_path / "documents.jsonl", map(document_row, documents))
    read = read_documents(tmp_path / "documents.jsonl")
    assert {one: (document.source, document.text) for one, document in read.items()} == {
        document.source.source_id: (document.source, document.text) for document in documents
    }


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"answer": {}}, "has no question_id"),
        ({"question_id": "q"}, "neither an answer nor an error"),
        ({"question_id": "q", "answer": "text"}, "the answer is no JSON object: text"),
        ({"question_id": "q", "answer": {"outcome": "maybe"}}, "outcome: Input should be"),
        ({"question_id": "q", "answer": {"outcome": "answer", "research": [{"text": "x"}]}}, "research.0.claim_id"),
        ({"question_id": "q", "answer": {"outcome": "abstention"}, "audiences": ["x"]}, "audiences are no JSON object"),
        ({"question_id": "q", "answer": {"outcome": "abstention"}, "ranking": [{"score": 1}]}, "ranking is no list"),
    ],
)
def test_a_malformed_row_is_named_with_its_field_in_one_line(row: dict[str, Any], said: str) -> None:
    with pytest.raises(DatasetError) as error:
        read_row(row, "answers.jsonl, line 3")
    assert said in str(error.value)
    assert "answers.jsonl, line 3" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_without_a_run_of_another_version_or_damaged_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no run in this folder: .* \(rag-eval run --out FOLDER makes one\)"):
        open_run(tmp_path / "nowhere")
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | {"schema": "sourcebound.run/1"}))
    with pytest.raises(DatasetError, match=r"of another version: sourcebound\.run/1, here sourcebound\.run/2"):
        open_run(folder)
    (folder / "meta.json").write_text("{")
    with pytest.raises(DatasetError, match=r"meta\.json is damaged"):
        open_run(folder)
    (folder / "meta.json").write_text(json.dumps(meta | {"items": [{"question": "x"}]}))
    with pytest.raises(DatasetError, match="question_id: Field required"):
        _ = open_run(folder).items


def test_a_run_that_was_not_finished_says_so(folder: Path) -> None:
    (folder / "documents.jsonl").unlink()
    with pytest.raises(DatasetError, match="was not finished"):
        _ = open_run(folder).documents
