"""An answer on a terminal, by rich: whole, or claim by claim as they pass."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from rag.answer import PARTS, Answer, ClaimShown, Part
from rag.rendering.outline import Block, Line, claim_line, outline
from rag.rendering.wording import HEADINGS
from rag.types import Audience

_WIDTH = 100


def _text(line: Line) -> Text:
    text = Text()
    if line.kind == "topic":
        return text.append(line.text, style="bold")
    if line.kind == "reference":
        text.append(f"[{line.numbers[0]}] ", style="cyan")
    elif line.kind in ("claim", "item"):
        text.append("• ")
    text.append(line.text, style="dim" if line.kind == "note" else "")
    if line.numbers and line.kind != "reference":
        text.append(" " + "".join(f"[{number}]" for number in line.numbers), style="cyan")
    if line.detail:
        text.append(f"  ({line.detail})", style="dim")
    return text


def _print_heading(heading: str, console: Console) -> None:
    console.print()
    console.print(Text(heading, style="bold underline"), width=min(console.width, _WIDTH))


def _print_line(line: Line, console: Console) -> None:
    indent = 4 if line.kind == "claim" else 2
    console.print(Padding(_text(line), (0, 0, 0, indent)), width=min(console.width, _WIDTH))


def _print_block(block: Block, console: Console) -> None:
    _print_heading(block.heading, console)
    for line in block.lines:
        _print_line(line, console)


def print_answer(answer: Answer, console: Console, *, long: bool = False) -> None:
    """Print the answer, at most 100 columns wide; `long` as of `outline`."""
    console.print(Text(answer.question, style="bold"), width=min(console.width, _WIDTH))
    for block in outline(answer, long=long):
        _print_block(block, console)


class StreamedAnswer:
    """Prints claims as they pass, all of them, then the rest of the answer.

    Where the claims have other numbers in the answer than those printed, or are others, it is printed again, whole.
    Another order within a part alone is no reason to.
    """

    def __init__(self, question: str, audience: Audience, console: Console) -> None:
        self._console = console
        self._headings = HEADINGS[audience]
        self._printed: list[tuple[Part, str, tuple[int, ...]]] = []
        console.print(Text(question, style="bold"), width=min(console.width, _WIDTH))

    def show(self, shown: ClaimShown) -> None:
        """Print a claim that has passed."""
        if not self._printed or self._printed[-1][0] != shown.part:
            _print_heading(self._headings[shown.part], self._console)
        line = claim_line(shown.claim, shown.sources)
        self._printed.append((shown.part, line.text, line.numbers))
        _print_line(line, self._console)

    def finish(self, answer: Answer) -> None:
        """Print what has not been printed."""
        blocks = outline(answer, long=True)
        # What the program itself says of the halves only comes with the whole answer.
        headings = {
            self._headings[part]
            for part, _, _ in self._printed
            if all(claim.type != "absence" for claim in answer.part(part))
        }
        if not self._holds(answer):
            _print_heading("The whole answer", self._console)
            headings = set()
        for block in blocks:
            if block.heading in headings:
                for line in block.lines:
                    if line.kind == "note":
                        self._console.print()
                        _print_line(line, self._console)
            else:
                _print_block(block, self._console)

    def _holds(self, answer: Answer) -> bool:
        """Whether what is printed is what the answer says, part by part and with its numbers."""
        final = [
            (part, claim.text, tuple(dict.fromkeys(citation.number for citation in claim.citations)))
            for part in PARTS
            for claim in answer.part(part)
            if claim.type != "absence"
        ]
        return [part for part, *_ in final] == [part for part, *_ in self._printed] and Counter(final) == Counter(
            self._printed
        )
