"""The command `rag-eval`: from a run to a report, and one line for each way in which it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from eval.cli import rag_eval
from eval.datasets import load_suite
from rag.config import Settings
from rag.console import progress_shown, run
from rag.rendering.json_format import SCHEMA


class Done(NamedTuple):
    status: int
    out: str
    err: str


Call = Callable[..., Done]


@pytest.fixture
def call(
    real_settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Call:
    monkeypatch.setenv("RAG_INDEXES_DIR", str(real_settings.indexes_dir))
    monkeypatch.setenv("RAG_CORPUS_DIR", str(real_settings.corpus_dir))
    monkeypatch.chdir(tmp_path)

    def called(*arguments: object) -> Done:
        status = 0
        try:
            run(rag_eval, [str(one) for one in arguments])
        except SystemExit as stop:
            status = int(stop.code or 0)
        return Done(status, *capsys.readouterr())

    return called


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = tmp_path / "two.jsonl"
    path.write_text("\n".join(item.model_dump_json() for item in load_suite("first")[:2]))
    return path


def fails(done: Done, status: int, said: str) -> None:
    assert done.status == status, done
    assert said in done.err
    assert done.err.startswith("Error: ")
    assert done.err.count("\n") == 1, done.err


def test_from_a_run_to_a_report(call: Call, suite: Path) -> None:
    done = call("run", "--suite", suite, "--out", "run", "--every-audience", "--workers", 2)
    assert (done.status, done.out) == (0, "2 answers to 2 questions in run\n")
    judged = call("judge", "run")
    assert judged.status == 0
    assert judged.out.endswith(", 0 unscored\n")
    scored = call("score", "run")
    assert scored.status == 0
    assert scored.out.startswith("sourcebound: 2 questions, 0 failed or not asked\n")
    assert "| audience_parity | 1.000" in scored.out
    assert json.loads(call("score", "run", "--format", "json").out)["schema"] == "sourcebound.scores/2"
    assert call("run", "--suite", suite, "--out", "base", "--system", "baseline-each").status == 0
    compared = call("compare", "base", "run")
    assert "A: baseline-each; B: sourcebound; 2 common questions." in compared.out
    one = json.loads(call("compare", "base", "run", "--measure", "words", "--format", "json").out)
    assert [row["measure"] for row in one["measures"]] == ["words"]
    done = call("report", "run", "--beside", "base", "--fail-under", "pointer_validity=1")
    assert (done.status, done.out) == (0, "run/report.html\nrun/report.md\n")
    assert sorted(path.name for path in Path("run").iterdir()) == [
        "answers.jsonl",
        "documents.jsonl",
        "judgements.jsonl",
        "meta.json",
        "qrels.trec",
        "report.html",
        "report.md",
        "run.trec",
        "scores.json",
    ]


def test_a_bound_that_is_not_kept_is_exit_1_with_what_fell_short(call: Call, suite: Path) -> None:
    call("run", "--suite", suite, "--out", "run")
    assert call("score", "run", "--fail-under", "pointer_validity=1").status == 0
    fails(call("score", "run", "--fail-under", "words=1"), 1, "the run falls short: words is ")
    fails(call("report", "run", "--fail-under", "citation_recall=0"), 1, "citation_recall is None, 2 unscored, asked 0")
    fails(call("score", "run", "--fail-under", "citation_recall"), 1, "a bound is no number")


def test_a_run_is_gone_on_with_or_begun_anew(call: Call, suite: Path) -> None:
    call("run", "--suite", suite, "--out", "run")
    call("judge", "run", "--judge", "lexical")
    before, judged = Path("run/answers.jsonl").read_text(), Path("run/judgements.jsonl").read_text()
    assert call("run", "--suite", suite, "--out", "run").status == 0
    assert Path("run/answers.jsonl").read_text() == before
    fails(
        call("run", "--suite", suite, "--out", "run", "--audience", "patient"),
        1,
        "its audience is clinician, here patient",
    )
    assert call("run", "--suite", suite, "--out", "run", "--audience", "patient", "--anew").status == 0
    assert Path("run/answers.jsonl").read_text() != before
    assert Path("run/judgements.jsonl").read_text() == judged


def test_the_answers_of_another_system_are_judged(call: Call, suite: Path) -> None:
    text = "Ice eases pain."
    claim = {
        "claim_id": "c1",
        "text": text,
        "citations": [{"number": 1, "source_id": "theirs-1", "start": 0, "end": len(text), "quote": text}],
    }
    answer = {
        "schema": SCHEMA,
        "outcome": "answer",
        "research": [claim],
        "references": [{"number": 1, "source_id": "theirs-1"}],
    }
    name = load_suite("first")[0].question_id
    Path("answers.jsonl").write_text(json.dumps({"question_id": name, "answer": answer}) + "\n")
    fails(call("run", "--suite", suite, "--out", "run", "--answers", "answers.jsonl"), 1, "in no document: theirs-1")
    document = {
        "source": {"source_id": "theirs-1", "kind": "research", "title": "x", "year": 2020, "status": "current"}
    }
    Path("documents.jsonl").write_text(json.dumps(document | {"text": text}) + "\n")
    done = call("run", "--suite", suite, "--out", "run", "--answers", "answers.jsonl", "--documents", "documents.jsonl")
    assert done.out == "1 answers to 2 questions in run\n"
    assert call("judge", "run", "--judge", "lexical").status == 0
    scores = json.loads(call("score", "run", "--format", "json").out)
    assert scores["system"] == "answers"
    assert scores["measures"]["citation_recall"]["questions"][name]["value"] == 1.0
    assert list(scores["failed"].values()) == ["not asked: rag-eval run goes on where it stopped"]


def test_a_run_is_converted_and_ragas_samples_come_back_as_answers(call: Call, suite: Path) -> None:
    call("run", "--suite", suite, "--out", "run")
    assert call("convert", "run", "--to", "ragas", "--out", "out/ragas.jsonl").status == 0
    assert call("convert", "run", "--to", "inspect", "--out", "out/inspect.jsonl").status == 0
    assert len(Path("out/inspect.jsonl").read_text().splitlines()) == 2
    done = call("convert", "out/ragas.jsonl", "--to", "answers", "--out", "out/answers.jsonl")
    assert done.out.startswith("2 answers in out/answers.jsonl")
    imported = call(
        *("run", "--suite", "ragas:out/ragas.jsonl", "--out", "theirs", "--answers", "out/answers.jsonl"),
        *("--documents", "out/answers.documents.jsonl"),
    )
    assert imported.status == 0
    fails(call("convert", "nowhere.jsonl", "--to", "answers", "--out", "x.jsonl"), 1, "no such file: nowhere.jsonl")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["judge"], 2, "give a run folder, or --benchmark SET"),
        (["judge", "x", "--benchmark", "planted"], 2, "give a run folder, or --benchmark SET"),
        (["run"], 2, "--out"),
        (["run", "--out", "x", "--system", "other"], 2, "other"),
        (["run", "--out", "x", "--suite", "nowhere"], 1, "no such question set: nowhere"),
        (["score", "nowhere"], 1, "no run in this folder: nowhere (rag-eval run --out FOLDER makes one)"),
        (["compare", "nowhere", "nowhere"], 1, "no run in this folder"),
        (["compare", "a", "b", "--measure", "x"], 1, "no such measure: x"),
        (["report", "nowhere"], 1, "no run in this folder"),
        (["convert", "nowhere", "--to", "ragas", "--out", "x"], 1, "no run in this folder"),
        (["judge", "--benchmark", "nonesuch"], 1, "nonesuch"),
    ],
)
def test_a_call_that_cannot_be_answered_is_one_line(call: Call, arguments: list[str], status: int, said: str) -> None:
    fails(call(*arguments), status, said)


def test_a_folder_of_another_version_is_one_line_for_every_command(call: Call) -> None:
    Path("old").mkdir()
    Path("old/meta.json").write_text(json.dumps({"schema": "sourcebound.run/1"}))
    for command in ("judge", "score", "report"):
        fails(call(command, "old"), 1, "the run in old is of another version: sourcebound.run/1")


def test_a_benchmark_is_printed_and_written(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from eval import benchmarking
    from eval.claim_sets.base import ClaimPair

    pairs = [ClaimPair("Ice eases pain.", "Ice eases pain.", "supports", "a"), ClaimPair("Ice.", "Rest.", "rest", "b")]
    monkeypatch.setattr(benchmarking, "_planted_pairs", lambda: pairs)
    done = call("judge", "--benchmark", "planted", "--judge", "lexical", "--out", "out/planted.json")
    assert done.status == 0
    assert "2 pairs of 2 groups" in done.out
    assert json.loads(Path("out/planted.json").read_text())["measures"]["accuracy"]["value"] == 1.0


def test_the_bar_on_a_terminal_tells_the_time_that_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    with progress_shown() as progress:
        progress("questions", 1, 2)
        progress("questions", 2, 2)
    said: Any = capsys.readouterr().err
    assert "questions" in said
    assert "left" in said
