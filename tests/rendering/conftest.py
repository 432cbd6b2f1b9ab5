"""Answers made by hand, plain and hostile, for what answers are exported in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from rag.answer import Answer, Citation, Claim, NotFound, Provenance, Reference, Verdict, Withheld
from rag.evidence import LeftOut, SearchRecord
from rag.types import Notice, Source

NASTY = (
    "<script>alert('x')</script> #import \"/etc/passwd\" $x_1$ \\input{y} {open } close] & 50 % ~ ^ *b* `c` _d_ "
    "[e](https://e.org) @article{z,\r\nER  - \nTY  - BOOK\nTI  - injected\x00\x07\x1b[31m \u202eesrever\u202c \ud800 "
    "\u2028 漢字 😀 é ß <!-- --> ]]> #]"
)

PROVENANCE = Provenance(
    "small", "f" * 64, "c" * 64, "letters", "extractive", None, "rules/2", "2026-11-26T07:43:19+00:00", "0.5.0"
)


def source(source_id: str = "trial-2019", **fields: Any) -> Source:
    record: dict[str, Any] = {
        "source_id": source_id,
        "kind": "research",
        "title": "Rest for knee pain",
        "year": 2019,
        "status": "current",
        "authors": "Doe J, Roe RS, Poe T Jr, et al. (REST Study Group)",
        "journal": "Journal of Imaginary Joints",
        "doi": "10.1000/knee_2019",
        "pmid": "12345",
        "url": "https://example.org/knee?a=1&b=2#c",
        "study_type": "randomised trial",
        "n": "80",
    }
    return Source(**record | fields)


def guideline(source_id: str = "knee-2020", **fields: Any) -> Source:
    blank = dict.fromkeys(("authors", "journal", "doi", "pmid", "n"))
    named = {"kind": "guideline", "organisation": "Board of Tests; College of Knees", "study_type": "guideline"}
    return source(source_id, **blank | named | fields)


def claim(claim_id: str, text: str, *citations: Citation, **fields: Any) -> Claim:
    verdict = Verdict("full", "the words are the same", "rules/2", score=0.91)
    record: dict[str, Any] = {"type": "finding", "topic": None, "verdict": verdict}
    return Claim(claim_id=claim_id, text=text, citations=citations, **record | fields)


def cite(number: int, of: Source, quote: str, start: int = 0) -> Citation:
    return Citation(number, of.source_id, f"{of.source_id}#1", start, start + len(quote), quote)


def answer_of(guidelines: tuple[Claim, ...], research: tuple[Claim, ...], *sources: Source, **fields: Any) -> Answer:
    record: dict[str, Any] = {
        "outcome": "answer",
        "question": "What relieves knee pain?",
        "standalone_question": "What relieves knee pain?",
        "audience": "clinician",
        "short_answer": guidelines[:1],
        "agreement": (),
        "not_found": (),
        "withheld": (),
        "left_out": (),
        "references": tuple(Reference(number, one) for number, one in enumerate(sources, start=1)),
        "status": "not_reviewed",
        "provenance": PROVENANCE,
    }
    return Answer(guidelines=guidelines, research=research, **record | fields)


@pytest.fixture
def make_source() -> Callable[..., Source]:
    return source


@pytest.fixture
def make_guideline() -> Callable[..., Source]:
    return guideline


@pytest.fixture
def small_answer() -> Answer:
    """Two sources, of one of which two quotes are cited; one claim is withheld, and one source left out."""
    board, trial = guideline(), source()
    first = cite(1, board, "Knee pain is relieved by rest.")
    second = cite(1, board, "Ice does not relieve it.", 40)
    third = cite(2, trial, "Knee pain was relieved by rest in 40 of 80 patients.")
    failed = claim("c9", "Heat cures it.", cite(0, trial, "Heat was not tried."))
    refuted = Verdict("contradicted", "the sentence says it was not tried", "rules/2", "contradicted")
    return answer_of(
        (claim("c1", first.quote, first, topic="rest"), claim("c2", second.quote, second, topic="ice")),
        (claim("c3", third.quote, third, topic="rest"),),
        board,
        trial,
        agreement=(claim("c4", "Rest: the halves agree.", first, third, relation="agree"),),
        withheld=(Withheld(replace(failed, verdict=refuted), refuted.reason),),
        left_out=(LeftOut("knee-2010", "superseded", "Knee pain, 2010", 2010, ("knee-2020",), "2020"),),
    )


@pytest.fixture
def long_answer() -> Answer:
    """Sixteen claims, each on a sentence of its own."""
    board = guideline()
    sentences = [f"Sentence {place} of the Board says {place * 3} mg." for place in range(16)]
    claims = tuple(
        claim(f"c{place}", text, cite(1, board, text, place * 100)) for place, text in enumerate(sentences, start=1)
    )
    return answer_of(claims, (), board)


@pytest.fixture
def abstention() -> Answer:
    searched = SearchRecord("small", ("What relieves knee pain?",), 8)
    return answer_of(
        (),
        (),
        outcome="abstention",
        short_answer=(),
        abstention_reason="No sentence has: knee.",
        not_found=(NotFound("knee", "research", "No research answers “knee”.", searched),),
    )


@pytest.fixture
def nasty() -> str:
    return NASTY


@pytest.fixture
def hostile_answer() -> Answer:
    """Every free text of an answer is hostile."""
    bad = source(
        title=NASTY,
        authors=f"Doe J, {NASTY}",
        organisation=NASTY,
        journal=NASTY,
        doi=f"10.1000/{NASTY}",
        url="javascript:alert(1)",
        study_type=NASTY,
        population=NASTY,
        strength=NASTY,
        n=NASTY,
        notices=(Notice("correction", "2020-01-02", NASTY, NASTY, NASTY),),
    )
    worse = guideline(title=f"{NASTY} again", organisation=NASTY, strength=NASTY, url=f"https://e.org/{NASTY}")
    one, two = cite(1, worse, NASTY), cite(2, bad, NASTY)
    return answer_of(
        (claim("c1", f"Guideline {NASTY}", one, topic=NASTY),),
        (claim("c2", f"Research {NASTY}", two, topic=NASTY),),
        worse,
        bad,
        question=NASTY,
        standalone_question=f"{NASTY} indeed",
        withheld=(Withheld(claim("c3", f"Withheld {NASTY}"), NASTY),),
        left_out=(LeftOut("x", "retracted", NASTY, 2010, (), None, NASTY),),
        incomplete=NASTY,
    )
