"""An answer as Markdown."""

from __future__ import annotations

import re

from rag.answer import Answer
from rag.rendering.outline import Line, outline
from rag.rendering.plain import plain_line
from rag.rendering.wording import Signed

_MARKUP = re.compile(r"<(?=[A-Za-z/!?])|(?<=\])(?=[(\[])")


def _safe(text: str) -> str:
    """The text in one line; what would be HTML or a link in Markdown is shown as it stands. All else is left alone."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", plain_line(text))


def _line(line: Line, gaps: bool) -> str:
    marks = "".join(f"[{number}]" for number in line.numbers)
    text = _safe(line.text)
    detail = f" *({_safe(line.detail)})*" if line.detail else ""
    if line.kind == "topic":
        return f"\n**{text}**\n"
    if line.kind == "note":
        return f"\n{text}\n"
    if line.kind == "reference":
        # A Markdown list counts on from its first number: where a conversation's numbers leave gaps, none is used.
        return f"- [{line.numbers[0]}] {text}{detail}" if gaps else f"{line.numbers[0]}. {text}{detail}"
    return f"- {text}{f' {marks}' if marks else ''}{detail}"


def to_markdown(answer: Answer, *, long: bool = False, signed: Signed | None = None) -> str:
    """The answer under its question as a level-1 heading; `long` and `signed` as of `outline`."""
    parts = [f"# {_safe(answer.question)}"]
    blocks = outline(answer, long=long, signed=signed)
    listed = [line.numbers[0] for block in blocks for line in block.lines if line.kind == "reference"]
    gaps = listed != list(range(1, len(listed) + 1))
    for block in blocks:
        body = "\n".join(_line(line, gaps) for line in block.lines).strip("\n")
        while "\n\n\n" in body:
            body = body.replace("\n\n\n", "\n\n")
        parts.append(f"## {block.heading}\n\n{body}")
    return "\n\n".join(parts) + "\n"
