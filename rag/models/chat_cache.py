"""Replies of chat models kept as files, off unless asked for: the same request to the same server gives the same reply.

An entry's name is the hash of all that was asked; the request itself is not stored, the reply is. Only replies that are
JSON objects are kept. A damaged entry counts as none.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from threading import get_ident
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from rag.errors import ModelError
from rag.models.base import ChatReply, Message, Pieces, StreamingChatModel
from rag.models.metering import current_tally

FORMAT = "sourcebound.reply/1"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str
    text: str
    text_sha256: str
    model: str
    form: str | None


class CachedChat:
    """A chat model that does not ask twice.

    Args:
        chat: the model.
        folder: where the replies lie.
        server: all that beside the request decides the reply: the server's address and how it is asked.
    """

    def __init__(self, chat: StreamingChatModel, folder: Path, server: str) -> None:
        self._chat = chat
        self._folder = folder
        self._server = server
        self.name = chat.name

    def complete(self, messages: Sequence[Message], schema_name: str, schema: Mapping[str, Any]) -> ChatReply:
        """As of `ChatModel`."""
        *_, last = self.stream(messages, schema_name, schema)
        if not isinstance(last, ChatReply):
            raise ModelError("the model's answer broke off", value=self.name, retryable=True)
        return last

    def stream(
        self, messages: Sequence[Message], schema_name: str, schema: Mapping[str, Any], *, in_words: bool = False
    ) -> Pieces:
        """As of `StreamingChatModel`; a kept reply is one piece."""
        asked = [FORMAT, self._server, self.name, list(map(dict, messages)), schema_name, schema, in_words]
        key = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        path = self._folder / key[:2] / f"{key}.json"
        kept = _read(path)
        if kept is not None:
            tally = current_tally()
            if tally is not None:
                tally.add_cached()
            yield kept.text
            yield ChatReply(kept.text, kept.model, form=kept.form, cached=True)
            return
        with closing(self._chat.stream(messages, schema_name, schema, in_words=in_words)) as pieces:
            for piece in pieces:
                if isinstance(piece, ChatReply):
                    _keep(path, piece)
                yield piece


def _read(path: Path) -> _Entry | None:
    try:
        entry = _Entry.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    sound = entry.format == FORMAT and _sha256(entry.text) == entry.text_sha256
    return entry if sound else None


def _keep(path: Path, reply: ChatReply) -> None:
    """Write an entry, whole or not at all. A disk that does not take it costs the entry only."""
    try:
        if not isinstance(json.loads(reply.text), dict):
            return
    except (ValueError, RecursionError):
        return
    entry = _Entry(format=FORMAT, text=reply.text, text_sha256=_sha256(reply.text), model=reply.model, form=reply.form)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside.write_text(entry.model_dump_json(), encoding="utf-8")
        os.replace(beside, path)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()
