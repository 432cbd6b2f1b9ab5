"""PDFs set here word by word, so that what is read can be held against what was set."""

from __future__ import annotations

import difflib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from rag.errors import ReadingError
from rag.ingestion.readers.base import Reading
from rag.ingestion.readers.pdf import PdfReader

WIDTH, HEIGHT = A4
READER = PdfReader(50 * 2**20)
SENTENCES = """
Patients with chronic pain of the imaginary joints were randomised to alphacaine or to placebo for twelve weeks.
The primary outcome was the mean change in reported intensity between the baseline visit and the final visit.
Secondary outcomes included function, sleep, satisfaction with treatment, and the number of serious adverse events.
Investigators who were unaware of the allocation entered all measurements into a central electronic register.
Of 412 participants, 398 (96.6%) completed the trial; their median age was 54 years and 61% of them were women.
Intensity fell by 2.4 points with alphacaine and by 1.1 points with placebo (95% confidence interval 0.9 to 1.7).
No death occurred, although seven participants in each group reported transient dizziness after administration.
""".split("\n")[1:-1]


@dataclass
class Setter:
    """Sets type on A4 in columns, with running headers and footers; `hyphenated` counts the words it has cut."""

    path: Path
    columns: int = 2
    size: float = 9.5
    leading: float = 12.0
    header: str = "Journal of Imaginary Joints 2021;14:201–9"
    footer: str = "https://doi.org/10.1000/joints.2021.14"
    title: str = ""
    hyphenated: int = 0
    page: int = 1
    column: int = 0
    y: float = HEIGHT - 80
    top: float = HEIGHT - 80
    options: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.canvas = Canvas(str(self.path), pagesize=A4, **self.options)
        self.canvas.setTitle(self.title)
        self.width = (WIDTH - 100 - 18 * (self.columns - 1)) / self.columns
        self._frame()

    def _frame(self) -> None:
        self.canvas.setFont("Helvetica", 7)
        self.canvas.drawString(50, HEIGHT - 40, self.header)
        self.canvas.drawRightString(WIDTH - 50, HEIGHT - 40, self.header and "Smith et al.")
        self.canvas.drawString(50, 30, self.footer)
        self.canvas.drawRightString(WIDTH - 50, 30, str(200 + self.page))

    def _line(self, leading: float) -> None:
        self.y -= leading
        if self.y < 60:
            self.column, self.y = self.column + 1, self.top - leading
            if self.column == self.columns:
                self.canvas.showPage()
                self.page, self.column, self.top = self.page + 1, 0, HEIGHT - 60
                self.y = self.top - leading
                self._frame()

    def across(self, text: str, font: str, size: float) -> None:
        """Lines over the whole width, at the top of the first page."""
        for line in self._broken(text.split(), font, size, WIDTH - 100, 0):
            self.y -= 1.2 * size
            self.canvas.setFont(font, size)
            self.canvas.drawString(50, self.y, " ".join(line))
        self.y = self.top = self.y - 8

    def heading(self, text: str, size: float = 12) -> None:
        if self.y < 100:
            self.y = 0
        self._line(self.leading + 8)
        self._put(text, "Helvetica-Bold", size)
        self.y -= 3

    def paragraph(self, text: str, indent: float = 9, cut: bool = True) -> None:
        """Justified lines; words of eight letters and more are cut where they do not fit."""
        lines = list(self._broken(text.split(), "Times-Roman", self.size, self.width, indent, cut))
        for index, words in enumerate(lines):
            self._line(self.leading)
            offset = 0 if index else indent
            line = " ".join(words)
            slack = self.width - offset - stringWidth(line, "Times-Roman", self.size)
            spread = slack / (len(words) - 1) if index < len(lines) - 1 and len(words) > 1 else 0
            self._put(line, "Times-Roman", self.size, offset, spread)

    def _put(self, text: str, font: str, size: float, offset: float = 0, spread: float = 0) -> None:
        run = self.canvas.beginText(50 + self.column * (self.width + 18) + offset, self.y)
        run.setFont(font, size)
        run.setWordSpace(spread)
        run.textOut(text)
        self.canvas.drawText(run)

    def _broken(
        self, words: Sequence[str], font: str, size: float, width: float, indent: float, cut: bool = False
    ) -> Iterator[list[str]]:
        line: list[str] = []
        for word in words:
            room = width - indent
            if line and stringWidth(" ".join([*line, word]), font, size) > room:
                half = len(word) // 2 if cut and len(word) > 7 and word.isalpha() else 0
                if half and self._fits([*line, word[:half] + "-"], font, size, room):
                    self.hyphenated += 1
                    line.append(word[:half] + "-")
                    word = word[half:]  # noqa: PLW2901
                yield line
                line, indent = [], 0
            line.append(word)
        yield line

    @staticmethod
    def _fits(line: list[str], font: str, size: float, room: float) -> bool:
        return stringWidth(" ".join(line), font, size) <= room

    def close(self) -> Path:
        self.canvas.save()
        return self.path


