"""What a labelled pair and a claim set are, and how the files of one are read line by line.

A file that is missing or lacks a field is a `FormatError`, which says what and where; the catalogue adds whose it is.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rag.errors import RagError

Label = Literal["supports", "neutral", "refutes", "rest"]
"""`rest`: not supported, and the set does not say whether neutral or refuted."""
Use = Literal["train", "evaluation"]
Field = str | Callable[["Row"], str]
"""A field of a row by its name, or made from the row."""

THREE_WAY: tuple[Label, ...] = ("supports", "neutral", "refutes")
BINARY: tuple[Label, ...] = ("supports", "rest")


class ClaimSetError(RagError):
    """A claim set that cannot be read."""


class FormatError(Exception):
    """What is wrong with a file of a set (`what`), and in which file and line (`where`)."""

    def __init__(self, what: str, where: object) -> None:
        super().__init__(what, where)
        self.what = what
        self.where = where


@dataclass(frozen=True, slots=True)
class ClaimPair:
    """A claim, the passage it is held against, and the human label. Pairs of one group are not independent."""

    passage: str
    claim: str
    label: Label
    group: str


@dataclass(frozen=True, slots=True)
class ClaimSet:
    """A published set.

    Attributes:
        name: as on the command line.
        title: as in tables.
        licence: as its makers state it.
        labels: what is told apart when it is measured: `THREE_WAY`, or `BINARY` (supports against the rest).
        use: "train" where the licence lets a shipped model be trained on it and it is a training part.
        read: its pairs from the data folder.
        contrast: one of the sets on which a checker is asked to beat every baseline.
    """

    name: str
    title: str
    licence: str
    labels: tuple[Label, ...]
    use: Use
    read: Callable[[Path], Iterator[ClaimPair]]
    contrast: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file, with its place for messages."""

    fields: Mapping[str, Any]
    where: str

    def __getitem__(self, name: str) -> Any:
        """The field's value.

        Raises:
            FormatError: the record has no such field.
        """
        if name not in self.fields or self.fields[name] is None:
            raise FormatError(f"no field '{name}'", self.where)
        return self.fields[name]

    def text(self, field: Field) -> str:
        """A field as text, runs of white space made one; a list is joined.

        Raises:
            FormatError: the record has no such field, or it is neither text nor a list of texts.
        """
        value = field(self) if callable(field) else self[field]
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = " ".join(value)
        if not isinstance(value, str | int):
            raise FormatError(f"the field '{field}' is not text", self.where)
        return " ".join(str(value).split())


def file_text(path: Path) -> str:
    """A file's text.

    Raises:
        FormatError: it is missing or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise FormatError("a file is missing", path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError("a file cannot be read as UTF-8", f"{path}: {error}") from error


def json_file(path: Path) -> Mapping[str, Any]:
    """The object that a JSON file holds."""
    try:
        found = json.loads(file_text(path))
    except ValueError as error:
        raise FormatError("a file is not JSON", f"{path}: {error}") from error
    if not isinstance(found, dict):
        raise FormatError("a file does not hold a JSON object", path)
    return found


def json_lines(path: Path) -> Iterator[Row]:
    """The objects of a file with one a line; empty lines are skipped."""
    for number, line in enumerate(file_text(path).split("\n"), start=1):
        if line.strip():
            where = f"{path}, line {number}"
            try:
                fields = json.loads(line)
            except ValueError as error:
                raise FormatError("a line is not JSON", f"{where}: {error}") from error
            if not isinstance(fields, dict):
                raise FormatError("a line is not a JSON object", where)
            yield Row(fields, where)


def comma_rows(path: Path) -> Iterator[Row]:
    """Records of a comma-separated file with a header, quoted where needed."""
    yield from _rows(csv.DictReader(io.StringIO(file_text(path), newline="")), path)


def tab_rows(path: Path) -> Iterator[Row]:
    """Lines of a tab-separated file with a header; a quotation mark is an ordinary character."""
    yield from _rows(
        csv.DictReader(io.StringIO(file_text(path), newline="\n"), delimiter="\t", quoting=csv.QUOTE_NONE), path
    )


def _rows(reader: csv.DictReader[str], path: Path) -> Iterator[Row]:
    for number, fields in enumerate(reader, start=1):
        yield Row(fields, f"{path}, record {number}")


def labelled(
    rows: Iterable[Row], labels: Mapping[str, Label], *, passage: Field, claim: Field, label: Field, group: Field
) -> Iterator[ClaimPair]:
    """Pairs of rows whose fields hold all that a pair needs.

    Raises:
        FormatError: a field is missing, a claim is empty, or a label is none of `labels`.
    """
    for row in rows:
        given = row.text(label)
        if given not in labels:
            raise FormatError(f"the label '{given}' is none of {', '.join(labels)}", row.where)
        pair = ClaimPair(row.text(passage), row.text(claim), labels[given], row.text(group))
        if not pair.claim:
            raise FormatError("the claim is empty", row.where)
        yield pair
