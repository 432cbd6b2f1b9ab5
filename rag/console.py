"""What every command shares: settings, messages, progress, and errors as one line with an exit status."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.errors import QuestionError, RagError
from rag.types import Progress

if TYPE_CHECKING:
    from rag.config import Settings

FORMAT = click.option(
    "--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", help="How to print."
)
DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")


def settings_from(**overrides: object) -> Settings:
    """The settings, with what the command line says on top."""
    from rag.config import load_settings

    return load_settings(**overrides)


def print_json(content: object) -> None:
    """JSON on standard output."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def say(message: str) -> None:
    """One line on standard error."""
    click.echo(message, err=True)


def _spoken(every_s: float) -> Progress:
    """Progress in plain lines: the end of each stage, and now and then on the way."""
    last = time.monotonic()

    def speak(stage: str, done: int, total: int) -> None:
        nonlocal last
        if done == total or time.monotonic() - last >= every_s:
            last = time.monotonic()
            say(f"{stage} {done}/{total}")

    return speak


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet.

    Raises:
        QuestionError: it is there, or cannot be written.
    """
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise QuestionError("the file is there already", value=path, mend="give another name") from None
    except OSError as error:
        raise QuestionError("the file cannot be written", value=f"{path}: {error.strerror}") from error


@contextmanager
def progress_shown() -> Iterator[Progress]:
    """A progress bar on a terminal, plain lines elsewhere; both on standard error."""
    if not sys.stderr.isatty():
        yield _spoken(every_s=15.0)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description:28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield show


def _exit_with(error: Exception, status: int) -> None:
    message = error.format_message() if isinstance(error, click.ClickException) else str(error)
    say(f"Error: {' '.join(message.split())}")
    sys.exit(status)


def run(command: Callable[..., Any], arguments: list[str]) -> None:
    """Run a click command: errors become one line on standard error, and 1 (failed) or 2 (wrong call)."""
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    # A command makes many objects and few cycles: looking for them after every 700 takes a tenth of its time.
    gc.set_threshold(50_000, 20, 50)
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
    finally:
        gc.freeze()  # nor at the end, where all of it goes
