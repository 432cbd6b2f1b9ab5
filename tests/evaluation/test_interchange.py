"""Records of ragas and inspect_ai: written, read again, and judged like any other answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.datasets import DatasetError, Item
from eval.execution import import_answers
from eval.interchange import from_ragas, inspect_samples, ragas_samples
from eval.judging import judge_run
from eval.rankings import read_qrels_lines, read_run_lines
from eval.run_folder import open_run, write_lines
from eval.scoring import score_run

ICE, REST = "Ice eases pain.", "Rest eases pain."
SAMPLE = {
    "id": "q1",
    "user_input": "What helps?",
    "response": "Ice helps. [1] Rest helps [2, 1]. Magnets help.",
    "retrieved_contexts": [ICE, REST],
    "reference": "Ice helps.",
}


def test_a_run_is_written_as_ragas_samples(scene: Any, tmp_path: Path) -> None:
    scene.add("knee", f"{ICE} {REST}")
    scene.add("trial", REST, "research")
    claims = [scene.claim("Use ice.", scene.cite("knee", ICE))]
    research = [scene.claim("Use rest.", scene.cite("trial", REST, 2), scene.cite("knee", REST))]
    nuggets = [{"nugget_id": "n", "text": "Ice helps."}]
    items = [{"question_id": "q1", "nuggets": nuggets}, {"question_id": "q2"}]
    run = scene.run(tmp_path / "run", items, {"q1": scene.record(*claims, research=research), "q2": RuntimeError("x")})
    first, second = ragas_samples(run)
    assert first == {
        "id": "q1",
        "user_input": "What?",
        "response": "Use ice. [1] Use rest. [1] [2]",
        "retrieved_contexts": [ICE, REST, REST],
        "reference": "Ice helps.",
    }
    assert (second["response"], second["retrieved_contexts"]) == ("", [])


def test_a_question_set_is_written_as_inspect_samples() -> None:
    item = Item.model_validate(
        {"question_id": "q1", "question": "What?", "expect": "answer", "nuggets": [{"nugget_id": "n", "text": "Ice."}]}
    )
    (sample,) = inspect_samples([item])
    assert (sample["id"], sample["input"], sample["target"]) == ("q1", "What?", ["Ice."])
    assert sample["metadata"] == {"expect": "answer", "category": None, "importance": ["vital"]}
    json.dumps(sample)


def test_ragas_samples_become_claims_that_cite_the_contexts_they_mark() -> None:
    answers, documents = from_ragas([SAMPLE])
    claims = answers[0]["answer"]["short_answer"]
    assert [claim["text"] for claim in claims] == ["Ice helps.", "Rest helps.", "Magnets help."]
    assert [[one["number"] for one in claim["citations"]] for claim in claims] == [[1], [2, 1], [1, 2]]
    assert [document.text for document in documents] == [ICE, REST]


def test_ragas_samples_are_judged_like_any_other_answers(scripted_judge: Any, tmp_path: Path) -> None:
    answers, documents = from_ragas([SAMPLE, {"user_input": "x", "response": "", "retrieved_contexts": []}])
    write_lines(tmp_path / "answers.jsonl", answers)
    items = [Item(question_id="q1", question="What helps?", expect="answer"), Item(question_id="2", question="x")]
    by_source = {document.source.source_id: document for document in documents}
    import_answers(items, tmp_path / "answers.jsonl", tmp_path / "run", name="theirs", documents=by_source)
    run = open_run(tmp_path / "run")
    both = f"{ICE} {REST}"
    said = {
        (ICE, "Ice helps."): 0.9,
        (f"{REST} {ICE}", "Rest helps."): 0.9,
        (REST, "Rest helps."): 0.9,
        (ICE, "Rest helps."): 0.1,
        (both, "Magnets help."): 0.1,
        (ICE, "Magnets help."): 0.1,
        (REST, "Magnets help."): 0.1,
    }
    assert judge_run(run, scripted_judge(said)) == (7, 0)
    means = {name: one["mean"] for name, one in score_run(run)["measures"].items()}
    # Two of three statements; of five citations the two that carry theirs.
    assert means["citation_recall"] == pytest.approx(2 / 3, abs=1e-4)
    assert means["citation_precision"] == pytest.approx(2 / 5)
    assert means["pointer_validity"] == means["quote_exactness"] == 1.0
    assert run.rows["2"].answer is not None
    assert run.rows["2"].answer.outcome == "abstention"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"response": "Ice helps [3]."}, "sample 1 marks a context that it does not have: 3"),
        ({"response": "Ice helps [0]."}, "sample 1 marks a context that it does not have: 0"),
        ({"retrieved_contexts": None}, "sample 1: retrieved_contexts is no list"),
    ],
)
def test_a_sample_that_cannot_be_read_is_named(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(DatasetError) as error:
        from_ragas([SAMPLE | changed])
    assert said in str(error.value)
    with pytest.raises(DatasetError, match="sample 1 has no response"):
        from_ragas([{"user_input": "x", "retrieved_contexts": []}])


def test_trec_files_are_read_and_a_broken_line_is_named(tmp_path: Path) -> None:
    run, qrels = tmp_path / "run.trec", tmp_path / "qrels.trec"
    run.write_text("q1/guideline Q0 knee 1 0.5 tag\n\nq1/guideline Q0 elbow 2 0.25 tag\n")
    qrels.write_text("q1/guideline 0 knee 2\n")
    assert read_run_lines(run) == {"q1/guideline": {"knee": 0.5, "elbow": 0.25}}
    assert read_qrels_lines(qrels) == {"q1/guideline": {"knee": 2}}
    with pytest.raises(DatasetError, match="line 1 is not a TREC line of 4 fields: 6 fields"):
        read_qrels_lines(run)
    qrels.write_text("q1 0 knee high\n")
    with pytest.raises(DatasetError, match="line 1 is not a TREC line"):
        read_qrels_lines(qrels)
    with pytest.raises(DatasetError, match="no such file"):
        read_run_lines(tmp_path / "nowhere")
