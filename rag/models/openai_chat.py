"""Chat models over any OpenAI-compatible server, or Azure, by the `openai` client, which is imported when one is made.

Only the messages and the form of the reply leave the machine. A reply is read while it is written; one from a server
that does not stream is read whole. Rate limits and passing faults are tried again, as long as nothing of the reply has
been handed on; how a server is spoken to is for `dialects` to say.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential,
    wait_random,
)

from rag.errors import ConfigError, ModelError
from rag.models.base import ChatReply, Message, Pieces, ReplyForm
from rag.models.chat_faults import RefusedError, faults_told
from rag.models.chat_hooks import keep_quiet, limit_whole_reply
from rag.models.chat_reading import read_events, read_whole
from rag.models.dialects import DIALECTS, Dialect, speaks_of_form
from rag.models.reply_form import FORM_PROMPT, with_form

OPENAI_URL = "https://api.openai.com/v1"
_BACKOFF = wait_exponential(multiplier=0.5, max=20.0) + wait_random(0.0, 0.5)


@dataclass(frozen=True, slots=True)
class ModelServer:
    """One model on one server.

    `base_url` ends in `/v1` as a rule; None is OpenAI's own. With an `azure_api_version` it is the endpoint of an Azure
    resource, and `name` that of the deployment. `timeout_s` is for one reply as a whole, `deadline_s` for a request
    with all its repeats and pauses. `reply_tokens` is the most that a reply may have. None for `form`: found out.
    """

    name: str
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    azure_api_version: str | None = None
    timeout_s: float = 120.0
    deadline_s: float = 240.0
    max_retries: int = 2
    reply_tokens: int = 4096
    form: ReplyForm | None = None


class OpenAIChatModel:
    """A chat model on a server.

    Raises:
        ConfigError: the server wants a key and there is none, or Azure without its endpoint.
    """

    def __init__(self, server: ModelServer) -> None:
        self._server = server
        self.name = server.name
        self.address = server.base_url or OPENAI_URL
        self._client = _client(server)
        weakref.finalize(self, self._client.close)
        newer = server.base_url is None or server.azure_api_version is not None
        names = ("max_completion_tokens", "max_tokens") if newer else ("max_tokens", "max_completion_tokens")
        self._first = Dialect(form=server.form or "schema", limit_names=names, forced=server.form is not None)

    def complete(self, messages: Sequence[Message], schema_name: str, schema: Mapping[str, Any]) -> ChatReply:
        """One reply of the given JSON schema, whole.

        Raises:
            ModelError: the server was not reached, refused, stopped half-way, or did not speak the protocol.
        """
        *_, last = self.stream(messages, schema_name, schema)
        if not isinstance(last, ChatReply):
            raise ModelError("the model's answer broke off", value=self.address, retryable=True)
        return last

    def stream(
        self, messages: Sequence[Message], schema_name: str, schema: Mapping[str, Any], *, in_words: bool = False
    ) -> Pieces:
        """The pieces of one reply as they come, and last the whole of it; see `StreamingChatModel`."""
        first, rest = self._retrying()(self._begin, messages, schema_name, schema, in_words)
        with closing(rest):
            yield first
            yield from rest

    def _retrying(self) -> Retrying:
        return Retrying(
            retry=retry_if_exception(lambda fault: isinstance(fault, ModelError) and fault.retryable),
            stop=stop_after_attempt(self._server.max_retries + 1) | stop_before_delay(self._server.deadline_s),
            wait=_pause_s,
            reraise=True,
        )

    def _begin(
        self, messages: Sequence[Message], schema_name: str, schema: Mapping[str, Any], in_words: bool
    ) -> tuple[str | ChatReply, Pieces]:
        """The first piece of a reply, and the rest of it. Until there is one, a request can be made again unnoticed."""
        dialect = DIALECTS.of(self.address, self.name, self._first)
        complaint: ModelError | None = None
        while True:
            pieces = self._pieces(dialect, messages, schema_name, schema, in_words)
            try:
                first = next(pieces)
            except RefusedError as refused:
                named = dialect.without_named(refused.complaint)
                lower = dialect.lower() if refused.client_fault or speaks_of_form(refused.complaint) else None
                next_dialect = named or lower
                if named is None:
                    complaint = complaint or refused.fault
                if next_dialect is None:
                    raise (complaint or refused.fault) from refused
                dialect = next_dialect
                continue
            DIALECTS.keep(self.address, self.name, self._first, dialect)
            return first, pieces

    def _pieces(
        self, dialect: Dialect, messages: Sequence[Message], schema_name: str, schema: Mapping[str, Any], in_words: bool
    ) -> Pieces:
        worded = in_words or dialect.form != "schema"
        sent = with_form(messages, schema) if worded else [dict(message) for message in messages]
        fields: Any = dialect.fields(schema_name, schema, self._server.reply_tokens)
        form = f"{dialect.form}, {FORM_PROMPT}" if worded else dialect.form
        with faults_told(self.address, self._server.api_key):
            raw = self._client.chat.completions.with_raw_response.create(model=self.name, messages=sent, **fields)
            response = raw.http_response
            try:
                if "text/event-stream" in response.headers.get("content-type", ""):
                    yield from read_events(raw.parse(), self.name, self.address, form)
                else:
                    yield from read_whole(response.read(), self.name, self.address, form)
            finally:
                response.close()


def _client(server: ModelServer) -> Any:
    import httpx
    import openai

    if server.api_key is None and (server.base_url is None or server.azure_api_version is not None):
        raise ConfigError(
            "no key for the model server",
            mend="set RAG_MODEL_API_KEY, or RAG_MODEL_BASE_URL for a server of your own",
        )
    if server.azure_api_version is not None and server.base_url is None:
        raise ConfigError("no endpoint of Azure", mend="set RAG_MODEL_BASE_URL to https://NAME.openai.azure.com")
    shared: Any = {
        "api_key": server.api_key or "none",
        "max_retries": 0,
        "timeout": server.timeout_s,
        # The deadline of a reply as a whole is ours; and a key is not carried along to where a server points.
        "http_client": httpx.Client(
            timeout=server.timeout_s,
            event_hooks={
                "request": [keep_quiet(own_server=server.base_url is not None)],
                "response": [limit_whole_reply(server.timeout_s)],
            },
            follow_redirects=False,
        ),
    }
    if server.azure_api_version is not None and server.base_url is not None:
        return openai.AzureOpenAI(
            azure_endpoint=server.base_url, api_version=server.azure_api_version, azure_deployment=server.name, **shared
        )
    return openai.OpenAI(base_url=server.base_url or OPENAI_URL, **shared)


def _pause_s(state: RetryCallState) -> float:
    """Seconds until the next attempt: what the server asked for, else doubling with jitter."""
    fault = state.outcome.exception() if state.outcome else None
    asked_s = fault.retry_after_s if isinstance(fault, ModelError) else None
    return _BACKOFF(state) if asked_s is None else asked_s
