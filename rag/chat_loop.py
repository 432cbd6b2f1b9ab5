"""The loop of `rag chat`: a line is a question or a command; whatever fails, the conversation goes on.

It reads from and writes to what it is given, so that it runs the same on a terminal, from a pipe and in a test.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast, get_args

from rag.answer import Answer
from rag.console import write_new
from rag.conversation.talk import Talk
from rag.errors import QuestionError, RagError
from rag.rendering.conversation import export_conversation, quotes, source_lines
from rag.rendering.exports import EXPORTS, format_of
from rag.types import Audience

AUDIENCES: tuple[str, ...] = get_args(Audience)
SUFFIXES = ", ".join(form.suffix for form in EXPORTS.values())
COMMANDS = {
    "/sources": "the numbered sources of this conversation",
    "/quote N": "the sentences cited of source N",
    "/audience NAME": f"who reads the next answers: {', '.join(AUDIENCES)}",
    "/rewrite TEXT": "ask the last question again, searched for as TEXT",
    "/history": "the questions so far",
    "/export FILE": f"write the conversation to FILE ({SUFFIXES})",
    "/new": "leave this conversation and begin another",
    "/help": "this list",
    "/quit": "leave; rag chat --resume goes on",
}


class ChatLoop:
    """Runs one conversation.

    Args:
        talk: the conversation.
        show: shows an answer.
        tell: tells a line: what a command gives, and what a question was rewritten to.
        warn: tells what went wrong.
    """

    def __init__(
        self, talk: Talk, show: Callable[[Answer], None], tell: Callable[[str], None], warn: Callable[[str], None]
    ) -> None:
        self._talk = talk
        self._show = show
        self._tell = tell
        self._warn = warn

    def run(self, read_line: Callable[[], str]) -> None:
        """Take lines until the last, or until /quit. An interrupted answer or a failure costs that question only."""
        going = True
        while going:
            try:
                line = read_line()
            except EOFError:
                return
            except KeyboardInterrupt:
                continue
            going = self.take(line)

    def take(self, line: str) -> bool:
        """Do what one line says; whether to go on."""
        said = line.strip()
        try:
            if said.startswith("/"):
                return self._command(*said.partition(" ")[::2])
            if said:
                self._ask(said)
        except KeyboardInterrupt:
            self._warn("Interrupted; nothing was kept of this question.")
        except RagError as error:
            self._warn(f"Error: {error}")
        except Exception as error:  # a fault of one question must not cost the conversation
            self._warn(f"Error: unexpected {type(error).__name__} (rag --debug ask shows where)")
        return True

    def _ask(self, question: str) -> None:
        asked, condensed = self._talk.condense(question)
        if condensed.relation == "new_subject":
            self._tell("(New subject.)")
        if condensed.standalone != asked:
            self._tell(f"Searching for: {condensed.standalone}   (not meant? /rewrite TEXT)")
        self._show(self._talk.answer(asked, condensed))

    def _command(self, name: str, rest: str) -> bool:
        rest = rest.strip()
        turns = self._talk.conversation.turns
        if name in ("/quit", "/exit", "/q"):
            return False
        if name == "/help":
            self._tell("\n".join(f"{command:<16} {meaning}" for command, meaning in COMMANDS.items()))
        elif name == "/sources":
            self._tell("\n".join(source_lines(turns)) or "No source is cited yet.")
        elif name == "/quote":
            self._quote(rest)
        elif name == "/audience":
            self._change_audience(rest)
        elif name == "/rewrite":
            self._show(self._talk.correct(rest))
        elif name == "/history":
            shown = (f"{one.number}. {one.question}" for one in turns)
            self._tell("\n".join(shown) or "Nothing was asked yet.")
        elif name == "/export":
            self._export(rest)
        elif name == "/new":
            self._talk.start_afresh()
            self._tell("A new conversation.")
        else:
            raise QuestionError("there is no such command", value=name, mend="/help lists them")
        return True

    def _quote(self, rest: str) -> None:
        number = rest.strip("[]")
        if not number.isdecimal():
            raise QuestionError("/quote needs the number of a source", value=rest or None, mend="/sources lists them")
        found = quotes(self._talk.conversation.turns, int(number))
        if not found:
            raise QuestionError("no source has this number", value=number, mend="/sources lists them")
        self._tell("\n".join(f"[{number}] “{quote}”" for quote in found))

    def _change_audience(self, name: str) -> None:
        if name not in AUDIENCES:
            raise QuestionError("there is no such audience", value=name or None, mend=f"one of {', '.join(AUDIENCES)}")
        self._talk.audience = cast(Audience, name)
        self._tell(f"The next answers are for: {name}.")

    def _export(self, name: str) -> None:
        if not name:
            raise QuestionError("/export needs a file", mend="such as /export conversation.md")
        path, conversation = Path(name).expanduser(), self._talk.conversation
        if not conversation.turns:
            raise QuestionError("there is nothing to export yet", mend="ask something first")
        form = format_of(path.name)
        if form is None:
            raise QuestionError("cannot tell the format of the export", value=name, mend=f"end its name in {SUFFIXES}")
        write_new(path, export_conversation(conversation, form).content)
        self._tell(f"Written: {path}")
