"""Takes several questions in one apart: "What is the dose of X, and is it safe in pregnancy?" is two.

By rules, and only where each part is a question by itself: what it leaves out is completed from the part before it, as
a follow-up's is. A case told first belongs to each. What is not plainly several questions stays one.
"""

from __future__ import annotations

import re

from rag.conversation.base import Asked
from rag.conversation.frame import Frame, as_question, without_mark
from rag.conversation.mentions import Vocabulary
from rag.conversation.rules import RuleCondenser
from rag.text import terms

MOST_PARTS = 3
_FEWEST_TERMS = 1
_ASKS = (
    r"(?:what|which|how|when|where|who|why|should|can|could|do|does|did|is|are|was|were|may|must|would|will|for how"
    r"|at what|by how)\b"
)
_JOINED = re.compile(
    rf"(?:,\s*(?:and|but)\s+|\s+and(?=\s+(?:also|then)\s)\s+|;\s*(?:and\s+)?)(?:also\s+|then\s+)?(?={_ASKS})", re.I
)
_MARKED = re.compile(rf"\?\s+(?:and\s+|also,?\s+|but\s+)?(?={_ASKS})", re.IGNORECASE)
_ASKING = re.compile(rf"^(?:and\s+|also\s+|but\s+)?{_ASKS}", re.IGNORECASE)
_TOLD = re.compile(r"^(?P<told>.+[.;])\s+(?P<asked>[^.;]+)$", re.DOTALL)
_POINTS = re.compile(r"\b(?:it|its|they|them|their|this|that|these|those|one|before|after)\b", re.IGNORECASE)
_IT = re.compile(r"\b(?:it|they)\b", re.IGNORECASE)
_ABOUT_THE_FIRST = re.compile(r"^(?:why|how so|really|is (?:that|this|it) (?:so|true|right|correct))\b", re.IGNORECASE)


class QuestionSplitter:
    """Splits by rules.

    Args:
        condenser: completes a part from the first.
        vocabulary: knows what the first names: where that is no treatment, "it" may be anything, and the first is put
            behind the part as it stands.
    """

    def __init__(self, condenser: RuleCondenser, vocabulary: Vocabulary) -> None:
        self._condenser = condenser
        self._vocabulary = vocabulary

    def split(self, question: str) -> tuple[str, ...]:
        """The questions of a question, each made to stand alone; the question itself where it is one."""
        parts = _parts(question)
        if not parts:
            return (question,)
        return tuple(dict.fromkeys((parts[0], *(self._completed(part, parts[0]) for part in parts[1:]))))

    def _completed(self, part: str, first: str) -> str:
        treatments = Frame.of(first, self._vocabulary).named("treatment")
        if _POINTS.search(part) and not treatments:
            return as_question(f"{without_mark(part)}: {without_mark(first)}")
        named = _IT.sub(treatments[0].inner, part, count=1) if treatments else part
        return self._condenser.condense(named, [Asked(first, first)]).standalone


def _parts(question: str) -> tuple[str, ...]:
    """The parts of a question, as asked; nothing where it is one question."""
    told = _TOLD.match(question.strip())
    before, body = (told["told"], told["asked"]) if told and not _ASKING.match(told["told"]) else ("", question)
    pieces = [piece.strip(" ,;?") for half in _MARKED.split(body) for piece in _JOINED.split(half)]
    if not 1 < len(pieces) <= MOST_PARTS or not all(_is_question(piece) for piece in pieces):
        return ()
    return (f"{before} {pieces[0]}?".strip(), *(f"{piece}?" for piece in pieces[1:]))


def _is_question(piece: str) -> bool:
    return bool(_ASKING.match(piece)) and not _ABOUT_THE_FIRST.match(piece) and len(terms(piece)) >= _FEWEST_TERMS
