"""Statements about single sentences: how they are read, and the table of what is withheld."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.datasets import DatasetError
from eval.statements import LABELS, STATEMENTS, read_abstracts, read_statements, statements

SENTENCE = "Rest lowered pain in 40 of 80 adults with gout."
ROW = {
    "id": "7:1",
    "same": [SENTENCE, "Rest lowered pain in half of 80 adults with gout."],
    "against": ["Rest lowered pain in 70 of 80 adults with gout.", "Rest raised pain in adults with gout."],
    "beyond": ["Rest lowered pain in children with asthma.", "Rest lowered pain in 40 of 80 adults with arthritis."],
}


def laid(folder: Path, row: Mapping[str, object]) -> Path:
    (folder / "0.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    return folder


def test_each_statement_is_a_case_with_its_sentence_alone(tmp_path: Path) -> None:
    cases = read_statements({"7": ["Gout hurts.", SENTENCE]}, laid(tmp_path, ROW))
    assert [one.claim for one in cases["against"]] == ROW["against"]
    assert {one.quotes for some in cases.values() for one in some} == {(SENTENCE,)}


def test_a_sentence_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="7:1"):
        read_statements({"7": [SENTENCE]}, laid(tmp_path, ROW))
    with pytest.raises(DatasetError, match="corpus"):
        read_abstracts(tmp_path / "corpus.jsonl")


def test_the_table_has_a_line_a_label_and_what_is_verbatim_passes(tmp_path: Path) -> None:
    corpus = tmp_path / "claims" / "scifact" / "corpus.jsonl"
    corpus.parent.mkdir(parents=True)
    corpus.write_text(json.dumps({"doc_id": 7, "abstract": ["Gout hurts.", SENTENCE]}) + "\n", encoding="utf-8")
    (tmp_path / "own").mkdir()
    folder = laid(tmp_path / "own", ROW)
    shown = CliRunner().invoke(statements, ["--data", str(tmp_path), "--folder", str(folder)]).output
    rows = [line.split(" | ") for line in shown.splitlines() if line.startswith("| ") and "of" not in line[:14]]
    table = {row[0].strip("| "): row[2].split("%")[0] for row in rows if row[0].strip("| ") in LABELS.values()}
    assert set(table) == set(LABELS.values())
    assert float(table["true in other words"]) <= 50
    assert float(table["contradicted"]) == 100


def test_the_shipped_statements_are_three_of_each_label_and_stand_alone() -> None:
    rows = [json.loads(line) for path in STATEMENTS.glob("*.jsonl") for line in path.read_text("utf-8").splitlines()]
    assert len(rows) == len({row["id"] for row in rows}) == 570
    for row in rows:
        claims = [claim for label in LABELS for claim in row[label]]
        assert len(claims) == len(set(claims)) == 9
        assert all(claim.endswith(".") and len(claim.split()) >= 4 for claim in claims), row["id"]
