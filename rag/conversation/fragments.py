"""Puts a fragment ("and in children?") into the last question: in the place of its like, else at the end."""

from __future__ import annotations

import re

from rag.conversation.anaphora import named_out, points_back
from rag.conversation.antecedents import Antecedents
from rag.conversation.completion import asks_of_treatment, completed
from rag.conversation.frame import Frame, core_of, is_anyone, joined, lowered, with_added, without_mark
from rag.conversation.mentions import Mention, MentionKind, pattern_of
from rag.conversation.openers import ADJUNCT, ASKING, is_adverb, without_trail

_ORDER: tuple[MentionKind, ...] = ("treatment", "trial", "condition", "population", "issuer", "test", "outcome")
_ARTICLE = re.compile(
    r"^(?:in|for|with|among|at|on|by|per|from|according to|of|to)\s+(?:the case of\s+)?", re.IGNORECASE
)
_COMPARES = re.compile(
    r"^(?:(?:any )?(?:better|worse|safer|superior|inferior|cheaper|stronger|(?:more|less|as) \w+) (?:than|to|as)"
    r"|versus|vs\.?"
    r"|compared (?:with|to)|against|than|instead of|rather than|or)\b",
    re.IGNORECASE,
)
_CHOOSES = re.compile(r"\b(?:or|versus|vs|than|compared|first|against)\b", re.IGNORECASE)
_EVENT = re.compile(r"(?:if|when|after|unless)\b", re.IGNORECASE)


def put_in(core: str, known: Antecedents) -> str:
    """The last question with a fragment in it, or the fragment completed where it takes the place of nothing."""
    core = without_trail(core)
    phrase = lowered(named_out(core, known) if points_back(core) else core)
    fragment, last = Frame.of(phrase, known.vocabulary), known.last
    kind = next((one for one in _ORDER if fragment.has(one)), None)
    moved = _at_another_site(phrase, last)
    if is_adverb(phrase):
        found = f"{without_mark(last.text)}, {phrase}"
    elif re.fullmatch(r"which(?: ones?)?", phrase) and known.treatment:
        found = completed(f"which {known.treatment}", known)
    elif _asks(phrase) and not ADJUNCT.match(phrase):
        found = completed(phrase, known) if ASKING.match(phrase) else asked_whole(phrase, fragment, known)
    elif _EVENT.match(core) and not Frame.of(core, known.vocabulary).has("population", "condition", "treatment"):
        found = after_event(phrase, last)
    elif _COMPARES.match(phrase) and fragment.has("treatment"):
        found = _compared(phrase, fragment, last)
    elif moved:
        found = moved
    elif ADJUNCT.match(phrase):
        found = _adjoined(phrase, fragment, last)
    else:
        found = _swapped(phrase, fragment, kind, known) if kind else asked_whole(phrase, fragment, known)
    return found


def asked_whole(phrase: str, fragment: Frame, known: Antecedents) -> str:
    """A noun phrase as a whole question: "denosumab" as "is denosumab recommended ...", "side effects" as "what are
    ..." """
    whole = completed(phrase, known)
    if not whole.startswith(phrase):
        return whole
    if _asks(phrase):
        bare = re.sub(r"^the ", "", whole)
        return f"what {_be(re.split(' (?:of|with|in|on) ', phrase)[0])} the {bare}"
    if fragment.has("treatment") and not _CHOOSES.search(phrase):
        return f"{_be(phrase)} {phrase} recommended{whole[len(phrase) :]}"
    return whole


def _be(noun: str) -> str:
    return "are" if noun.endswith("s") and not noun.endswith(("is", "us", "ss")) else "is"


def according_to(issuer: str, last: Frame) -> str:
    """The last question, asked of another issuer."""
    old = last.named("issuer")
    return last.replaced(old[0], issuer) if old else with_added(last.text, f"according to {issuer}")


def _asks(phrase: str) -> bool:
    return bool(ASKING.match(phrase) or asks_of_treatment(phrase) or pattern_of("of_test").search(phrase))


def _at_another_site(phrase: str, last: Frame) -> str:
    """ "And for the hip?" after a question on the knee."""
    site = pattern_of("site").fullmatch(_ARTICLE.sub("", re.sub(r"\bthe\b ?", "", phrase)))
    old = pattern_of("site").search(last.text)
    return f"{last.text[: old.start()]}{site[0]}{last.text[old.end() :]}" if site and old else ""


