"""The page: from a measure to its questions, from there to claims, from a claim to the highlighted sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from eval.measures.base import Case, Family, Measure
from eval.measures.catalogue import measure_named
from eval.report import plots
from eval.report.questions import ShownQuestion, shown_question
from eval.report.tables import measure_rows, with_interval

_LOWEST = 12
_PAIRED = 8
_FAMILIES: dict[Family, str] = {
    "outcome": "Answering and refusing",
    "absence": "What is not there",
    "attribution": "Are the citations right?",
    "nuggets": "Is it complete?",
    "pointers": "Pointers, quotes and figures",
    "lifecycle": "Retracted and superseded sources",
    "agreement": "Do guidelines and research agree?",
    "retrieval": "Was it found?",
    "reading": "Reading, time and cost",
}
_HEADLINE = ("outcome", "citation_recall", "citation_precision", "faithfulness", "contradiction_rate", "vital_recall")
_FINGERPRINT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{20,}")
_OWN_JUDGE = "sourcebound-entailment/"
_PLOTTED = (
    "outcome",
    "citation_recall",
    "citation_precision",
    "faithfulness",
    "vital_recall",
    "nugget_recall",
    "option_coverage",
    "guideline_ndcg@10",
    "research_ndcg@10",
)


@dataclass(frozen=True, slots=True)
class ShownMeasure:
    """A measure with its mean as the page shows it, and the questions where it is worst."""

    measure: Measure
    summary: Mapping[str, Any]
    is_share: bool
    lowest: Sequence[tuple[str, str, str]]


def shown_measures(scores: Mapping[str, Any]) -> dict[str, ShownMeasure]:
    """Every measure that concerns some question of the run, by name, in the order of the catalogue."""
    found: dict[str, ShownMeasure] = {}
    for name, one, _ in measure_rows(scores):
        values = [entry["value"] for entry in one["questions"].values() if entry["value"] is not None]
        is_share = bool(values) and measure_named(name).family != "reading" and 0 <= min(values) <= max(values) <= 1
        found[name] = ShownMeasure(measure_named(name), one, is_share, _lowest(one))
    return found


def _lowest(one: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The questions of a measure with the worst values, and those without one."""
    better = 1 if one["better"] == "higher" else -1
    found = sorted(
        one["questions"].items(),
        key=lambda pair: (pair[1]["value"] is not None, better * (pair[1]["value"] or 0.0), pair[0]),
    )
    return [
        (name, "unscored" if entry["value"] is None else f"{entry['value']:.3f}", entry["why"])
        for name, entry in found[:_LOWEST]
    ]


def _trade_off(scores: Mapping[str, Any]) -> list[tuple[float, float]]:
    complete, faithful = (scores["measures"][name]["questions"] for name in ("vital_recall", "faithfulness"))
    return [
        (complete[name]["value"], faithful[name]["value"])
        for name in sorted(complete.keys() & faithful.keys())
        if complete[name]["value"] is not None and faithful[name]["value"] is not None
    ]


@dataclass(frozen=True, slots=True)
class Beside:
    """Another run of the same questions: the comparison with it, and its cases for reading side by side."""

    found: Mapping[str, Any]
    cases: Sequence[Case]


def _side_by_side(beside: Beside, cases: Sequence[Case]) -> list[tuple[ShownQuestion, ShownQuestion, str]]:
    """The questions that differ most in the headline measures, each once, with what differs."""
    ours, theirs = ({case.item.question_id: case for case in some} for some in (cases, beside.cases))
    what: dict[str, list[str]] = {}
    for row in beside.found["measures"]:
        if row["measure"] in _HEADLINE:
            for one in row["most_different"][:_PAIRED]:
                what.setdefault(one["question_id"], []).append(f"{row['measure']} {one['a']:.2f} / {one['b']:.2f}")
    most = sorted(what, key=lambda name: (-len(what[name]), name))[:_PAIRED]
    return [(shown_question(theirs[name]), shown_question(ours[name]), ", ".join(what[name])) for name in most]


def html_report(
    scores: Mapping[str, Any],
    cases: Sequence[Case],
    about: Mapping[str, Any],
    benchmark: Mapping[str, Any] | None = None,
    beside: Beside | None = None,
) -> str:
    """The page as one self-contained text: no script, no request to anywhere.

    Args:
        scores: of `eval.scoring`.
        cases: the questions that they are of.
        about: the run's meta record.
        benchmark: what is known of the judge, as of `eval.benchmarking`; None: nothing.
        beside: another run to compare with.
    """
    from jinja2 import Environment, StrictUndefined

    def short(text: object) -> str:
        return _FINGERPRINT.sub(r"\1…", str(text))

    template = files("eval.report").joinpath("page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["short"] = short
    measures = shown_measures(scores)
    families = [
        (title, [one for one in measures.values() if one.measure.family == family])
        for family, title in _FAMILIES.items()
    ]
    return environment.from_string(template).render(
        scores=scores,
        about=about,
        headline=[measures[name] for name in _HEADLINE if name in measures],
        families=[(title, some) for title, some in families if some],
        questions=[shown_question(case) for case in cases],
        benchmark=benchmark,
        is_own_judge=(scores["judge"] or "").startswith(_OWN_JUDGE),
        comparison=beside.found if beside else None,
        side_by_side=_side_by_side(beside, cases) if beside else (),
        distributions=plots.distributions(scores["measures"], _PLOTTED),
        trade_off=plots.trade_off(_trade_off(scores)),
        reliability=plots.reliability(benchmark["reliability"]) if benchmark else None,
        with_interval=with_interval,
    )
