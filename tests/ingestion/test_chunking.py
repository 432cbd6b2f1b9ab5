from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.ingestion.chunking import chunk
from rag.ingestion.corpus_file import read_corpus_file
from rag.types import Document

BODY = "Alpha is a joint. Beta (e.g. gamma) is not.  Delta was 1.5 mg.\n\nAlpha is a joint.\n\n## Limits\n\nOne ended."


@pytest.fixture
def document(tmp_path: Path, write_source: Callable[..., Path]) -> Document:
    return read_corpus_file(write_source(tmp_path, "a-2020", BODY))


@pytest.mark.parametrize("max_chars", [1, 20, 45, 200, 5000])
def test_passages_are_exact_slices_that_hold_every_sentence_once(document: Document, max_chars: int) -> None:
    passages = chunk(document, max_chars=max_chars)
    quotes = [passage.quote(sentence) for passage in passages for sentence in passage.sentences]
    assert quotes == [
        "Alpha is a joint.",
        "Beta (e.g. gamma) is not.",
        "Delta was 1.5 mg.",
        "Alpha is a joint.",
        "One ended.",
    ]
    for passage in passages:
        assert passage.text == document.text[passage.start : passage.end]
        for sentence in passage.sentences:
            assert passage.quote(sentence) == document.text[sentence.start : sentence.end]
    starts = [sentence.start for passage in passages for sentence in passage.sentences]
    assert starts == sorted(set(starts))


def test_no_passage_crosses_a_heading(document: Document) -> None:
    passages = chunk(document, max_chars=5000)
    assert [(passage.heading, passage.passage_id) for passage in passages] == [
        ("Findings", "a-2020#1"),
        ("Limits", "a-2020#2"),
    ]


def test_a_passage_stays_within_its_size_unless_one_sentence_is_longer(document: Document) -> None:
    for passage in chunk(document, max_chars=45):
        assert len(passage.text) <= 45 or len(passage.sentences) == 1
