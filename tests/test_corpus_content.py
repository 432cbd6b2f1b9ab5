"""The shipped corpus: every source listed, with an identifier, in sentences that stand alone."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from rag.ingestion.chunking import chunk
from rag.ingestion.corpus_file import read_corpus
from rag.types import Document

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
DOCUMENTS = read_corpus(CORPUS)


def sentences(document: Document) -> list[str]:
    return [passage.quote(one) for passage in chunk(document, max_chars=700) for one in passage.sentences]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.source.source_id)
def test_a_source_is_whole(document: Document) -> None:
    source = document.source
    assert source.doi or source.pmid or source.url
    assert source.title
    assert source.checked_against in ("primary", "secondary")
    assert source.text_type == "summary"
    assert source.study_type
    if source.kind == "guideline":
        assert source.organisation
    for successor in (*source.superseded_by, *source.supersedes):
        assert re.fullmatch(r"[a-z0-9-]+", successor)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.source.source_id)
def test_its_sentences_stand_alone(document: Document) -> None:
    found = sentences(document)
    least = 3 if document.source.status == "current" else 1
    assert least <= len(found) <= 13
    for sentence in found:
        words = sentence.split()
        assert 8 <= len(words) <= 45, sentence
        assert sentence[-1] in ".?!", sentence
        assert sentence[0].isupper() or sentence[0].isdigit(), sentence
        assert not re.match(r"(?:It|This|These|They|He|She|Such|Its|Their|Those|There)\b", sentence), sentence
        assert not re.search(
            r"\b(?:see above|see below|as above|the former|the latter|the present guideline)\b", sentence
        )


def test_lives_agree_both_ways() -> None:
    sources = {document.source.source_id: document.source for document in DOCUMENTS}
    for source in sources.values():
        for successor in source.superseded_by:
            assert source.status in ("superseded", "retracted")
            if successor in sources:
                assert source.source_id in sources[successor].supersedes
                assert sources[successor].year >= source.year


def test_identifiers_are_not_shared() -> None:
    for field in ("doi", "pmid"):
        values = [value for document in DOCUMENTS if (value := getattr(document.source, field))]
        assert len(values) == len(set(values))


LIST = Path(os.environ.get("SOURCEBOUND_DATA", "/nonexistent")).parent / "clinical" / "references.jsonl"


@pytest.mark.skipif(not LIST.is_file(), reason="the checked list is not on this machine")
def test_the_corpus_holds_the_checked_list_and_nothing_else() -> None:
    records = [json.loads(line) for line in LIST.read_text(encoding="utf-8").splitlines()]
    listed = {record["id"]: record for record in records}
    shipped = {document.source.source_id: document.source for document in DOCUMENTS}
    assert set(shipped) == set(listed)
    for name, record in listed.items():
        source = shipped[name]
        assert (source.kind, source.year, source.status) == (record["kind"], record["year"], record["status"])
        assert list(source.superseded_by) == record["superseded_by"]
        if record.get("doi"):
            assert source.doi == record["doi"]
        if record.get("pmid"):
            assert source.pmid == record["pmid"]
