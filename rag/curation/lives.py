"""Changing the life of a source in its corpus file: a few front matter fields, everything else as it stood."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from rag.errors import CorpusError
from rag.ingestion.corpus_file import FOLDERS, read_corpus_file
from rag.ingestion.front_matter import FrontMatter, Parts, explained, loaded, parted
from rag.types import Source


def path_of(corpus_dir: Path, source_id: str) -> Path | None:
    """The file of a source, or None."""
    found = (corpus_dir / folder / f"{source_id}.md" for folder in FOLDERS)
    return next((path for path in found if path.is_file()), None)


def change_fields(path: Path, changes: Mapping[str, Any]) -> None:
    """Set fields of a corpus file's front matter; written beside and renamed, so that a crash leaves the old file.

    The lines of other fields, comments, the body and the line ends stay byte for byte.

    Args:
        path: the file.
        changes: field -> None, a text, or a list of texts or of mappings of texts.

    Raises:
        CorpusError: the file is no corpus file, cannot be written, or would be broken by the change.
    """
    try:
        parts = parted(path.read_bytes().decode("utf-8"))
        if parts is None:
            raise CorpusError(f"{path}: no front matter", mend="see docs/corpus-file.md")
        wanted = {**loaded(parts.fields), **changes}
        FrontMatter.model_validate(wanted)
        fields = parts.fields
        for name, value in changes.items():
            fields = _with_field(fields, name, value, "\r\n" if parts.before.endswith("\r\n") else "\n")
        if loaded(fields) != wanted:
            raise CorpusError(f"{path}: its front matter is too unusual to be changed", mend="change it by hand")
        _replace(path, Parts(parts.before, fields, parts.after))
    except ValidationError as error:
        name, reason, value = explained(error)
        raise CorpusError(f"{path}: field '{name}': {reason}", value=value) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: the front matter cannot be read", value=error) from error
    except OSError as error:
        raise CorpusError(f"{path}: cannot be changed", value=error.strerror) from error


def _replace(path: Path, parts: Parts) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(f"{parts.before}{parts.fields}{parts.after}".encode())
        shutil.copymode(path, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _with_field(fields: str, name: str, value: object, line_end: str) -> str:
    """A front matter with another value for one field, in its place, or at the end where it was not there."""
    node = yaml.compose(fields, Loader=yaml.SafeLoader)
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    places = [(key.start_mark.index, _end_of(old, fields)) for key, old in pairs if key.value == name]
    start, end = places[-1] if places else (len(fields), len(fields))
    written = f"{name}: {_written(value)}".replace(": \n", ":\n").replace("\n", line_end)
    return fields[:start] + written + (fields[end:] if places else line_end)


def _end_of(node: yaml.Node, fields: str) -> int:
    """Where a value ends, before a comment or blank lines that may follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end_of(last[1] if isinstance(last, tuple) else last, fields)
    end = int(node.end_mark.index)
    block_text = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    return len(fields[:end].rstrip()) if block_text else end


def _written(value: object) -> str:
    """A value as the corpus writes it: texts in one line, a list of texts in brackets, one of mappings below."""
    if isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
        entries = (("\n    ".join(f"{name}: {_scalar(one)}" for name, one in entry.items())) for entry in value)
        return "".join(f"\n  - {entry}" for entry in entries)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_scalar(one) for one in value)}]"
    return _scalar(value)


def _scalar(value: object) -> str:
    """A text, bare where it is a word or an id that reads back as itself; JSON strings are YAML."""
    text = json.dumps(value, ensure_ascii=False)
    bare = isinstance(value, str) and value.replace("-", "").isalnum() and value[:1].isalpha() and value.isascii()
    return str(value) if bare and yaml.safe_load(str(value)) == value else text


def set_superseded(corpus_dir: Path, source_id: str, successor_id: str) -> bool:
    """Record that a source gave way to another, in both files, the later one first.

    Returns:
        False where that was on record, the source is retracted, or the successor itself gave way to the source.

    Raises:
        CorpusError: one of the two files is broken or cannot be changed.
    """
    paths = path_of(corpus_dir, source_id), path_of(corpus_dir, successor_id)
    if paths[0] is None or paths[1] is None:
        return False
    old, new = read_corpus_file(paths[0]).source, read_corpus_file(paths[1]).source
    if old.status == "retracted" or successor_id in old.superseded_by or _gave_way(corpus_dir, new.superseded_by, old):
        return False
    if source_id not in new.supersedes:
        change_fields(paths[1], {"supersedes": [*new.supersedes, source_id]})
    since = old.superseded_since or str(new.year)
    successors = [*old.superseded_by, successor_id]
    change_fields(paths[0], {"status": "superseded", "superseded_by": successors, "superseded_since": since})
    return True


def _gave_way(corpus_dir: Path, successors: tuple[str, ...], to: Source) -> bool:
    """Whether a source is among some successors, or among theirs."""
    seen: set[str] = set()
    ahead = [*successors]
    while ahead:
        source_id = ahead.pop()
        path = path_of(corpus_dir, source_id)
        if path is not None and source_id not in seen:
            seen.add(source_id)
            ahead.extend(read_corpus_file(path).source.superseded_by)
    return to.source_id in seen


def is_day(text: str) -> bool:
    """Whether a text is a date such as 2025-08-22."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
