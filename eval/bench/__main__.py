"""The command `python -m eval.bench` (`make bench`): measure what has no result yet, then write page and plot."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from eval.bench.calls import Caller
from eval.bench.figures import figures_of, ratios_of
from eval.bench.jobs import Records, jobs_in_turns, run_jobs
from eval.bench.machine import machine_facts
from eval.bench.page import figures_table, ratios_table, results_text, write_page
from eval.bench.plot import write_plot
from rag.console import run, say

PASSAGES, QUESTIONS = 5000, 300
QUICK_PASSAGES, QUICK_QUESTIONS = 300, 60
_FOLDER = click.Path(path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--work", type=_FOLDER, help="Folder of texts, indexes and results.  [default: runs/bench]")
@click.option("--page", type=_FOLDER, help="Page to write, its plot beside it.  [default: docs/performance.md]")
@click.option("--passages", type=click.IntRange(min=20), default=PASSAGES, show_default=True, help="Most passages.")
@click.option("--questions", type=click.IntRange(min=1), default=QUESTIONS, show_default=True, help="Most questions.")
@click.option("--build-runs", type=click.IntRange(min=1), default=2, show_default=True, help="Runs of a full build.")
@click.option("--runs", type=click.IntRange(min=1), default=5, show_default=True, help="Runs of everything else.")
@click.option("--quick", is_flag=True, help="300 passages, 60 questions, one run; work and page in runs/bench-quick.")
@click.option("--peers-python", default=sys.executable, metavar="PATH", help="Python that has the peers.")
def bench(
    *,
    work: Path | None,
    page: Path | None,
    passages: int,
    questions: int,
    build_runs: int,
    runs: int,
    quick: bool,
    peers_python: str,
) -> None:
    """Our index beside LangChain FAISS, LlamaIndex with FAISS, and txtai, on this machine.

    Finished measurements are kept in the work folder: an interrupted run goes on. Delete the folder to measure anew.
    About half an hour on two cores.
    """
    work = work or Path("runs/bench-quick" if quick else "runs/bench")
    page = page or (work / "performance.md" if quick else Path("docs/performance.md"))
    if quick:
        passages, questions, build_runs, runs = QUICK_PASSAGES, QUICK_QUESTIONS, 1, 1
    caller, records = Caller(work.resolve(), peers_python), Records(work.resolve() / "results")
    say("writing the texts")
    texts = caller.write_texts(passages, questions)
    today = datetime.now(UTC).date().isoformat()
    setup = records.settle({**texts, "date": today, "machine": machine_facts()}, same=(*texts, "machine"))
    jobs = jobs_in_turns({"build": build_runs, "update": runs, "ask": runs, "serve": runs})
    results = run_jobs(jobs, records, caller.perform, say)
    figures = figures_of(results, setup["passages"])
    ratios = ratios_of(figures)
    plot = page.with_suffix(".png")
    write_plot(plot, figures)
    write_page(page, results_text(setup, results, figures, ratios, plot.name))
    click.echo(f"{figures_table(figures)}\n\n{ratios_table(ratios)}\n\n{page}, {plot}")


if __name__ == "__main__":
    run(bench, sys.argv[1:])
