"""Corpus files: Markdown with YAML front matter, one source a file; read here, and their bodies written.

The front matter is checked field by field; the body becomes the document's text with its paragraphs unwrapped, so that
a sentence is one line of text wherever the file breaks it.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from rag.errors import CorpusError
from rag.ingestion.front_matter import FrontMatter, explained, loaded, parted
from rag.ingestion.readers.base import Block
from rag.types import Document, Kind, Section

_HEADING = re.compile(r"^#{1,6}\s+(?P<title>\S.*?)(?:\s+#+)?\s*$")
_LIKE_HEADING = re.compile(r"^\\*#{1,6}\s")
_ESCAPED = re.compile(r"^\\+#{1,6}\s")
FOLDERS: dict[str, Kind] = {"guidelines": "guideline", "research": "research"}


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a body with each paragraph on one line, its headed sections, and where its lines begin.

    `lines` pairs an offset in the text with the number, from 1, of the line of the body that stands there.
    """

    text: str
    sections: tuple[Section, ...]
    lines: tuple[tuple[int, int], ...]

    def line_at(self, offset: int) -> int:
        """The line of the body, from 1, in which an offset of the text lies."""
        return self.lines[max(0, _piece_at(self.lines, offset))][1] if self.lines else 1


def _pieces(body: str) -> Iterator[tuple[int, str, str | None, bool]]:
    """Each line of a body that is not blank: its number, its text, its title if it is a heading, whether it begins a
    block."""
    fresh = True
    for number, line in enumerate(body.splitlines(), start=1):
        stripped = line.strip()
        heading = _HEADING.match(line)
        if heading:
            yield number, stripped, heading["title"], True
        elif stripped:
            yield number, stripped.removeprefix("\\") if _ESCAPED.match(stripped) else stripped, None, fresh
        fresh = bool(heading) or not stripped


def unwrapped(body: str) -> Body:
    """The body of a corpus file as text, with offsets that hold."""
    parts: list[str] = []
    lines: list[tuple[int, int]] = []
    edges: list[tuple[str, int]] = [("", 0)]
    length = 0
    for number, piece, title, begins in _pieces(body):
        gap = "" if not parts else "\n\n" if begins else " "
        parts += [gap, piece] if gap else [piece]
        lines.append((length + len(gap), number))
        length += len(gap) + len(piece)
        if title is not None:
            edges.append((title, length))
    text = "".join(parts)
    sections = []
    for place, (title, start) in enumerate(edges):
        end = _before_heading(text, lines, edges[place + 1][1]) if place + 1 < len(edges) else length
        if text[start:end].strip():
            sections.append(Section(title, start, end))
    return Body(text, tuple(sections), tuple(lines))


def _before_heading(text: str, lines: Sequence[tuple[int, int]], heading_end: int) -> int:
    """Where the block ends that stands before the heading that ends at an offset."""
    return max(0, lines[_piece_at(lines, heading_end - 1)][0] - 2)


def _piece_at(lines: Sequence[tuple[int, int]], offset: int) -> int:
    """Which of the pieces, told by their beginnings, an offset lies in; -1 before the first."""
    return bisect_right(lines, offset, key=lambda line: line[0]) - 1


def body_of(blocks: Iterable[Block]) -> str:
    """Headings and paragraphs as the body of a corpus file; `unwrapped` gives the same blocks back."""
    written = []
    for block in blocks:
        if block.level:
            title = re.sub(r"(?:\s+#+)+$", "", block.text)
            written.append(f"{'#' * max(2, block.level)} {title}")
        else:
            written.append(f"\\{block.text}" if _LIKE_HEADING.match(block.text) else block.text)
    return "\n\n".join(written) + "\n"


def read_corpus_file(path: Path) -> Document:
    """Read one corpus file.

    Raises:
        CorpusError: the file cannot be read, its front matter is broken, or it lies in the wrong folder.
    """
    try:
        raw = path.read_bytes()
        parts = parted(raw.decode("utf-8"))
        fields = loaded(parts.fields) if parts else {}
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read", value=error.strerror) from error
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: is not UTF-8 text", value=f"byte {error.start}", mend="save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise CorpusError(
            f"{path}: the front matter is not valid YAML", value=error, mend="see docs/corpus-file.md"
        ) from error
    if parts is None or not fields:
        raise CorpusError(f"{path}: no front matter", mend="begin the file with '---'; see docs/corpus-file.md")
    try:
        record = FrontMatter.model_validate(fields)
    except ValidationError as error:
        field, reason, value = explained(error)
        raise CorpusError(f"{path}: field '{field}': {reason}", value=value, mend="see docs/corpus-file.md") from error
    if record.id != path.stem:
        raise CorpusError(
            f"{path}: the id differs from the file's name", value=record.id, mend=f"name it {record.id}.md"
        )
    if FOLDERS.get(path.parent.name, record.kind) != record.kind:
        raise CorpusError(f"{path}: a {record.kind} in the folder of the other kind", value=path.parent.name)
    body = unwrapped(parts.body)
    if not body.sections:
        raise CorpusError(f"{path}: the body is empty", mend="write at least one sentence")
    return Document(record.to_source(), body.text, body.sections, hashlib.sha256(raw).hexdigest())


def corpus_files(corpus_dir: Path) -> list[Path]:
    """The corpus files, in a fixed order.

    Raises:
        CorpusError: there is no such folder, or nothing in it.
    """
    found = sorted(path for folder in FOLDERS for path in (corpus_dir / folder).glob("*.md"))
    if not found:
        raise CorpusError(
            "no corpus files found", value=corpus_dir, mend="set RAG_CORPUS_DIR to the folder that has them"
        )
    return found


def read_corpus(corpus_dir: Path) -> list[Document]:
    """All documents of a corpus folder, ordered by kind and id.

    Raises:
        CorpusError: a file is broken, or two have the same id. `rag corpus check` names every fault.
    """
    documents = [read_corpus_file(path) for path in corpus_files(corpus_dir)]
    ids = [document.source.source_id for document in documents]
    if len(set(ids)) < len(ids):
        twice = next(one for one in ids if ids.count(one) > 1)
        raise CorpusError("two files have the same id", value=twice, mend="rename one of them")
    return documents


def find_document(corpus_dir: Path, source_id: str) -> Document:
    """The document of one source, whatever state the other files are in.

    Raises:
        CorpusError: there is no such source, or its file is broken.
    """
    for path in corpus_files(corpus_dir):
        if path.stem == source_id:
            return read_corpus_file(path)
    raise CorpusError("no such source", value=source_id, mend="rag corpus list shows them")


def corpus_digests(corpus_dir: Path) -> list[tuple[Path, str]]:
    """The corpus files in a fixed order, each with the SHA-256 of its bytes.

    Raises:
        CorpusError: there are none, one cannot be read, or two have the same id.
    """
    found: dict[str, tuple[Path, str]] = {}
    for path in corpus_files(corpus_dir):
        if path.stem in found:
            raise CorpusError("two files have the same id", value=path.stem, mend="rename one of them")
        try:
            found[path.stem] = path, hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise CorpusError(f"{path}: cannot be read", value=error.strerror) from error
    return list(found.values())


def corpus_hash(digests: Iterable[tuple[Path, str]]) -> str:
    """One SHA-256 over the names and bytes of all corpus files, from what `corpus_digests` gave."""
    digest = hashlib.sha256()
    for path, of_file in digests:
        digest.update(f"{path.parent.name}/{path.name}\0".encode())
        digest.update(bytes.fromhex(of_file))
    return digest.hexdigest()
