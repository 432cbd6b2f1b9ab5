"""Completes a question with what it leaves out: treatment, condition, trial and people of the last one."""

from __future__ import annotations

import re

from rag.conversation.antecedents import Antecedents
from rag.conversation.frame import Frame, core_of, joined, with_added, without_mark
from rag.conversation.mentions import Mention, pattern_of
from rag.conversation.openers import ASKING, VERB
from rag.text import words

_TRIAL_WORD = re.compile(r"\b(?:trials?|study|studies|meta-analysis)\b", re.IGNORECASE)
_SAID_BEFORE = re.compile(
    r"\b(?:that|this|these|those)(?: an?)?(?: \w+)? (?:recommendation|advice|statement|result|finding|conclusion"
    r"|evidence"
    r"|paper|claim|difference|estimate)s?\b|\bthe (?:recommendation|conclusion)s?$",
    re.IGNORECASE,
)
_COMPARING = re.compile(
    r"^(?!.*\b(?:than|or|to)\b).*\b(?:better|worse|safer|superior|inferior|(?:more|less) (?:effective|dangerous|safe"
    r"|harmful))$",
    re.IGNORECASE,
)
_PLACED = re.compile(
    r"^(?!aged|ages|over|under|above|below|older|younger|at |from|beyond|up to|after|past)(.*)$", re.IGNORECASE
)


def asks_of_treatment(text: str) -> bool:
    """Whether a question asks what is asked of treatments: a dose, side effects, how long."""
    return pattern_of("of_treatment").search(text) is not None


def completed(text: str, known: Antecedents) -> str:
    """A question with phrases at its end for what it leaves out; itself where it leaves out nothing known."""
    frame = Frame.of(text, known.vocabulary)
    added = [*_treatment(text, frame, known), *_test(text, frame, known), *_conditions(frame, known.last)]
    trials = known.last.named("trial")[:1]
    if trials and not frame.has("trial") and all(one.beside for one in frame.named("condition")):
        added.append(f"in {trials[0].text}")
    people = [one for one in known.last.named("population") if one.key not in text.lower()]
    if people and not frame.has("population") and not trials:
        bare = re.fullmatch(r"frail|old|older|elderly|young|younger|pregnant|healthy", people[0].text, re.IGNORECASE)
        added.append(_PLACED.sub(r"in \1", f"{people[0].inner}{' people' if bare else ''}"))
    if _SAID_BEFORE.search(text) and not frame.has("condition"):
        return f"{without_mark(text)}: {core_of(known.last)}"
    if not added and not frame.mentions:
        added.append(f"({core_of(known.last)})")
    return with_added(text, " ".join(added))


def _treatment(text: str, frame: Frame, known: Antecedents) -> list[str]:
    """The treatment, where the question asks what is asked of one, or the one that it is to be held against."""
    last, treatment = known.last, known.treatment
    if frame.has("treatment"):
        return _other_treatment(text, frame, last)
    if not treatment or frame.has("trial") or pattern_of("stands_for_treatment").search(text):
        return []
    bare = not VERB.search(text) and (ASKING.match(text) or frame.has("outcome"))
    if not (asks_of_treatment(text) or _TRIAL_WORD.search(text) or bare or text.endswith("instead")):
        return []
    word = "of" if text.endswith("instead") else "for" if re.search(r"\b(?:with|of|for|on)$", text) else "with"
    against = f" versus {last.comparator}" if frame.has("outcome") and last.comparator else ""
    return [f"{word} {treatment}{against}"]


def _other_treatment(text: str, frame: Frame, last: Frame) -> list[str]:
    named = frame.named("treatment")
    if re.search(r"\balternatives?$", text) and last.has("treatment"):
        return [f"to {last.treatment}"]
    if _COMPARING.search(text) and last.has("treatment") and len(named) == 1:
        return [f"than {last.treatment}"] if named[0].key != last.named("treatment")[0].key else []
    same = len(named) == 1 and last.comparator and named[0].key == last.named("treatment")[0].key
    return [f"compared with {last.comparator}"] if same and frame.has("outcome") else []


def _test(text: str, frame: Frame, known: Antecedents) -> list[str]:
    tests = known.last.named("test")[:1]
    return [f"of {tests[0].text}"] if tests and not frame.has("test") and pattern_of("of_test").search(text) else []


def _conditions(frame: Frame, last: Frame) -> list[str]:
    """The conditions, as phrases: "in gout and kidney disease", "without diabetes"."""
    carried = _carried(frame, last)
    denied = [one for one in carried if is_denied(last.text, one)]
    held = [one for one in carried if one not in denied]
    phrases = [f"in {joined(one.inner for one in held)}"] if held else []
    return [*phrases, *(f"without {one.inner}" for one in denied)]


def is_denied(text: str, mention: Mention) -> bool:
    """Whether a text names a condition as one that is not there: "without diabetes"."""
    return re.search(r"\b(?:without|no|not having)\s+(?:\w+\s)?$", text[: mention.start], re.IGNORECASE) is not None


def _carried(frame: Frame, last: Frame) -> tuple[Mention, ...]:
    own = frame.named("condition")
    said = f" {' '.join(words(frame.text.lower()))} "
    if any(f" {' '.join(words(one.text.lower()))} " in said for one in last.conditions if not one.beside):
        return ()
    if frame.has("treatment", "trial") and all(one.guessed for one in last.conditions):
        return ()
    if not own:
        return tuple(one for one in last.conditions if not (one.beside and last.has("trial")))
    if any(not one.beside for one in own):
        return ()
    mine = {one.key for one in own}
    return tuple(one for one in last.conditions if not one.beside and one.key not in mine)
