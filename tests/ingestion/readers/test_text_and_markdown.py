"""Plain text and Markdown."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from rag.errors import ReadingError
from rag.ingestion.readers.base import Block, Reading
from rag.ingestion.readers.markdown import MarkdownReader
from rag.ingestion.readers.plain_text import PlainTextReader, text_blocks


def text(tmp_path: Path, content: bytes | str) -> Reading:
    path = tmp_path / "a.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (reading,) = PlainTextReader(10**7).read(path)
    return reading


def markdown(tmp_path: Path, content: str) -> Reading:
    path = tmp_path / "a.md"
    path.write_text(content, encoding="utf-8")
    (reading,) = MarkdownReader(10**7).read(path)
    return reading


def paragraphs(reading: Reading) -> list[str]:
    return [block.text for block in reading.blocks if not block.level]


def test_paragraphs_are_joined_and_lone_lines_are_headings(tmp_path: Path) -> None:
    reading = text(tmp_path, "Care of knees\r\n\r\nRest\r\n\r\nRest helps\r\nin most.\r\n \r\nNo harm was seen.\r\n")
    assert reading.title == "Care of knees"
    assert reading.blocks == (Block("Rest", 2), Block("Rest helps in most."), Block("No harm was seen."))


def test_a_last_line_is_no_heading_and_a_single_one_no_title(tmp_path: Path) -> None:
    assert text(tmp_path, "Rest").blocks == (Block("Rest"),)
    assert text(tmp_path, "It helps.\n\nRest").blocks == (Block("It helps."), Block("Rest"))


def test_three_lone_lines_in_a_row_are_a_list_and_no_headings() -> None:
    blocks = list(text_blocks("It helps.\n\n1. Give 15 mg\n\n2. Give 5 mg\n\n3. Stop\n\nHarms\n\nNone was seen."))
    assert [block.text for block in blocks if block.level] == ["Harms"]


def test_marked_headings_are_headings_wherever_they_stand() -> None:
    blocks = list(text_blocks("Text one.\n## Sub # part ##\nText two\n#hashtag is text\n# #"))
    assert blocks == [Block("Text one."), Block("Sub # part", 2), Block("Text two #hashtag is text # #")]


def test_words_cut_by_a_soft_hyphen_are_whole_and_pages_do_not_join_words(tmp_path: Path) -> None:
    reading = text(tmp_path, "It is a treat\u00ad\nment of knees\fand el\u00adbows.")
    assert paragraphs(reading) == ["It is a treatment of knees and elbows."]


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + "5 µg.".encode(),
        codecs.BOM_UTF16_LE + "5 µg.".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "5 µg.".encode("utf-16-be"),
        codecs.BOM_UTF32_LE + "5 µg.".encode("utf-32-le"),
    ],
)
def test_marked_encodings_are_read(tmp_path: Path, content: bytes) -> None:
    assert text(tmp_path, content).blocks == (Block("5 µg."),)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Schmerz für 5 µg".encode("latin-1"), "not UTF-8 text"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8\x41", "not whole UTF-16 text"),
        (b"PK\x03\x04\x00\x00", "is not text"),
        ("5 µg".encode("utf-16-le"), "is not text"),
    ],
)
def test_a_wrong_encoding_is_refused_and_never_guessed(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(ReadingError, match=message):
        text(tmp_path, content)


@pytest.mark.parametrize("line", ["# a" + " " * 100_000 + "b", "#" * 100_000, "# " + "# " * 50_000, "\n \t" * 30_000])
def test_long_lines_of_marks_and_spaces_take_no_time(line: str) -> None:
    list(text_blocks(f"Before.\n{line}\nAfter."))


def test_markdown_is_read_as_its_words(tmp_path: Path) -> None:
    reading = markdown(
        tmp_path,
        "# Care of knees\n\nRest **does\nnot** [help](https://example.org) `all`.\n\n## Doses\n\n- 15 mg\n- 5 mg\n\n"
        "> Quoted.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    )
    assert reading.title == "Care of knees"
    assert reading.blocks == (
        Block("Rest does not help all."),
        Block("Doses", 2),
        Block("15 mg"),
        Block("5 mg"),
        Block("Quoted."),
    )
    assert reading.remarks == ("1 table left out",)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("10<sup>9</sup>/L", "10⁹/L"),
        ("H<sub>2</sub>O and log<sub>10</sub>5", "H2O and log₁₀5"),
        ("one<br>two", "one two"),
        ("if x <y and z> w", "if x <y and z> w"),
        ("a <b and c> d", "a <b and c> d"),
        ("p <0.05 and > 0.01", "p <0.05 and > 0.01"),
        ('<span class="a">not</span> given<!-- hidden -->', "not given"),
        ("5 &micro;g &lt; 6", "5 µg < 6"),
        ("5*3 and a_b_c", "5*3 and a_b_c"),
        ("    indented 15 mg", "indented 15 mg"),
        ("```\nfenced 15 mg\n```", "fenced 15 mg"),
        ("<div>\nInside 15 mg.\n</div>", "Inside 15 mg."),
    ],
)
def test_markdown_loses_no_word_and_no_figure(tmp_path: Path, written: str, read: str) -> None:
    assert paragraphs(markdown(tmp_path, written)) == [read]


def test_front_matter_gives_the_fields_and_the_rest_goes_further(tmp_path: Path) -> None:
    reading = markdown(tmp_path, "---\ntitle: Knees\nyear: 2019\npmid: 12\nn: 40\n---\n# Other title\n\nRest helps.\n")
    assert (reading.title, reading.year, reading.pmid, reading.further) == ("Knees", 2019, "12", {"n": 40})
    assert reading.blocks == (Block("Other title", 1), Block("Rest helps."))


@pytest.mark.parametrize(
    "front",
    [
        "title: [",
        "year: soon",
        "a: 2020-99-99",
        "a: !!int x",
        "a: !!bool perhaps",
        "? [a]\n: b",
        "a: !!python/object:os.system x",
        "a: " + "[" * 3000,
        "year: [2020]",
    ],
)
def test_broken_front_matter_is_named_in_one_line(tmp_path: Path, front: str) -> None:
    with pytest.raises(ReadingError) as caught:
        markdown(tmp_path, f"---\n{front}\n---\n\nRest helps.\n")
    assert "\n" not in str(caught.value)


def test_a_few_lines_of_yaml_do_not_fill_the_memory(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]" for number in range(1, 12)]
    with pytest.raises(ReadingError, match="too many values"):
        markdown(tmp_path, "---\n" + "\n".join([*lines, "title: *a11"]) + "\n---\n\nRest helps.\n")
