"""What was named before, the nearest first: what a word of the next question may stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.conversation.frame import Frame
from rag.conversation.mentions import Mention, MentionKind, Vocabulary

_ASKED = re.compile(
    r"^(?:what|which)(?: (?:is|are|was|were|should be))?(?: the)? (?P<thing>[\w -]+?)(?: be)?"
    r" (?:for|in|of|with|according|should|do|does|is|are|was)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Antecedents:
    """What was named before: in the last question, and since the subject last changed, the last first.

    `told` is the short answer to the last question: what a drug that was asked for turned out to be.
    """

    last: Frame
    before: tuple[Frame, ...]
    vocabulary: Vocabulary
    told: Frame | None = None

    @property
    def treatment(self) -> str:
        """The treatment of the last question; where it asked for one, the first of its answer; or nothing."""
        if self.last.has("treatment"):
            return self.last.treatment
        told = self.told.named("treatment") if self.told and self.last.treatment else ()
        return told[0].inner if told else ""

    @property
    def asked_thing(self) -> str:
        """What the last question asked for, in its words ("BP target"), or nothing."""
        match = _ASKED.match(self.last.text)
        return match["thing"].strip() if match and not self.vocabulary.find(match["thing"])[1:] else ""

    def nearest(self, *kinds: MentionKind) -> Mention | None:
        """The first mention of the nearest question that has one of a kind, the kinds in the order given."""
        for kind in kinds:
            for frame in (self.last, *self.before):
                found = frame.named(kind)
                if found:
                    return found[0]
        return None

    def name(self, *kinds: MentionKind) -> str:
        """The words of what is likeliest meant; the first kind is looked for in all questions, the others in the last
        one first."""
        for kind in kinds:
            found = self._in_last(kind)
            if not found and kind == kinds[0]:
                mention = self.nearest(kind)
                found = mention.inner if mention else ""
            if found:
                return found
        mention = self.nearest(*kinds)
        return mention.inner if mention else ""

    def _in_last(self, kind: MentionKind) -> str:
        if kind == "treatment":
            return self.treatment or self.last.treatment
        if kind == "condition":
            return self.last.conditions[0].inner if self.last.conditions else ""
        named = self.last.named(kind)
        return named[0].inner if named else ""

    def names_of_late(self, kind: MentionKind) -> list[str]:
        """The names of one kind, each once, the latest first."""
        found: dict[str, None] = {}
        for frame in (self.last, *self.before):
            for one in reversed(frame.named(kind)):
                found.setdefault(one.inner)
        return list(found)

    def treatments(self, limit: int = 3) -> tuple[Mention, ...]:
        """The treatments named of late, oldest first, each once; only those of the last question where it has two."""
        found: list[Mention] = []
        for frame in (self.last, *self.before):
            known = {one.key for one in found}
            found = [*(one for one in frame.named("treatment") if one.key not in known), *found]
            if len(found) >= limit or (len(found) >= 2 and frame is self.last):
                break
        return tuple(found[-limit:])
