"""Judging: kept by content and judge; what fails is unscored and tried again; a judge that is gone is left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.answers import read_answer
from eval.datasets import DatasetError, Item
from eval.judging import NOT_JUDGED, judge_run, pairs_of_run, read_judgements
from eval.measures.catalogue import measure_named
from eval.pairs import joint_pair, needed_pairs, nugget_pairs, passage_of
from eval.run_folder import Run, open_run
from eval.scoring import cases_of, score_run

ICE, REST = "Ice eases pain.", "Rest eases pain."


@pytest.fixture
def run(scene: Any, tmp_path: Path) -> Run:
    """Two questions; the second's answer states one thing by two citations."""
    scene.add("knee", f"{ICE} {REST}")
    one = scene.record(scene.claim("Use ice.", scene.cite("knee", ICE)))
    two = scene.record(scene.claim("Use both.", scene.cite("knee", ICE), scene.cite("knee", REST)))
    items = [{"question_id": "q1", "expect": "answer"}, {"question_id": "q2", "expect": "answer"}]
    return scene.run(tmp_path / "run", items, {"q1": one, "q2": two})


ALL = {(ICE, "Use ice."): 0.9, (f"{ICE} {REST}", "Use both."): 0.8, (ICE, "Use both."): 0.1, (REST, "Use both."): 0.2}


def lines(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run.folder / "judgements.jsonl").read_text().splitlines()]


def test_every_pair_that_the_measures_look_up_is_judged_once(run: Run, scripted_judge: Any) -> None:
    judge = scripted_judge(ALL)
    assert judge_run(run, judge) == (4, 0)
    assert sorted(pair for batch in judge.asked for pair in batch) == sorted(ALL)
    again = scripted_judge(ALL)
    assert judge_run(run, again) == (4, 0)
    assert again.asked == []
    means = {name: one["mean"] for name, one in score_run(run)["measures"].items()}
    assert (means["citation_recall"], means["citation_precision"], means["faithfulness"]) == (1.0, 1.0, 1.0)


def test_a_pair_whose_judge_times_out_is_unscored_shown_and_tried_again(run: Run, scripted_judge: Any) -> None:
    lame = scripted_judge({pair: said for pair, said in ALL.items() if pair != (ICE, "Use ice.")})
    assert judge_run(run, lame) == (4, 1)
    scores = score_run(run)
    recall = scores["measures"]["citation_recall"]
    assert (recall["scored"], recall["unscored"], recall["mean"]) == (1, 1, 1.0)
    assert recall["questions"]["q1"] == {
        "value": None,
        "why": "1 of 1 statements are supported by what they cite not judged",
    }
    (failed,) = [row for row in lines(run) if row["unscored"]]
    assert failed["unscored"] == "ModelError: the model server did not answer in time: 60 s"
    healed = scripted_judge(ALL)
    assert judge_run(run, healed) == (4, 0)
    assert healed.asked == [[(ICE, "Use ice.")]]
    assert score_run(run)["measures"]["citation_recall"]["unscored"] == 0


@pytest.mark.parametrize("said", [(float("nan"), 0.0), "a row too few", RuntimeError("out of memory")])
def test_a_judge_that_gives_no_probabilities_leaves_pairs_unscored(run: Run, said: Any) -> None:
    class Broken:
        name = "broken/1"

        def predict(self, pairs: Any) -> Any:
            if isinstance(said, Exception):
                raise said
            return [[*said, 0.5]] * len(pairs) if isinstance(said, tuple) else [[1.0, 0.0, 0.0]] * (len(pairs) + 1)

    assert judge_run(run, Broken()) == (4, 4)
    assert all(row["unscored"] for row in lines(run))


def test_a_judge_that_is_gone_is_left_alone_after_some_failures(
    scene: Any, scripted_judge: Any, tmp_path: Path
) -> None:
    scene.add("knee", ICE)
    claims = [scene.claim(f"Claim {number}.", scene.cite("knee", ICE)) for number in range(60)]
    run = scene.run(tmp_path / "run", [{"question_id": "q"}], {"q": scene.record(*claims)})
    judge = scripted_judge({})
    assert judge_run(run, judge) == (60, 60)
    assert len(lines(run)) == 16
    assert sum(len(batch) == 1 for batch in judge.asked) == 16