def read(path: Path) -> Reading:
    [reading] = READER.read(path)
    return reading


def words(reading: Reading) -> list[str]:
    return " ".join(part.text for part in reading.blocks).split()


def recovered(source: Sequence[str], found: Sequence[str]) -> float:
    """The share of the source's words that were found, in order."""
    matcher = difflib.SequenceMatcher(None, source, found, autojunk=False)
    return sum(match.size for match in matcher.get_matching_blocks()) / len(source)


def prose(count: int, start: int = 0) -> str:
    return " ".join(SENTENCES[(start + index) % len(SENTENCES)] for index in range(count))


def article(path: Path, columns: int) -> tuple[Setter, list[tuple[int, str]]]:
    """An article as publishers set it, and its headings and paragraphs."""
    setter = Setter(path, columns)
    setter.across("Alphacaine for pain of imaginary joints: a randomised, controlled trial", "Helvetica-Bold", 18)
    setter.across("Ann Smith, Bo Li, Carla Rossi, and Dev Patel", "Helvetica", 10)
    parts: list[tuple[int, str]] = []
    for number, name in enumerate(("Abstract", "Introduction", "Methods", "Results", "Discussion")):
        parts.append((1, name))
        parts += [(0, prose(4 + (number + index) % 3, number + index)) for index in range(4)]
    for level, text in parts:
        if level:
            setter.heading(text)
        else:
            setter.paragraph(text)
    setter.close()
    return setter, parts


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_an_article_comes_back_in_reading_order_whatever_its_columns(tmp_path: Path, columns: int) -> None:
    setter, parts = article(tmp_path / "article.pdf", columns)
    reading = read(setter.path)
    source = " ".join(text for _, text in parts).split()
    assert setter.page > 1
    assert setter.hyphenated > 10
    assert recovered(source, words(reading)) > 0.99
    assert [part.text for part in reading.blocks if part.level] == [text for level, text in parts if level]


def test_title_doi_and_year_come_from_the_first_page(tmp_path: Path) -> None:
    setter, _ = article(tmp_path / "article.pdf", 2)
    reading = read(setter.path)
    assert reading.title == "Alphacaine for pain of imaginary joints: a randomised, controlled trial"
    assert reading.doi == "10.1000/joints.2021.14"
    assert reading.year == 2021
    assert reading.title not in [part.text for part in reading.blocks]


def test_no_running_header_footer_or_page_number_is_left(tmp_path: Path) -> None:
    setter, _ = article(tmp_path / "article.pdf", 2)
    text = " ".join(words(read(setter.path)))
    assert "Journal of Imaginary" not in text
    assert "doi.org" not in text
    assert "Smith et al" not in text
    assert not [number for number in range(201, 201 + setter.page) if f" {number} " in text]


def test_a_paragraph_over_a_column_or_page_break_is_one(tmp_path: Path) -> None:
    setter, parts = article(tmp_path / "article.pdf", 2)
    found = {part.text for part in read(setter.path).blocks}
    whole = [text for level, text in parts if not level]
    assert sum(text in found for text in whole) >= 0.9 * len(whole)


