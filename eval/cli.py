"""The command `rag-eval`: run a question set, score a run."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from rag.console import progress_shown, run, say


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def rag_eval(debug: bool) -> None:
    """Run question sets through Sourcebound and score the answers.

    \b
    rag-eval run --out runs/first
    rag-eval score runs/first
    """


@rag_eval.command("run")
@click.option("--suite", default="first", show_default=True, help="A shipped suite, or a .jsonl file.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The run folder; goes on if interrupted.")
@click.option("--composer", type=click.Choice(["extractive", "model"]), help="Who words the answers.")
@click.option("--index", metavar="NAME", help="Which index to ask.")
def run_command(suite: str, out: Path, composer: str | None, index: str | None) -> None:
    """Ask every question of a suite and keep the answers."""
    from eval.datasets import load_suite
    from eval.execution import run_suite
    from rag.config import load_settings
    from rag.factory import index_folder, ready_pipeline
    from rag.indexing.layout import read_manifest

    items = load_suite(suite)
    settings = load_settings(composer=composer, index=index)
    with progress_shown() as progress:
        pipeline = ready_pipeline(settings, say, progress)
        about = {
            "composer": settings.chosen_composer,
            "model": settings.model_name,
            "index_fingerprint": read_manifest(index_folder(settings)).fingerprint,
            "guideline_quota": settings.guideline_quota,
            "research_quota": settings.research_quota,
        }
        run_suite(items, pipeline, out, settings=about, progress=progress)
    click.echo(f"{len(items)} questions in {out}")


@rag_eval.command()
@click.argument("folder", type=click.Path(path_type=Path))
def score(folder: Path) -> None:
    """Score the run in FOLDER: prints a table and writes scores.json."""
    from eval.datasets import Item
    from eval.execution import load_run
    from eval.scoring import score_run
    from rag.config import load_settings
    from rag.ingestion.corpus_file import read_corpus

    meta, rows = load_run(folder)
    texts = {document.source.source_id: document.text for document in read_corpus(load_settings().corpus_dir)}
    scores = score_run([Item.model_validate(item) for item in meta["items"]], rows, texts)
    (folder / "scores.json").write_text(json.dumps(scores, ensure_ascii=False, indent=1), encoding="utf-8")
    click.echo(
        f"{scores['questions']} questions, {len(scores['unscored'])} unscored {scores['unscored'] or ''}".rstrip()
    )
    for name, one in scores["measures"].items():
        mean = "-" if one["mean"] is None else f"{one['mean']:.3f}"
        below = f"  below 1: {', '.join(one['below_one'])}" if one["below_one"] else ""
        click.echo(f"{name:18} {mean:>6}  over {one['questions']:3} questions{below}")


def main() -> None:
    """Entry point of the console script."""
    run(rag_eval, sys.argv[1:])
