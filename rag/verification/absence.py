"""Absence: a composer may say that nothing was found only where no sentence of the evidence covers what was asked."""

from __future__ import annotations

from rag.answer import DraftAbsence
from rag.evidence import Evidence
from rag.text import terms


def absence_fault(absence: DraftAbsence, evidence: Evidence) -> str | None:
    """A sentence of that kind with every term of the topic and of what was asked, as a reason against it; or None.

    Sentences that were found and not offered to the composer count, too.
    """
    if not terms(absence.topic):
        return "names no topic"
    wanted = set(terms(f"{absence.topic} {absence.asked or ''}"))
    for sentence in evidence.found_sentences.values():
        if sentence.kind == absence.kind and wanted <= set(terms(sentence.text)):
            return f"{sentence.label} speaks of {absence.topic}"
    return None
