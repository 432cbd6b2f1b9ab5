"""Plain text: paragraphs between blank lines, hard-wrapped lines joined, short lone lines as headings.

Only UTF-8 (or UTF-16 with its mark) is read: a guessed encoding could turn "µg" into something else unseen.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from rag.errors import ReadingError
from rag.ingestion.readers.base import Block, Reading, block, read_bounded

_MARKED = re.compile(r"(#{1,6})\s+(?=\S)")
_CLOSING_MARKS = re.compile(r"(?:^|(?<=\s))#+$")
_SENTENCE_END = re.compile(r"[.?!:;,]$")
_HEADING_CHARS = 80
_HEADINGS_IN_A_ROW = 2


def decoded(content: bytes, path: Path) -> str:
    """The text of a file's bytes.

    Raises:
        ReadingError: they are not UTF-8, or no text at all.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        wide = "utf-32" if content.startswith(codecs.BOM_UTF32_LE) else "utf-16"
        try:
            return content.decode(wide)
        except UnicodeDecodeError as error:
            raise ReadingError(
                f"{path}: is not whole {wide.upper()} text", value=f"byte {error.start}", mend="save it as UTF-8"
            ) from error
    if b"\x00" in content[:65536]:
        raise ReadingError(f"{path}: is not text", value="it has zero bytes", mend="give a format that rag knows")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadingError(
            f"{path}: is not UTF-8 text", value=f"byte {error.start}{_guess(content)}", mend="save it as UTF-8"
        ) from error


def _guess(content: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(content[:100_000]).best()
    return f"; it looks like {best.encoding}" if best else ""


def _lone(lines: list[str]) -> bool:
    """Whether a paragraph's lines read as a heading."""
    line = lines[0].strip()
    return (
        len(lines) == 1
        and len(line) <= _HEADING_CHARS
        and not _SENTENCE_END.search(line)
        and (line[:1].isupper() or line[:1].isdigit())
        and any(character.isalpha() for character in line)
    )


def _marked(line: str) -> tuple[int, str] | None:
    """The level and the words of a line that is marked as a heading ("## Words ##")."""
    found = _MARKED.match(line)
    words = _CLOSING_MARKS.sub("", line[found.end() :]).strip() if found else ""
    return (len(found[1]), words) if found and words else None


def _headings(groups: list[list[str]]) -> set[int]:
    """Which paragraphs are lone lines that head what follows. Of several in a row, the last one; those before it too
    where they are at most two, for three and more are a list."""
    headings: set[int] = set()
    run: list[int] = []
    for place, lines in enumerate(groups):
        if _lone(lines) and not _marked(lines[0].strip()):
            run.append(place)
            continue
        begins = run[:1] if run[:1] == [0] else []
        rest = run[len(begins) :]
        headings.update(begins, rest if len(rest) <= _HEADINGS_IN_A_ROW else rest[-1:])
        run = []
    return headings | set(run[:1] if run[:1] == [0] and len(groups) > 1 else [])


def text_blocks(text: str) -> Iterator[Block]:
    """The headings and paragraphs of a text; a lone line is a heading only where something follows it."""
    groups = [
        [line for line in group.splitlines() if line.strip()] for group in re.split(r"\n[ \t]*\n", _split_marked(text))
    ]
    groups = [group for group in groups if group]
    headings = _headings(groups)
    for place, lines in enumerate(groups):
        marked = _marked(lines[0].strip()) if len(lines) == 1 else None
        if marked:
            level, words = marked
            yield from block(words, max(2, level) if place or level > 1 else 1)
        elif place in headings:
            yield from block(lines[0], 2 if place else 1)
        else:
            yield from block("\n".join(lines))


def _split_marked(text: str) -> str:
    """The text with a blank line around each line that is marked as a heading."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(f"\n{line}\n" if _marked(line.strip()) else line for line in lines)


def titled(blocks: tuple[Block, ...]) -> tuple[str | None, tuple[Block, ...]]:
    """The title, if the first block is a heading of level 1, and the blocks without it."""
    if blocks and blocks[0].level == 1:
        return blocks[0].text, blocks[1:]
    return None, blocks


class PlainTextReader:
    """Reads a text file as one source.

    Args:
        max_bytes: the largest file that is read.
    """

    format = "plain text"

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    def read(self, path: Path) -> Iterator[Reading]:
        """One reading; its title is the first line where that stands alone."""
        text = decoded(read_bounded(path, self._max_bytes), path)
        title, blocks = titled(tuple(text_blocks(text)))
        yield Reading(title=title, blocks=blocks)