def test_a_cut_word_is_written_as_the_document_writes_it(tmp_path: Path) -> None:
    setter = Setter(tmp_path / "cut.pdf", 1)
    for line in ("An evidence-based review of the treatment is what the group set out to write, with-",
                 "out any support, and an evidence-", "based answer was what it found for the treat-",
                 "ment of COVID-", "19 at home."):  # fmt: skip
        setter.paragraph(line, indent=0)
    text = " ".join(words(read(setter.close())))
    assert "without any support" in text
    assert "an evidence-based answer" in text
    assert "the treatment of COVID-19 at home." in text


def test_tables_and_labels_are_left_out_with_a_remark_but_not_their_caption(tmp_path: Path) -> None:
    setter = Setter(tmp_path / "table.pdf", 1)
    setter.paragraph(prose(5))
    setter.paragraph("Table 1. Baseline characteristics of the participants.", indent=0)
    for row in (("Group", "Alphacaine", "Placebo"), ("Age", "54.1", "53.9"), ("Women", "61%", "60%")):
        setter.y -= 14
        for index, cell in enumerate(row):
            setter.canvas.drawString(50 + 150 * index, setter.y, cell)
    setter.y -= 20
    setter.paragraph(prose(5, 3))
    reading = read(setter.close())
    text = " ".join(words(reading))
    assert "Baseline characteristics" in text
    assert "54.1" not in text
    assert "3 rows of tables were left out" in reading.remarks
    assert recovered(prose(5).split() + prose(5, 3).split(), words(reading)) == 1


def test_one_paragraph_of_several_columns_is_one_block(tmp_path: Path) -> None:
    setter = Setter(tmp_path / "paragraph.pdf", 2)
    text = prose(70)
    setter.paragraph(text, cut=False)
    reading = read(setter.close())
    assert [part.text for part in reading.blocks] == [text]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("Alphacaine in practice", "Alphacaine in practice"),
        ("Microsoft Word - final.docx", "A larger line names it Alphacaine in practice"),
        ("untitled", "A larger line names it Alphacaine in practice"),
        ("joints-14-201.pdf", "A larger line names it Alphacaine in practice"),
        ("Instructions for contributing writers", "A larger line names it Alphacaine in practice"),
    ],
)
def test_the_metadatas_title_counts_only_where_it_is_one(tmp_path: Path, stated: str, expected: str) -> None:
    setter = Setter(tmp_path / "titled.pdf", title=stated)
    setter.across("A larger line names it Alphacaine in practice", "Helvetica", 18)
    setter.paragraph(prose(6))
    assert read(setter.close()).title == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Received 3 May 2016; published online 12 March 2018.", 2018),
        ("Copyright © 2011–2017 The Authors.", 2017),
        ("J Imag Joints 2015; 12: 33.", 2015),
    ],
)
def test_the_year_is_the_one_stated_beside_publication(tmp_path: Path, line: str, expected: int) -> None:
    setter = Setter(tmp_path / "dated.pdf", header="", footer="")
    setter.paragraph("Born in 1950, she wrote in 2001.")
    setter.paragraph(line)
    assert read(setter.close()).year == expected


def test_a_year_from_the_metadata_is_in_doubt(tmp_path: Path) -> None:
    setter = Setter(tmp_path / "undated.pdf", header="", footer="")
    setter.paragraph(prose(2))
    reading = read(setter.close())
    assert reading.year is not None
    assert any(f"the year {reading.year} is that of the PDF's making" in remark for remark in reading.remarks)


def test_an_encrypted_pdf_says_so(tmp_path: Path) -> None:
    setter = Setter(tmp_path / "secret.pdf", options={"encrypt": StandardEncryption("opensesame")})
    setter.paragraph(prose(2))
    with pytest.raises(ReadingError, match=r"secret\.pdf: the PDF is encrypted \(save a copy without a password\)"):
        read(setter.close())


