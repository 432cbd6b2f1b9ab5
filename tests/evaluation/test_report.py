"""The report: one page that asks nobody for anything, from measure to highlighted sentence; and the documentation."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from eval.datasets import DatasetError
from eval.judging import judge_run
from eval.measures.catalogue import MEASURES
from eval.report import plots
from eval.report.document import document, measures_table, put_between
from eval.report.writing import read_benchmark, write_report
from eval.run_folder import Run

DOCS = Path(__file__).resolve().parents[2] / "docs"
ICE, REST = "Ice eases <b>pain</b> & swelling.", "Rest eases pain."
BENCHMARK = {
    "schema": "sourcebound.benchmark/1",
    "judge": "scripted/1",
    "set": "planted",
    "title": "Planted faults",
    "labels": ["supports", "rest"],
    "pairs": 3,
    "pairs_per_second": 2.5,
    "by_label": {"supports": {"right": 1, "of": 2}, "rest": {"right": 1, "of": 1}},
    "measures": {"accuracy": {"value": 0.6667, "low": 0.2, "high": 0.9}},
    "reliability": [{"low": 0.5, "high": 0.6, "pairs": 3, "confidence": 0.55, "accuracy": 0.6667}],
}


class Page(HTMLParser):
    """The tags of a page with their attributes, and the texts of the tags that are asked for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.marked: list[str] = []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag == "mark" or self._inside

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "mark"

    def handle_data(self, content: str) -> None:
        if self._inside:
            self.marked.append(content)


@pytest.fixture
def runs(scene: Any, scripted_judge: Any, tmp_path: Path) -> tuple[Run, Run]:
    """Two runs of the same three questions; the third failed in the first of them."""
    scene.add("knee", f"Before. {ICE} {REST} After.")
    item = {"expect": "answer", "category": "plain"}
    nuggets = [{"nugget_id": "n1", "text": "Ice helps pain.", "sentences": [{"source_id": "knee", "quote": ICE}]}]
    items = [
        {"question_id": "q 1", "question": "What of <script>?", "nuggets": nuggets, **item},
        {"question_id": "q2", **item},
        {"question_id": "q3", **item},
    ]
    good = scene.record(scene.claim("Use ice.", scene.cite("knee", ICE)))
    bad = scene.record(scene.claim("Use heat.", scene.cite("knee", REST)))
    said = {
        (ICE, "Use ice."): 0.9,
        (REST, "Use heat."): (0.1, 0.8),
        ("Use ice.", "Ice helps pain."): 0.7,
        ("Use heat.", "Ice helps pain."): 0.0,
    }
    ours = scene.run(tmp_path / "ours", items, {"q 1": good, "q2": bad, "q3": RuntimeError("gone")}, "ours")
    theirs = scene.run(tmp_path / "theirs", items, {"q 1": bad, "q2": bad, "q3": bad}, "theirs")
    for run in (ours, theirs):
        judge_run(run, scripted_judge(said))
    return ours, theirs


@pytest.fixture
def page(runs: tuple[Run, Run], tmp_path: Path) -> str:
    known = tmp_path / "planted.json"
    known.write_text(json.dumps(BENCHMARK))
    _, path = write_report(runs[0], None, known, runs[1])
    return path.read_text(encoding="utf-8")


