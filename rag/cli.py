"""The command `rag`: parse, call, print. No decisions about medicine or retrieval here."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag import __version__
from rag.errors import RagError
from rag.types import Progress

if TYPE_CHECKING:
    from rag.config import Settings

FORMATS = click.Choice(["terminal", "markdown", "json"])
AUDIENCES = click.Choice(["clinician", "researcher", "patient"])


def _settings(**overrides: object) -> Settings:
    from rag.config import load_settings

    return load_settings(**overrides)


def _print_json(content: object) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def say(message: str) -> None:
    """One line on standard error."""
    click.echo(message, err=True)


@contextmanager
def progress_shown() -> Iterator[Progress]:
    """A progress bar on a terminal, plain lines elsewhere; both on standard error."""
    if not sys.stderr.isatty():
        yield lambda stage, done, total: say(f"{stage} {done}/{total}") if done == total else None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield show


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

    settings = _settings(composer=composer, index=index)
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

    settings = _settings(index=name)
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

    settings = _settings()
    found = manifests(settings)
    if form == "json":
        _print_json([manifest.model_dump(exclude={"files", "source_hashes"}) for manifest in found])
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

    _print_json(read_manifest(index_folder(_settings(index=name))).model_dump())


@rag.group()
def corpus() -> None:
    """Check, list and show the sources."""


@corpus.command("check")
def corpus_check() -> None:
    """Read every corpus file, and name each that is broken."""
    from rag.ingestion.corpus_file import corpus_faults, read_corpus

    settings = _settings()
    faults = corpus_faults(settings.corpus_dir)
    for fault in faults[:-1]:
        say(f"Error: {fault}")
    if faults:
        raise faults[-1]
    documents = read_corpus(settings.corpus_dir)
    guidelines = sum(document.source.kind == "guideline" for document in documents)
    click.echo(f"{len(documents)} sources are sound: {guidelines} guidelines, {len(documents) - guidelines} research")


@corpus.command("list")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", help="How to print.")
def corpus_list(form: str) -> None:
    """List the sources with their kind, year and status."""
    from rag.ingestion.corpus_file import read_corpus

    sources = [document.source for document in read_corpus(_settings().corpus_dir)]
    if form == "json":
        _print_json([asdict(source) for source in sources])
    for source in sources if form == "terminal" else ():
        click.echo(f"{source.source_id:42} {source.kind:9} {source.year} {source.status:10} {source.title}")


@corpus.command("show")
@click.argument("source_id")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", help="How to print.")
def corpus_show(source_id: str, form: str) -> None:
    """Show the source SOURCE_ID: its record and its text, whose offsets citations count in."""
    from rag.factory import passages_of
    from rag.ingestion.corpus_file import find_document

    settings = _settings()
    document = find_document(settings.corpus_dir, source_id)
    if form == "json":
        _print_json(
            {
                "schema": "sourcebound.document/1",
                "source": asdict(document.source),
                "text": document.text,
                "passages": [
                    {key: value for key, value in asdict(passage).items() if key not in ("source_id", "kind")}
                    for passage in passages_of(document, settings)
                ],
            }
        )
        return
    for key, value in asdict(document.source).items():
        if value not in (None, ()):
            click.echo(f"{key}: {', '.join(value) if isinstance(value, tuple) else value}")
    click.echo(f"\n{document.text}")


def _exit_with(error: Exception, status: int) -> None:
    message = error.format_message() if isinstance(error, click.ClickException) else str(error)
    say(f"Error: {' '.join(message.split())}")
    sys.exit(status)


def run(command: Callable[..., Any], arguments: list[str]) -> None:
    """Run a click command: errors become one line on standard error, and 1 (failed) or 2 (wrong call)."""
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        command(args=arguments, prog_name=Path(sys.argv[0]).name, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        _exit_with(RagError("interrupted"), 1)
    except click.ClickException as error:
        if debug:
            raise
        _exit_with(error, error.exit_code)
    except RagError as error:
        if debug:
            raise
        _exit_with(error, error.exit_status)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        if debug:
            raise
        _exit_with(RagError(f"unexpected {type(error).__name__}", value=error, mend="--debug shows where"), 1)


def main() -> None:
    """Entry point of the console script."""
    run(rag, sys.argv[1:])
