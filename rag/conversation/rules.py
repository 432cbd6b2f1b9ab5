"""The rule-based condenser: completes a follow-up from what the questions before it name. Deterministic, no model.

A question that names its own condition stands as it is. A fragment ("and in children?") is put into the question before
it; a whole question gets what it leaves out: what its pronouns stand for, the treatment, the condition, the people.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.conversation.anaphora import named_out, points_back
from rag.conversation.antecedents import Antecedents
from rag.conversation.base import Asked, Condensed, Relation, Subjects, same_subject
from rag.conversation.completion import completed
from rag.conversation.fragments import according_to, after_event, put_in
from rag.conversation.frame import Frame, as_question, lowered, with_added, without_lead, without_mark
from rag.conversation.mentions import Vocabulary
from rag.conversation.openers import (
    asks_again,
    changed_to,
    is_fragment,
    is_result,
    is_statement,
    topic_and_clause,
    what_fails,
    who_agrees,
    without_correction,
    without_opener,
    without_trail,
)
from rag.text import terms

_FEWEST_TERMS = 3


class RuleCondenser:
    """Rewrites by rules.

    Args:
        vocabulary: knows what a text names.
        subjects: knows what a text is about by the sources near it; None: a whole question without a condition of its
            own is always taken as a follow-up.
    """

    def __init__(self, vocabulary: Vocabulary, subjects: Subjects | None = None) -> None:
        self._vocabulary = vocabulary
        self._subjects = subjects

    def condense(self, question: str, earlier: Sequence[Asked]) -> Condensed:
        """The question made stand-alone; the same words for the same conversation, always."""
        asked = " ".join(question.split())
        if not earlier:
            return Condensed(asked, "first")
        changed = changed_to(asked)
        if changed:
            return Condensed(as_question(changed), "new_subject")
        turns = same_subject(earlier)
        frames = [Frame.last_of(one.standalone, self._vocabulary) for one in reversed(turns)]
        # A question about the answer ("how strong is that recommendation: ...") holds the one before it, which goes on.
        frames = [one for one in frames if ": " not in one.text] or frames
        told = Frame.of(turns[-1].told, self._vocabulary)
        known = Antecedents(frames[0], tuple(frames[1:]), self._vocabulary, told)
        body = without_mark(without_lead(without_correction(asked)))
        follow_up = self._put_into_last(asked, body, known)
        return Condensed(as_question(follow_up), "follow_up") if follow_up else self._whole(body, known)

    def _put_into_last(self, asked: str, body: str, known: Antecedents) -> str:
        """What is no whole question, put into the last one; nothing for a whole question."""
        last = without_mark(known.last.text)
        core, opened = without_opener(body)
        issuers = Frame.of(who_agrees(body), self._vocabulary).named("issuer")
        topic, clause = topic_and_clause(core)
        found = ""
        if asks_again(body):
            found = _asked_again(body, last)
        elif not asked.endswith("?") and is_result(body):
            found = after_event(f"if {lowered(body)}", known.last)
        elif not asked.endswith("?") and is_statement(body) and without_correction(asked) == asked:
            found = f"{last} if {body[:1].lower()}{body[1:]}"
        elif issuers:
            found = according_to(issuers[0].text, known.last)
        elif clause:
            found = self._on_topic(topic, clause, known)
        elif what_fails(core):
            condition = known.name("condition")
            where = f"in {condition}" if condition else ""
            what = known.treatment or known.last.treatment or "treatment"
            found = f"What is recommended if {what} {what_fails(core)} {where}"
        elif is_fragment(core, opened):
            found = put_in(core, known)
        return found

    def _on_topic(self, topic: str, clause: str, known: Antecedents) -> str:
        about = Frame.of(topic, self._vocabulary)
        text = named_out(clause, replace(known, last=about, before=(known.last, *known.before)))
        if not any(one.text.lower() in text.lower() for one in about.mentions):
            text = with_added(text, f"in {topic}" if about.has("condition", "population") else f"with {topic}")
        return completed(text, known)

    def _whole(self, body: str, known: Antecedents) -> Condensed:
        """A whole question with what it leaves out."""
        body = without_trail(body)
        frame = Frame.of(body, self._vocabulary)
        if not points_back(body) and self._stands_alone(frame, known):
            return Condensed(as_question(body), self._relation(frame, known))
        return Condensed(as_question(completed(named_out(body, known), known)), "follow_up")

    def _stands_alone(self, frame: Frame, known: Antecedents) -> bool:
        own = frame.named("condition")
        if any(not one.beside for one in own) or frame.has("trial"):
            return True
        main = [one for one in known.last.named("condition", "trial") if not one.beside]
        if own and (not main or frame.has("treatment")):
            return True
        return frame.has("treatment") and len(terms(frame.text)) >= _FEWEST_TERMS and self._elsewhere(frame, known)

    def _elsewhere(self, frame: Frame, known: Antecedents) -> bool:
        """Whether its treatment is spoken of by sources on other subjects, and by none on that of the last question."""
        if self._subjects is None:
            return False
        ours, theirs = self._subjects.near(frame.text), self._subjects.near(known.last.text)
        if not ours or not theirs or ours & theirs:
            return False
        named = [one.text for one in frame.named("treatment")]
        here, there = (any(self._subjects.speak_of(one, topics) for one in named) for topics in (theirs, ours))
        return there and not here

    def _relation(self, frame: Frame, known: Antecedents) -> Relation:
        here = {one.key for one in frame.named("condition", "treatment", "trial", "test")}
        there = {one.key for each in (known.last, *known.before) for one in each.mentions}
        if here & there:
            return "follow_up"
        if self._subjects is None:
            return "new_subject"
        return "follow_up" if self._subjects.near(frame.text) & self._subjects.near(known.last.text) else "new_subject"


def _asked_again(body: str, last: str) -> str:
    if re.search(r"evidence", body, re.IGNORECASE):
        return f"What is the evidence: {last}"
    return f"{last}, and why" if re.match(r"why|how so", body, re.IGNORECASE) else last
