"""A real OpenAI-compatible server that is not ours: llama.cpp's, with a tiny model of random weights.

Not part of the ordinary run. docs/models.md has the two commands; the second is this test.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from rag.answer import PARTS, Answer, ClaimShown
from rag.config import Settings
from rag.factory import pipeline

QUESTION = "What dose of glucocorticoid is recommended in Takayasu arteritis?"

pytestmark = pytest.mark.real_server


@pytest.fixture
def base_url() -> str:
    found = os.environ.get("SOURCEBOUND_MODEL_SERVER")
    if not found:
        pytest.skip("SOURCEBOUND_MODEL_SERVER is not set")
    return found


def test_the_nonsense_of_a_random_model_ends_in_an_abstention(real_settings: Settings, base_url: str) -> None:
    """The server's grammar holds the model to the form and to real ids; what it says between them is nonsense."""
    asked: dict[str, Any] = {
        "composer": "model",
        "model_base_url": base_url,
        "model_name": "random",
        "model_window_tokens": 2_800,
        "model_reply_tokens": 1_200,
        "model_timeout_s": 300.0,
        "model_deadline_s": 400.0,
        "model_max_retries": 0,
    }
    steps = list(pipeline(real_settings.model_copy(update=asked)).stream(QUESTION))
    answer = steps[-1]
    assert isinstance(answer, Answer)
    assert answer.outcome == "abstention"
    assert not any(isinstance(step, ClaimShown) for step in steps)
    assert not any(answer.part(part) for part in PARTS)
    assert answer.withheld
    assert answer.provenance.reply_form == "json-with-schema, form.v1"
    assert answer.provenance.usage is not None
    assert answer.provenance.usage.requests >= 1
    assert answer.cut