def test_the_page_is_one_file_that_asks_nobody_for_anything(page: str) -> None:
    read = Page(page)
    assert not {tag for tag, _ in read.tags} & {"script", "img", "iframe", "object", "embed", "audio", "video", "base"}
    links = [
        value
        for tag, fields in read.tags
        for name, value in fields.items()
        if name in ("href", "src", "xlink:href", "srcset", "data") and value and not value.startswith("#")
    ]
    assert links == ["data:,"]
    assert not re.search(r"@import|url\((?!#)", page)
    # Names of vocabularies are no addresses that anything is fetched from.
    assert set(re.findall(r"https?://[^\s\"<>)]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_every_link_of_the_page_leads_somewhere(page: str) -> None:
    from urllib.parse import unquote

    tags = Page(page).tags
    ids = {fields["id"] for _, fields in tags if "id" in fields}
    targets = [fields["href"][1:] for tag, fields in tags if tag == "a" and fields.get("href")]
    assert len(targets) > 20
    assert {unquote(target) for target in targets} <= ids


def test_from_a_measure_to_its_worst_question_to_the_claim_to_the_marked_sentence(page: str) -> None:
    measure = page[page.index('id="m-citation_recall"') :]
    measure = measure[: measure.index("</details>")]
    assert '<a href="#q-q3">q3</a> unscored <small>unexpected RuntimeError: gone</small>' in measure
    assert '<a href="#q-q2">q2</a> 0.000' in measure
    question = page[page.index('id="q-q2"') :]
    assert "not supported" not in question[: question.index("Use heat.")]
    assert "refuted (0.80)" in question
    assert Page(page).marked[-2:] == [ICE, REST]
    assert "there</span>" in page[page.index('id="q-q 1"') :]


def test_what_sources_and_questions_say_is_text_and_never_markup(page: str) -> None:
    assert "What of &lt;script&gt;?" in page
    assert "<b>pain</b>" not in page


def test_the_page_has_intervals_the_judge_and_the_comparison(page: str) -> None:
    assert "1 failed or not asked" in page
    assert "Of 2 with the label “supports” it says so of 50 %." in page
    assert "Beside theirs" in page
    assert "Where they differ most, side by side" in page
    assert "withheld. What it misses" not in page
    assert page.count("<svg") == 3


def test_a_judge_that_also_withholds_claims_is_said_to(runs: tuple[Run, Run]) -> None:
    path = runs[0].folder / "judgements.jsonl"
    path.write_text(path.read_text().replace('"judge": "scripted/1"', '"judge": "sourcebound-entailment/1"'))
    _, written = write_report(runs[0], None, None, None)
    text = written.read_text(encoding="utf-8")
    assert "What it misses it misses twice" in text
    assert "Not measured with this report" in text


def test_the_tables_lie_beside_the_page_as_markdown(page: str, runs: tuple[Run, Run]) -> None:
    text = (runs[0].folder / "report.md").read_text(encoding="utf-8")
    assert "| citation_recall | 0.500 [0.095, 0.905] | 2 | 1 |" in text
    assert "| plain | 3 | 1.000 [0.342, 1.000] |" in text
    assert "- q3: unexpected RuntimeError: gone" in text
    assert "## Beside another run" in text


def test_a_run_that_nobody_judged_has_a_page_too(scene: Any, tmp_path: Path) -> None:
    scene.add("knee", ICE)
    answer = scene.record(scene.claim("Use ice.", scene.cite("knee", ICE)))
    run = scene.run(tmp_path / "bare", [{"question_id": "q"}, {"question_id": "r"}], {"q": answer, "r": scene.record()})
    _, path = write_report(run, tmp_path / "out" / "page.html", None, None)
    assert "unscored: not judged: rag-eval judge FOLDER" in path.read_text(encoding="utf-8")
    assert path.with_suffix(".md").is_file()


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": "other"}'])
def test_a_file_that_is_no_benchmark_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "known.json").write_text(content)
    with pytest.raises(DatasetError, match="no benchmark of a judge"):
        read_benchmark(tmp_path / "known.json")
    with pytest.raises(DatasetError, match="no benchmark of a judge"):
        read_benchmark(tmp_path / "nowhere.json")


def test_plots_take_their_colours_from_the_page() -> None:
    drawn = [
        plots.distributions({"x": {"scored": 0}}, ["x", "y"]),
        plots.trade_off([(0.5, 1.0), (0.5, 1.0)]),
        plots.reliability(BENCHMARK["reliability"]),  # type: ignore[arg-type]
    ]
    for svg in drawn:
        assert svg.startswith("<svg")
        assert not re.findall(r"#0[0-9a-c]0[0-9a-c]0[0-9a-c]", svg)
        assert "var(--ink)" in svg
    assert drawn[1] == plots.trade_off([(0.5, 1.0), (0.5, 1.0)])


def test_the_documented_measures_are_those_of_the_catalogue() -> None:
    text = (DOCS / "evaluation.md").read_text(encoding="utf-8")
    assert put_between(text, "measures", measures_table()) == text, "run python -m eval.report.document"
    assert len(MEASURES) == len({measure.name for measure in MEASURES})


@pytest.mark.parametrize("name", ["SciFact dev", "Check-COVID dev", "HealthVer dev", "NLI4CT dev", "WiCE dev"])
def test_what_is_told_of_the_judge_is_what_its_own_page_says(name: str) -> None:
    row = next(line for line in (DOCS / "verifier.md").read_text(encoding="utf-8").splitlines() if f"| {name}" in line)
    auroc = re.findall(r"(\d\.\d+) \[", row)[1]
    text = " ".join((DOCS / "evaluation.md").read_text(encoding="utf-8").split())
    told = re.search(rf"(\d\.\d\d) on {name}|{name} (\d\.\d\d)", text)
    assert told is not None
    assert float(told[1] or told[2]) == pytest.approx(float(auroc), abs=0.006)


def test_results_are_put_between_their_markers_and_nothing_else_is_touched(
    runs: tuple[Run, Run], tmp_path: Path
) -> None:
    written = tmp_path / "evaluation.md"
    written.write_text(
        "Before.\n<!-- measures -->\n<!-- /measures -->\nMiddle.\n<!-- results -->old<!-- /results -->\nAfter.\n"
    )
    known = tmp_path / "planted.json"
    known.write_text(json.dumps(BENCHMARK))
    folders = [str(run.folder) for run in runs]
    arguments = [*folders, "--benchmark", str(known), "--page", str(written)]
    assert CliRunner().invoke(document, arguments, catch_exceptions=False).exit_code == 0
    text = written.read_text()
    assert text.startswith("Before.\n<!-- measures -->\n\n| measure |")
    assert "old" not in text.partition("<!-- results -->")[2]
    # None of three: Wilson's upper end is z2 / (3 + z2).
    assert "| citation_recall | 0.500 [0.095, 0.905] | 0.000 [0.000, 0.56" in text
    assert "**ours beside theirs**" in text
    assert "of 2 pairs labelled “supports” it says so of 50 %" in text
    assert text.endswith("<!-- /results -->\nAfter.\n")
    again = CliRunner().invoke(document, arguments, catch_exceptions=False)
    assert again.exit_code == 0
    assert written.read_text() == text
    with pytest.raises(DatasetError, match="lacks a pair of markers: <!-- x --> and <!-- /x -->"):
        put_between(text, "x", "y")
