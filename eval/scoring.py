"""Scores a run from its files alone: a value per measure and question, means with intervals, and what is unscored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from eval.datasets import DatasetError
from eval.judging import read_judgements
from eval.measures.base import Case, Measure, Score
from eval.measures.catalogue import MEASURES, measure_named
from eval.rankings import read_run_lines, topic
from eval.run_folder import RUN_TREC, SCORES, Run, write_json
from eval.stats import interval
from rag.types import KINDS

SCHEMA = "sourcebound.scores/2"


def cases_of(run: Run, judge: str | None = None) -> list[Case]:
    """Every question of a run with all that measures look up; one that was not asked has no answer.

    Args:
        run: the run.
        judge: whose judgements to take; None: those of the judge that judged last.
    """
    judgements = read_judgements(run.folder, judge)
    ranked = read_run_lines(run.folder / RUN_TREC) if (run.folder / RUN_TREC).is_file() else {}
    cases = []
    for item in run.items:
        row = run.rows.get(item.question_id)
        cases.append(
            Case(
                item,
                row.answer if row else None,
                row.error if row else "not asked: rag-eval run goes on where it stopped",
                row.audiences if row else {},
                judgements,
                run.documents,
                {kind: ranked.get(topic(item.question_id, kind), {}) for kind in KINDS} if ranked else None,
                row.latency_s if row else None,
                row.cost if row else None,
            )
        )
    return cases


def _summary(measure: Measure, scores: Mapping[str, Score]) -> dict[str, Any]:
    values = {name: one.value for name, one in scores.items() if one.value is not None}
    found = interval(list(values.values()))
    return {
        "mean": None if found is None else round(found.mean, 4),
        "low": None if found is None else round(found.low, 4),
        "high": None if found is None else round(found.high, 4),
        "better": measure.better,
        "scored": len(values),
        "unscored": sum(one.is_unscored for one in scores.values()),
        "not_applicable": sum(not one.applies for one in scores.values()),
        "questions": {
            name: {"value": None if one.value is None else round(one.value, 6), "why": one.why}
            for name, one in scores.items()
            if one.applies
        },
    }


def score_cases(cases: Sequence[Case], measures: Sequence[Measure] = MEASURES) -> dict[str, Any]:
    """Scores of cases: in all, and of the outcome and nugget measures by category.

    Every question is expected in every measure that applies to it: omission is never rewarded. Means are over the
    questions that have a value; how many have none is counted beside them.
    """
    by_measure = {measure.name: {case.item.question_id: measure.score(case) for case in cases} for measure in measures}
    categories: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        if case.item.category:
            categories[case.item.category].append(case.item.question_id)
    shown = [measure for measure in measures if measure.name in ("outcome", "citation_precision", "vital_recall")]
    return {
        "schema": SCHEMA,
        "questions": len(cases),
        "failed": {case.item.question_id: case.error for case in cases if case.answer is None},
        "measures": {measure.name: _summary(measure, by_measure[measure.name]) for measure in measures},
        "categories": {
            category: {
                "questions": len(ids),
                **{
                    measure.name: {
                        key: value
                        for key, value in _summary(measure, {one: by_measure[measure.name][one] for one in ids}).items()
                        if key in ("mean", "low", "high", "scored", "unscored")
                    }
                    for measure in shown
                },
            }
            for category, ids in sorted(categories.items())
        },
    }


def score_run(run: Run, judge: str | None = None) -> dict[str, Any]:
    """Score a run, and keep the scores in its folder.

    Raises:
        DatasetError: a file of the run is damaged, or that judge has not judged it.
    """
    cases = cases_of(run, judge)
    scores = score_cases(cases) | {
        "system": run.name,
        "judge": cases[0].judgements.judge if cases else None,
        "settings": run.meta.get("settings", {}),
    }
    write_json(run.folder / SCORES, scores)
    return scores


def fallen_under(scores: Mapping[str, Any], bounds: Sequence[str]) -> list[str]:
    """The bounds, each as `measure=value`, that the scores do not keep, in words.

    For a measure of which less is better the bound is the highest value allowed. A measure without any value, or with
    questions that are unscored, keeps no bound.

    Raises:
        DatasetError: a bound is malformed, or there is no such measure.
    """
    missed = []
    for bound in bounds:
        name, _, wanted = bound.partition("=")
        try:
            limit = float(wanted)
        except ValueError as error:
            raise DatasetError(
                "a bound is no number", value=bound, mend="--fail-under citation_precision=0.95"
            ) from error
        measure = measure_named(name.strip())
        found = scores["measures"][measure.name]
        mean = found["mean"]
        kept = mean is not None and (mean >= limit if measure.better == "higher" else mean <= limit)
        if not kept or found["unscored"]:
            unscored = f", {found['unscored']} unscored" if found["unscored"] else ""
            missed.append(f"{measure.name} is {mean}{unscored}, asked {limit:g}")
    return missed
