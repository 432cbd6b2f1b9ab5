"""`python -m eval.latency`: how long an extractive answer takes in a running process, phase by phase.

The phases are those of a question's way: parse, search, compose, verify; the rest of the whole is assembly. Each
question is asked once before anything is measured, so that no phase loads what it needs.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median, quantiles

import click

from eval.datasets import Item, load_suite
from rag.config import Settings, load_settings
from rag.console import progress_shown, run, say
from rag.factory import ready_pipeline
from rag.factory.models import composer_of, verifier
from rag.pipeline import AnswerPipeline
from rag.question import parse_question
from rag.types import Progress, no_progress

PHASES = ("parse", "search", "compose", "verify", "whole answer")


def measured(
    items: Sequence[Item], pipeline: AnswerPipeline, settings: Settings, progress: Progress = no_progress
) -> dict[str, list[float]]:
    """Seconds of each phase for each question; `whole answer` is `AnswerPipeline.ask` itself."""
    composer, checks = composer_of(settings), verifier(settings)
    spent: dict[str, list[float]] = {phase: [] for phase in PHASES}

    @contextmanager
    def timed(phase: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        spent[phase].append(time.perf_counter() - start)

    for number, item in enumerate(items, start=1):
        pipeline.ask(item.question)
        with timed("parse"):
            question = parse_question(item.question, max_chars=len(item.question))
        with timed("search"):
            evidence = pipeline.search.gather(question.stem, question.queries())
        with timed("compose"):
            draft = composer.compose(question, evidence, "clinician")
        with timed("verify"):
            checks.verify(draft, evidence)
            checks.judge_options(question, evidence)
        with timed("whole answer"):
            pipeline.ask(item.question)
        progress("questions", number, len(items))
    return spent


def latency_table(spent: dict[str, list[float]]) -> str:
    """Median and 95th percentile of each phase, in milliseconds, as a Markdown table."""
    lines = ["| phase | p50, ms | p95, ms |", "|---|--:|--:|"]
    for phase, seconds in spent.items():
        high = quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
        lines.append(f"| {phase} | {1000 * median(seconds):.1f} | {1000 * high:.1f} |")
    return "\n".join(lines)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--suite", default="starter", show_default=True, help="The questions, as of `rag-eval run`.")
def latency(suite: str) -> None:
    """Measure the phases of extractive answers over a question set."""
    settings = load_settings(composer="extractive")
    items = load_suite(suite)
    with progress_shown() as progress:
        spent = measured(items, ready_pipeline(settings, say, progress), settings, progress)
    click.echo(f"{len(items)} questions of {suite}, {platform.system()} {platform.machine()}\n\n{latency_table(spent)}")


if __name__ == "__main__":
    run(latency, sys.argv[1:])
