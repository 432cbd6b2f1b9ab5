"""The guard: refuses toward a remote model, warns at home, and never says what it found."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from rag.config import Settings, load_settings
from rag.errors import PrivacyError
from rag.factory import pipeline, privacy_guard
from rag.privacy.guard import PrivacyGuard, is_remote

TEXT = "My patient Jane Doe, 54, has gout. Which drug?"


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        (None, True),
        ("https://api.example.com/v1", True),
        ("http://8.8.8.8:8000/v1", True),
        ("http://127.0.0.1:11434/v1", False),
        ("http://localhost:8000/v1", False),
        ("http://[::1]:8000/v1", False),
        ("http://192.168.1.20/v1", False),
        ("http://10.0.0.3/v1", False),
        ("http://llm:8000/v1", False),
        ("http://ward-7.local/v1", False),
        ("http://localhost.example.com/v1", True),
        ("http://127.0.0.1.example.com/v1", True),
    ],
)
def test_where_a_server_stands(url: str | None, remote: bool) -> None:
    assert is_remote(url) is remote


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        ({}, "warn"),
        ({"composer": "model", "model_name": "m"}, "refuse"),
        ({"verifier": "model", "composer": "extractive", "model_name": "m"}, "refuse"),
        ({"composer": "model", "model_name": "m", "model_base_url": "http://127.0.0.1:1/v1"}, "warn"),
        ({"composer": "model", "model_name": "m", "phi": "redact"}, "redact"),
        ({"composer": "model", "model_name": "m", "phi": "warn"}, "warn"),
        ({"composer": "extractive", "model_name": "m"}, "warn"),
    ],
)
def test_the_mode_follows_from_where_questions_go(given: dict[str, Any], mode: str) -> None:
    assert privacy_guard(load_settings(**given), print).mode == mode


def test_a_refusal_names_the_kinds_and_not_the_person() -> None:
    with pytest.raises(PrivacyError) as refused:
        PrivacyGuard("refuse", "the model server", lambda line: None).admit(TEXT)
    assert "name" in str(refused.value)
    assert "Jane" not in str(refused.value)
    assert refused.value.exit_status == 2


def test_a_warning_is_given_once_and_lets_the_question_through() -> None:
    told: list[str] = []
    guard = PrivacyGuard("warn", "no other machine", told.append)
    assert guard.admit(TEXT) == TEXT
    assert guard.admit(f"{TEXT} And the dose?") == f"{TEXT} And the dose?"
    assert len(told) == 1
    assert "Jane" not in told[0]


def test_a_question_without_identifiers_is_not_spoken_of() -> None:
    told: list[str] = []
    for mode in ("warn", "redact", "refuse"):
        assert PrivacyGuard(mode, "x", told.append).admit("Is apixaban safe?") == "Is apixaban safe?"  # type: ignore[arg-type]
    assert not told


def model_settings(settings: Settings, server: Any, **more: Any) -> Settings:
    return settings.model_copy(
        update={"composer": "model", "model_name": "m", "model_base_url": server.base_url, "model_timeout_s": 5.0}
        | more
    )


def test_a_refused_question_reaches_no_server(real_settings: Settings, scripted_server: Any) -> None:
    with pytest.raises(PrivacyError):
        pipeline(model_settings(real_settings, scripted_server, phi="refuse")).ask(TEXT)
    assert scripted_server.requests == []


def test_a_redacted_question_reaches_the_server_without_the_person(
    real_settings: Settings, scripted_server: Any
) -> None:
    empty: dict[str, Any] = {"short_answer": [], "guidelines": [], "research": [], "agreement": [], "not_found": []}
    scripted_server.replies = [{"content": empty}]
    answer = pipeline(model_settings(real_settings, scripted_server, phi="redact")).ask(TEXT)
    assert scripted_server.requests
    assert "Jane" not in str(scripted_server.requests)
    assert "[NAME]" in str(scripted_server.requests)
    assert "Jane" not in answer.question


def test_question_texts_are_not_logged(real_settings: Settings, caplog: pytest.LogCaptureFixture, capsys: Any) -> None:
    caplog.set_level(logging.DEBUG)
    pipeline(real_settings).ask("Does zoledronic acid unobtainiumword help?")
    assert "unobtainiumword" not in caplog.text
    captured = capsys.readouterr()
    assert "unobtainiumword" not in captured.out + captured.err
