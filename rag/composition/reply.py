"""What a language model must reply: the JSON schema of one request, and its reading.

The evidence fields are enums of the sentence ids of this very request, so that a server that enforces the schema cannot
produce an invalid pointer. Reading is lenient about the ids: the verifier checks every pointer again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.answer import Part
from rag.errors import UnreadableReplyError
from rag.evidence import Evidence
from rag.types import Kind

WHOLE_QUESTION = "the question"
_TYPES = {
    "guidelines": ["recommendation", "definition", "background"],
    "research": ["finding", "definition", "background"],
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Statement(_Part):
    """One proposed statement with the ids it rests on."""

    text: str = Field(min_length=1)
    evidence: tuple[str, ...]
    topic: str | None = None
    type: Literal["recommendation", "finding", "definition", "background"] = "background"
    relation: Literal["agree", "diverge"] | None = None


class Missing(_Part):
    """Something that the sentences do not answer."""

    topic: str
    kind: Kind


class DraftReply(_Part):
    """A whole draft. Its items are read one by one: one of another form costs itself only."""

    short_answer: tuple[Any, ...] = ()
    guidelines: tuple[Any, ...] = ()
    research: tuple[Any, ...] = ()
    agreement: tuple[Any, ...] = ()
    not_found: tuple[Any, ...] = ()
    look_for: tuple[Any, ...] = ()


class Repair(_Part):
    """A second wording of one failed statement, by its number."""

    statement: str
    action: Literal["reword", "give_up"]
    text: str = ""
    evidence: tuple[str, ...] = ()


class RepairReply(_Part):
    """Second wordings."""

    repairs: tuple[Repair, ...]


Form = TypeVar("Form", bound=_Part)
STATED: tuple[Part, ...] = ("short_answer", "guidelines", "research", "agreement")
"""The lists of a draft that hold statements."""


def _object(**properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def draft_schema(evidence: Evidence, options: Sequence[str], *, may_look: bool) -> dict[str, Any]:
    """The schema of a draft over this evidence. A part for which there is no sentence is not in it.

    `may_look`: further searches may be asked for.
    """
    ids: dict[Kind, list[str]] = {"guideline": [], "research": []}
    for label, sentence in evidence.sentences.items():
        ids[sentence.kind].append(label)
    every = ids["guideline"] + ids["research"]
    text = {"type": "string"}
    topic = {"type": ["string", "null"], "enum": [*options, None]}
    parts: dict[str, Any] = {
        "short_answer": _list(_object(text=text, evidence=_list({"type": "string", "enum": every})))
    }
    for part, kind in (("guidelines", "guideline"), ("research", "research")):
        labels = ids["guideline" if kind == "guideline" else "research"]
        if labels:
            parts[part] = _list(
                _object(
                    topic=topic,
                    type={"type": "string", "enum": _TYPES[part]},
                    text=text,
                    evidence=_list({"type": "string", "enum": labels}),
                )
            )
    if ids["guideline"] and ids["research"]:
        parts["agreement"] = _list(
            _object(
                topic=topic,
                relation={"type": "string", "enum": ["agree", "diverge"]},
                text=text,
                evidence=_list({"type": "string", "enum": every}),
            )
        )
    parts["not_found"] = _list(
        _object(
            topic={"type": "string", "enum": [*options, WHOLE_QUESTION]},
            kind={"type": "string", "enum": ["guideline", "research"]},
        )
    )
    if may_look:
        parts["look_for"] = _list(text)
    return _object(**parts)


def repair_schema(evidence: Evidence, count: int) -> dict[str, Any]:
    """The schema of second wordings for `count` failed statements, numbered from 1."""
    return _object(
        repairs=_list(
            _object(
                statement={"type": "string", "enum": [str(number) for number in range(1, count + 1)]},
                action={"type": "string", "enum": ["reword", "give_up"]},
                text={"type": "string"},
                evidence=_list({"type": "string", "enum": list(evidence.sentences)}),
            )
        )
    )


def read_item(item: Any, form: type[Form]) -> Form | None:
    """One item of a reply's list; None where it is not of its form."""
    try:
        return form.model_validate(item)
    except ValidationError:
        return None


def read_reply(whole: Mapping[str, Any], form: type[Form]) -> Form:
    """A whole reply in the form asked for. An empty object is one that has nothing to say.

    Raises:
        UnreadableReplyError: it is not of that form.
    """
    if whole and not set(whole) & set(form.model_fields):
        raise _another_form(f"has none of {', '.join(form.model_fields)}")
    try:
        return form.model_validate(whole)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise _another_form(f"{where}: {first['msg']}") from error


def _another_form(why: str) -> UnreadableReplyError:
    return UnreadableReplyError(
        "the model's answer is not of the form asked for",
        value=why,
        mend="ask again, or use a model or server that supports structured output",
    )
