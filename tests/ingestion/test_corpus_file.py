from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.errors import CorpusError
from rag.ingestion.corpus_file import corpus_faults, corpus_hash, read_corpus, read_corpus_file


def test_a_file_becomes_a_source_and_its_text(tmp_path: Path, write_source: Callable[..., Path]) -> None:
    path = write_source(tmp_path, "a-2020", "First line\nof one paragraph.\n\nSecond paragraph.", pmid="123", n=40)
    document = read_corpus_file(path)
    assert document.text == "## Findings\n\nFirst line of one paragraph.\n\nSecond paragraph."
    (section,) = document.sections
    assert section.heading == "Findings"
    assert document.text[section.start : section.end].strip() == "First line of one paragraph.\n\nSecond paragraph."
    assert (document.source.pmid, document.source.n, document.source.kind) == ("123", "40", "guideline")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("year: 2020", 'year: "soon"', "field 'year'"),
        ('kind: "guideline"', 'kind: "rumour"', "field 'kind'"),
        ('doi: "10.1000/a-2020"', 'doi: "see web"', "field 'doi'"),
        ('status: "current"', "status: [", "not valid YAML"),
        ('status: "current"', 'status: "superseded"', "superseded, but by what"),
        ('status: "current"', 'status: "retracted"', "retracted, but why"),
        ('id: "a-2020"', 'id: "b-2020"', "id differs"),
        ('topics: ["testing"]', 'tropics: ["testing"]', "field 'tropics'"),
        ("---\n", "", "no front matter"),
        ("Some words.", "", "the body is empty"),
    ],
)
def test_a_broken_file_is_named_with_the_field_and_the_value(
    tmp_path: Path, write_source: Callable[..., Path], old: str, new: str, message: str
) -> None:
    path = write_source(tmp_path, "a-2020", "Some words.")
    text = path.read_text().replace(old, new)
    path.write_text(text.replace("## Findings", "") if not new and old == "Some words." else text)
    with pytest.raises(CorpusError, match=message) as caught:
        read_corpus(tmp_path)
    assert "a-2020" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path, write_source: Callable[..., Path]) -> None:
    path = write_source(tmp_path, "a-2020", "Some words.")
    path.write_bytes(path.read_bytes() + b"\xff\xfe")
    with pytest.raises(CorpusError, match="not UTF-8"):
        read_corpus_file(path)


def test_a_file_in_the_folder_of_the_other_kind_is_refused(tmp_path: Path, write_source: Callable[..., Path]) -> None:
    path = write_source(tmp_path, "a-2020", "Some words.", kind="research")
    wrong = tmp_path / "guidelines" / path.name
    wrong.parent.mkdir()
    path.rename(wrong)
    with pytest.raises(CorpusError, match="folder of the other kind"):
        read_corpus(tmp_path)


def test_every_broken_file_is_reported(tmp_path: Path, write_source: Callable[..., Path]) -> None:
    write_source(tmp_path, "a-2020", "Some words.", year="x")
    write_source(tmp_path, "b-2020", "Some words.")
    write_source(tmp_path, "c-2020", "Some words.", status="odd")
    assert [str(fault).split(":")[0].rsplit("/")[-1] for fault in corpus_faults(tmp_path)] == ["a-2020.md", "c-2020.md"]


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no corpus files"):
        read_corpus(tmp_path)


def test_the_corpus_hash_changes_with_a_byte_and_with_a_name(tmp_path: Path, write_source: Callable[..., Path]) -> None:
    path = write_source(tmp_path, "a-2020", "Some words.")
    first = corpus_hash(tmp_path)
    path.write_text(path.read_text() + " ")
    second = corpus_hash(tmp_path)
    path.rename(path.with_name("b-2020.md"))
    assert len({first, second, corpus_hash(tmp_path)}) == 3
