"""Drugs and their classes: a trial speaks of the drug, a guideline of the class, and a question asks of either.

A sentence on a drug of the class asked of, and a guideline's sentence on the class of the drug asked of, are compared
with the question as if they had its word. That is for finding alone: no claim is verified by it.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.naming import asked_class, asked_drug, member_in, speaks_of
from rag.question import Question
from rag.text import wide_terms
from rag.types import Kind


@dataclass(frozen=True, slots=True)
class DrugsAsked:
    """The classes of drugs that a question asks of, or the one drug, with its class."""

    classes: tuple[str, ...] = ()
    drug: str = ""
    of_class: str = ""

    def terms_of(self, text: str, kind: Kind) -> set[str]:
        """The terms of a text of a source of that kind, and of what is asked of where the text has its other name."""
        named = [name for name in self.classes if member_in(name, text)]
        if self._is_told_by_class(text, kind):
            named.append(self.drug)
        return {*wide_terms(text), *(term for name in named for term in wide_terms(name))}

    def shown(self, text: str, kind: Kind) -> str:
        """A text with the word asked of in brackets: what reads it need not know which drug is of which class."""
        for name in self.classes:
            drug = member_in(name, text)
            if drug:
                text = text.replace(drug, f"{drug} ({name})", 1)
        return f"{text} ({self.of_class}: {self.drug})" if self._is_told_by_class(text, kind) else text

    def _is_told_by_class(self, text: str, kind: Kind) -> bool:
        return kind == "guideline" and bool(self.drug) and speaks_of(self.of_class, text)


def drugs_asked(question: Question) -> DrugsAsked:
    """What a question, or the options of it, ask of."""
    classes = dict.fromkeys(map(asked_class, question.options or (question.text,)))
    drug, of_class = (None if question.options else asked_drug(question.text)) or ("", "")
    return DrugsAsked(tuple(name for name in classes if name), drug, of_class)
