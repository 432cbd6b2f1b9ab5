from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.errors import CorpusError
from rag.ingestion.corpus_file import (
    body_of,
    corpus_digests,
    corpus_hash,
    find_document,
    read_corpus,
    read_corpus_file,
    unwrapped,
)
from rag.ingestion.readers.base import Block, block


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
        ("year: 2020", "year: 2020\nnotices_checked: 2021-02-30", "not valid YAML: day is out of range"),
        ("year: 2020", "year: 2020\n7: seven", "field '7'"),
        ('status: "current"', 'status: "superseded"', "superseded, but by what"),
        ('status: "current"', 'status: "retracted"', "no retraction stands"),
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


def test_one_source_is_found_beside_broken_files(tmp_path: Path, write_source: Callable[..., Path]) -> None:
    write_source(tmp_path, "a-2020", "Some words.", year="x")
    write_source(tmp_path, "b-2020", "Other words.")
    assert find_document(tmp_path, "b-2020").source.source_id == "b-2020"
    with pytest.raises(CorpusError, match="field 'year'"):
        find_document(tmp_path, "a-2020")
    with pytest.raises(CorpusError, match="no such source: c-2020"):
        find_document(tmp_path, "c-2020")


@pytest.mark.parametrize("text", ["{", "+++\na=\n+++\nx", ";;;\n{\n;;;\n", "---\n- a\n---\nx", "---\n---\n", "---", ""])
def test_a_file_without_front_matter_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a-2020.md"
    path.write_text(text)
    with pytest.raises(CorpusError, match="no front matter") as caught:
        read_corpus_file(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("change", ["\ufeff{}", "\n\n{}", "crlf"])
def test_a_byte_order_mark_blank_lines_and_windows_line_ends_change_nothing(
    tmp_path: Path, write_source: Callable[..., Path], change: str
) -> None:
    path = write_source(tmp_path, "a-2020", "First line\nof one paragraph.\n\nSecond paragraph.")
    before = read_corpus_file(path)
    text = path.read_text()
    path.write_bytes((text.replace("\n", "\r\n") if change == "crlf" else change.format(text)).encode())
    after = read_corpus_file(path)
    assert (after.source, after.text, after.sections) == (before.source, before.text, before.sections)


LINES = st.text(st.sampled_from("ab .#-\\*>~é\u00a0"), max_size=12)


@given(st.lists(LINES, max_size=12).map("\n".join))
@example("# \u00a0\nb")
def test_offsets_of_a_body_hold(body: str) -> None:
    found = unwrapped(body)
    lines = body.splitlines()
    for start, number in found.lines:
        stripped = lines[number - 1].strip()
        assert found.text.startswith(stripped, start) or found.text.startswith(stripped.removeprefix("\\"), start)
        assert found.line_at(start) == number
    ends = [0]
    for section in found.sections:
        assert ends[-1] <= section.start < section.end <= len(found.text)
        assert found.text[section.start : section.end].strip()
        assert section.heading in found.text[: section.start]
        ends.append(section.end)


BLOCKS = st.lists(
    st.builds(lambda text, level: list(block(text, level)), st.text(max_size=30), st.sampled_from([0, 0, 2, 3])),
    max_size=8,
).map(lambda found: [one for some in found for one in some])


@given(BLOCKS)
def test_blocks_written_as_a_body_are_read_back(blocks: list[Block]) -> None:
    written = body_of(blocks)
    found = unwrapped(written.strip())
    paragraphs = [one.text for one in blocks if not one.level]
    read = [
        part
        for section in found.sections
        for part in found.text[section.start : section.end].strip().split("\n\n")
        if part
    ]
    assert read == paragraphs


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no corpus files"):
        read_corpus(tmp_path)


def test_the_corpus_hash_changes_with_a_byte_and_with_a_name(tmp_path: Path, write_source: Callable[..., Path]) -> None:
    path = write_source(tmp_path, "a-2020", "Some words.")
    first = corpus_hash(corpus_digests(tmp_path))
    path.write_text(path.read_text() + " ")
    second = corpus_hash(corpus_digests(tmp_path))
    path.rename(path.with_name("b-2020.md"))
    assert len({first, second, corpus_hash(corpus_digests(tmp_path))}) == 3
