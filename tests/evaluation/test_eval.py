"""The evaluation: suites are sound, runs go on after an interruption, scores count what is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from eval.cli import rag_eval
from eval.datasets import DatasetError, Item, load_suite
from eval.execution import load_run, run_suite
from eval.measures.cards import MEASURES
from eval.scoring import score_run
from rag.config import Settings
from rag.ingestion.corpus_file import read_corpus
from rag.pipeline import AnswerPipeline
from rag.rendering.json_format import answer_record


@pytest.fixture(scope="module")
def texts(real_settings: Settings) -> dict[str, str]:
    return {document.source.source_id: document.text for document in read_corpus(real_settings.corpus_dir)}


def rows_of(items: list[Item], pipeline: AnswerPipeline) -> list[dict[str, Any]]:
    return [
        {"question_id": item.question_id, "latency_s": 0.1, "answer": answer_record(pipeline.ask(item.question))}
        for item in items
    ]


@pytest.mark.parametrize(
    ("suite", "outcome", "source"),
    [("first", 1.0, 1.0), ("wording", 0.85, 0.8), ("bedside", 0.78, 0.63), ("conditions", 0.55, 0.42)],
)
def test_the_shipped_suites_keep_their_scores(
    real_pipeline: AnswerPipeline, texts: dict[str, str], suite: str, outcome: float, source: float
) -> None:
    items = load_suite(suite)
    scores = score_run(items, rows_of(items, real_pipeline), texts)
    means = {name: measure["mean"] for name, measure in scores["measures"].items()}
    assert scores["unscored"] == []
    assert means["outcome"] >= outcome
    assert means["expected_source"] >= source
    for name in ("forbidden_absent", "pointer_validity", "quote_exactness", "section_purity", "figure_fidelity"):
        assert means[name] == 1.0
    assert means["sources_current"] == 1.0


def test_expected_sources_of_the_suites_are_in_the_corpus(texts: dict[str, str]) -> None:
    for suite in ("first", "wording", "bedside", "conditions"):
        for item in load_suite(suite):
            assert set(item.sources) <= set(texts), item.question_id


def test_a_run_goes_on_where_it_stopped(real_pipeline: AnswerPipeline, tmp_path: Path) -> None:
    items = load_suite("first")[:3]
    run_suite(items, real_pipeline, tmp_path, settings={})
    whole = (tmp_path / "answers.jsonl").read_text()
    (tmp_path / "answers.jsonl").write_text(whole.splitlines(keepends=True)[0])
    run_suite(items, real_pipeline, tmp_path, settings={})
    _, rows = load_run(tmp_path)
    assert [row["question_id"] for row in rows] == [item.question_id for item in items]
    assert (tmp_path / "answers.jsonl").read_text().startswith(whole.splitlines(keepends=True)[0])
    with pytest.raises(DatasetError, match="another run"):
        run_suite(items[:2], real_pipeline, tmp_path, settings={})


def test_a_missing_row_is_unscored_and_named(real_pipeline: AnswerPipeline, texts: dict[str, str]) -> None:
    items = load_suite("first")[:3]
    rows = rows_of(items, real_pipeline)
    scores = score_run(items, [rows[0], {"question_id": items[1].question_id, "error": "server gone"}], texts)
    assert scores["unscored"] == [items[1].question_id, items[2].question_id]
    assert scores["measures"]["outcome"]["questions"] == 1


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("quote_exactness", lambda claim: claim["citations"][0].update(quote="other words")),
        ("pointer_validity", lambda claim: claim["citations"][0].update(number=99)),
        ("section_purity", lambda claim: claim["citations"][0].update(source_id="dionne-2019-ces-red-flags")),
        ("figure_fidelity", lambda claim: claim.update(text=claim["text"] + " Give 77 mg.")),
    ],
)
def test_each_measure_falls_where_its_fault_is_planted(
    real_pipeline: AnswerPipeline, texts: dict[str, str], name: str, spoil: Any
) -> None:
    item = load_suite("first")[1]
    answer = json.loads(json.dumps(answer_record(real_pipeline.ask(item.question))))
    (measure,) = [measure for measure in MEASURES if measure.name == name]
    assert measure.value(item, answer, texts) == 1.0
    spoil(answer["guidelines"][0])
    assert (measure.value(item, answer, texts) or 0.0) < 1.0


def test_an_abstention_earns_nothing_where_an_answer_is_expected(
    real_pipeline: AnswerPipeline, texts: dict[str, str]
) -> None:
    item = Item(question_id="q", question="x", expect="answer", sources=("a",), phrases=("b",))
    abstained = answer_record(real_pipeline.ask("What is the capital of France?"))
    values = {measure.name: measure.value(item, abstained, texts) for measure in MEASURES}
    assert (values["outcome"], values["expected_source"], values["expected_phrase"]) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "text", ["", "{", '{"question_id": "a"}', '{"question_id":"a","question":"b","expect":"maybe"}']
)
def test_a_broken_suite_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "suite.jsonl"
    path.write_text(text)
    with pytest.raises(DatasetError):
        load_suite(str(path))


def test_the_commands_run_and_score(real_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_INDEXES_DIR", str(real_settings.indexes_dir))
    suite = tmp_path / "two.jsonl"
    suite.write_text("\n".join(item.model_dump_json() for item in load_suite("first")[:2]))
    runner = CliRunner()
    out = str(tmp_path / "run")
    assert runner.invoke(rag_eval, ["run", "--suite", str(suite), "--out", out], catch_exceptions=False).exit_code == 0
    done = runner.invoke(rag_eval, ["score", out], catch_exceptions=False)
    assert "2 questions, 0 unscored" in done.output
    assert json.loads((tmp_path / "run" / "scores.json").read_text())["schema"] == "sourcebound.scores/1"
