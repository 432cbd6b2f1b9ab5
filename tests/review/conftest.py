"""A shelf whose sources a test can change, and the record of an answer that cites them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import pytest

from rag.rendering.json_format import source_fields
from rag.types import Notice, Source

TEXTS = {"g": "Rest relieves knee pain. Running does not.", "r": "Of 80 patients 40 improved with rest."}


class ScriptedShelf:
    """As `Shelf`: what a test says the index holds today."""

    def __init__(self) -> None:
        self.fingerprint = "f" * 64
        self.held = {
            "g": Source("g", "guideline", "Knees", 2020, "current", organisation="Board of Tests", doi="10.1000/g"),
            "r": Source(
                "r",
                "research",
                "A trial of rest",
                2019,
                "current",
                authors="Ash A, Elm B",
                journal="Journal of Joints",
                notices=(Notice("correction", "2020-01-01"),),
            ),
        }
        self.texts = dict(TEXTS)

    def change(self, source_id: str, **fields: Any) -> None:
        """Another record of a source: then the index is another one too."""
        self.held[source_id] = replace(self.held[source_id], **fields)
        self.fingerprint = f"{len(self.fingerprint)}{source_id}{fields}"[:64]

    def sources(self) -> Sequence[Source]:
        return list(self.held.values())

    def source(self, source_id: str) -> Source | None:
        return self.held.get(source_id)

    def text(self, source_id: str) -> str | None:
        return self.texts.get(source_id) if source_id in self.held else None

    def passages(self, source_id: str) -> Sequence[Any]:
        return ()

    def passage(self, passage_id: str) -> None:
        return None

    def find(self, words: str, **how: Any) -> Sequence[Any]:
        return ()


def _claim(claim_id: str, source_id: str, number: int, quote: str) -> dict[str, Any]:
    start = TEXTS[source_id].index(quote)
    citation = {
        "number": number,
        "source_id": source_id,
        "passage_id": f"{source_id}#1",
        "start": start,
        "end": start + len(quote),
        "quote": quote,
    }
    return {"claim_id": claim_id, "text": quote, "citations": [citation]}


@pytest.fixture
def shelf() -> ScriptedShelf:
    return ScriptedShelf()


@pytest.fixture
def record(shelf: ScriptedShelf) -> dict[str, Any]:
    """The fields that a review reads of an answer's record: [1] is the guideline, [2] the paper."""
    shown = {source_id: source_fields(source) for source_id, source in shelf.held.items()}
    withheld = _claim("c9", "r", 0, "Of 80 patients 40 improved with rest.")
    return {
        "schema": "sourcebound.answer/1",
        "question": "What relieves knee pain?",
        "short_answer": [_claim("c1", "g", 1, "Rest relieves knee pain.")],
        "guidelines": [_claim("c1", "g", 1, "Rest relieves knee pain."), _claim("c2", "g", 1, "Running does not.")],
        "research": [_claim("c3", "r", 2, "Of 80 patients 40 improved with rest.")],
        "agreement": [],
        "options": [],
        "withheld": [{"claim": withheld, "reason": "x"}],
        "references": [
            {"number": 2, **shown["r"]} | {"notices": [asdict(one) for one in shelf.held["r"].notices]},
            {"number": 1, **shown["g"]},
        ],
        "status": "not_reviewed",
        "provenance": {"encoder": "letters", "verifier": "shipped", "composer": "extractive", "model": None},
    }
