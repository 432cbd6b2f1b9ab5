"""The command `rag chat`: a conversation on a terminal, from lines, or as JSON for another program."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from rag.console import progress_shown, say, settings_from
from rag.errors import RagError

if TYPE_CHECKING:
    from rag.answer import Answer
    from rag.config import Settings
    from rag.conversation.talk import Talk
    from rag.pipeline import AnswerPipeline

ERROR_SCHEMA = "sourcebound.error/1"
PHI = click.option(
    "--phi",
    type=click.Choice(["warn", "redact", "refuse"]),
    help="On identifiers in a question (default: refuse toward a remote model, else warn).",
)


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "json"]),
    default="terminal",
    show_default=True,
    help="json: one question a line on standard input, one answer object a line on standard output.",
)
@click.option(
    "--audience",
    type=click.Choice(["clinician", "researcher", "patient"]),
    default="clinician",
    show_default=True,
    help="Who reads the answers.",
)
@click.option("--composer", type=click.Choice(["extractive", "model"]), help="Who words the answers.")
@click.option("--verifier", metavar="NAME", help="What judges claims (default: see docs/settings.md).")
@click.option("--index", "name", metavar="NAME", help="Which index to ask.")
@click.option("--from-year", "year_from", type=int, metavar="YEAR", help="Only sources of this year or later.")
@click.option("--to-year", "year_to", type=int, metavar="YEAR", help="Only sources of this year or earlier.")
@click.option("--topic", "topics", multiple=True, metavar="TOPIC", help="Only sources on this topic; repeat for more.")
@PHI
@click.option("--long", "long", is_flag=True, help="Show every claim of the halves, not the first twelve.")
@click.option(
    "--resume", is_flag=False, flag_value="last", metavar="[ID]", help="Go on with a conversation (the last)."
)
@click.option("--forget", is_flag=True, help="Keep nothing of this conversation.")
def chat(
    form: str,
    audience: Any,
    *,
    composer: str | None,
    verifier: str | None,
    name: str | None,
    phi: str | None,
    long: bool,
    resume: str | None,
    forget: bool,
    **within: Any,
) -> None:
    """Ask, and ask on: a follow-up is made a stand-alone question, which is shown and can be corrected.

    Each answer is kept before it is shown; --resume goes on after a crash. /help lists what else a line can say.
    """
    from rag.factory import ready_pipeline
    from rag.factory import talk as begin
    from rag.types import SourceFilter

    settings = settings_from(composer=composer, verifier=verifier, index=name, phi=phi)
    with progress_shown() as progress:
        pipeline = ready_pipeline(settings, say, progress)
    searched = SourceFilter(topics=frozenset(within.pop("topics")), **within)
    talk = begin(
        settings,
        pipeline,
        lambda: pipeline.search,  # type: ignore[arg-type,return-value]
        resume=resume,
        forget=forget,
        audience=audience,
        within=searched,
    )
    if form == "json":
        sys.exit(0 if answer_lines(talk, sys.stdin, click.echo) else 1)
    _converse(talk, settings, pipeline, keep=not forget, long=long)


def answer_lines(talk: Talk, lines: Iterable[str], put: Callable[[str], None]) -> bool:
    """One line of JSON for each line that has a question, and for each that failed an error object; whether none did.

    The line `/new` begins a new conversation and gives nothing.
    """
    from rag.rendering.json_format import answer_record

    whole = True
    for line in lines:
        question = line.strip()
        if question == "/new":
            talk.start_afresh()
        elif question:
            try:
                record: dict[str, Any] = answer_record(talk.ask(question))
            except RagError as error:
                record, whole = {"schema": ERROR_SCHEMA, "error": str(error)}, False
            put(json.dumps(record, ensure_ascii=False))
            sys.stdout.flush()
    return whole


def _converse(talk: Talk, settings: Settings, pipeline: AnswerPipeline, *, keep: bool, long: bool) -> None:
    from rich.console import Console

    from rag.chat_loop import ChatLoop
    from rag.rendering.terminal import print_answer

    console = Console(highlight=False)

    def show(answer: Answer) -> None:
        print_answer(answer, console, long=long)
        console.print()

    if talk.conversation.turns:
        say(f"Going on with {talk.conversation.conversation_id}: {len(talk.conversation.turns)} turns so far.")
    loop = ChatLoop(talk, show, lambda line: console.print(line, markup=False, soft_wrap=True), say)
    if sys.stdin.isatty() and sys.stdout.isatty():
        from rag.chat_prompt import prompting

        say("Ask a question; /help lists the commands, /quit leaves.")
        topics = tuple(getattr(pipeline.search, "topics", ()))
        loop.run(prompting(topics, settings.history_file if keep else None))
    else:
        lines = _lines(sys.stdin)
        loop.run(lambda: _next(lines))
    if keep and talk.conversation.turns:
        say(f"Kept: rag chat --resume {talk.conversation.conversation_id}")
        say(f"The last answer: rag ledger show {talk.conversation.turns[-1].answer_id}")


def _lines(stream: Iterable[str]) -> Iterator[str]:
    for line in stream:
        yield line.rstrip("\n")


def _next(lines: Iterator[str]) -> str:
    try:
        return next(lines)
    except StopIteration:
        raise EOFError from None
