"""Chat models over any OpenAI-compatible server, by the `openai` client, which is imported when one is made.

Only the messages and the reply's schema leave the machine. Rate limits and passing faults are tried again by the
client itself, which honours `Retry-After`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rag.errors import ConfigError, ModelError
from rag.models.base import ChatReply


class OpenAIChatModel:
    """One model on one server.

    Args:
        name: the model, as the server knows it.
        base_url: the server's base address, ending in `/v1` as a rule; None for OpenAI's own.
        api_key: the key, or None for a server that wants none.
        timeout_s: longest wait for one reply, in seconds.
        max_retries: how often a rate limit or a passing fault is tried again.
    """

    def __init__(
        self, name: str, *, base_url: str | None, api_key: str | None, timeout_s: float, max_retries: int
    ) -> None:
        import openai

        if api_key is None and base_url is None:
            raise ConfigError(
                "no key for the model server",
                mend="set RAG_MODEL_API_KEY, or RAG_MODEL_BASE_URL for a server of your own",
            )
        self._openai = openai
        self.name = name
        self._where = base_url or "the OpenAI API"
        self._client = openai.OpenAI(
            base_url=base_url, api_key=api_key or "none", timeout=timeout_s, max_retries=max_retries
        )

    def complete(self, messages: Sequence[Mapping[str, str]], schema_name: str, schema: Mapping[str, Any]) -> ChatReply:
        """One reply of the given JSON schema.

        Raises:
            ModelError: the server was not reached, refused, stopped half-way, or did not speak the protocol.
        """
        openai = self._openai
        request: Any = {
            "model": self.name,
            "messages": [dict(message) for message in messages],
            "temperature": 0,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": schema_name, "strict": True, "schema": dict(schema)},
            },
        }
        try:
            completion = self._client.chat.completions.create(**request)
        except openai.APITimeoutError as error:
            raise ModelError(
                "the model server did not answer in time",
                value=self._where,
                mend="raise RAG_MODEL_TIMEOUT_S",
                retryable=True,
            ) from error
        except openai.APIConnectionError as error:
            raise ModelError(
                "the model server cannot be reached",
                value=self._where,
                mend="start it, or correct RAG_MODEL_BASE_URL",
                retryable=True,
            ) from error
        except openai.RateLimitError as error:
            raise ModelError(
                "the model server says too many requests",
                value=self._where,
                mend="wait and ask again",
                retryable=True,
            ) from error
        except openai.APIStatusError as error:
            raise ModelError(
                f"the model server answered with status {error.status_code}",
                value=f"{self._where}: {error.message}",
                mend="check RAG_MODEL_NAME, RAG_MODEL_BASE_URL and RAG_MODEL_API_KEY",
                retryable=error.status_code >= 500,
            ) from error
        except (openai.OpenAIError, ValueError) as error:
            raise ModelError("the model server's answer cannot be read", value=f"{self._where}: {error}") from error
        return self._read(completion)

    def _read(self, completion: Any) -> ChatReply:
        """The reply in a completion, or the reason why there is none."""
        try:
            choice = completion.choices[0]
            refusal = getattr(choice.message, "refusal", None)
            text, reason = choice.message.content, choice.finish_reason
        except (AttributeError, IndexError, TypeError) as error:
            raise ModelError(
                "the model server does not speak the chat-completions protocol",
                value=f"{self._where}: {str(completion)[:80]}",
                mend="correct RAG_MODEL_BASE_URL; it usually ends in /v1",
            ) from error
        if refusal or reason == "content_filter":
            raise ModelError("the model refused to answer", value=refusal or "stopped by the server's content filter")
        if reason == "length":
            raise ModelError(
                "the model's answer was cut off half-way",
                value="finish_reason length",
                mend="raise the server's limit on tokens",
            )
        if not isinstance(text, str) or not text.strip():
            raise ModelError("the model's answer is empty", value=self._where)
        usage = getattr(completion, "usage", None)
        return ChatReply(
            text=text,
            model=str(getattr(completion, "model", None) or self.name),
            prompt_tokens=getattr(usage, "prompt_tokens", None),
            completion_tokens=getattr(usage, "completion_tokens", None),
        )
