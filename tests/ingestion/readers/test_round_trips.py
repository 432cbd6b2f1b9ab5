"""What is read, written and read again stays the same, character by character, and its offsets cut exactly."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from xml.sax.saxutils import escape

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.ingestion.chunking import chunk
from rag.ingestion.corpus_file import body_of, unwrapped
from rag.ingestion.readers.base import Block, clean
from rag.ingestion.readers.jats import JatsReader
from rag.ingestion.readers.pubmed import PubMedReader
from rag.types import Document, Source

SOURCE = Source(source_id="a-2020", kind="research", title="Knees", year=2020, status="current")
LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
quick = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

characters = st.characters(exclude_categories=("Cs",))
awkward = st.sampled_from(
    ["#", "# ", "##", "\\", "\\#", "---", "- ", ". ", " ", "\n\n", "10⁹/L. ", "No. ", "e.g. ", "p < 0.05. "]
)
texts = st.lists(st.text(characters, max_size=12) | awkward, min_size=1, max_size=8).map("".join)
xml_texts = st.text(st.characters(exclude_categories=("C",)) | st.sampled_from(" \n<>&\"'0123456789"), max_size=60)
blocks = st.lists(
    st.builds(Block, texts.map(clean).filter(bool), st.sampled_from([0, 0, 0, 2, 3, 4, 5, 6])), min_size=1, max_size=8
)


def without_marks(block: Block) -> Block:
    """A heading without the marks at its end, which Markdown takes for its own."""
    text = block.text
    while block.level and text.endswith("#") and " " in text and set(text.rpartition(" ")[2]) == {"#"}:
        text = text.rpartition(" ")[0]
    return Block(text, block.level)


def read_back(text: str) -> list[Block]:
    """The blocks of an unwrapped text: headings still carry their marks."""
    found = []
    for line in text.split("\n\n"):
        marks = len(line) - len(line.lstrip("#"))
        found.append(
            Block(line[marks:].strip(), marks) if 0 < marks < 7 and line[marks : marks + 1] == " " else Block(line)
        )
    return found


plain_blocks = blocks.map(
    lambda found: [block for block in found if not block.text.lstrip("\\").startswith("#")]
).filter(bool)


@quick
@given(plain_blocks)
def test_blocks_written_as_a_body_are_read_back(given: list[Block]) -> None:
    assert read_back(unwrapped(body_of(given)).text) == [without_marks(block) for block in given]


@quick
@given(blocks)
def test_sections_cut_exactly_what_stands_between_headings(given: list[Block]) -> None:
    body = unwrapped(body_of(given))
    sections: list[list[str]] = [[]]
    for block in given:
        if block.level:
            sections.append([])
        else:
            sections[-1].append(block.text)
    assert [body.text[one.start : one.end].strip() for one in body.sections] == [
        "\n\n".join(paragraphs) for paragraphs in sections if paragraphs
    ]


@quick
@given(blocks, st.integers(20, 400))
def test_passages_and_sentences_cut_exactly_and_lose_nothing(given: list[Block], max_chars: int) -> None:
    body = unwrapped(body_of(given))
    document = Document(SOURCE, body.text, body.sections, "0" * 64)
    passages = chunk(document, max_chars=max_chars)
    for passage in passages:
        assert passage.text == document.text[passage.start : passage.end]
        assert (passage.sentences[0].start, passage.sentences[-1].end) == (passage.start, passage.end)
        assert any(section.start <= passage.start <= passage.end <= section.end for section in document.sections)
    cut = "".join(document.text[one.start : one.end] for passage in passages for one in passage.sentences)
    told = "".join(document.text[section.start : section.end] for section in document.sections)
    assert "".join(cut.split()) == "".join(told.split())


def alphanumeric(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFC", text.translate(LIGATURES)) if one.isalnum())


@settings(max_examples=400)
@given(texts)
def test_cleaning_is_done_once_and_loses_no_letter_and_no_digit(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert "\n" not in cleaned
    decomposed = (unicodedata.normalize("NFD", alphanumeric(one)) for one in (text, cleaned))
    first, second = ("".join(one for one in form if one.isalnum()) for form in decomposed)
    assert first == second


def test_cleaning_mends_what_only_looks_the_same() -> None:
    assert clean("e\u200b\u0301") == "é"
    assert clean("of\ufb01ce\u000cnext\x1eone\u00a0two") == "office next one two"


records = st.lists(
    st.tuples(xml_texts, st.lists(xml_texts, max_size=3), st.integers(1800, 2099)), min_size=1, max_size=4
)


@quick
@given(records)
def test_pubmed_records_made_of_any_text_come_back(tmp_path: Path, given: list[tuple[str, list[str], int]]) -> None:
    made = "".join(
        f"<PubmedArticle><MedlineCitation><PMID>{number}</PMID><Article><Journal><JournalIssue><PubDate><Year>{year}</Year>"
        f"</PubDate></JournalIssue></Journal><ArticleTitle>Knees {escape(title)} end</ArticleTitle><Abstract>"
        + "".join(f"<AbstractText>{escape(part)}</AbstractText>" for part in parts)
        + "</Abstract></Article></MedlineCitation></PubmedArticle>"
        for number, (title, parts, year) in enumerate(given, start=1)
    )
    path = tmp_path / "p.xml"
    path.write_text(f"<PubmedArticleSet>{made}</PubmedArticleSet>", encoding="utf-8", newline="")
    read = [
        (one.pmid, one.title, one.year, [block.text for block in one.blocks if not block.level])
        for one in PubMedReader().read(path)
    ]
    assert read == [
        (str(number), clean(f"Knees {title} end"), year, [clean(part) for part in parts if clean(part)])
        for number, (title, parts, year) in enumerate(given, start=1)
    ]


@quick
@given(st.lists(xml_texts, min_size=1, max_size=5))
def test_jats_paragraphs_made_of_any_text_come_back(tmp_path: Path, given: list[str]) -> None:
    inner = "".join(f"<p>Knees {escape(text)} end</p>" for text in given)
    path = tmp_path / "a.xml"
    front = "<front><article-meta/></front>"
    path.write_text(f"<article>{front}<body>{inner}</body></article>", encoding="utf-8", newline="")
    (reading,) = JatsReader().read(path)
    assert [block.text for block in reading.blocks] == [clean(f"Knees {text} end") for text in given]
