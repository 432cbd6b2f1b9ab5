"""Reading chat completions: the events of a stream, or a whole reply, as pieces of text and last a `ChatReply`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from rag.errors import ModelError
from rag.models.base import ChatReply

MOST_CHARS = 200_000
"""A reply longer than this is broken off: no draft is, and a server that writes without end must be stopped."""


def read_events(events: Iterable[Any], name: str, server: str, form: str) -> Iterator[str | ChatReply]:
    """The text of a stream's events as it comes, and last the whole reply.

    Args:
        events: chat-completion chunks.
        name: the model's name, where the server says none.
        server: its address, for the messages.
        form: how the reply was held to its form.

    Raises:
        ModelError: the model refused, was cut off or broke off, said nothing, or these are no such events.
    """
    parts: list[str] = []
    size, ended, refusal, model, usage = 0, None, "", name, None
    for event in events:
        choices = getattr(event, "choices", None)
        if not isinstance(choices, list):
            raise _no_protocol(event, server)
        model = str(getattr(event, "model", None) or model)
        usage = getattr(event, "usage", None) or usage
        for choice in choices[:1]:
            delta = getattr(choice, "delta", None)
            ended = getattr(choice, "finish_reason", None) or ended
            refusal += _text(getattr(delta, "refusal", None))
            text = _text(getattr(delta, "content", None))
            if text:
                parts.append(text)
                size += len(text)
                yield text
            if size > MOST_CHARS:
                ended = "length"
        if size > MOST_CHARS:
            break
    whole = "".join(parts)
    # Some servers do not say that a reply has ended: one that is whole may pass.
    if ended is None and not refusal and not _is_json(whole):
        raise ModelError("the model's answer broke off", value=server, mend="ask again", retryable=True)
    _check(whole, refusal, ended, server)
    counts = (getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None))
    yield ChatReply(whole, model, _count(counts[0]), _count(counts[1]), form)


def read_whole(body: bytes, name: str, server: str, form: str) -> Iterator[str | ChatReply]:
    """The text of a reply that was not streamed, and the reply. Errors as of `read_events`; ValueError: no JSON."""
    completion = json.loads(body) if body.lstrip()[:1] in (b"{", b"[") else _no_json(body, server)
    try:
        choice = completion["choices"][0]
        message, ended = choice["message"], choice.get("finish_reason")
        text = _text(message.get("content"))
        refusal = _text(message.get("refusal"))
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise _no_protocol(body.decode("utf-8", errors="replace"), server) from error
    # Pieces come before the fault, as they do from a stream: what was written before a reply was cut off is not lost.
    if text and not refusal:
        yield text[:MOST_CHARS]
    _check(text, refusal, "length" if len(text) > MOST_CHARS else ended, server)
    usage = completion.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    model = str(completion.get("model") or name)
    yield ChatReply(text, model, _count(counts.get("prompt_tokens")), _count(counts.get("completion_tokens")), form)


def _check(text: str, refusal: str, ended: str | None, server: str) -> None:
    if refusal or ended == "content_filter":
        raise ModelError("the model refused to answer", value=refusal or "stopped by the server's content filter")
    if ended == "length":
        raise ModelError(
            "the model's answer was cut off half-way",
            value="finish_reason length",
            mend="raise RAG_MODEL_REPLY_TOKENS, or the server's limit on tokens",
        )
    if not text.strip():
        raise ModelError("the model's answer is empty", value=server)


def _text(content: Any) -> str:
    """A message's content: a text, or the texts of its parts."""
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _no_json(body: bytes, server: str) -> Any:
    if body.lstrip()[:1] == b"<":
        raise _no_protocol(body.decode("utf-8", errors="replace"), server)
    raise ModelError(
        "the model server's answer cannot be read",
        value=f"{server}: {body[:80].decode('utf-8', errors='replace')}",
        mend="correct RAG_MODEL_BASE_URL; it usually ends in /v1",
    )


def _no_protocol(seen: object, server: str) -> ModelError:
    return ModelError(
        "the model server does not speak the chat-completions protocol",
        value=f"{server}: {str(seen)[:80]}",
        mend="correct RAG_MODEL_BASE_URL; it usually ends in /v1",
    )
