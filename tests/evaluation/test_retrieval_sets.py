"""The retrieval sets: each adapter reads a tiny file of its published format, and refuses what is not of it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from eval.datasets import DatasetError
from eval.retrieval_sets import (
    SETS,
    read_bioasq_test,
    read_bioasq_tuning,
    read_pubmedqa,
    read_retrieval_set,
    read_scifact_beir,
    read_scifact_train,
    snippet_id,
)


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, list):
        content = "\n".join(json.dumps(row) for row in content) + "\n"
    elif not isinstance(content, str):
        content = json.dumps(content)
    path.write_bytes(gzip.compress(content.encode()) if path.suffix == ".gz" else content.encode())


@pytest.fixture
def scifact(tmp_path: Path) -> Path:
    write(
        tmp_path / "claims/scifact/corpus.jsonl",
        [
            {"doc_id": 7, "title": "Knee pain.", "abstract": ["Rest helps.", "Ice does too."], "structured": False},
            {"doc_id": 9, "title": "Elbows", "abstract": ["Nothing is known."], "structured": True},
        ],
    )
    return tmp_path


@pytest.fixture
def bioasq(tmp_path: Path) -> Path:
    def question(question_id: str, *texts: str) -> dict[str, Any]:
        snippets = [{"text": text, "document": "http://www.ncbi.nlm.nih.gov/pubmed/1"} for text in texts]
        return {"id": question_id, "body": f" What is {question_id}? ", "type": "list", "snippets": snippets}

    files = {
        "7B1": [question("a", "One  fact.", "Two facts."), question("bare")],
        "8B1": [question("b", "Three facts.")],
        "9B1": [question("c", "One fact.", "Four facts.", "  ")],
    }
    for name, questions in files.items():
        write(
            tmp_path / f"retrieval/bioasq/Task{name[:2]}GoldenEnriched/{name}_golden.json",
            {"questions": questions},
        )
    return tmp_path


def test_beir_topics_and_judgements_are_read_over_the_abstracts(scifact: Path) -> None:
    folder = scifact / "retrieval/scifact_beir"
    write(folder / "topics.beir-v1.0.0-scifact.test.tsv.gz", '1\tRest "helps" knees.\n2\tElbows.\n3\tUnjudged.\n')
    write(folder / "qrels.beir-v1.0.0-scifact.test.txt", "1 0 7 1\n2 0 9 1\n2 0 7 0\n")
    found = read_scifact_beir(scifact)
    assert found.passages == {"7": "Knee pain. Rest helps. Ice does too.", "9": "Elbows Nothing is known."}
    assert found.queries == {"1": 'Rest "helps" knees.', "2": "Elbows."}
    assert found.qrels == {"1": {"7": 1}, "2": {"9": 1}}
    assert not found.tuning


def test_training_claims_are_judged_by_what_they_cite_and_marked_as_tuning(scifact: Path) -> None:
    write(
        scifact / "claims/scifact/claims_train.jsonl",
        [{"id": 4, "claim": "Ice helps.", "evidence": {}, "cited_doc_ids": [7, 9]}],
    )
    found = read_scifact_train(scifact)
    assert found.qrels == {"4": {"7": 1, "9": 1}}
    assert found.tuning


def test_snippets_of_all_batches_are_pooled_once_each_and_judged_for_their_own_question(bioasq: Path) -> None:
    tuning, test = read_bioasq_tuning(bioasq), read_bioasq_test(bioasq)
    one = snippet_id("One fact.")
    assert tuning.passages == test.passages
    assert sorted(tuning.passages.values()) == ["Four facts.", "One fact.", "Three facts.", "Two facts."]
    assert tuning.queries == {"a": "What is a?", "b": "What is b?"}
    assert test.qrels == {"c": {one: 1, snippet_id("Four facts."): 1}}
    assert one in tuning.qrels["a"]
    assert (tuning.tuning, test.tuning) == (True, False)


def test_a_pubmedqa_question_has_its_own_abstract_without_the_conclusion(tmp_path: Path) -> None:
    row = {"QUESTION": "Does ice help?", "CONTEXTS": ["We asked.", "It did."], "LONG_ANSWER": "Ice helps."}
    write(tmp_path / "retrieval/pubmedqa/ori_pqal_500.json", {"11": row})
    found = read_pubmedqa(tmp_path)
    assert found.passages == {"11": "We asked. It did."}
    assert (found.queries, found.qrels) == ({"11": "Does ice help?"}, {"11": {"11": 1}})


@pytest.mark.parametrize("name", SETS)
def test_a_missing_file_is_one_line_that_says_what_to_set(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="SOURCEBOUND_DATA"):
        read_retrieval_set(name, tmp_path)


@pytest.mark.parametrize(
    ("qrels", "message"),
    [
        ("1 0 8 1\n", "judged passage is not among the passages: 8"),
        ("5 0 7 1\n", "judged query has no text: 5"),
        ("1 7\n", "not a judgement"),
        ("1 0 7 0\n", "is empty"),
    ],
)
def test_judgements_that_do_not_fit_are_refused(scifact: Path, qrels: str, message: str) -> None:
    folder = scifact / "retrieval/scifact_beir"
    write(folder / "topics.tsv", "1\tRest helps.\n")
    write(folder / "qrels.txt", qrels)
    with pytest.raises(DatasetError, match=message):
        read_scifact_beir(scifact)


def test_a_file_of_another_format_is_refused(bioasq: Path) -> None:
    write(bioasq / "retrieval/bioasq/Task9BGoldenEnriched/9B2_golden.json", {"rows": []})
    with pytest.raises(DatasetError, match="bioasq-9b: a file is not of its format"):
        read_retrieval_set("bioasq-9b", bioasq)
