"""The prompt of `rag chat` on a terminal: a history file, completion of commands, topics and conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from rag.chat_loop import AUDIENCES, COMMANDS
from rag.conversation.mentions import listed
from rag.privacy.identifiers import find_identifiers

if TYPE_CHECKING:
    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output

_PROMPT = "? "
_LEAST_LETTERS = 2
_MOST_WORDS = 3


class ChatCompleter(Completer):
    """Completes commands at the start of a line, and the names of topics and conditions inside a question."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(sorted({*names}))

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """What may stand where the cursor is."""
        before = document.text_before_cursor
        if before.startswith("/audience "):
            yield from _beginning(AUDIENCES, before.removeprefix("/audience "))
        elif before.startswith("/"):
            yield from _beginning([command.split()[0] for command in COMMANDS], before)
        else:
            words = before.split(" ")
            for size in range(min(_MOST_WORDS, len(words)), 0, -1):
                typed = " ".join(words[-size:]).lower()
                found = [name for name in self._names if name.startswith(typed)] if len(typed) > _LEAST_LETTERS else []
                if found:
                    yield from (Completion(name, start_position=-len(typed)) for name in found)
                    return


def _beginning(names: Iterable[str], typed: str) -> Iterable[Completion]:
    return (Completion(name, start_position=-len(typed)) for name in names if name.startswith(typed))


class DiscreetHistory(FileHistory):
    """A history file that only its owner can read, and that takes no line with an identifier of a person."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        super().__init__(str(path))

    def store_string(self, string: str) -> None:
        """Write a line, unless it identifies a person."""
        if not find_identifiers(string):
            super().store_string(string)


def prompting(
    topics: Sequence[str], history_file: Path | None, source: Input | None = None, screen: Output | None = None
) -> Callable[[], str]:
    """What reads a line at the prompt. EOFError at the end, KeyboardInterrupt at Ctrl-C.

    Args:
        topics: those of the index.
        history_file: where lines are kept; None: nowhere.
        source: where keys come from; None: the terminal.
        screen: where the prompt is shown; None: the terminal.
    """
    history: History = DiscreetHistory(history_file) if history_file else InMemoryHistory()
    names = [*(topic.replace("-", " ") for topic in topics), *listed("condition")]
    session: PromptSession[str] = PromptSession(
        history=history,
        completer=ChatCompleter(names),
        complete_while_typing=False,
        auto_suggest=AutoSuggestFromHistory(),
        input=source,
        output=screen,
    )
    return lambda: session.prompt(_PROMPT)
