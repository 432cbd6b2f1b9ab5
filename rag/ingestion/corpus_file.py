"""Reader of corpus files: Markdown with YAML front matter, one source a file.

The front matter is checked field by field; the body becomes the document's text with its paragraphs unwrapped, so that
a sentence is one line of text wherever the file breaks it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import frontmatter
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from rag.errors import CorpusError
from rag.types import Document, Section, Source

_HEADING = re.compile(r"^#{1,6}\s+(?P<title>.+?)\s*#*\s*$")
FOLDERS = {"guidelines": "guideline", "research": "research"}


class FrontMatter(BaseModel):
    """The front matter of a corpus file, as `docs/corpus-file.md` describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    kind: Literal["guideline", "research"]
    title: str = Field(min_length=5)
    year: int = Field(ge=1800, le=2100)
    status: Literal["current", "superseded", "retracted"]
    authors: str | None = None
    organisation: str | None = None
    journal: str | None = None
    doi: str | None = Field(default=None, pattern=r"^10\.\d{4,9}/\S+$")
    pmid: str | None = Field(default=None, pattern=r"^\d{1,9}$")
    url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    study_type: str | None = None
    population: str | None = None
    n: str | None = None
    strength: str | None = None
    superseded_by: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    retraction: str | None = None
    conflicts_with: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    checked_against: Literal["primary", "secondary"] | None = None
    text_type: Literal["summary", "publication"] = "summary"
    licence: str | None = None

    @field_validator("superseded_by", "supersedes", "conflicts_with", "topics", mode="before")
    @classmethod
    def _empty_for_null(cls, value: object) -> object:
        return () if value is None else value

    def to_source(self) -> Source:
        """The source record of these fields."""
        fields = self.model_dump()
        return Source(source_id=fields.pop("id"), **fields)


def _unwrapped(body: str) -> tuple[str, tuple[Section, ...]]:
    """The body with each paragraph on one line, and its headed sections with their offsets."""
    blocks: list[tuple[str | None, str]] = []
    paragraph: list[str] = []
    for line in [*body.splitlines(), ""]:
        heading = _HEADING.match(line)
        if (heading or not line.strip()) and paragraph:
            blocks.append((None, " ".join(paragraph)))
            paragraph = []
        if heading:
            blocks.append((heading["title"], line.strip()))
        elif line.strip():
            paragraph.append(line.strip())
    text = ""
    open_sections: list[list[object]] = [["", 0, 0]]
    for title, block in blocks:
        text += "\n\n" if text else ""
        text += block
        if title is not None:
            open_sections.append([title, len(text), len(text)])
        open_sections[-1][2] = len(text)
    sections = tuple(
        Section(str(title), int(str(start)), int(str(end)))
        for title, start, end in open_sections
        if text[int(str(start)) : int(str(end))].strip()
    )
    return text, sections


def _explain(error: ValidationError) -> tuple[str, str]:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "front matter"
    reason = first["msg"][0].lower() + first["msg"][1:]
    return f"field '{field}': {reason}", repr(first.get("input"))


def read_corpus_file(path: Path) -> Document:
    """Read one corpus file.

    Raises:
        CorpusError: the file cannot be read, its front matter is broken, or it lies in the wrong folder.
    """
    try:
        raw = path.read_bytes()
        post = frontmatter.loads(raw.decode("utf-8"))
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read", value=error.strerror) from error
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: is not UTF-8 text", value=f"byte {error.start}", mend="save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise CorpusError(
            f"{path}: the front matter is not valid YAML", value=error, mend="see docs/corpus-file.md"
        ) from error
    if not post.metadata:
        raise CorpusError(f"{path}: no front matter", mend="begin the file with '---'; see docs/corpus-file.md")
    try:
        record = FrontMatter.model_validate(post.metadata)
    except ValidationError as error:
        what, value = _explain(error)
        raise CorpusError(f"{path}: {what}", value=value, mend="see docs/corpus-file.md") from error
    if record.id != path.stem:
        raise CorpusError(
            f"{path}: the id differs from the file's name", value=record.id, mend=f"name it {record.id}.md"
        )
    if FOLDERS.get(path.parent.name, record.kind) != record.kind:
        raise CorpusError(f"{path}: a {record.kind} in the folder of the other kind", value=path.parent.name)
    text, sections = _unwrapped(post.content)
    if not text:
        raise CorpusError(f"{path}: the body is empty", mend="write at least one sentence")
    return Document(record.to_source(), text, sections, hashlib.sha256(raw).hexdigest())


def _check_lives(documents: Sequence[Document]) -> None:
    seen: dict[str, Document] = {}
    for document in documents:
        source = document.source
        if source.source_id in seen:
            raise CorpusError("two files have the same id", value=source.source_id, mend="rename one of them")
        seen[source.source_id] = document
    for document in documents:
        source = document.source
        if source.status == "superseded" and not source.superseded_by:
            raise CorpusError(f"{source.source_id}: superseded, but by what?", mend="fill in superseded_by")
        if source.status == "retracted" and not source.retraction:
            raise CorpusError(f"{source.source_id}: retracted, but why and when?", mend="fill in retraction")
        if source.source_id in source.superseded_by:
            raise CorpusError(f"{source.source_id}: superseded by itself", mend="correct superseded_by")


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
    """All documents of a corpus folder, checked one by one and against each other, ordered by kind and id."""
    documents = [read_corpus_file(path) for path in corpus_files(corpus_dir)]
    _check_lives(documents)
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


def corpus_hash(corpus_dir: Path) -> str:
    """One SHA-256 over the names and bytes of all corpus files."""
    digest = hashlib.sha256()
    for path in corpus_files(corpus_dir):
        digest.update(f"{path.parent.name}/{path.name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def corpus_faults(corpus_dir: Path) -> list[CorpusError]:
    """What is wrong with a corpus: an error for each broken file, else the first between files, else nothing."""
    faults: list[CorpusError] = []
    for path in corpus_files(corpus_dir):
        try:
            read_corpus_file(path)
        except CorpusError as error:
            faults.append(error)
    if not faults:
        try:
            read_corpus(corpus_dir)
        except CorpusError as error:
            faults.append(error)
    return faults
