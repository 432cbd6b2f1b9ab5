"""Identifiers in questions, measured on a labelled set of invented people and on ordinary clinical questions."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from eval.datasets import load_suite
from rag.privacy.identifiers import KINDS, find_identifiers, redacted

HERE = Path(__file__).parent
SUITES = ("first", "wording", "bedside", "conditions", "other_words")


def identified() -> list[dict[str, object]]:
    return [json.loads(line) for line in (HERE / "identified.jsonl").read_text(encoding="utf-8").splitlines()]


def ordinary() -> list[str]:
    suites = [item.question for suite in SUITES for item in load_suite(suite)]
    return [*suites, *(HERE / "ordinary.txt").read_text(encoding="utf-8").splitlines()]


def test_the_labelled_set_is_large_enough_and_has_every_kind() -> None:
    labels = Counter(one["kind"] for record in identified() for one in record["identifiers"])  # type: ignore[attr-defined]
    assert sum(labels.values()) >= 150
    assert set(labels) == set(KINDS)
    assert min(labels.values()) >= 20
    assert len(ordinary()) >= 300


def test_at_least_95_percent_of_the_identifiers_of_each_kind_are_found() -> None:
    there, found = Counter[str](), Counter[str]()
    for record in identified():
        spans = find_identifiers(str(record["text"]))
        for one in record["identifiers"]:  # type: ignore[attr-defined]
            covered = sum(max(0, min(one["end"], span.end) - max(one["start"], span.start)) for span in spans)
            there[one["kind"]] += 1
            found[one["kind"]] += covered >= 0.8 * (one["end"] - one["start"])
    recall = {kind: found[kind] / there[kind] for kind in there}
    assert min(recall.values()) >= 0.95, recall


def test_at_most_2_percent_of_ordinary_questions_are_stopped() -> None:
    stopped = [text for text in ordinary() if find_identifiers(text)]
    assert len(stopped) <= 0.02 * len(ordinary()), stopped


@pytest.mark.skipif("SOURCEBOUND_DATA" not in os.environ, reason="needs public data in SOURCEBOUND_DATA")
def test_public_biomedical_questions_are_not_stopped() -> None:
    folder = Path(os.environ["SOURCEBOUND_DATA"]) / "retrieval"
    texts = [
        question["body"]
        for path in sorted((folder / "bioasq").glob("*/*_golden.json"))
        for question in json.loads(path.read_text(encoding="utf-8"))["questions"]
    ]
    for path in (folder / "scifact_beir").glob("topics*.gz"):
        texts += gzip.decompress(path.read_bytes()).decode().splitlines()
    stopped = [text for text in texts if find_identifiers(text)]
    assert len(texts) > 1000
    assert len(stopped) <= 0.005 * len(texts), stopped


@pytest.mark.parametrize(
    "text",
    [
        "Takayasu arteritis",
        "Do we miss piriformis syndrome too often?",
        "Is it easy to miss osteomyelitis?",
        "Is Parkinson's disease treatable?",
        "Crohn and Bechterew",
        "What does Fontaine stage III mean?",
        "Wells score and Geneva score",
        "the Lasègue sign",
        "What did ARISTOTLE, Novel START and DAPA-HF find?",
        "Is Entresto better than Enalapril?",
        "Charles Bonnet syndrome",
        "John Cunningham virus",
        "Ms or multiple sclerosis, MR imaging of the spine",
        "The dr has said walking helps",
        "Best Treatment For My Patient With Gout And Heart Failure",
    ],
)
def test_eponyms_trials_and_drugs_are_no_names(text: str) -> None:
    assert find_identifiers(text) == ()


def test_a_title_makes_a_name_of_an_eponym() -> None:
    assert [one.kind for one in find_identifiers("Mrs Wells has a Wells score of 6")] == ["name"]


def test_redaction_says_the_kind_and_leaves_the_rest() -> None:
    text = "Mrs Amelia Hart, DOB 02/04/1950, MRN 5567123, a.hart@example.org: apixaban 5 mg?"
    assert redacted(text, find_identifiers(text)) == (
        "Mrs [NAME], DOB [DATE OF BIRTH], MRN [RECORD NUMBER], [E-MAIL ADDRESS]: apixaban 5 mg?"
    )


def test_a_redacted_text_has_nothing_left_to_find() -> None:
    for record in identified():
        text = str(record["text"])
        once = redacted(text, find_identifiers(text))
        assert redacted(once, find_identifiers(once)) == once


@pytest.mark.parametrize("text", ["what may I give to miss smith", "can miss jones take ibuprofen", "Miss Ng has gout"])
def test_miss_before_a_name_is_a_title(text: str) -> None:
    assert [one.kind for one in find_identifiers(text)] == ["name"]
