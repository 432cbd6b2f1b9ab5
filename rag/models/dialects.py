"""What a model server understands of the protocol, found out once and remembered for the life of the process.

A server that refuses a request is asked again without what it refuses: first the parameter that its complaint names,
then one rung down the ladder of reply forms: strict JSON schema, in two dialects, any JSON, plain text with the form in
words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from rag.models.base import REPLY_FORMS, ReplyForm

_ABOUT_FORM = re.compile(r"response_format|json_schema|json_object|schema|grammar|structured", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a server is spoken to.

    `limit_names` are the names that the limit on reply tokens may have, the one in use first; none: it is not sent.
    `forced` is set where a setting chose the form: then nothing else is tried.
    """

    form: ReplyForm = "schema"
    limit_names: tuple[str, ...] = ("max_tokens", "max_completion_tokens")
    temperature: bool = True
    streams: bool = True
    usage_in_stream: bool = True
    forced: bool = False

    def fields(self, schema_name: str, schema: Mapping[str, Any], reply_tokens: int) -> dict[str, Any]:
        """The fields of a request beside the model and the messages."""
        fields: dict[str, Any] = {}
        if self.temperature:
            fields["temperature"] = 0
        if self.limit_names:
            fields[self.limit_names[0]] = reply_tokens
        if self.streams:
            fields["stream"] = True
            if self.usage_in_stream:
                fields["stream_options"] = {"include_usage": True}
        if self.form == "schema":
            strict = {"name": schema_name, "strict": True, "schema": dict(schema)}
            fields["response_format"] = {"type": "json_schema", "json_schema": strict}
        elif self.form == "json-with-schema":
            fields["response_format"] = {"type": "json_object", "schema": dict(schema)}
        elif self.form == "json":
            fields["response_format"] = {"type": "json_object"}
        return fields

    def without_named(self, complaint: str) -> Dialect | None:
        """The dialect without the parameter that a complaint names; None where it names none that can be left out."""
        if self.limit_names and re.search(rf"\b{self.limit_names[0]}\b", complaint):
            return replace(self, limit_names=self.limit_names[1:])
        if self.temperature and re.search(r"\btemperature\b", complaint):
            return replace(self, temperature=False)
        if self.streams and self.usage_in_stream and re.search(r"\b(?:stream_options|include_usage)\b", complaint):
            return replace(self, usage_in_stream=False)
        if self.streams and re.search(r"\bstream(?:ing)?\b", complaint):
            return replace(self, streams=False)
        return None

    def lower(self) -> Dialect | None:
        """The dialect one rung down the ladder of reply forms; None on the lowest, and where the form is forced."""
        rung = REPLY_FORMS.index(self.form) + 1
        return None if self.forced or rung == len(REPLY_FORMS) else replace(self, form=REPLY_FORMS[rung])


def speaks_of_form(complaint: str) -> bool:
    """Whether a server's complaint is about the form of the reply that was asked for."""
    return bool(_ABOUT_FORM.search(complaint))


class DialectMemory:
    """The dialect that last worked, by server and model. May be shared by threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, Dialect], Dialect] = {}
        self._lock = Lock()

    def of(self, server: str, model: str, first: Dialect) -> Dialect:
        """What worked last, else the dialect to try first."""
        with self._lock:
            return self._known.get((server, model, first), first)

    def keep(self, server: str, model: str, first: Dialect, working: Dialect) -> None:
        """Remember what worked."""
        with self._lock:
            self._known[server, model, first] = working

    def forget(self) -> None:
        """Know nothing again."""
        with self._lock:
            self._known.clear()


DIALECTS = DialectMemory()
"""What this process has found out so far."""
