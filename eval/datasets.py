"""Question sets: the suites we ship, and files of the same form.

A line of a suite is a JSON object: `question_id`, `question`, `expect` ("answer" or "abstention"), and optionally
`sources` (ids of which at least one must be cited), `phrases` and `forbidden` (regular expressions that some shown
claim must match, and that none may match).
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import RagError


class DatasetError(RagError):
    """A question set that cannot be read."""


class Item(BaseModel):
    """One question and what is expected of its answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question_id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    expect: Literal["answer", "abstention"]
    sources: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


def load_suite(name: str) -> list[Item]:
    """A shipped suite by its name, or a file by its path.

    Raises:
        DatasetError: there is no such suite, a line of it is broken, or two questions have one id.
    """
    shipped = files("eval").joinpath(f"suites/{name}.jsonl")
    path = Path(name)
    if shipped.is_file():
        text = shipped.read_text(encoding="utf-8")
    elif path.is_file():
        text = path.read_text(encoding="utf-8")
    else:
        raise DatasetError("no such question set", value=name, mend="give 'first' or the path of a .jsonl file")
    items = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                items.append(Item.model_validate(json.loads(line)))
            except (ValueError, ValidationError) as error:
                raise DatasetError(f"{name}, line {number} is not a question", value=error) from error
    ids = [item.question_id for item in items]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None or not items:
        raise DatasetError(
            "two questions have the same id" if twice else "the question set is empty", value=twice or name
        )
    return items
