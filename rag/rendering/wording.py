"""Fixed wording: headings, disclaimers and notes, by the reader's role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer import Answer, Cut, Fault, Stance, Status, Support, Usage
from rag.types import Audience

DISCLAIMER: dict[Audience, str] = {
    "clinician": (
        "For health professionals, in support of their own judgement. Not a medical device, not a substitute for the "
        "full guideline or paper. Check doses and contraindications in the source before acting."
    ),
    "researcher": (
        "A record of what the indexed sources say, not a systematic review and not clinical advice. "
        "Go to the publications before citing them."
    ),
    "patient": (
        "General information, not advice about you. Do not start, stop or change a treatment because of it; speak with "
        "your doctor or pharmacist. With sudden weakness, numbness around the seat, or loss of bladder or bowel "
        "control, seek emergency care."
    ),
}

HEADINGS: dict[Audience, dict[str, str]] = {
    audience: {
        "short_answer": "In short" if audience == "patient" else "Short answer",
        "not_covered": "Not covered by what is cited",
        "options": "Option by option",
        "guidelines": "From the Guidelines",
        "research": "From the Research",
        "agreement": "Where they agree, where they differ",
        "explained": "Words explained",
        "not_found": "Not found",
        "withheld": "Withheld",
        "references": "References",
        "status": "Status",
    }
    for audience in ("clinician", "researcher", "patient")
}

STATUS: dict[Status, str] = {
    "not_reviewed": "Not reviewed: no clinician has signed off this answer.",
    "submitted": "Submitted for review.",
    "under_review": "Under review.",
    "approved": "Approved.",
    "returned": "Returned by the review board.",
}

SUPPORT: dict[Support, str] = {
    "full": "Supported by the cited words",
    "partial": "Supported in part",
    "none": "Not supported",
    "contradicted": "Contradicted by the cited words",
}

MARK: dict[Support, str] = {"full": "✓", "partial": "◐", "none": "○", "contradicted": "✗"}
"""Told apart by shape, not by colour."""

READERS: dict[Audience, str] = {
    "clinician": "health professionals",
    "researcher": "researchers",
    "patient": "patients",
}

EVIDENCE = "Evidence"
EVIDENCE_NOTE = "The exact words behind each number, cut from the text that this program holds of each source."

STANCE: dict[Stance, str] = {
    "supported": "the cited sentences speak for it",
    "contradicted": "the cited sentences speak against it",
    "not_addressed": "not settled by the sentences found",
}

FAULT: dict[Fault, str] = {
    "no_pointer": "no citation",
    "invented_pointer": "invented citation",
    "wrong_lane": "citation of the wrong kind",
    "misattributed": "citation corrected by the verifier",
    "unsupported": "not supported",
    "contradicted": "contradicted",
    "figure_mismatch": "figure differs",
    "polarity_mismatch": "says the contrary",
    "overstated": "overstated",
    "absence_with_citation": "absence with a citation",
    "not_absent": "not absent",
    "lifecycle": "retracted or superseded source",
}

SUMMARY_NOTE = (
    "The quoted words are those of summaries written for this corpus from checked facts, not the publications' own "
    "words. Editorial policy: docs/editorial-policy.md."
)

EXPLAINED = (
    "What these words mean in general: explanations by this program, not statements of the sources, and without any "
    "number of this answer."
)


@dataclass(frozen=True, slots=True)
class Signed:
    """Where an answer stands with the review board: by whom, when (ISO 8601), and what they said."""

    status: Status
    reviewer: str | None = None
    at: str | None = None
    note: str | None = None


def status_text(answer: Answer, signed: Signed | None = None) -> str:
    """The one status of an answer: that of the review where there is one, else its own."""
    if signed is None:
        return STATUS[answer.status]
    by = f"By {signed.reviewer}" if signed.reviewer else ""
    when = f"{', ' if by else 'On '}{signed.at}" if signed.at else ""
    note = f"Note: {signed.note.rstrip('.')}." if signed.note else ""
    return " ".join(part for part in (STATUS[signed.status], f"{by}{when}." if by or when else "", note) if part)


def how_composed(answer: Answer) -> str:
    """How the statements came about, in one sentence."""
    if answer.provenance.model is None:
        return (
            "No language model was used: each statement is a sentence of its source, word for word, except the fixed "
            "phrases that say how sentences compare with the question or with each other."
        )
    return (
        f"Worded by the language model {answer.provenance.model}; each statement was checked against the sentences it "
        "cites, and withheld where they do not carry it."
    )


def incomplete_note(why: str) -> str:
    """That something may be missing, and why."""
    return f"This answer may lack statements, cautions among them: {why.rstrip('.')}."


def cut_note(cut: Sequence[Cut]) -> str:
    """How much was found and not read by the model."""
    why = {"room": "for want of room", "order": "since they speak to it"}
    parts = []
    for reason, words in why.items():
        of_it = [one for one in cut if one.reason == reason]
        sources = len({one.source_id for one in of_it})
        if of_it:
            sentences = f"{len(of_it)} {'sentence' if len(of_it) == 1 else 'sentences'}"
            parts.append(f"{words}, {sentences} of {sources} {'source' if sources == 1 else 'sources'}")
    return f"Not read by the language model: {'; '.join(parts)}"


def usage_note(usage: Usage) -> str:
    """What the answer took of language models."""
    about = "about " if usage.estimated else ""
    parts = [f"{usage.requests} {'request' if usage.requests == 1 else 'requests'} to a language model"]
    if usage.requests:
        parts.append(f"{about}{usage.prompt_tokens} tokens sent, {about}{usage.completion_tokens} received")
    if usage.cost is not None:
        parts.append(f"cost {about}{usage.cost:.4f}")
    if usage.cached:
        parts.append(f"{usage.cached} {'reply' if usage.cached == 1 else 'replies'} from the cache")
    return f"{', '.join(parts)}."
