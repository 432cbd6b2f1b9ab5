"""The cases of the suite: claims with the exact sentences they rest on, true or broken in a known way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import RagError
from rag.types import Kind

FaultKind = Literal["figure", "unit", "comparator", "negation", "direction", "population", "drug", "condition"]
CaseKind = Literal["true"] | FaultKind
Split = Literal["dev", "test"]
FAULT_KINDS: tuple[FaultKind, ...] = (
    "figure",
    "unit",
    "comparator",
    "negation",
    "direction",
    "population",
    "drug",
    "condition",
)
PARAPHRASES, DEVELOPMENT, BY_HAND, BY_RULE = "paraphrases", "paraphrases_dev", "faults_by_hand", "faults_by_rule"
PARTS = (PARAPHRASES, BY_HAND, BY_RULE, DEVELOPMENT)
"""`DEVELOPMENT`: more true rewordings of development sources, no faults are planted into these."""
SUITE = Path(str(files("eval").joinpath("suites/planted")))


class CaseError(RagError):
    """A case that cannot be read."""


class Case(BaseModel):
    """A claim and the sentences of one source that it rests on.

    `kind` is "true" for a rewording that they carry, else what was broken; `style` says how freely it is worded
    (light, medium, heavy, shortened, merged, numbers, abbreviations); `way` is "hand" or the name of a rule;
    `what` says what was changed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    case_id: str = Field(min_length=1)
    kind: CaseKind
    source_id: str
    source_kind: Kind
    split: Split
    quotes: tuple[str, ...] = Field(min_length=1)
    claim: str = Field(min_length=1)
    style: str = ""
    way: str = "hand"
    what: str = ""


def split_of(source_id: str) -> Split:
    """The half of the suite that all cases of a source are in: three sources in ten are for development."""
    return "dev" if int(hashlib.sha256(source_id.encode()).hexdigest(), 16) % 10 < 3 else "test"


def load_cases(parts: Sequence[str] = PARTS, folder: Path = SUITE) -> list[Case]:
    """The cases of some parts of the suite, in the order of the files.

    Raises:
        CaseError: a file is missing, or a line of it is not a case.
    """
    cases = []
    for part in parts:
        path = folder / f"{part}.jsonl"
        if not path.is_file():
            raise CaseError("no such part of the planted suite", value=path)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                cases.append(Case.model_validate(json.loads(line)))
            except (ValueError, ValidationError) as error:
                raise CaseError(f"{path}, line {number} is not a case", value=error) from error
    return cases


def lines_of(cases: Iterable[Case]) -> str:
    """The cases as the text of a JSON lines file, empty fields left out."""
    return "".join(
        json.dumps({key: value for key, value in case.model_dump().items() if value}, ensure_ascii=False) + "\n"
        for case in cases
    )
