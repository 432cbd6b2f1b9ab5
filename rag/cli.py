"""The command `rag`: parse, call, print. No decisions about medicine or retrieval here."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from rag import __version__
from rag.account_commands import users
from rag.chat_commands import PHI, chat
from rag.console import progress_shown, run, say, settings_from
from rag.corpus_commands import corpus
from rag.index_commands import index
from rag.ledger_commands import ledger

if TYPE_CHECKING:
    from rag.pipeline import Step
    from rag.types import Audience

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
    rag chat

    Settings come from the environment, prefix RAG_ (docs/settings.md).
    """


@rag.command()
@click.argument("question")
@click.option("--format", "form", type=FORMATS, default="terminal", show_default=True, help="How to print the answer.")
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
    form: str,
    audience: Any,
    *,
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

    if stream and form != "terminal":
        raise click.UsageError("--stream prints on the terminal; leave out --format")
    settings = settings_from(composer=composer, verifier=verifier, index=name, phi=phi)
    parse_question(question, max_chars=settings.question_max_chars)
    with progress_shown() as progress:
        pipeline = ready_pipeline(settings, say, progress)
    topics = frozenset(within.pop("topics"))
    if stream:
        _print_steps(pipeline.stream(question, audience, SourceFilter(topics=topics, **within)), question, audience)
        return
    answer = pipeline.ask(question, audience, SourceFilter(topics=topics, **within))
    if form == "json":
        from rag.rendering.json_format import to_json

        click.echo(to_json(answer))
    elif form == "markdown":
        from rag.rendering.markdown import to_markdown

        click.echo(to_markdown(answer, long=long), nl=False)
    else:
        from rich.console import Console

        from rag.rendering.terminal import print_answer

        print_answer(answer, Console(highlight=False), long=long)


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
rag.add_command(ledger)
rag.add_command(users)


def main() -> None:
    """Entry point of the console script."""
    run(rag, sys.argv[1:])
