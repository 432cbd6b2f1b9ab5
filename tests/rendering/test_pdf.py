"""The PDF: its text read back, its properties, and that nothing in an answer can become markup of the page."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

import pypdfium2
import pytest

from rag.answer import Answer
from rag.pipeline import AnswerPipeline
from rag.rendering.parity import content_in, content_of
from rag.rendering.pdf import answers_to_pdf, to_pdf
from rag.rendering.plain import plain_line
from rag.rendering.wording import Signed

QUESTION = "Is buttock pain relieved by walking related to Takayasu arteritis or lumbar spinal stenosis?"


def pages_of(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def squeezed(text: str) -> str:
    """The text without white space: lines are broken anywhere, and also within a word that no line holds."""
    return re.sub(r"[\s\u200b]", "", text)


@pytest.fixture(scope="module")
def answer(real_pipeline: AnswerPipeline) -> Answer:
    return real_pipeline.ask(QUESTION)


def test_the_text_of_the_pages_has_every_statement_every_quote_and_every_reference(answer: Answer) -> None:
    pages = pages_of(to_pdf(answer))
    text = squeezed("".join(re.sub(r" ?Sourcebound · index .*? of \d+$", "", page) for page in pages))
    for claim in (*answer.short_answer, *answer.guidelines, *answer.research, *answer.agreement):
        assert squeezed(claim.text) in text
        for citation in claim.citations:
            assert squeezed(citation.quote) in text
    for reference in answer.references:
        assert squeezed(reference.source.title) in text
    assert content_in(answer, " ".join(pages)).claim_ids
    assert set(content_in(answer, " ".join(pages)).figures) <= set(content_of(answer).figures)


def test_pages_are_counted_and_carry_status_index_and_time(long_answer: Answer) -> None:
    pages = pages_of(to_pdf(long_answer))
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert f"{number} of {len(pages)}" in page
        assert "index ffffffffffff · 2026-11-26T07:43:19+00:00" in page
        assert "Not reviewed" in page or number == 1
    assert "no clinician has signed off" in pages[0]
    text = squeezed("".join(pages))
    assert all(
        squeezed(f"{claim.text}1{chr(96 + place)}") in text for place, claim in enumerate(long_answer.guidelines, 1)
    )


def test_its_properties_are_the_question_the_language_and_the_time_of_the_answer(small_answer: Answer) -> None:
    pdf = to_pdf(small_answer)
    with pypdfium2.PdfDocument(pdf) as document:
        found = document.get_metadata_dict()
        assert document.is_tagged()
        headings = [(one.level, one.get_title()) for one in document.get_toc()]
    assert found["Title"] == small_answer.question
    assert found["CreationDate"] == "D:20261126074319Z"
    assert re.search(rb"/Lang ?\(en\)", pdf)
    assert headings[0] == (0, small_answer.question)
    assert (1, "From the Guidelines") in headings
    assert (1, "Evidence") in headings


def test_the_same_answer_gives_the_same_bytes_and_another_gives_others(small_answer: Answer) -> None:
    digest = hashlib.sha256(to_pdf(small_answer)).hexdigest()
    assert hashlib.sha256(to_pdf(small_answer)).hexdigest() == digest
    other = replace(small_answer, question="Another question?")
    assert hashlib.sha256(to_pdf(other)).hexdigest() != digest


@pytest.mark.parametrize(
    "words",
    [
        '#import "/etc/passwd": *',
        '#read("/etc/passwd")',
        "#panic()",
        "$x^2$ and \\ and `raw` and *bold* and _italic_",
        "= Heading\n\n- list\n+ list\n/ term: x",
        "<label> @reference https://e.org/x?y=z",
        "<script>alert(1)</script>",
        "] #] ) } {{ }} \"quoted\" 'single' -- --- ... ~",
    ],
)
def test_markup_in_an_answer_is_text_on_the_page(small_answer: Answer, words: str) -> None:
    hostile = replace(small_answer, question=words, standalone_question=words)
    assert squeezed(plain_line(words)) in squeezed(pages_of(to_pdf(hostile))[0])


@pytest.mark.parametrize(
    "words",
    [
        "\x00\x07\x1b",
        "\u202eesrever\u202c",
        "\ud800 half",
        "漢字 and 😀",
        "x" * 5000,
        "\u0301" * 300,
        "עברית العربية",
        "  ",
    ],
    ids=["control", "override", "half", "no-glyph", "one-word", "combining", "right-to-left", "blank"],
)
def test_what_the_fonts_or_a_line_cannot_show_does_not_stop_it(small_answer: Answer, words: str) -> None:
    claim = replace(small_answer.guidelines[0], text=f"Before {words} after.")
    text = " ".join(pages_of(to_pdf(replace(small_answer, question=words, guidelines=(claim,)))))
    assert "Before" in text
    assert "Journal of Imaginary Joints" in text


def test_an_answer_that_is_hostile_throughout_is_set(hostile_answer: Answer) -> None:
    text = squeezed("".join(pages_of(to_pdf(hostile_answer))))
    assert squeezed("<script>alert('x')</script> #import \"/etc/passwd\" $x_1$ \\input{y}") in text
    assert "javascript:" not in text


def test_an_abstention_is_one_page_without_evidence(abstention: Answer) -> None:
    (page,) = pages_of(to_pdf(abstention))
    assert "do not answer this. No sentence has: knee." in page
    assert "Evidence" not in page


def test_the_review_stands_on_the_first_page_and_at_the_end(small_answer: Answer) -> None:
    text = " ".join(pages_of(to_pdf(small_answer, signed=Signed("approved", "Dr A", "2026-12-01"))))
    assert text.count("Approved.") == 2
    assert "By Dr A, 2026-12-01." in text
    assert "Not reviewed" not in text


def test_each_answer_of_a_conversation_begins_a_page(small_answer: Answer, abstention: Answer) -> None:
    pages = pages_of(answers_to_pdf([small_answer, abstention, small_answer], "Conversation"))
    begun = [page.startswith("Sourcebound · for health professionals") for page in pages]
    assert sum(begun) == 3
