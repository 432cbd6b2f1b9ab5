"""What "it", "they" and "that" stand for, and how a question reads with it named.

A word that stands for nothing ("is it safe to ...") is left alone, and so is one whose antecedent stands before it in
the same question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.conversation.antecedents import Antecedents
from rag.conversation.frame import Frame, joined
from rag.conversation.mentions import MentionKind, stems_of
from rag.conversation.stand_ins import has_stand_in, stand_ins_named

_IT_OF_NOTHING = re.compile(
    r"\bit (?:is |be |was )?(?:\w+ )?(?:safe|ok|okay|fine|necessary|better|best|possible|worth|important|useful|true"
    r"|advisable|appropriate|reasonable|wise|helpful|dangerous|enough|time|wrong|likely|common|normal|recommended"
    r"|indicated)(?: (?:for|in) [\w ]+?)? (?:to|that|if)\b|\b(?:does|did|will|would) it (?:take|matter|mean)\b"
    r"|\bis it (?:true|that)\b",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"\b(?:they|he|she)\b(?= (?:\w+ ){0,2}?(?:has|have|had|relapse\w*|take|takes|needs?|receive|get|stop|start|is|are"
    r"|cannot|can't|die|see|wait|eat|exercise|drive|fly|undergo|improve|worsen|respond)\b)"
    r"|(?<=treat )them\b|(?<=give )them\b|(?<=offer )them\b|(?<=screen )them\b|(?<=manage )them\b|\b(?:him|her)\b",
    re.IGNORECASE,
)
_THINGS = re.compile(
    r"\bthey (?:\w+ )?(?:be |been )?(?:taken|given|used|stopped|started|combined|tapered|work\w*|help\w*|cause\w*"
    r"|reduce\w*"
    r"|lower|prevent|increase|interact|safe|effective|recommended|prescribed|avoided|continued|accurate|reliable"
    r"|tolerated|cost)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:(?P<owned>its|their)|(?P<one>it|this|that)"
    r"|(?P<many>they|them|these|those|(?:both|either)(?: of (?:them|these|those|the two))?))\b",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"\b(?:that|this|these|those)\b(?=\s*(?:$|[?,.;]|(?:is|are|was|were|be|do|does|did|fails?|works?|can|could|should|would"
    r"|will|has|have|also|not|doesn't|isn't|happens?|helps?|affects?|apply|applies|hold|means?|changes?|in|for|with|of|to"
    r"|too|safe|necessary|true|recommended|enough|increase|reduce|causes?|compare|alone|and|or|\w+ed)\b))",
    re.IGNORECASE,
)
_NAMED_BEFORE = re.compile(r"\b(?:and|but|because|if|when|since|or)\b[^,]{0,40}$", re.IGNORECASE)
_OWNED_AT_END = re.compile(r"\s+(?:\w+\s?){1,4}$")


def points_back(text: str) -> bool:
    """Whether a question has a word that stands for something named before."""
    rest = _IT_OF_NOTHING.sub(" ", text)
    pronouns = r"\b(?:it|its|they|them|their|both|he|she|him|his|hers?)\b"
    return has_stand_in(rest) or bool(_BARE.search(rest) or re.search(pronouns, rest, re.IGNORECASE))


def named_out(text: str, known: Antecedents) -> str:
    """A question with what its pronouns and stand-ins mean put in their place, where that is known."""
    return _pronouns_named(stand_ins_named(text, known), known)


def _kinds_wanted(text: str, known: Antecedents) -> tuple[MentionKind, ...]:
    """The kinds that a bare pronoun of this question may stand for, the likeliest first."""
    last = known.last
    if stems_of("said_of_test").search(text):
        return ("test", "condition", "treatment")
    if last.has("trial") and stems_of("said_of_trial").search(text):
        return ("trial", "treatment")
    if stems_of("said_only_of_condition").search(text):
        return ("condition", "treatment")
    treatment = bool(stems_of("said_of_treatment").search(text))
    if stems_of("said_of_condition").search(text) and not treatment:
        return ("condition", "treatment", "test", "trial")
    return ("treatment", "test", "condition", "trial") if last.has("treatment") or treatment else ("condition", "test")


def _pronouns_named(text: str, known: Antecedents) -> str:
    own = Frame.of(text, known.vocabulary).named("treatment", "condition", "test", "trial")
    hidden = [match.span() for match in _IT_OF_NOTHING.finditer(text)]
    people = set() if _THINGS.search(text) else {match.start() for match in _PEOPLE.finditer(text)}
    bare = {match.start() for match in _BARE.finditer(text)}
    kinds = _kinds_wanted(text, known)
    parts, done, used = list[str](), 0, set[str]()
    for match in _PRONOUN.finditer(text):
        start = match.start()
        if any(first <= start < last for first, last in hidden) or start in people:
            continue
        if match[0].lower() in ("this", "that", "these", "those") and start not in bare:
            continue
        if own and own[0].end <= start and _NAMED_BEFORE.search(text[:start]):
            continue
        named = _name_of(match, kinds, text, known)
        if not named or named in used:
            continue
        used.add(named)
        owned = _OWNED_AT_END.match(text[match.end() :]) if match["owned"] else None
        if owned:
            return "".join([*parts, text[done:start], f"the {owned[0].strip()} of {named}"])
        written, done_to = _written(named, match, text)
        parts += [text[done:start], written]
        done = done_to
    return "".join([*parts, text[done:]])


def _written(named: str, match: re.Match[str], text: str) -> tuple[str, int]:
    """A name in the place of a pronoun, with its genitive or the verb of "it's", and where the text goes on."""
    if match["owned"]:
        return f"{named}'" if named.endswith("s") else f"{named}'s", match.end()
    contracted = re.match(r"['’]s\b", text[match.end() :])
    return (f"{named} is", match.end() + contracted.end()) if contracted else (named, match.end())


def _name_of(match: re.Match[str], kinds: Sequence[MentionKind], text: str, known: Antecedents) -> str:
    if match["many"]:
        several = known.last.named("treatment")
        both = match["many"].lower().startswith(("both", "either"))
        if both or (kinds[0] == "treatment" and not several and len(known.treatments()) > 1):
            return joined(one.inner for one in known.treatments(2))
        if kinds[0] == "treatment" and several:
            return joined(one.inner for one in several[:2])
    if match["one"] and stems_of("said_of_asked").search(text) and known.asked_thing:
        return known.asked_thing
    return known.name(*kinds)
