"""Question sets: the suites we ship, and files of the same form.

A line of a suite is a JSON object: `question_id`, `question`, and optionally `expect` ("answer" or "abstention"),
`category`, `topic`, `options`, `sources` (ids of which at least one must be cited), `nuggets` (facts a good answer
contains, each tied to sentences of the corpus), `relevant` (further sources with their gain), `agreement` (how
guidelines and research stand to each other), `phrases` and `forbidden` (regular expressions that some shown claim must
match, and that none may match).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from rag.errors import RagError

Importance = Literal["vital", "okay"]
Agreement = Literal["agree", "differ", "one_side"]


class DatasetError(RagError):
    """A question set, an answers file or a run folder that cannot be read."""


def first_fault(error: ValueError) -> str:
    """The first fault of a record, with the field it is in, as one line."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field or 'the whole'}: {first['msg']}"


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from error
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TiedSentence(_Frozen):
    """A sentence of the corpus that carries a nugget alone, word for word."""

    source_id: str = Field(min_length=1)
    quote: str = Field(min_length=1)


class Nugget(_Frozen):
    """One atomic fact: vital ones must be in a good answer, okay ones may (Voorhees 2003; Pradeep et al. 2025)."""

    nugget_id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    importance: Importance = "vital"
    option: str | None = None
    sentences: tuple[TiedSentence, ...] = ()


class Item(_Frozen):
    """One question and what is expected of its answer. `expect` is None where the set does not say."""

    question_id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    expect: Literal["answer", "abstention"] | None = None
    category: str | None = None
    topic: str | None = None
    options: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    nuggets: tuple[Nugget, ...] = ()
    relevant: dict[str, int] = Field(default_factory=dict)
    agreement: Agreement | None = None
    phrases: tuple[Pattern, ...] = ()
    forbidden: tuple[Pattern, ...] = ()


class Turn(_Frozen):
    """One turn of a conversation: what was asked, and the stand-alone question a person would have written."""

    question: str = Field(min_length=1)
    standalone: str = Field(min_length=1)
    kind: Literal["first", "pronoun", "ellipsis", "what_about", "reference", "comparison", "standalone", "new_subject"]
    sources: tuple[str, ...] = ()


class Conversation(_Frozen):
    """A conversation of several turns, the first of which stands alone."""

    conversation_id: str = Field(min_length=1)
    topic: str
    turns: tuple[Turn, ...] = Field(min_length=1)


_Record = TypeVar("_Record", bound=_Frozen)


def _text(name: str) -> str:
    shipped = files("eval").joinpath(f"suites/{name}.jsonl")
    path = Path(name)
    if shipped.is_file():
        return shipped.read_text(encoding="utf-8")
    if not path.is_file():
        raise DatasetError("no such question set", value=name, mend="give 'starter' or the path of a .jsonl file")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DatasetError("a question set that is not UTF-8", value=f"{path}: {error}") from error


def _records(name: str, form: type[_Record], what: str) -> list[_Record]:
    found = []
    for number, line in enumerate(_text(name).split("\n"), start=1):
        if line.strip():
            try:
                found.append(form.model_validate(json.loads(line)))
            except ValueError as error:
                raise DatasetError(f"{name}, line {number} is not a {what}", value=first_fault(error)) from error
    return found


def checked(items: Sequence[Item], name: str) -> list[Item]:
    """The items, if there are any and no two have one id.

    Raises:
        DatasetError: otherwise.
    """
    if not items:
        raise DatasetError("the question set is empty", value=name)
    most, times = Counter(item.question_id for item in items).most_common(1)[0]
    if times > 1:
        raise DatasetError(f"{name}: two questions have the same id", value=most)
    return list(items)


def load_suite(name: str) -> list[Item]:
    """A shipped suite by its name, or a file by its path.

    Raises:
        DatasetError: there is no such suite, a line of it is broken, or two questions have one id.
    """
    return checked(_records(name, Item, "question"), name)


def load_conversations(name: str) -> list[Conversation]:
    """A shipped set of conversations by its name, or a file by its path.

    Raises:
        DatasetError: there is no such set, or a line of it is broken.
    """
    return _records(name, Conversation, "conversation")
