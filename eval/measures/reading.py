"""How an answer reads, whether its audiences get the same, and what it took."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from eval.answers import AnswerRecord
from eval.measures.base import Case, Measure, Score, not_applicable, scored
from rag.text import words

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_SENTENCE_END = re.compile(r"[.!?](?:\s|$)")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:(?<![aeiouyl])e|(?<=[aeiouy])le|(?<![td])ed|(?<![csxzgh])es)$")


@cache
def _hyphenation() -> Any:
    import pyphen

    return pyphen.Pyphen(lang="en_US")


def syllables(word: str) -> int:
    """Syllables of a word, at least 1: its groups of vowels less a silent end, or its parts by hyphenation, whichever
    are more. Hyphenation alone finds one in "medicine": it leaves out what a typesetter would not break.
    """
    lower = word.lower()
    groups = len(_VOWELS.findall(_SILENT.sub("", lower)))
    return max(1, groups, len(_hyphenation().positions(lower)) + 1)


def reading_grade(text: str) -> float | None:
    """The Flesch-Kincaid grade level of a text (Kincaid et al. 1975): years of American schooling; None without words.

    0.39 words a sentence + 11.8 syllables a word - 15.59.
    """
    spoken = [word for word in words(text) if word[0].isalpha()]
    if not spoken:
        return None
    sentences = max(1, len(_SENTENCE_END.findall(text)))
    count = sum(syllables(word) for word in spoken)
    return 0.39 * len(spoken) / sentences + 11.8 * count / len(spoken) - 15.59


def _grade(case: Case, answer: AnswerRecord) -> Score:
    read = case.audiences.get("patient") or (answer if answer.audience == "patient" else None)
    if read is None:
        return not_applicable("not answered for patients: rag-eval run --every-audience")
    text = " ".join(claim.text for _, claim in read.shown())
    grade = reading_grade(text)
    if grade is None:
        return not_applicable("nothing is stated")
    return scored(grade, f"{len(text.split())} words")


def _content(answer: AnswerRecord) -> tuple[object, ...]:
    claims = [claim for _, claim in answer.shown()]
    spans = sorted({citation.span for claim in claims for citation in claim.citations})
    figures = sorted(figure for claim in claims for figure in _FIGURE.findall(claim.text))
    return answer.outcome, sorted(claim.claim_id for claim in claims), spans, figures


def _parity(case: Case, answer: AnswerRecord) -> Score:
    if len(case.audiences) < 2:
        return not_applicable("not answered for every audience: rag-eval run --every-audience")
    contents = {audience: _content(one) for audience, one in case.audiences.items()}
    first = next(iter(contents.values()))
    other = [audience for audience, one in contents.items() if one != first]
    return scored(float(not other), f"unlike the first: {', '.join(other) or 'none'}")


def _latency(case: Case, answer: AnswerRecord) -> Score:
    return not_applicable("not measured") if case.latency_s is None else scored(case.latency_s, "")


def _cost(case: Case, answer: AnswerRecord) -> Score:
    return not_applicable("not known") if case.cost is None else scored(case.cost, "")


def _length(case: Case, answer: AnswerRecord) -> Score:
    if not answer.statements():
        return not_applicable("nothing is stated")
    return scored(float(sum(len(claim.text.split()) for claim in answer.statements())), "")


def _none(case: Case) -> bool:
    """What a failed row is not asked for: it has no text, and the time it took is not that of an answer."""
    return False


MEASURES = (
    Measure(
        "audience_parity",
        "reading",
        "every reader gets the same claims and numbers",
        "1 where the answers for all audiences have the same claim ids, cited places and figures",
        _parity,
    ),
    Measure(
        "patient_grade",
        "reading",
        "years of schooling that the patient's text asks for",
        "Flesch-Kincaid grade level; syllables by groups of vowels and hyphenation",
        _grade,
        "Kincaid et al. 1975",
        "lower",
        _none,
    ),
    Measure(
        "words",
        "reading",
        "how long the answer is",
        "words of all statements",
        _length,
        better="lower",
        concerns=_none,
    ),
    Measure(
        "latency_s",
        "reading",
        "how long it took",
        "seconds from question to answer",
        _latency,
        better="lower",
        concerns=_none,
    ),
    Measure(
        "cost",
        "reading",
        "what it cost",
        "as the model server's usage and the settings' prices have it",
        _cost,
        better="lower",
        concerns=_none,
    ),
)
