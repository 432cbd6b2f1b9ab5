"""An answer as Markdown."""

from __future__ import annotations

from rag.answer import Answer
from rag.rendering.outline import Line, outline


def _line(line: Line, gaps: bool) -> str:
    marks = "".join(f"[{number}]" for number in line.numbers)
    detail = f" *({line.detail})*" if line.detail else ""
    if line.kind == "topic":
        return f"\n**{line.text}**\n"
    if line.kind == "note":
        return f"\n{line.text}\n"
    if line.kind == "reference":
        # A Markdown list counts on from its first number: where a conversation's numbers leave gaps, none is used.
        return f"- [{line.numbers[0]}] {line.text}{detail}" if gaps else f"{line.numbers[0]}. {line.text}{detail}"
    return f"- {line.text}{f' {marks}' if marks else ''}{detail}"


def to_markdown(answer: Answer, *, long: bool = False) -> str:
    """The answer under its question as a level-1 heading; `long` as of `outline`."""
    parts = [f"# {answer.question}"]
    blocks = outline(answer, long=long)
    listed = [line.numbers[0] for block in blocks for line in block.lines if line.kind == "reference"]
    gaps = listed != list(range(1, len(listed) + 1))
    for block in blocks:
        body = "\n".join(_line(line, gaps) for line in block.lines).strip("\n")
        while "\n\n\n" in body:
            body = body.replace("\n\n\n", "\n\n")
        parts.append(f"## {block.heading}\n\n{body}")
    return "\n\n".join(parts) + "\n"
