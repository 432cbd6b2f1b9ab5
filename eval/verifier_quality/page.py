"""The report in Markdown: every set with the checker, its baselines and p-values, aims, and published figures."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from eval.classification import AUROC, BINS, ECE, KAPPA, MACRO_F1, RESAMPLES, Estimate, Measure
from eval.datasets import DatasetError
from eval.verifier_quality.results import SIGNIFICANT, SetResult

BEGIN, END = "<!-- results -->", "<!-- /results -->"
PLOT = "verifier_reliability.png"
_PACKAGES = ("numpy", "onnxruntime", "scikit-learn")
_CONTRAST_AIM = 6


@dataclass(frozen=True, slots=True)
class Aim:
    """The least that a checker should reach on a set, or for a measure where less is better the most."""

    name: str
    measure: Measure
    bound: float
    at_most: bool = False

    def line(self, result: SetResult) -> list[str]:
        """A row: what, bound, value, and by how much it is missed if it is."""
        value = result.ours[self.measure.name].value
        short = value - self.bound if self.at_most else self.bound - value
        bound = f"{'≤' if self.at_most else '≥'} {self.bound:.2f}"
        verdict = "reached" if short <= 0 else f"missed by {short:.3f}"
        return [f"{result.chosen.title}, {self.measure.name}", bound, f"{value:.3f}", verdict]


AIMS = (
    Aim("scifact-dev", MACRO_F1, 0.78),
    Aim("check-covid-dev", MACRO_F1, 0.74),
    Aim("healthver-dev", AUROC, 0.82),
    Aim("scifact-dev", ECE, 0.08, at_most=True),
)
PUBLISHED = (
    ("healthver-dev", "SciBERT (110 M) and DeBERTa-base, trained on HealthVer", "0.77", "their own split"),
    ("scifact-dev", "SciBERT (110 M) and DeBERTa-base", "0.84", "their own pairs"),
    (
        "check-covid-dev",
        "a fact-checking system trained on it; GPT-3.5",
        "0.77; 0.70",
        "F1 on the test part, [paper](https://ar5iv.labs.arxiv.org/html/2305.18265)",
    ),
    (
        "citation-integrity-dev",
        "DeBERTa-v3-base (184 M), trained on it",
        "0.44 to 0.47",
        "test part, [jedick/MLE-capstone-project](https://github.com/jedick/MLE-capstone-project)",
    ),
)


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _with_interval(one: Estimate) -> str:
    return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def quality_table(results: Sequence[SetResult]) -> str:
    """The checker on every set, and the p-values that it is better than every baseline."""
    rows = [
        [
            result.chosen.title,
            f"{result.pairs:,}",
            str(len(result.chosen.labels)),
            *(_with_interval(result.ours[one.name]) for one in (MACRO_F1, AUROC)),
            *(f"{result.ours[one.name].value:.3f}" for one in (KAPPA, ECE)),
            *(_p(result.p_value(one)) for one in (MACRO_F1, AUROC)),
            f"{result.pairs_per_second:,.0f}",
        ]
        for result in results
    ]
    head = ["set", "pairs", "labels", "macro F1", "AUROC", "kappa", "ECE", "p, macro F1", "p, AUROC", "pairs/s"]
    return markdown_table(head, rows)


def baseline_table(results: Sequence[SetResult]) -> str:
    """Macro F1 and AUROC of the checker beside each baseline; the highest of a row is bold."""
    baselines = list(results[0].baselines)
    rows = []
    for result in results:
        row = [result.chosen.title]
        for measure in (MACRO_F1, AUROC):
            values = [one[measure.name].value for one in (result.ours, *result.baselines.values())]
            row += [f"**{value:.3f}**" if value == max(values) else f"{value:.3f}" for value in values]
        rows.append(row)
    head = [f"{measure.name}: {name}" for measure in (MACRO_F1, AUROC) for name in ("checker", *baselines)]
    return markdown_table(["set", *head], rows)


def aims_table(results: Sequence[SetResult]) -> str:
    """Whether the aims are reached, for the sets that were measured; empty without any."""
    by_name = {result.chosen.name: result for result in results}
    rows = [aim.line(by_name[aim.name]) for aim in AIMS if aim.name in by_name]
    contrast = [result for result in results if result.chosen.contrast]
    if contrast:
        for what, better in _ways_to_be_better():
            beaten = sum(map(better, contrast))
            missed = f"missed by {_CONTRAST_AIM - beaten}"
            name = f"better than every baseline with p < {SIGNIFICANT} {what}"
            rows.append(
                [
                    name,
                    f"≥ {_CONTRAST_AIM} of 8 sets",
                    f"{beaten} of {len(contrast)}",
                    "reached" if beaten >= _CONTRAST_AIM else missed,
                ]
            )
    return markdown_table(["what", "aim", "measured", ""], rows) if rows else ""


def _ways_to_be_better() -> list[tuple[str, Callable[[SetResult], bool]]]:
    return [
        ("in macro F1", lambda result: result.p_value(MACRO_F1) < SIGNIFICANT),
        ("in AUROC", lambda result: result.p_value(AUROC) < SIGNIFICANT),
        ("in both", lambda result: result.beats_every_baseline),
    ]


def published_table(results: Sequence[SetResult]) -> str:
    """Figures that larger models publish, beside ours; empty where none is known of the sets that were measured."""
    by_name = {result.chosen.name: result for result in results}
    rows = [
        [by_name[name].chosen.title, f"{by_name[name].ours[MACRO_F1.name].value:.3f}", figure, model, where]
        for name, model, figure, where in PUBLISHED
        if name in by_name
    ]
    return markdown_table(["set", "ours, macro F1", "published", "by", "on"], rows) if rows else ""


def report(results: Sequence[SetResult], model: str) -> str:
    """All tables with their definitions, as Markdown."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = ", ".join(f"{one} {version(one)}" for one in _PACKAGES)
    licences = "; ".join(f"{result.chosen.title}: {result.chosen.licence}" for result in results)
    parts = [
        f"Checker `{model}`. {datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {cores} cores; {packages}.",
        f"In brackets: 95 % intervals by {RESAMPLES:,} bootstrap resamples of whole groups (claims of one origin, or "
        "pairs over one document). Three labels: supports, neutral, refutes, the likeliest wins. Two: supports "
        "against the rest. AUROC: of P(supports), supports against the rest. ECE: expected calibration error of the "
        f"label decided for, {BINS} bins of equal width (Guo et al. 2017). p: one-sided, paired on the same "
        "resamples, the largest over the baselines. Pairs/s depend on how long the pairs of a set are.",
        quality_table(results),
        "The baselines: *token overlap* is the share of the claim's content terms in the passage, *embedding "
        "similarity* the cosine of all-MiniLM-L6-v2: *plain*, so that more of it is more support (above a half it "
        "decides for it), or made into probabilities by a logistic regression fitted on SciFact train and Check-COVID "
        "train, which may rank the pairs of another set backwards; *claim only* is the checker itself, shown an empty "
        "passage.",
        baseline_table(results),
        aims_table(results),
        published_table(results),
        f"Licences of the sets, none of which is part of this repository: {licences}.",
    ]
    return "\n\n".join(part for part in parts if part)


def page_written(page: Path, text: str) -> None:
    """Put the report between the markers of a page.

    Raises:
        DatasetError: the page is missing or lacks a marker.
    """
    try:
        before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    except OSError as error:
        raise DatasetError("the page for the results cannot be read", value=error) from error
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise DatasetError(f"the page lacks its markers {BEGIN} and {END}", value=page)
    shown = f"![Reliability: confidence against the share that is right]({PLOT})"
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{shown}\n\n{END}{after}", encoding="utf-8")
