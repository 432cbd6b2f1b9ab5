"""The command `rag`: parse, call, print. No decisions about medicine or retrieval here."""

from __future__ import annotations

import sys
from typing import Any

import click

from rag import __version__
from rag.console import print_json, progress_shown, run, say, settings_from
from rag.corpus_commands import corpus

FORMATS = click.Choice(["terminal", "markdown", "json"])
AUDIENCES = click.Choice(["clinician", "researcher", "patient"])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="rag")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def rag(debug: bool) -> None:
    """Clinical answers whose every statement is bound to the exact words of its source.

    \b
    rag ask "What relieves the pain of lumbar spinal stenosis?"
    rag ask --format json --audience researcher "Does pregabalin help sciatica?"

    Settings come from the environment, prefix RAG_ (docs/settings.md).
    """


@rag.command()
@click.argument("question")
@click.option("--format", "form", type=FORMATS, default="terminal", show_default=True, help="How to print the answer.")
@click.option("--audience", type=AUDIENCES, default="clinician", show_default=True, help="Who reads it.")
@click.option(
    "--composer",
    type=click.Choice(["extractive", "model"]),
    help="Who words it (default: see docs/settings.md).",
)
@click.option("--index", metavar="NAME", help="Which index to ask.")
def ask(question: str, form: str, audience: Any, composer: str | None, index: str | None) -> None:
    """Answer QUESTION from the guidelines and the research in the index.

    The default index is built on first use. Where the sources do not answer, it says so, and exits with 0.
    """
    from rag.factory import ready_pipeline
    from rag.question import parse_question

    settings = settings_from(composer=composer, index=index)
    parse_question(question, max_chars=settings.question_max_chars)
    with progress_shown() as progress:
        pipeline = ready_pipeline(settings, say, progress)
    answer = pipeline.ask(question, audience)
    if form == "json":
        from rag.rendering.json_format import to_json

        click.echo(to_json(answer))
    elif form == "markdown":
        from rag.rendering.markdown import to_markdown

        click.echo(to_markdown(answer), nl=False)
    else:
        from rich.console import Console

        from rag.rendering.terminal import print_answer

        print_answer(answer, Console(highlight=False))


@rag.group()
def index() -> None:
    """Build, list and inspect indexes."""


@index.command("build")
@click.argument("name", required=False)
def index_build(name: str | None) -> None:
    """Build the index NAME from the corpus. The old one stays usable until the new one is whole."""
    from rag.factory import build, index_folder

    settings = settings_from(index=name)
    with progress_shown() as progress:
        manifest = build(settings, progress)
    counts = manifest.counts
    click.echo(
        f"Index {manifest.name}: {counts['sources']} sources, {counts['passages']} passages, "
        f"{counts['sentences']} sentences, in {index_folder(settings)}"
    )


@index.command("list")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", help="How to print.")
def index_list(form: str) -> None:
    """List the built indexes."""
    from rag.factory import manifests

    settings = settings_from()
    found = manifests(settings)
    if form == "json":
        print_json([manifest.model_dump(exclude={"files", "source_hashes"}) for manifest in found])
    elif not found:
        click.echo(f"No index in {settings.indexes_dir} yet: rag index build")
    for manifest in found if form == "terminal" else ():
        counts = manifest.counts
        click.echo(
            f"{manifest.name}\t{counts['sources']} sources\t{counts['passages']} passages\t"
            f"{manifest.encoder['name']}\t{manifest.built_at}\t{manifest.fingerprint[:12]}"
        )


@index.command("inspect")
@click.argument("name", required=False)
def index_inspect(name: str | None) -> None:
    """Print what the index NAME was built from and with, as JSON."""
    from rag.factory import index_folder
    from rag.indexing.layout import read_manifest

    print_json(read_manifest(index_folder(settings_from(index=name))).model_dump())


rag.add_command(corpus)


def main() -> None:
    """Entry point of the console script."""
    run(rag, sys.argv[1:])