def _swapped(phrase: str, fragment: Frame, kind: MentionKind, known: Antecedents) -> str:
    last, mention = known.last, fragment.named(kind)[0]
    phrase = re.sub(r"\s+(?:instead|either)$", "", phrase, flags=re.IGNORECASE)
    if kind == "trial":
        last = next((one for one in reversed(known.before) if one.has("trial")), last)
    if kind == "condition" and mention.beside:
        return _adjoined(f"in {phrase}", fragment, last)
    if kind == "issuer":
        return according_to(phrase, last)
    old = _like(last, kind, mention)
    if old is None:
        return with_added(last.text, f"in {phrase}") if kind == "population" else asked_whole(phrase, fragment, known)
    return _among_treatments(phrase, old, known) if kind == "treatment" else last.replaced(old, phrase)


def _among_treatments(phrase: str, old: Mention, known: Antecedents) -> str:
    """A treatment in the place of another, or of both of "a or b"; or one more among which the question chooses."""
    last = known.last
    others = last.named("treatment")
    place = others.index(old)
    if re.match(r"which $", last.text[: old.start], re.IGNORECASE):
        return completed(phrase, known)
    if re.match(r"which\b", last.text, re.IGNORECASE) and last.comparator:
        end = others[-1].end
        return f"{last.text[:end]} or {phrase}{last.text[end:]}"
    if place + 1 < len(others) and last.text[old.end : others[place + 1].start].strip() == "or":
        return f"{last.text[: old.start]}{phrase}{last.text[others[place + 1].end :]}"
    return last.replaced(old, phrase)


def _like(last: Frame, kind: MentionKind, new: Mention) -> Mention | None:
    """The mention of the last question that a new one of the same kind takes the place of."""
    others = [one for one in last.named(kind) if one.key != new.key]
    if kind == "condition":
        others = [one for one in others if not one.beside] or others
    if kind == "population" and not others:
        others = [one for one in last.mentions if one.kind == "population" and is_anyone(one.text)]
    return others[0] if others else None


def _adjoined(phrase: str, fragment: Frame, last: Frame) -> str:
    """A phrase such as "in pregnancy", in the place of its like or at the end; of an event, a new question."""
    noun = _ARTICLE.sub("", phrase)
    leads = phrase[: len(phrase) - len(noun)].strip().lower()
    if not leads:
        return with_added(last.text, phrase)
    for kind in ("population", "issuer", "trial"):
        if fragment.has(kind) and last.has(kind):
            return _of_another(last.named(kind)[0], noun, last)
    own = fragment.named("condition")
    if own and last.has("population") and any(one.kind == "population" for one in fragment.mentions):
        return last.replaced(last.named("population")[0], noun)
    if own and leads != "with" and not fragment.has("population"):
        old = _replaceable(own[0], last)
        if old:
            return last.replaced(old, noun)
    return with_added(last.text, phrase)


def _of_another(old: Mention, noun: str, last: Frame) -> str:
    """Another in the place of one; of an age alone ("at 80" after "60 year old"), its number in that of the other."""
    if noun.isdecimal():
        aged = re.sub(r"\d+", noun, old.text, count=1)
        return last.replaced(old, aged if aged != old.text else f"{old.text} aged {noun}")
    return last.replaced(old, noun)


def _replaceable(mine: Mention, last: Frame) -> Mention | None:
    """The condition that another takes the place of; what also says who the patient is replaces its like only."""
    named = last.named("condition")
    alike = [one for one in named if one.beside == mine.beside and one.key != mine.key]
    main = [one for one in named if not one.beside]
    stays = mine.beside and main and len(named) == len(main)
    return alike[0] if alike and not stays else None


def after_event(phrase: str, last: Frame) -> str:
    """What is recommended after an event or a result, on the subject of the last question."""
    about = joined(one.inner for one in last.conditions)
    tests = joined(one.text for one in last.named("test")[:1])
    where = f"in {about}" if about else f"({core_of(last)})"
    return f"What is recommended {phrase} {where}{f' after {tests}' if tests else ''}"


def _compared(phrase: str, fragment: Frame, last: Frame) -> str:
    other = fragment.named("treatment")[0]
    known = [one for one in last.named("treatment") if one.key != other.key]
    return last.replaced(known[1], other.text) if len(known) > 1 else with_added(last.text, phrase)
