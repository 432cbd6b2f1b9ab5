"""Markdown, by markdown-it: headings, paragraphs and list items as text, emphasis and links reduced to their words.

A file with the corpus's own front matter keeps every field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import frontmatter
import yaml
from lxml.html import defs

from rag.errors import ReadingError
from rag.ingestion.readers.base import OWN_FIELDS, Block, Reading, block, clean, counted, read_bounded
from rag.ingestion.readers.plain_text import decoded, titled
from rag.ingestion.readers.xml import last_character, subscript, superscript

if TYPE_CHECKING:
    from markdown_it.token import Token

_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)([^<>]*)>")
_COMMENT = re.compile(r"<!--.*?(?:-->|$)|<[?!][^<>]*>", re.DOTALL)
_VALUES_MAX = 10_000


def _inline(token: Token) -> str:
    """The words of an inline token; raised and lowered figures stay such."""
    parts: list[str] = []
    children, script, start = token.children or [], "", 0
    for place, child in enumerate(children):
        tag = child.content.lower() if child.type == "html_inline" else ""
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif tag in ("<sup>", "<sub>"):
            script, start = tag[1:4], len(parts)
        elif script and tag == f"</{script}>":
            text, before = "".join(parts[start:]), last_character(parts[:start])
            after = children[place + 1].content if place + 1 < len(children) else ""
            parts[start:] = [superscript(text, before) if script == "sup" else subscript(text, before, after)]
            script = ""
        elif tag:
            parts.append(_untagged(child.content))
    return "".join(parts)


def _untagged(html: str) -> str:
    """Text between HTML tags; what only looks like a tag ("x <y and z> 3") stays."""
    return _TAG.sub(lambda found: _instead(found[0], found[1].lower(), found[2]), _COMMENT.sub("", html))


def _instead(tag: str, name: str, attributes: str) -> str:
    if name not in defs.tags or (attributes.strip(" \n\t/") and "=" not in attributes):
        return tag
    return "\n\n" if name in defs.block_tags else "\n" if name == "br" else ""


def markdown_blocks(text: str) -> tuple[tuple[Block, ...], int]:
    """The blocks of a Markdown text, and how many tables were left out of them."""
    from markdown_it import MarkdownIt

    blocks: list[Block] = []
    tables, level, in_table = 0, 0, False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type in ("table_open", "table_close"):
            in_table = token.type == "table_open"
            tables += in_table
        elif token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "heading_close":
            level = 0
        elif token.type == "inline" and not in_table:
            blocks.extend(block(_inline(token), level))
        elif token.type in ("fence", "code_block"):
            blocks.extend(block(token.content))
        elif token.type == "html_block":
            text = unescape(_untagged(token.content))
            blocks.extend(one for paragraph in text.split("\n\n") for one in block(paragraph))
    return tuple(blocks), tables


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a reading has of its own, as it wants them."""
    known = {name: clean(str(fields[name])) for name in OWN_FIELDS if fields.get(name) is not None}
    if "year" in known:
        known["year"] = int(known["year"])  # type: ignore[assignment]
    return known


def _count(value: object) -> int:
    """How many values a value holds, counted no further than is allowed: a few lines of YAML can stand for billions."""
    ahead, count = [value], 0
    while ahead and count <= _VALUES_MAX:
        one = ahead.pop()
        count += 1
        if isinstance(one, dict):
            ahead.extend([*one, *one.values()])
        elif isinstance(one, list | tuple | set):
            ahead.extend(one)
    return count


class MarkdownReader:
    """Reads a Markdown file as one source.

    Args:
        max_bytes: the largest file that is read.
    """

    format = "Markdown"

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    def read(self, path: Path) -> Iterator[Reading]:
        """One reading; its title is that of the front matter, or the heading of level 1 that it begins with.

        Raises:
            ReadingError: not text, or front matter that is not YAML.
        """
        text = decoded(read_bounded(path, self._max_bytes), path)
        try:
            post = frontmatter.loads(text)
        except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise ReadingError(f"{path}: the front matter is not valid YAML", value=error) from error
        if _count(post.metadata) > _VALUES_MAX:
            raise ReadingError(f"{path}: the front matter has too many values", value=f"over {_VALUES_MAX}")
        try:
            known = _known(post.metadata)
        except ValueError as error:
            raise ReadingError(f"{path}: the year in the front matter is no number", value=error) from error
        further = {name: value for name, value in post.metadata.items() if name not in OWN_FIELDS}
        blocks, tables = markdown_blocks(post.content)
        title, rest = titled(blocks)
        remarks = (f"{counted(tables, 'table')} left out",) if tables else ()
        yield Reading(
            **{"title": title, **known},
            blocks=rest if title and known.get("title", title) == title else blocks,
            further=further,
            remarks=remarks,
        )
