"""Public question sets in their published forms, as items."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.datasets import DatasetError
from eval.question_sets import load_questions


def written(path: Path, content: Any) -> str:
    if isinstance(content, list):
        content = "\n".join(json.dumps(one) for one in content)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


def test_topics_a_line_and_topics_in_tags_are_the_same_questions(tmp_path: Path) -> None:
    lines = written(tmp_path / "topics.tsv", "1\tDoes ice help?\n2\tDoes rest help?\n")
    tags = written(
        tmp_path / "topics.txt",
        "<top>\n<num> Number: 1\n<title> Does ice\nhelp?\n<desc>x\n</top>\n"
        "<top>\n<num> 2 </num>\n<title> Does rest help? </title>\n</top>",
    )
    expected = [("1", "Does ice help?"), ("2", "Does rest help?")]
    for where in (lines, tags):
        items = load_questions(f"trec:{where}")
        assert [(item.question_id, item.question) for item in items] == expected
        assert all(item.expect is None for item in items)


def test_qrels_beside_topics_say_what_is_relevant(tmp_path: Path, scene: Any) -> None:
    from eval.measures.catalogue import measure_named

    topics = written(tmp_path / "topics.tsv", "1\tDoes ice help?\n")
    qrels = written(tmp_path / "qrels.txt", "1 0 knee 2\n1 0 elbow 0\n2 0 knee 1\n")
    (item,) = load_questions(f"trec:{topics},{qrels}")
    assert item.relevant == {"knee": 2, "elbow": 0}
    scene.add("knee", "Ice.")
    scene.add("elbow", "Rest.")
    ranked = {"guideline": {"elbow": 2.0, "knee": 1.0}, "research": {}}
    case = scene.case(scene.answer(scene.claim("x")), item=item.model_dump(), ranked=ranked)
    assert measure_named("guideline_mrr").score(case).value == 0.5


def test_pubmedqa_and_scifact_are_asked_as_questions(tmp_path: Path) -> None:
    pubmedqa = written(tmp_path / "ori_pqal.json", {"123": {"QUESTION": "Does ice help?", "final_decision": "yes"}})
    (item,) = load_questions(f"pubmedqa:{pubmedqa}")
    assert (item.question_id, item.question, item.expect) == ("123", "Does ice help?", None)
    claims = [
        {"id": 1, "claim": "Aspirin lowers fever."},
        {"id": 2, "claim": "HIV persists."},
        {"id": 3, "claim": "mTOR acts."},
    ]
    scifact = written(tmp_path / "claims_dev.jsonl", claims)
    assert [item.question for item in load_questions(f"scifact:{scifact}")] == [
        "Is it true that aspirin lowers fever?",
        "Is it true that HIV persists?",
        "Is it true that mTOR acts?",
    ]


def test_bioasq_inspect_and_ragas_bring_nuggets(tmp_path: Path) -> None:
    ideal = ["Ice helps. Rest does not.", "Another."]
    bioasq = written(
        tmp_path / "bioasq.json", {"questions": [{"id": "b1", "body": "What helps?", "ideal_answer": ideal}]}
    )
    inspect = written(
        tmp_path / "samples.jsonl",
        [
            {"input": "What helps?", "target": ["Ice helps.", "Rest does not."]},
            {"id": "i2", "input": [{"role": "user", "content": "What helps?"}], "target": "Ice helps. Rest does not."},
        ],
    )
    ragas = written(tmp_path / "ragas.jsonl", [{"user_input": "What helps?", "reference": "Ice helps. Rest does not."}])
    expected = ["Ice helps.", "Rest does not."]
    for name in (f"bioasq:{bioasq}", f"inspect:{inspect}", f"ragas:{ragas}"):
        item = load_questions(name)[0]
        assert [nugget.text for nugget in item.nuggets] == expected, name
        assert {nugget.importance for nugget in item.nuggets} == {"vital"}
        assert (item.question, item.expect) == ("What helps?", "answer")
    assert [one.text for one in load_questions(f"inspect:{inspect}")[1].nuggets] == ["Ice helps. Rest does not."]


@pytest.mark.parametrize(
    ("form", "content", "said"),
    [
        ("trec", "<top><num> 1</top>", "is not of the format trec"),
        ("pubmedqa", "[]", "is not of the format pubmedqa"),
        ("pubmedqa", {"1": {}}, "KeyError"),
        ("bioasq", {"questions": [{"id": 1}]}, "is not of the format bioasq"),
        ("scifact", [{"id": 1}], "is not of the format scifact"),
        ("inspect", "{", "line 1 is not JSON"),
        ("inspect", [{"input": [{"role": "system", "content": "x"}]}], "question: String should have"),
        ("ragas", [], "the question set is empty"),
    ],
)
def test_a_file_of_another_form_is_named_in_one_line(tmp_path: Path, form: str, content: Any, said: str) -> None:
    path = written(tmp_path / "file", content)
    with pytest.raises(DatasetError) as error:
        load_questions(f"{form}:{path}")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nowhere"):
        load_questions(f"bioasq:{tmp_path / 'nowhere'}")
    topics = written(tmp_path / "topics.tsv", "1\tx")
    with pytest.raises(DatasetError, match="nowhere"):
        load_questions(f"trec:{topics},{tmp_path / 'nowhere'}")


def test_a_shipped_suite_has_its_plain_name() -> None:
    assert load_questions("first")[0].question_id == "first"
