"""The command `rag`: parse, call, print. No decisions about medicine or retrieval here."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag import __version__
from rag.account_commands import users
from rag.chat_commands import PHI, chat
from rag.console import progress_shown, run, say, settings_from, write_new
from rag.corpus_commands import corpus
from rag.index_commands import index
from rag.ledger_commands import ledger
from rag.rendering.exports import EXPORTS, Exported, export, format_of
from rag.serve_commands import serve

if TYPE_CHECKING:
    from rag.answer import Answer
    from rag.pipeline import Step
    from rag.types import Audience

FORMATS = click.Choice(["terminal", *EXPORTS])
AUDIENCES = click.Choice(["clinician", "researcher", "patient"])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="rag")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def rag(debug: bool) -> None:
    """Clinical answers whose every statement is bound to the exact words of its source.

    \b
    rag ask "What relieves the pain of lumbar spinal stenosis?"
    rag ask --format json --audience researcher "Does pregabalin help sciatica?"
    rag chat

    Settings come from the environment, prefix RAG_ (docs/settings.md).
    """


@rag.command()
@click.argument("question")
@click.option("--format", "form", type=FORMATS, help="How to give the answer (default: terminal, or as --out ends).")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the answer to a new file; without --format its ending says how.",
)
@click.option("--stream", is_flag=True, help="Print each claim, all of them, as soon as it has passed; terminal only.")
@click.option("--long", "long", is_flag=True, help="Show every claim of the halves, not the first twelve.")
@click.option("--audience", type=AUDIENCES, default="clinician", show_default=True, help="Who reads it.")
@click.option(
    "--composer",
    type=click.Choice(["extractive", "model"]),
    help="Who words it (default: see docs/settings.md).",
)
@click.option("--verifier", metavar="NAME", help="What judges claims (default: see docs/settings.md).")
@click.option("--index", "name", metavar="NAME", help="Which index to ask.")
@click.option("--from-year", "year_from", type=int, metavar="YEAR", help="Only sources of this year or later.")
@click.option("--to-year", "year_to", type=int, metavar="YEAR", help="Only sources of this year or earlier.")
@click.option("--topic", "topics", multiple=True, metavar="TOPIC", help="Only sources on this topic; repeat for more.")
@PHI
def ask(
    question: str,
    form: str | None,
    audience: Any,
    *,
    out: Path | None,
    stream: bool,
    long: bool,
    composer: str | None,
    verifier: str | None,
    name: str | None,
    phi: str | None,
    **within: Any,
) -> None:
    """Answer QUESTION from the guidelines and the research in the index.

    The default index is built on first use. Where the sources do not answer, it says so, and exits with 0.
    """
    from rag.factory import ready_pipeline
    from rag.question import parse_question
    from rag.types import SourceFilter

    form = chosen_format(form, out, stream)
    settings = settings_from(composer=composer, verifier=verifier, index=name, phi=phi)
    parse_question(question, max_chars=settings.question_max_chars)
    with progress_shown() as progress:
        pipeline = ready_pipeline(settings, say, progress)
    topics = frozenset(within.pop("topics"))
    if stream:
        _print_steps(pipeline.stream(question, audience, SourceFilter(topics=topics, **within)), question, audience)
        return
    answer = pipeline.ask(question, audience, SourceFilter(topics=topics, **within))
    if form != "terminal":
        _give(_exported(answer, form, long), out)
    else:
        from rich.console import Console

        from rag.rendering.terminal import print_answer

        print_answer(answer, Console(highlight=False), long=long)


def chosen_format(form: str | None, out: Path | None, stream: bool) -> str:
    """The format that is meant, checked before anything is asked: what could not be given out is not made.

    Raises:
        click.UsageError: the options do not go together, or the file is there already.
    """
    found = form or (format_of(out.name) if out else "terminal")
    if found is None:
        raise click.UsageError(f"cannot tell the format from {out}; end its name otherwise, or give --format")
    if stream and (found != "terminal" or out):
        raise click.UsageError("--stream prints on the terminal; leave out --format and --out")
    if out and found == "terminal":
        raise click.UsageError("--format terminal is for the terminal; a file takes another")
    if out and out.exists():
        raise click.UsageError(f"the file is there already: {out} (give another name)")
    if not out and found != "terminal" and not EXPORTS[found].text and sys.stdout.isatty():
        raise click.UsageError(f"{found} is not text for a terminal; add --out FILE")
    return found


def _exported(answer: Answer, form: str, long: bool) -> Exported:
    """The answer in a format; on a screen, Markdown folds what is beyond the first twelve claims."""
    if form == "markdown" and not long:
        from rag.rendering.markdown import to_markdown

        return EXPORTS[form].exported(to_markdown(answer))
    return export(answer, form)


def _give(exported: Exported, out: Path | None) -> None:
    if out:
        write_new(out, exported.content)
        say(f"Written: {out}")
    else:
        click.echo(exported.content, nl=False)


def _print_steps(steps: Generator[Step, None, None], question: str, audience: Audience) -> None:
    """Print claims as they come, and then the rest of the answer."""
    from rich.console import Console

    from rag.answer import Answer, ClaimShown
    from rag.rendering.terminal import StreamedAnswer

    with closing(steps):
        printed = StreamedAnswer(question, audience, Console(highlight=False))
        for step in steps:
            if isinstance(step, ClaimShown):
                printed.show(step)
            elif isinstance(step, Answer):
                printed.finish(step)


rag.add_command(chat)
rag.add_command(index)
rag.add_command(corpus)
rag.add_command(serve)
rag.add_command(ledger)
rag.add_command(users)


def main() -> None:
    """Entry point of the console script."""
    run(rag, sys.argv[1:])
