"""Pages on the program itself, and pages of errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import html

from rag.web.pages import texts

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_the_policy_is_that_of_the_documents(site: Any) -> None:
    shown = " ".join(html.fromstring(site.reader().get("/policy")).text_content().split())
    for paragraph in (DOCS / "editorial-policy.md").read_text(encoding="utf-8").split("\n\n")[1:]:
        plain = " ".join(paragraph.replace("*", "").replace("`", "").split())
        assert plain in shown


def test_the_figures_of_the_evaluation_are_shown(site: Any) -> None:
    page = html.fromstring(site.reader().get("/evaluation"))
    rows = {one[0].text_content(): one[1].text_content() for one in page.xpath("(//main//table)[1]//tr[td]")}
    line = next(
        line for line in (DOCS / "evaluation.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| vital_recall | 0")
    )  # fmt: skip
    assert rows["vital_recall"] == line.split("|")[2].strip()


def test_a_run_on_this_machine_goes_before_the_published_figures(
    site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs" / "starter").mkdir(parents=True)
    report = "## Ours\n\n| measure | value |\n|---|--:|\n| outcome | 0.123 |\n\nAnd <b>more</b>.\n"
    (tmp_path / "runs" / "starter" / "report.md").write_text(report, encoding="utf-8")
    monkeypatch.setattr(texts, "_ROOT", tmp_path)
    page = site.reader().get("/evaluation")
    assert "The latest run on this machine" in page
    assert "0.123" in page
    assert "&lt;b&gt;more&lt;/b&gt;" in page
    assert "without its documents" in site.reader().get("/policy")


def test_how_verification_works_names_its_limits(site: Any) -> None:
    page = site.reader().get("/verification")
    assert "What it cannot do" in page
    assert "no clinician has signed them off" in page


@pytest.mark.parametrize("path", ["/nowhere", "/answers/none/versions/3", "/sources/none"])
def test_what_is_not_there_is_said_calmly(site: Any, path: str) -> None:
    reader = site.reader()
    page = reader.get(path)
    assert reader.status == 404
    assert "Back to the question" in page
    assert "Traceback" not in page


def test_a_fault_of_the_server_is_a_page_without_its_details(site_of: Any) -> None:
    def broken() -> Any:
        raise ZeroDivisionError("secret of the server")

    reader = site_of(shelf=broken).reader()
    page = reader.get("/sources")
    assert reader.status == 500
    assert "secret of the server" not in page
    assert "name this request" in page


def test_too_many_questions_are_turned_away_calmly(site_of: Any) -> None:
    reader = site_of({"asks_per_minute": 1}).reader()
    reader.get("/")
    reader.send("/ask", question="Knees?")
    page = reader.send("/ask", question="Knees again?")
    assert reader.status == 429
    assert "Wait a little" in page
