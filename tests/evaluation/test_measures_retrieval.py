"""Retrieval of each kind: by hand, and as `ir-measures` has it from the run's own TREC files."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import ir_measures
import pytest
from ir_measures import AP, RR, R, nDCG

from eval.execution import Reply
from eval.measures.retrieval import MEASURES
from eval.scoring import score_run

NAMES = [measure.name for measure in MEASURES]
KINDS = ("guideline", "research")


def found(*ranking: str, none: bool = False, missing: bool = False, kind: str = "guideline") -> Any:
    """Sources a to c are of the kind: a carries a vital nugget, b an okay one, c none."""

    def case(scene: Any) -> Any:
        for source in "abc":
            scene.add(source, f"Text {source}.", kind)
        nuggets = [
            {"nugget_id": source, "text": source, "importance": importance, "sentences": [tied(source)]}
            for source, importance in (("a", "vital"), ("b", "okay"))
        ]
        scores = {source: float(-place) for place, source in enumerate(ranking)}
        ranked = None if none else {one: scores if one == kind else {} for one in KINDS}
        answer = None if missing else scene.answer(scene.claim("x"))
        return scene.case(answer, item={"nuggets": nuggets}, ranked=ranked)

    return case


def tied(source: str) -> dict[str, str]:
    return {"source_id": source, "quote": f"Text {source}."}


IDEAL = 2 + 1 / math.log2(3)
BY_HAND = {
    # Found c, b, a: the okay one second, the vital one third. Found a alone. Found nothing.
    "ndcg@10": ((1 / math.log2(3) + 2 / math.log2(4)) / IDEAL, 2 / IDEAL),
    "recall@5": (1.0, 1 / 2),
    "recall@10": (1.0, 1 / 2),
    "mrr": (1 / 2, 1.0),
    "map": ((1 / 2 + 2 / 3) / 2, 1 / 2),
}
EXAMPLES = [
    example
    for kind in KINDS
    for name, (late, alone) in BY_HAND.items()
    for example in (
        (f"{kind}_{name}", found("c", "b", "a", kind=kind), late, ""),
        (f"{kind}_{name}", found("a", kind=kind), alone, ""),
        (f"{kind}_{name}", found(kind=kind), 0.0, "nothing was found"),
        (f"{kind}_{name}", found("a", none=True, kind=kind), "does not apply", "the system does not tell"),
        (f"{kind}_{name}", found("a", missing=True, kind=kind), "unscored", "a row that failed"),
    )
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one[0]}-{one[2]}")
def test_a_measure_gives_what_was_worked_out_by_hand(example: Any, holds: Any) -> None:
    holds(example)


def test_every_measure_has_three_examples_and_one_with_a_gap(cover: Any) -> None:
    cover(MEASURES, EXAMPLES)


def test_a_question_with_nothing_relevant_of_a_kind_is_not_measured_there(scene: Any) -> None:
    case = found("a")(scene)
    assert {measure.name for measure in MEASURES if measure.score(case).applies} == {
        name for name in NAMES if name.startswith("guideline_")
    }


def test_scores_agree_with_ir_measures_called_on_the_trec_files_of_the_run(scene: Any, tmp_path: Path) -> None:
    for source, kind in (("g1", "guideline"), ("g2", "guideline"), ("g3", "guideline"), ("r1", "research")):
        scene.add(source, f"Text {source}.", kind)
    scene.add("r2", "Text r2.", "research")
    rankings = {
        "q1": [("g3", 3.0), ("g1", 2.5), ("g2", 2.0), ("r2", 0.9), ("r1", 0.8), ("g1", 1.0)],
        "q2": [("g2", 0.7), ("r1", 0.1)],
        "q3": [("g3", 0.7)],
    }
    relevant = {"q1": {"g1": "vital", "g2": "okay", "r1": "vital"}, "q2": {"g2": "okay"}, "q3": {"g1": "vital"}}
    items = [
        {
            "question_id": name,
            "nuggets": [
                {"nugget_id": one, "text": one, "importance": importance, "sentences": [tied(one)]}
                for one, importance in sources.items()
            ],
        }
        for name, sources in relevant.items()
    ]
    replies = {
        name: Reply(
            scene.record(scene.claim("x")),
            {},
            [
                scene.ranked(source, score, scene.documents[source].source.kind, passage)
                for passage, (source, score) in enumerate(ranking)
            ],
        )
        for name, ranking in rankings.items()
    }
    scores = score_run(scene.run(tmp_path / "run", items, replies))["measures"]
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "run" / "qrels.trec")))
    run = list(ir_measures.read_trec_run(str(tmp_path / "run" / "run.trec")))
    names = {"ndcg@10": nDCG @ 10, "recall@5": R @ 5, "recall@10": R @ 10, "mrr": RR, "map": AP}
    compared = 0
    for name, measure in names.items():
        for one in ir_measures.iter_calc([measure], qrels, run):
            question, kind = one.query_id.split("/")
            ours = scores[f"{kind}_{name}"]["questions"][question]["value"]
            assert ours == pytest.approx(one.value, abs=1e-6), (name, question, kind)
            compared += 1
    # q1 has both kinds, q2 and q3 guidelines only.
    assert compared == 4 * len(names)
