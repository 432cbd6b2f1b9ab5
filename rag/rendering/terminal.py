"""An answer on a terminal, by rich."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from rag.answer import Answer
from rag.rendering.outline import Line, outline

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


def print_answer(answer: Answer, console: Console) -> None:
    """Print the answer, at most 100 columns wide."""
    width = min(console.width, _WIDTH)
    console.print(Text(answer.question, style="bold"), width=width)
    for block in outline(answer):
        console.print()
        console.print(Text(block.heading, style="bold underline"), width=width)
        for line in block.lines:
            indent = 4 if line.kind == "claim" else 2
            console.print(Padding(_text(line), (0, 0, 0, indent)), width=width)
