"""What every composer keeps: pointers to offered sentences in their lane, an empty draft where nothing is near."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from rag.answer import LANES, DraftClaim, Verdict
from rag.composition.base import Composer
from rag.composition.extractive import ExtractiveComposer
from rag.composition.language_model import LanguageModelComposer
from rag.composition.offering import Window
from rag.config import Settings
from rag.evidence import Evidence, ScoredHit
from rag.factory import pipeline
from rag.models.base import ChatReply, Pieces
from rag.models.token_counting import TokenCounter
from rag.question import Question, parse_question
from tests.readers import SharedWords

TEXT = "Are opioids recommended for acute low back pain?"


class FirstSentences:
    """A chat model that fills each part with the first id that its schema allows."""

    name = "first-sentences"

    def complete(self, messages: Sequence[Mapping[str, str]], schema_name: str, schema: Mapping[str, Any]) -> ChatReply:
        raise NotImplementedError

    def stream(
        self,
        messages: Sequence[Mapping[str, str]],
        schema_name: str,
        schema: Mapping[str, Any],
        *,
        in_words: bool = False,
    ) -> Pieces:
        reply = self.reply(schema_name, schema)
        yield reply.text[:30]
        yield reply.text[30:]
        yield reply

    def reply(self, schema_name: str, schema: Mapping[str, Any]) -> ChatReply:
        if schema_name == "repairs":
            return ChatReply(json.dumps({"repairs": []}), self.name)
        parts: dict[str, Any] = {"not_found": []}
        for part in ("guidelines", "research"):
            label = schema["properties"][part]["items"]["properties"]["evidence"]["items"]["enum"][0]
            parts[part] = [{"text": f"words of {label}", "evidence": [label], "topic": None, "type": "background"}]
        return ChatReply(json.dumps(parts), self.name)


@pytest.fixture(params=["extractive", "model"])
def composer(request: pytest.FixtureRequest) -> Composer:
    if request.param == "extractive":
        return ExtractiveComposer(SharedWords())
    return LanguageModelComposer(FirstSentences(), Window(16_000, 4_000), TokenCounter())


@pytest.fixture(scope="module")
def question() -> Question:
    return parse_question(TEXT, max_chars=500)


@pytest.fixture(scope="module")
def evidence(real_settings: Settings, question: Question) -> Evidence:
    return pipeline(real_settings).search.gather(question.text, question.queries())


def test_pointers_name_offered_sentences_of_their_lane(
    composer: Composer, question: Question, evidence: Evidence
) -> None:
    draft = composer.compose(question, evidence, "clinician")
    assert {"guidelines", "research"} <= {claim.part for claim in draft.claims}
    for claim in draft.claims:
        assert claim.pointers
        for label in claim.pointers:
            assert evidence.sentences[label].kind in LANES[claim.part]


def test_the_pieces_of_a_stream_are_the_whole_draft(composer: Composer, question: Question, evidence: Evidence) -> None:
    pieces = list(composer.stream(question, composer.offer(question, evidence), "clinician"))
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = whole.with_piece(piece)
    assert whole == composer.compose(question, evidence, "clinician")
    assert all(piece.composer == composer.name for piece in pieces)


def test_what_is_offered_is_evidence_with_less_in_it(
    composer: Composer, question: Question, evidence: Evidence
) -> None:
    offered = composer.offer(question, evidence)
    assert offered.found_sentences == evidence.sentences
    assert offered.sentences.items() <= evidence.sentences.items()
    assert {*offered.sentences, *offered.cut} == {*evidence.sentences}


def _far(hit: ScoredHit) -> ScoredHit:
    nothing = (0.0,) * len(hit.sentence_scores)
    return replace(hit, sentence_scores=nothing, clause_scores=nothing)


def test_nothing_near_gives_an_empty_draft(composer: Composer, question: Question, evidence: Evidence) -> None:
    far = tuple(
        replace(
            found,
            hits={kind: tuple(_far(hit) for hit in hits) for kind, hits in found.hits.items()},
        )
        for found in evidence.found
    )
    assert composer.compose(question, replace(evidence, found=far), "clinician").claims == ()


def test_repair_answers_each_failure_in_order(composer: Composer, question: Question, evidence: Evidence) -> None:
    failures = [
        (DraftClaim("guidelines", "background", f"claim {number}", ("G1.1",)), Verdict("none", "why", "v"))
        for number in range(3)
    ]
    assert len(composer.repair(question, evidence, "clinician", failures)) == 3
    assert composer.repair(question, evidence, "clinician", []) == ()


def test_a_composer_says_who_it_is(composer: Composer, question: Question, evidence: Evidence) -> None:
    draft = composer.compose(question, evidence, "patient")
    assert draft.composer == composer.name
    assert draft.model == composer.model
