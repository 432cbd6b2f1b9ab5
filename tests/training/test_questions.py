"""What the relevance model learns from: questions written about sentences, and the sentences near them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from eval.training.questions import ANSWERS, SILENT, question_examples
from eval.training.written import FOLDER, Written, abstracts_of, learnable, read_written
from rag.composition.reading import under_title


@pytest.fixture
def public_data() -> Path:
    """The public data, where it is present."""
    folder = os.environ.get("SOURCEBOUND_DATA")
    if not folder:
        pytest.skip("SOURCEBOUND_DATA names no folder of public data")
    return Path(folder)


KEYS = {"id": str, "same": list, "against": list, "beyond": list, "question": list, "miss": str}
ABSTRACT = tuple(f"Sentence number {number} speaks of aspirin and of stroke in older adults." for number in range(8))


def one(place: int = 3) -> Written:
    statements = {"same": ("a", "b"), "against": ("c", "d"), "beyond": ("e", "f")}
    return Written("Aspirin", ABSTRACT, place, statements, ("q", "r"), "m", "7")


def rows() -> list[Mapping[str, object]]:
    return [
        json.loads(line) for path in sorted(FOLDER.rglob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
    ]


def test_every_written_line_has_what_the_reader_needs_and_names_its_sentence_once() -> None:
    found = rows()
    assert len(found) > 100
    for row in found:
        assert row.keys() == KEYS.keys()
        assert all(isinstance(row[name], kind) for name, kind in KEYS.items())
        texts = [*row["same"], *row["against"], *row["beyond"], *row["question"], row["miss"]]  # type: ignore[misc]
        assert all(isinstance(text, str) and len(text.split()) > 2 for text in texts)
    names = [row["id"] for row in found]
    assert len(names) == len(set(names))


def test_no_written_line_is_about_an_abstract_that_a_dev_claim_uses(public_data: Path) -> None:
    folder = public_data / "claims" / "scifact"
    dev = {
        str(document)
        for line in (folder / "claims_dev.jsonl").read_text("utf-8").splitlines()
        for document in json.loads(line)["cited_doc_ids"]
    }
    every = abstracts_of(folder / "corpus.jsonl")
    written = read_written(every)
    later = read_written(every, FOLDER / "later")
    assert {item.sentence for item in written}.isdisjoint(item.sentence for item in later)
    assert dev.isdisjoint(item.document for item in later)
    assert len(written) + len(later) == len(rows())
    assert dev.isdisjoint(item.document for item in written)
    abstracts, may_be_learnt = learnable(public_data)
    assert dev.isdisjoint(abstracts)
    assert 0.8 < len(may_be_learnt) / len(written) < 1
    copied = [text for item in written for text in item.statements["same"] if text.strip() == item.sentence.strip()]
    assert not copied


def test_questions_are_answered_by_their_sentence_and_a_missed_one_by_none() -> None:
    pairs, unread = question_examples_of([one()])
    assert {(text, allowed) for text, question, allowed in pairs if question == "q" and "number 3" in text} == {
        (under_title("Aspirin", ABSTRACT[3]), ANSWERS)
    }
    assert all(allowed == SILENT for _, question, allowed in pairs if question == "m")
    near = [text for text, question, _ in unread if question == "q"]
    assert near
    assert not any("Aspirin." in text for text in near)


def question_examples_of(written: list[Written]) -> tuple[list[tuple[str, str, frozenset[str]]], ...]:
    others = {
        str(number): (
            f"Drug {number}",
            tuple(f"Drug {number} and stroke: sentence {place} is what q asks." for place in range(9)),
        )
        for number in range(8, 14)
    }
    abstracts = {"7": ("Aspirin", ABSTRACT), **others}
    return tuple(
        [(example.passage, example.claim, example.allowed) for example in part]
        for part in question_examples([], abstracts, written, seed=0)
    )
