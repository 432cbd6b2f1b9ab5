"""Two runs against each other, and bounds that a run must keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eval.comparing import compare, comparison_table, most_different
from eval.datasets import DatasetError
from eval.measures.catalogue import MEASURES
from eval.scoring import fallen_under, score_cases, score_run

ICE = "Ice eases pain."


def scores(new_scene: Any, values: dict[str, float | None], system: str = "x") -> dict[str, Any]:
    """Scores of questions whose citation precision is the share of supported claims; None: the judge failed."""
    cases = []
    for name, value in values.items():
        scene = new_scene()
        scene.add("knee", ICE)
        texts = [f"Claim {number}." for number in range(4)]
        said = {(ICE, text): None if value is None else float(number < 4 * value) for number, text in enumerate(texts)}
        answer = scene.answer(*(scene.claim(text, scene.cite("knee", ICE)) for text in texts))
        cases.append(scene.case(answer, said, item={"question_id": name, "expect": "answer", "category": "plain"}))
    return score_cases(cases) | {"system": system}


def row(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in found["measures"] if one["measure"] == name)


def test_differences_wins_and_the_questions_that_differ_most_are_told(new_scene: Any) -> None:
    a = scores(new_scene, {"q1": 0.0, "q2": 0.5, "q3": 1.0, "q4": None, "q5": 0.25}, "plain")
    b = scores(new_scene, {"q1": 1.0, "q2": 0.75, "q3": 1.0, "q4": 1.0, "q6": 0.0}, "ours")
    found = compare(a, b)
    assert found["common_questions"] == 4
    assert (found["only_in_a"], found["only_in_b"]) == (["q5"], ["q6"])
    one = row(found, "citation_precision")
    assert (one["questions"], one["a"], one["b"]) == (3, 0.5, 0.9167)
    assert (one["wins_b"], one["ties"], one["losses_b"]) == (2, 1, 0)
    assert (one["only_a"], one["only_b"]) == (1, 2)
    assert one["most_different"] == [
        {"question_id": "q1", "a": 0.0, "b": 1.0},
        {"question_id": "q2", "a": 0.5, "b": 0.75},
    ]
    assert one["p_holm"] >= one["p"]
    text = comparison_table(found)
    assert "A: plain; B: ours; 4 common questions" in text
    assert "| citation_precision | 0.500 | 0.917 | +0.417 |" in text
    told = most_different(found, {"q1": "What of ice?"}, ["citation_precision"])
    assert "- q1: A 0.00, B 1.00. What of ice?" in told


def test_less_is_better_where_the_card_says_so(new_scene: Any) -> None:
    a, b = scores(new_scene, {"q1": 1.0}), scores(new_scene, {"q1": 1.0})
    for one, value in ((a, 5.0), (b, 9.0)):
        one["measures"]["words"]["questions"]["q1"]["value"] = value
    found = row(compare(a, b), "words")
    assert (found["wins_b"], found["losses_b"], found["better"]) == (0, 1, "lower")


def test_against_itself_a_run_differs_in_nothing(new_scene: Any) -> None:
    one = scores(new_scene, {"q1": 0.5, "q2": 1.0})
    for found in compare(one, one)["measures"]:
        assert (found["difference"], found["p"], found["p_holm"], found["wins_b"]) == (0.0, 1.0, 1.0, 0)


def test_runs_without_a_common_question_are_refused(new_scene: Any) -> None:
    with pytest.raises(DatasetError, match="no question in common: x, y"):
        compare(scores(new_scene, {"q1": 1.0}), scores(new_scene, {"q2": 1.0}, "y"))


def test_runs_of_different_judges_are_refused(new_scene: Any) -> None:
    one = scores(new_scene, {"q1": 1.0})
    with pytest.raises(DatasetError, match="different judges: strict against lax"):
        compare(one | {"judge": "strict"}, one | {"judge": "lax"})
    assert compare(one | {"judge": "strict"}, one | {"judge": None})["common_questions"] == 1


def test_the_order_of_questions_changes_no_score(new_scene: Any) -> None:
    values: dict[str, float | None] = {f"q{number}": number / 4 for number in range(5)}
    a, b = scores(new_scene, values), scores(new_scene, dict(reversed(values.items())))
    for measure in MEASURES:
        first, second = a["measures"][measure.name], b["measures"][measure.name]
        assert first["questions"] == second["questions"]
        assert first["mean"] == second["mean"]


def test_a_missing_row_is_counted_in_every_measure_that_concerns_it_and_never_a_zero(
    new_scene: Any, scene: Any, tmp_path: Path
) -> None:
    scene.add("knee", ICE)
    answer = scene.record(scene.claim(ICE, scene.cite("knee", ICE)))
    items = [{"question_id": name, "expect": "answer"} for name in ("q1", "q2", "q3")]
    run = scene.run(tmp_path / "run", items, {"q1": answer, "q2": RuntimeError("gone"), "q3": RuntimeError("gone")})
    path = run.folder / "answers.jsonl"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if '"q3"' not in line))
    found = score_run(run)
    assert found["failed"] == {
        "q2": "unexpected RuntimeError: gone",
        "q3": "not asked: rag-eval run goes on where it stopped",
    }
    outcome, phrase = found["measures"]["outcome"], found["measures"]["expected_phrase"]
    assert (outcome["mean"], outcome["scored"], outcome["unscored"]) == (1.0, 1, 2)
    assert (phrase["scored"], phrase["unscored"], phrase["not_applicable"]) == (0, 0, 3)


def test_bounds_are_kept_or_named(new_scene: Any) -> None:
    good = scores(new_scene, {"q1": 1.0, "q2": 0.75})
    assert fallen_under(good, ["citation_precision=0.8", "words=8", "contradiction_rate=0"]) == []
    assert fallen_under(good, ["citation_precision=0.9"]) == ["citation_precision is 0.875, asked 0.9"]
    # Of words less is better: the bound is the most that is allowed.
    assert fallen_under(good, ["words=7"]) == ["words is 8.0, asked 7"]
    gaps = scores(new_scene, {"q1": 1.0, "q2": None})
    assert fallen_under(gaps, ["citation_precision=0.5"]) == ["citation_precision is 1.0, 1 unscored, asked 0.5"]
    assert fallen_under(good, ["vital_recall=0"]) == ["vital_recall is None, asked 0"]
    with pytest.raises(DatasetError, match="a bound is no number: citation_precision"):
        fallen_under(good, ["citation_precision"])
    with pytest.raises(DatasetError, match="no such measure: precision"):
        fallen_under(good, ["precision=1"])


def test_categories_have_means_of_their_own(new_scene: Any) -> None:
    plain = scores(new_scene, {"q1": 0.5, "q2": None})["categories"]["plain"]
    assert plain["questions"] == 2
    assert (plain["citation_precision"]["mean"], plain["citation_precision"]["unscored"]) == (0.5, 1)
