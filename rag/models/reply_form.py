"""The form of a reply in words, for servers that do not hold a model to a JSON schema."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from rag.models.base import Message

FORM_PROMPT = "form.v1"
_MOST_LISTED = 12


def described(schema: Mapping[str, Any], indent: str = "") -> str:
    """A JSON schema as an example that a model can follow. Of a long enum only the first and the last value are named:
    the ids stand in the prompt already."""
    if "enum" in schema:
        return _choice(schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        inner = indent + "  "
        lines = [f'{inner}"{name}": {described(part, inner)}' for name, part in schema["properties"].items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if kind == "array":
        return f"[{described(schema['items'], indent)}, ...]"
    return f"<{kind}>"


def with_form(messages: Sequence[Message], schema: Mapping[str, Any]) -> list[dict[str, str]]:
    """The messages, the first of which also says what form the reply must have."""
    text = files("rag.models").joinpath(f"prompts/{FORM_PROMPT}.md").read_text(encoding="utf-8")
    first, *rest = (dict(message) for message in messages)
    first["content"] = f"{first['content'].rstrip()}\n\n{text.replace('{form}', described(schema)).strip()}"
    return [first, *rest]


def _choice(values: Sequence[Any]) -> str:
    if len(values) <= _MOST_LISTED:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in values)
    return f"<an id of those given, {json.dumps(values[0])} to {json.dumps(values[-1])}>"
