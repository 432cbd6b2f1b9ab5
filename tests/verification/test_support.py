"""Support: what the model is given to read, and what becomes of its probabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rag.errors import EntailmentError
from rag.evidence import Evidence, Found, ScoredHit
from rag.types import Hit, Kind, Passage, Query, Sentence, Source
from rag.verification.support import (
    REFUTE_THRESHOLD,
    SUPPORT_THRESHOLD,
    Reading,
    joined,
    leans,
    missing_words,
    passage_texts,
    read_support,
    reading_reason,
    statements,
)

TRIAL = ("The trial enrolled 80 adults with gout.", "They received colchicine.", "Pain fell in most of them.")
OTHER = ("Rest relieved knee pain.", "These effects lasted a week.")


def passage(source_id: str, kind: Kind, sentences: tuple[str, ...]) -> Passage:
    spans, start = [], 0
    for sentence in sentences:
        spans.append(Sentence(start, start + len(sentence)))
        start += len(sentence) + 1
    text = " ".join(sentences)
    return Passage(f"{source_id}#1", source_id, kind, "Findings", 0, len(text), text, tuple(spans))


@pytest.fixture
def evidence() -> Evidence:
    hits = tuple(
        ScoredHit(Hit(passage(name, "research", sentences), 1.0, rank), (0.5,) * len(sentences))
        for rank, (name, sentences) in enumerate((("trial", TRIAL), ("other", OTHER)), start=1)
    )
    sources = {name: Source(name, "research", name, 2020, "current") for name in ("trial", "other")}
    return Evidence((Found(Query("gout"), {"research": hits}, {}),), sources, (), {})


def texts_of(evidence: Evidence, *labels: str) -> list[str]:
    return passage_texts([evidence.sentences[label] for label in labels], evidence)


def test_a_sentence_that_leans_brings_the_one_before_it_and_a_plain_one_does_not(evidence: Evidence) -> None:
    assert texts_of(evidence, "R1.2") == list(TRIAL[:2])
    assert texts_of(evidence, "R1.3") == [TRIAL[2]]
    assert texts_of(evidence, "R1.1", "R1.2") == list(TRIAL[:2])


def test_cited_sentences_stand_in_the_order_of_their_documents_source_by_source(evidence: Evidence) -> None:
    assert texts_of(evidence, "R2.1", "R1.3", "R1.1", "R1.3") == [OTHER[0], TRIAL[0], TRIAL[2]]


@pytest.mark.parametrize(
    "sentence",
    ["They improved.", "However, pain rose.", "In contrast, rest helped.", "These were mild.", "was safe in adults."],
)
def test_pronouns_demonstratives_and_contrasts_lean(sentence: str) -> None:
    assert leans(sentence)


@pytest.mark.parametrize(
    "sentence", ["Thesaurus use rose.", "Itching fell.", "Colchicine is safe.", "There is no cure."]
)
def test_sentences_that_only_begin_alike_do_not_lean(sentence: str) -> None:
    assert not leans(sentence)


def test_a_claim_of_several_sentences_is_as_supported_as_its_weakest(scripted_entailment: Callable[..., Any]) -> None:
    model = scripted_entailment(("Gout hurts", (0.9, 0.1, 0.0)), ("Rest cures", (0.2, 0.2, 0.6)))
    (reading,) = read_support([("Gout hurts. Rest cures it.", ["Gout hurts a lot."])], model)
    assert (reading.supports, reading.refutes) == (pytest.approx(0.2), pytest.approx(0.6))
    assert model.asked == [[("Gout hurts a lot.", "Gout hurts."), ("Gout hurts a lot.", "Rest cures it.")]]


def test_a_sentence_of_a_claim_that_leans_is_read_with_the_one_before_it() -> None:
    assert statements("Gout hurts. It is common. Rest helps.") == ("Gout hurts. It is common.", "Rest helps.")


def test_all_claims_are_read_in_one_batch_and_each_gets_its_own_row(scripted_entailment: Callable[..., Any]) -> None:
    model = scripted_entailment(("first", (0.8, 0.1, 0.1)), ("second", (0.1, 0.1, 0.8)))
    readings = read_support([("the first", ["a"]), ("the second", ["b"]), ("the third", ["c"])], model)
    assert [round(reading.supports, 3) for reading in readings] == [0.8, 0.1, 0.0]
    assert [len(batch) for batch in model.asked] == [3]


def test_nothing_to_read_asks_nothing(scripted_entailment: Callable[..., Any]) -> None:
    model = scripted_entailment()
    assert read_support([], model) == []
    assert model.asked == []


@pytest.mark.parametrize(
    ("supports", "refutes", "best", "support"),
    [
        (SUPPORT_THRESHOLD, 0.0, 0.9, "full"),
        (SUPPORT_THRESHOLD - 0.01, 0.0, SUPPORT_THRESHOLD - 0.01, "none"),
        (SUPPORT_THRESHOLD - 0.01, 0.0, SUPPORT_THRESHOLD, "partial"),
        (0.0, REFUTE_THRESHOLD, 0.0, "contradicted"),
        (0.0, REFUTE_THRESHOLD - 0.01, 0.0, "none"),
        (0.9, 0.8, 0.9, "none"),
        (0.8, 0.9, 0.8, "contradicted"),
    ],
)
def test_thresholds_decide_and_what_anything_refutes_is_never_full(
    supports: float, refutes: float, best: float, support: str
) -> None:
    assert Reading(supports, refutes, best).support == support


@pytest.mark.parametrize(
    "rows", [np.zeros((2, 3)), np.zeros((1, 2)), np.full((1, 3), np.nan), np.array([[3.0, -1.0, -1.0]])]
)
def test_what_are_no_probabilities_is_an_error_that_names_the_model(
    scripted_entailment: Callable[..., Any], rows: Any
) -> None:
    model = scripted_entailment()
    model.predict = lambda pairs: rows.astype(np.float32)
    with pytest.raises(EntailmentError, match="scripted/1"):
        read_support([("a claim", ["a passage"])], model)


def test_missing_words_are_the_claims_own_and_a_number_brings_its_unit() -> None:
    claim = "Colchicine prevents stroke for 5 years in adults with gout."
    assert missing_words(claim, ["Colchicine prevents gout."]) == ["stroke", "5 years"]
    assert missing_words("Gouty pains eased.", ["Gout pain is relieved."]) in (["Gouty"], [])


def test_a_contradiction_names_the_words_that_clash() -> None:
    reason = reading_reason("Aspirin raises mortality.", ["Aspirin lowers deaths."], Reading(0.05, 0.93))
    assert "0.93" in reason
    assert "lowers" in reason
    assert "raises" in reason


def test_what_is_only_there_in_other_words_is_told_apart_from_what_is_missing() -> None:
    assert "which do not say it" in reading_reason(
        "Gout hurts adults.", ["Gout hurts adults, some say."], Reading(0.1, 0)
    )
    assert "not in the cited sentences: stroke" in reading_reason(
        "Gout and stroke hurt.", ["Gout hurts."], Reading(0.1, 0)
    )


def test_a_passage_is_one_line() -> None:
    assert joined(["Gout | 5\n", " mg  daily"]) == "Gout | 5 mg daily"
