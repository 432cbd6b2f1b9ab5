"""Premises: what a question takes for granted, as statements that can be held against the sources.

"Since statins cause dementia, ..." takes it that statins cause dementia; "Why does A relieve B?" that A relieves B;
"Which dose of A does B recommend for C?" that B recommends A for C. Rules on the form of the question only. What is
told of a patient is no premise, and what cannot be cut out cleanly is left: a premise that is missed costs less than
one that nobody stated.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ASKS = (
    r"(?:what|which|how|when|where|who|why|(?:should|can|could|do|does|did|is|are|was|were|may|must|would|will)(?:n't)?"
    r"|for how|at what|by how|in which|to what|with which)\b"
)
_GIVING = (
    r"(?:since|because|as|seeing (?:that|as)|given(?: the fact)? that|considering(?: that)?|knowing that|now that"
    r"|although|even though|despite the fact that|in view of the fact that)"
)
_FIRST = re.compile(rf"^{_GIVING}\s+(?P<said>.+?),\s+(?=(?:then\s+|so\s+)?{_ASKS})", re.IGNORECASE)
_LAST = re.compile(
    r"(?:,\s+|\s)(?:since|because|seeing that|given(?: the fact)? that|knowing that|now that"
    r"|as (?=(?:the )?[A-Z]{2}))\s*"
    r"(?P<said>[^,.?]+?)\s*\??$"
)
_SO = re.compile(
    rf"^(?P<said>[^?]+?)(?:,\s*|\s+-\s+|;\s*)(?:so|then|hence|therefore)\s+(?=(?:\w+\s+)?{_ASKS})", re.IGNORECASE
)
_SO_MUST = re.compile(r"\bso,?\s+(?P<said>(?:per|according to)\s+\S+\s+[^,.?]+)", re.IGNORECASE)
_STATED = re.compile(r"^(?P<said>[^.?]+)[.;]\s+\S")
_OF_ALL = re.compile(
    r"^(?:everyone|everybody|all|every|nobody|no one)\b.*\b(?:should|must|needs?|has to|have to|ought)\b", re.IGNORECASE
)
_CHANGE = re.compile(
    r"^how (?:large|big|high|great|much|strong) (?:is|was|are) the "
    r"(?P<change>rise|increase|fall|reduction|drop|decrease)s? in (?P<what>[^,?]+?)\s+"
    r"(?:(?:seen|found|caused|brought|observed|reported)\s+)?(?:after|with|from|by|on)\s+(?P<by>[^,?]+)",
    re.IGNORECASE,
)

_AUXILIARY = re.compile(
    r"^why\s+(?P<verb>do|does|did|is|are|was|were|should|must|can|has|have)(?P<no>n't|\snot)?\s+(?P<rest>[^?]+)",
    re.IGNORECASE,
)
_DOES_WHAT = re.compile(
    r"^(?:by )?how (?:much|many|far|strongly|often)\b.*?\b(?P<verb>do|does|did)\s+(?P<rest>[^?]+)"
    r"|^how (?P<verb2>do|does|did)\s+(?P<rest2>[^?]+)",
    re.IGNORECASE,
)
_RECOMMENDED = re.compile(
    r"^(?i:which|what|how (?:much|many|often|long))\s+(?P<what>.+?)\s+(?:do|does|did)\s+"
    r"(?P<who>(?:the )?[A-Z][\w/-]*(?: \d{4})?)\s+"
    r"(?P<verb>recommend|advise|suggest|prefer|want)(?P<rest>[^?]*)",
)
_WHOSE_DOSE = re.compile(
    r"\b(?:dose|doses|course|courses|product|brand|type|kind|regimen|duration|strength|number|amount|schedule|form|version)s?\b"
    r"(?:\s+of\b)?|^(?:first|best|usual|starting|daily|target)\s+",
    re.IGNORECASE,
)
_CAUSED = re.compile(
    r"(?<!is )(?<!are )(?<!was )(?<!were )\bthe\s+(?P<what>[\w-]+(?:\s[\w-]+)?)\s+(?:that is |which is )?caused by "
    r"(?:the )?(?P<by>[\w-]+(?:\s(?!can|may|should|is|are|be|in\b|and\b|or\b)[\w-]+)?)",
    re.IGNORECASE,
)
_INDUCED = re.compile(r"\b(?P<by>[a-z]{4,})-induced (?P<what>[a-z]+)", re.IGNORECASE)

_VERBS = (
    "relieve reduce lower raise increase decrease cause help improve prevent work beat need make protect lead worsen"
    " provoke ease cure treat shorten prolong slow delay outperform double halve trigger harm require exclude include"
    " enrol enroll recommend advise suggest prefer want say show find fail have happen occur give bring rule"
).split()
_IRREGULAR = {
    "have": "had", "find": "found", "show": "showed", "make": "made", "lead": "led", "beat": "beat", "give": "gave"
}  # fmt: skip
_VERB = re.compile(rf"\b(?P<verb>{'|'.join(_VERBS)})\b", re.IGNORECASE)
_PREDICATE = re.compile(
    r"\b(?:the (?:best|first|only|preferred|most|drug|treatment|right|safest|gold|standard)|an?|not|no longer|better"
    r"|worse|safe|safer|effective|superior|inferior|first-line|necessary|contraindicated|useful|harmful|more|less|needed|\w{3,}(?:ed|en))\b",
    re.IGNORECASE,
)
_HAS_VERB = re.compile(
    r"\S+\s+.*?\b(?:is|are|was|were|has|have|had|does|do|did|can|cannot|could|should|must|may|will|needs?|\w{2,}(?:es|ed|s))\b",
    re.IGNORECASE,
)
_OF_SOURCES = re.compile(
    r"^(?:the )?(?:(?:current|new|latest|\d{4})\s+)*(?:[A-Z][A-Za-z]*[A-Z][\w-]*(?:[/-][A-Z]\w+)*|[A-Z][a-z]+)"
    r"(?:\s+(?:\d{4}|guidelines?|guidance|trial|study|standards))*\s+"
    r"(?:us |you )?(?P<verb>recommends?|advises?|suggests?|tells?|says?|wants?|lets?|allows?|prefers?|shows?|showed"
    r"|found|finds|enrol\w*|included|excluded|proved|requires?|makes?)\b"
)
_ABOUT_A_PATIENT = re.compile(
    r"\b(?:i|i'm|i've|my|me|we|our|he|she|his|her|him|they|their|it|them|this (?:man|woman|patient)"
    r"|patient (?:is|has|was)|\d+[MF])\b",
    re.IGNORECASE,
)
_FEWEST_WORDS = 3
_MOST_WORDS = 30


@lru_cache(maxsize=256)
def premises_of(question: str) -> tuple[str, ...]:
    """The statements that a question presupposes, in its own words; none for most questions."""
    asked = " ".join(question.split())
    found = [
        *_clauses(asked),
        *_why(asked),
        *_recommended(asked),
        *(f"{one['by']} causes {one['what']}" for one in (*_CAUSED.finditer(asked), *_INDUCED.finditer(asked))),
    ]
    plain = (_plain(said) for said in found)
    return tuple(dict.fromkeys(said for said in plain if said))


def _clauses(asked: str) -> list[str]:
    """Clauses that give a reason, and what is stated of sources before the question is put."""
    found = []
    reason = _FIRST.match(asked) or _LAST.search(asked)
    if reason:
        found.append(reason["said"])
    concluded = _SO.match(asked)
    if concluded and not reason:
        found.append(concluded["said"])
    by_rule = _SO_MUST.search(asked)
    if by_rule:
        found.append(re.sub(r"\b(?:her|his|my|their)\s+", "", by_rule["said"]))
    stated = _STATED.match(asked)
    if stated and (_OF_SOURCES.match(stated["said"]) or _OF_ALL.match(stated["said"])):
        found.append(stated["said"])
    change = _CHANGE.match(asked)
    if change:
        verb = "increases" if change["change"].lower() in ("rise", "increase") else "reduces"
        found.append(f"{change['by']} {verb} {change['what']}")
    return found


def _why(asked: str) -> list[str]:
    """What is asked the reason, or the size, of: a statement once its verb is put behind its subject."""
    why = _AUXILIARY.match(asked)
    if why:
        return _turned(why["verb"].lower(), why["rest"], bool(why["no"]))
    does = _DOES_WHAT.match(asked)
    if does is None:
        return []
    return _turned((does["verb"] or does["verb2"]).lower(), does["rest"] or does["rest2"], False)


def _turned(verb: str, rest: str, denied: bool) -> list[str]:
    no = " not" if denied else ""
    rest = rest.partition(",")[0]
    if verb in ("do", "does", "did"):
        acts = _VERB.search(rest)
        if acts is None or not acts.start():
            return []
        subject, predicate = rest[: acts.start()].strip(), rest[acts.start() :].strip()
        if re.search(r"\b(?:i|we|you|it|they|he|she)\b", subject, re.IGNORECASE):
            return []
        return [f"{subject} {verb}{no} {predicate}" if no else f"{subject} {_inflected(verb, predicate)}"]
    says = _PREDICATE.search(rest)
    if says is None or not says.start():
        return []
    return [f"{rest[: says.start()].strip()} {verb}{no} {rest[says.start() :].strip()}"]


def _inflected(auxiliary: str, predicate: str) -> str:
    """A predicate with its verb as the auxiliary has it: "relieves", "reduced"."""
    verb, _, rest = predicate.partition(" ")
    low = verb.lower()
    if auxiliary == "does":
        low = {"have": "has"}.get(low, f"{low}es" if low.endswith(("s", "sh", "ch")) else f"{low}s")
    elif auxiliary == "did":
        irregular = {
            "have": "had",
            "find": "found",
            "show": "showed",
            "make": "made",
            "lead": "led",
            "beat": "beat",
            "give": "gave",
        }
        low = irregular.get(low, f"{low}d" if low.endswith("e") else f"{low}ed")
    return f"{low} {rest}".strip()


def _recommended(asked: str) -> list[str]:
    found = _RECOMMENDED.match(asked)
    if found is None:
        return []
    what = " ".join(_WHOSE_DOSE.sub(" ", found["what"]).split())
    if not what or not re.search(r"[a-z]{5}", what) or re.fullmatch(_GENERIC, what, re.IGNORECASE):
        return []
    doing, _, rest = found["rest"].strip().partition(" ")
    said = f"{doing} {what} {rest}" if doing.endswith("ing") else f"{what} {doing} {rest}"
    return [f"{found['who']} {found['verb']}s {said}".strip()]


_GENERIC = (
    r"(?:first|second|third|best|initial|next|other|blood pressure|systolic|target|first-line|second-line|[-\s])*"
    r"(?:drugs?|treatments?|tests?|therap(?:y|ies)|options?|biologics?|antibiotics?|imaging|scans?|targets?|medicines?|days?|weeks?"
    r"|pressure|goals?|interventions?|approach|steps?|steroid|tablets?)?"
)


def _plain(said: str) -> str:
    """A premise ready to be read: none where it tells of a patient, has no verb, or is too short or too long."""
    text = said.strip(" ,.;:?")
    text = re.sub(
        r"^(?:that|it is known that|we know that|(?:it|this) is (?:clear|proven|established) that)\s+",
        "",
        text,
        flags=re.I,
    )
    count = len(text.split())
    if not _FEWEST_WORDS <= count <= _MOST_WORDS or not _says(text) or _ABOUT_A_PATIENT.search(text):
        return ""
    return text


def _says(text: str) -> bool:
    """Whether a text has a verb behind its first word."""
    acts = _VERB.search(text)
    return bool(_HAS_VERB.match(text)) or (acts is not None and acts.start() > 0)
