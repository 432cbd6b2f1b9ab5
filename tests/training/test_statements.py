"""What the verifier is taught on with: statements about passages, and what is rehearsed beside them."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from eval.statements import STATEMENTS
from eval.training.examples import ONLY, Example
from eval.training.onward import first_and_later
from eval.training.rehearsal import silent_spans
from eval.training.statements import FOLDER, Stated, abstracts_to_learn_from, read_stated, statement_examples

ABSTRACT = tuple(f"Sentence number {number} speaks of aspirin and of stroke in older adults." for number in range(9))
SAID = {"same": ("it is so",), "against": ("it is not so",), "beyond": ("it is so elsewhere",)}


def one(first: int = 3, last: int = 4) -> Stated:
    return Stated("scifact/7", ABSTRACT, first, last, SAID)


@pytest.fixture
def public_data() -> Path:
    """The public data, where it is present."""
    folder = os.environ.get("SOURCEBOUND_DATA")
    if not folder:
        pytest.skip("SOURCEBOUND_DATA names no folder of public data")
    return Path(folder)


def test_every_line_has_statements_of_each_relation_and_names_its_passage_once() -> None:
    rows = [json.loads(line) for path in FOLDER.glob("*.jsonl") for line in path.read_text("utf-8").splitlines()]
    assert len(rows) > 5000
    names = Counter(row["id"] for row in rows)
    assert max(names.values()) == 1
    for row in rows:
        assert row.keys() == {"id", *SAID}
        assert all(isinstance(text, str) and len(text.split()) > 1 for name in SAID for text in row[name])
        assert all(row[name] for name in SAID)


def test_nothing_is_about_an_abstract_that_a_measure_uses(public_data: Path) -> None:
    """Neither SciFact's dev claims nor the statements that nothing was tuned on."""
    measured = {
        json.loads(line)["id"].split(":")[0]
        for path in STATEMENTS.glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    }
    abstracts = abstracts_to_learn_from(public_data)
    found = read_stated(abstracts)
    assert measured.isdisjoint(item.document.removeprefix("scifact/") for item in found)
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in FOLDER.glob("*.jsonl"))
    assert len(found) == lines  # abstracts of dev claims are not among those that may be learnt from
    copied = [claim for item in found for claim in item.statements["same"] if claim == item.passage]
    assert not copied
    first, later, held = first_and_later(public_data)
    assert len(first) + len(later) + len(held) == lines
    assert 0.03 < len(held) / lines < 0.15
    assert {item.document for item in held}.isdisjoint(item.document for item in (*first, *later))


def test_a_statement_stands_with_its_passage_and_in_part_with_more_and_with_another() -> None:
    plain = statement_examples([one()], 0, around=0.0, beside=0.0)
    passage = f"{ABSTRACT[3]} {ABSTRACT[4]}"
    assert [(pair.passage, pair.claim, pair.allowed) for pair in plain] == [
        (passage, "it is so", ONLY["supports"]),
        (passage, "it is not so", ONLY["refutes"]),
        (passage, "it is so elsewhere", ONLY["neutral"]),
    ]
    more = statement_examples([one()] * 40, 0, around=1.0, beside=1.0)
    wider = [pair for pair in more if passage in pair.passage and pair.passage != passage]
    beside = [pair for pair in more if passage not in pair.passage]
    assert wider
    assert {pair.allowed for pair in wider} == {ONLY["supports"], ONLY["refutes"], ONLY["neutral"]}
    assert beside
    assert {pair.allowed for pair in beside} == {ONLY["neutral"]}
    assert {pair.claim for pair in beside} == {"it is so", "it is not so"}
    assert ABSTRACT[-1] not in {pair.passage for pair in beside}


def test_evidence_that_says_nothing_is_as_short_as_evidence_that_does() -> None:
    human = [
        Example(ABSTRACT[0], "a", ONLY["supports"], "x"),
        Example(" ".join(ABSTRACT), "b", ONLY["neutral"], "x"),
    ] * 30
    found = silent_spans(human, 0)
    silent = [pair for pair in found if pair.claim == "b"]
    assert {pair.allowed for pair in silent} == {ONLY["neutral"]}
    assert min(len(pair.passage.split()) for pair in silent) == len(ABSTRACT[0].split())
    assert all(ABSTRACT[0] in pair.passage and pair.allowed == ONLY["supports"] for pair in found if pair.claim == "a")