def test_a_pdf_that_only_its_owner_may_change_is_read(tmp_path: Path) -> None:
    setter = Setter(tmp_path / "owned.pdf", header="", footer="", options={"encrypt": StandardEncryption("", "owner")})
    setter.paragraph(prose(2), cut=False)
    assert words(read(setter.close())) == prose(2).split()


@pytest.mark.parametrize("content", [b"", b"no PDF", b"%PDF-1.7\n1 0 obj <<"])
def test_a_damaged_pdf_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.pdf"
    path.write_bytes(content)
    with pytest.raises(ReadingError, match=r"broken\.pdf: not a PDF, or damaged") as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_half_a_pdf_is_read_in_part_or_refused(tmp_path: Path) -> None:
    setter, _ = article(tmp_path / "whole.pdf", 2)
    content = setter.path.read_bytes()
    path = tmp_path / "half.pdf"
    refused: list[str] = []
    for share in (0.2, 0.5, 0.8, 0.99):
        path.write_bytes(content[: int(share * len(content))])
        try:
            read(path)
        except ReadingError as error:
            refused.append(str(error))
    assert not any("\n" in message for message in refused)


def test_a_scan_without_text_is_refused(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "scan.pdf"))
    canvas.rect(50, 50, 300, 300, fill=1)
    canvas.save()
    with pytest.raises(ReadingError, match=r"has no text layer \(run OCR on it first\)"):
        read(tmp_path / "scan.pdf")


def test_a_page_without_text_is_told(tmp_path: Path) -> None:
    setter = Setter(tmp_path / "partly.pdf")
    setter.paragraph(prose(2))
    setter.canvas.showPage()
    setter.canvas.rect(50, 50, 300, 300, fill=1)
    assert "page 2 has no text" in read(setter.close()).remarks


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    setter = Setter(tmp_path / "large.pdf")
    with pytest.raises(ReadingError, match="too large to read as one document"):
        next(PdfReader(100).read(setter.close()))


def test_three_hundred_pages_are_read_to_the_end(tmp_path: Path) -> None:
    setter = Setter(tmp_path / "long.pdf", 1, size=14, leading=28)
    while setter.page < 300:
        setter.paragraph(prose(2, setter.page), cut=False)
    setter.paragraph("This is the last sentence.", cut=False)
    reading = read(setter.close())
    assert reading.blocks[-1].text == "This is the last sentence."
    assert not [part for part in reading.blocks if "doi.org" in part.text]


def test_the_library_is_not_loaded_before_a_pdf_is_read() -> None:
    code = "import sys, rag.ingestion.readers.pdf; sys.exit('pypdfium2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=9), min_size=12, max_size=40)


@settings(max_examples=25, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=12), st.sampled_from([1, 2]))
def test_any_words_laid_out_over_columns_and_pages_come_back_in_order(texts: list[list[str]], columns: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        setter = Setter(Path(folder) / "any.pdf", columns, size=12, leading=16)
        paragraphs = [prose(45), *(f"Here {' '.join(text)} ends." for text in texts)]
        for paragraph in paragraphs:
            setter.paragraph(paragraph, cut=False)
        assert words(read(setter.close())) == " ".join(paragraphs).split()


@pytest.mark.skipif("SOURCEBOUND_DATA" not in os.environ, reason="the samples are not here")
def test_a_real_handbook_keeps_its_sections_and_sentences() -> None:
    path = Path(os.environ["SOURCEBOUND_DATA"]) / "ingest_samples" / "pdf" / "covidqa_labelling_handbook.pdf"
    reading = read(path)
    assert reading.title == "Handbook: DeepAnnotation"
    headings = [part.text for part in reading.blocks if part.level]
    assert {"General Remarks for Labelling", "PART 1 - THE ADMIN’S TASKS", "User Management"} <= set(headings)
    text = " ".join(part.text for part in reading.blocks)
    assert "In the context of NLP Question Answering, large sets of question-answer pairs are needed as labels." in text
    assert "Generating enough of those question-answer pairs can be a lengthy and messy process." in text
