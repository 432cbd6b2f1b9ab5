"""The table of formats: each by its name and by the end of a file's name, and nothing imported before it is used."""

from __future__ import annotations

import json
import subprocess
import sys

import pypdfium2
import pytest

from rag.answer import Answer
from rag.errors import RagError
from rag.rendering.exports import EXPORTS, Signed, export, export_all, format_of
from rag.rendering.markdown import to_markdown


@pytest.mark.parametrize("name", list(EXPORTS))
def test_every_format_takes_any_answer_alone_and_in_a_conversation(
    name: str, small_answer: Answer, abstention: Answer, hostile_answer: Answer
) -> None:
    for answer in (small_answer, abstention, hostile_answer):
        made = export(answer, name)
        assert (made.media_type, made.suffix) == (EXPORTS[name].media_type, EXPORTS[name].suffix)
        assert made == export(answer, name)
        if EXPORTS[name].text:
            made.content.decode("utf-8")
        if made.suffix.endswith("json"):
            json.loads(made.content)
    assert export_all([small_answer, abstention], name).content


def test_an_unknown_format_is_refused_with_the_names_of_those_there_are(small_answer: Answer) -> None:
    with pytest.raises(
        RagError, match=r"no such format: docx \(one of markdown, html, pdf, json, ris, bibtex, csl, fhir"
    ):
        export(small_answer, "docx")
    with pytest.raises(RagError, match="no such format"):
        export_all([small_answer], "docx")


@pytest.mark.parametrize(
    ("file_name", "name"),
    [
        ("a.md", "markdown"),
        ("A.HTML", "html"),
        ("a.json", "json"),
        ("a.csl.json", "csl"),
        ("a.fhir.json", "fhir"),
        ("a.bib", "bibtex"),
        ("a.docx", None),
        ("json", None),
    ],
)
def test_the_end_of_a_files_name_tells_the_format(file_name: str, name: str | None) -> None:
    assert format_of(file_name) == name


@pytest.mark.parametrize("name", ["markdown", "html", "pdf", "fhir"])
def test_the_review_is_shown_where_an_answer_is_shown(name: str, small_answer: Answer) -> None:
    content = export(small_answer, name, signed=Signed("approved", "Dr Ada Test", "2026-12-01")).content
    if name == "pdf":
        with pypdfium2.PdfDocument(content) as document:
            text = " ".join(page.get_textpage().get_text_range() for page in document)
    else:
        text = content.decode()
    assert "Dr Ada Test" in text
    assert "Not reviewed" not in text


def test_references_of_a_conversation_come_once_each(small_answer: Answer) -> None:
    twice = json.loads(export_all([small_answer, small_answer], "csl").content)
    assert [one["id"] for one in twice] == ["knee-2020", "trial-2019"]


def test_markdown_shows_html_links_and_line_ends_of_an_answer_as_they_stand(hostile_answer: Answer) -> None:
    text = to_markdown(hostile_answer, long=True)
    assert text.startswith("# \\<script>alert('x')\\</script> #import")
    assert "\n# " not in text[1:]
    assert "](" not in text
    assert "\u202e" not in text


def test_the_table_imports_no_library_of_a_format() -> None:
    code = "import sys, rag.rendering.exports; print([one for one in sys.argv[1:] if one in sys.modules])"
    libraries = ["rispy", "bibtexparser", "pylatexenc", "typst", "jinja2", "fhir", "pydantic"]
    done = subprocess.run([sys.executable, "-c", code, *libraries], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