def test_judging_goes_on_where_it_stopped_although_a_line_was_cut_off(run: Run, scripted_judge: Any) -> None:
    judge_run(run, scripted_judge(ALL))
    path = run.folder / "judgements.jsonl"
    whole = path.read_text().splitlines(keepends=True)
    path.write_text("".join(whole[:2]) + whole[2][:30])
    again = scripted_judge(ALL)
    assert judge_run(run, again) == (4, 0)
    assert len(again.asked[0]) == 2
    assert len(lines(run)) == 4


def test_another_judge_and_another_version_of_one_have_verdicts_of_their_own(run: Run, scripted_judge: Any) -> None:
    judge_run(run, scripted_judge(ALL, "aaa"))
    strict = scripted_judge(dict.fromkeys(ALL, 0.1), "bbb")
    judge_run(run, strict)
    assert score_run(run)["measures"]["citation_recall"]["mean"] == 0.0
    assert score_run(run, "scripted/1 aaa")["measures"]["citation_recall"]["mean"] == 1.0
    with pytest.raises(DatasetError, match="more than one judge of that name"):
        cases_of(run, "scripted/1")
    # Asked again, the first is the one that scores are taken from, without judging anything anew.
    judge_run(run, scripted_judge({}, "aaa"))
    assert score_run(run)["judge"] == "scripted/1 aaa"


def test_a_judge_that_has_not_judged_is_named_with_those_that_have(run: Run, scripted_judge: Any) -> None:
    judge_run(run, scripted_judge(ALL, "aaa"))
    with pytest.raises(DatasetError, match=r"has not judged this run: other \(known: scripted/1 aaa\)"):
        cases_of(run, "other")
    assert read_judgements(run.folder, "scripted/1").judge == "scripted/1 aaa"


@pytest.mark.parametrize("row", ['{"judge": "x"}', '{"judge": "x", "key": "k", "supports": "high", "refutes": 0}'])
def test_a_malformed_judgement_is_named(run: Run, row: str) -> None:
    (run.folder / "judgements.jsonl").write_text(row + "\n")
    with pytest.raises(DatasetError, match="line 1 is no judgement"):
        cases_of(run)


def test_a_run_without_judgements_scores_what_needs_none(run: Run) -> None:
    measures = score_run(open_run(run.folder))["measures"]
    assert measures["outcome"]["mean"] == 1.0
    assert measures["citation_recall"]["unscored"] == 2
    assert NOT_JUDGED.is_supported is None
    assert NOT_JUDGED.is_refuted is None


def test_a_passage_is_each_quote_once_source_by_source_in_the_order_of_its_document(scene: Any) -> None:
    scene.add("knee", f"{ICE} {REST}")
    scene.add("elbow", "Elbows\n  differ.")
    places = [("knee", REST), ("elbow", "Elbows\n  differ."), ("knee", ICE), ("knee", REST)]
    answer = scene.answer(scene.claim("x", *(scene.cite(*place) for place in places)))
    assert passage_of(answer.guidelines[0].citations) == f"{ICE} {REST} Elbows differ."
    assert joint_pair(answer.guidelines[0]) == (f"{ICE} {REST} Elbows differ.", "x")


def test_nuggets_are_held_against_single_statements_that_share_a_quarter_of_their_terms(scene: Any) -> None:
    item = Item.model_validate(
        {"question_id": "q", "question": "x", "nuggets": [{"nugget_id": "n", "text": "Ice eases knee pain."}]}
    )
    answer = read_answer(
        {
            "outcome": "answer",
            "research": [{"claim_id": str(n), "text": text} for n, text in enumerate(["Knee swells.", "Heat helps."])],
        },
        "here",
    )
    # "Knee" is one of four terms.
    assert nugget_pairs(item.nuggets[0], answer.statements()) == [("Knee swells.", "Ice eases knee pain.")]
    assert list(needed_pairs(item, answer)) == [("Knee swells.", "Ice eases knee pain.")]


def test_the_pairs_of_a_run_are_those_that_the_measures_ask_for(run: Run, scripted_judge: Any) -> None:
    """Whatever a measure looks up was judged: nothing is unscored in any of them."""
    judge_run(run, scripted_judge(dict.fromkeys(pairs_of_run(run), 0.6)))
    for case in cases_of(run):
        for name in ("citation_recall", "citation_precision", "citation_f1", "faithfulness", "contradiction_rate"):
            assert not measure_named(name).score(case).is_unscored
