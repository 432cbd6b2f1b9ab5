"""Forms of the verbs in which findings are told, their opposites, and where the predicate of a sentence begins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from eval.training.construction.words import table

Form = Literal["base", "third", "past", "participle", "gerund"]

OPPOSITES: dict[str, list[str]] = table("opposite_verbs")
_PLAIN = """
    affect alter cause mediate modulate regulate control contribute lead result bind express require predict
    show exhibit display develop depend correlate interact play support provide represent encode act involve
    influence trigger produce generate limit favor remain become occur appear differ vary have recognize
    phosphorylate maintain restore abolish abrogate eliminate protect drive enable allow determine undergo
    confer harbor experience persist improve fail tend respond serve localize accumulate associate carry
    participate converge consist comprise underlie
""".split()
_IRREGULAR = {
    "lead": ("led", "led"),
    "bind": ("bound", "bound"),
    "rise": ("rose", "risen"),
    "fall": ("fell", "fallen"),
    "have": ("had", "had"),
    "show": ("showed", "shown"),
    "drive": ("drove", "driven"),
    "become": ("became", "become"),
    "undergo": ("underwent", "undergone"),
    "underlie": ("underlay", "underlain"),
}
_DOUBLED = {"control", "confer", "occur"}
AUXILIARIES = {
    "is",
    "are",
    "was",
    "were",
    "can",
    "has",
    "had",
    "have",
    "will",
    "should",
    "must",
    "could",
    "may",
    "might",
}
_SUBORDINATE = re.compile(
    r"\b(?:that|which|who|whose|where|when|if|as|than|while|whereas|because|although|though|"
    r"whether|since|unless|until|once"
    r"|what|how|but|nor)\b",
    re.IGNORECASE,
)
_NOUN_LIKE = {
    "controls",
    "results",
    "shows",
    "supports",
    "increases",
    "decreases",
    "limits",
    "drives",
    "causes",
    "displays",
    "declines",
    "delays",
    "blocks",
    "acts",
    "boosts",
    "plays",
    "triggers",
    "leads",
    "influences",
    "slows",
    "rises",
    "affects",
    "binds",
}
_BEFORE_ADJECTIVE = set(
    "a an the with of in by for from to and or its their to no any some both at on through via into not be been"
    " being is are was were has have had more less most significantly-".split()
)
_AFTER_VERB = re.compile(
    r" (?:the|a|an|in|to|by|with|on|for|from|at|as|its|their|both|all|no|both|more|less|risk|levels|expression|survival"
    r"|mortality|cell|tumor|human|\w+(?:ion|ity|ment|ance|ence|osis|ysis|gene|sis|ing|ness|ure|th|"
    r"rate|rates|risk|s|ed|al|ic))\b"
)


def forms(base: str) -> dict[Form, str]:
    """The five forms of a verb."""
    stem = base[:-1] if base.endswith("e") else base
    ending = "d" if base.endswith("e") else "ed"
    third = base + ("es" if re.search(r"(?:s|sh|ch|x|o)$", base) else "s")
    if re.search(r"[^aeiou]y$", base):
        third, past = base[:-1] + "ies", base[:-1] + "ied"
    elif base in _DOUBLED:
        past, stem = base + base[-1] + "ed", base + base[-1]
    else:
        past = base + ending
    if base == "have":
        third = "has"
    past, participle = _IRREGULAR.get(base, (past, past))
    return {"base": base, "third": third, "past": past, "participle": participle, "gerund": stem + "ing"}


ALL_FORMS: dict[str, tuple[str, Form]] = {}
for _base in [*_PLAIN, *OPPOSITES]:
    for _form, _word in forms(_base).items():
        ALL_FORMS.setdefault(_word, (_base, _form))


def opposite_forms(word: str) -> list[str]:
    """The same form of each opposite of a verb form, in lower case; empty for a word without opposite."""
    found = ALL_FORMS.get(word.lower())
    if found is None:
        return []
    base, form = found
    return [forms(other)[form] for other in OPPOSITES.get(base, ())]


@dataclass(frozen=True, slots=True)
class Predicate:
    """Where the first finite verb of the main clause stands. `form` is "auxiliary" or the form of a plain verb."""

    start: int
    end: int
    word: str
    base: str
    form: Literal["auxiliary", "base", "third", "past"]


def predicate(text: str) -> Predicate | None:
    """The predicate of a simple sentence; None where shallow rules cannot be sure of it."""
    words = list(re.finditer(r"[\w'’-]+", text))
    for place, found in enumerate(words[1:], start=1):
        word = found[0]
        before = words[place - 1][0]
        if _SUBORDINATE.fullmatch(word):
            return None
        if word in AUXILIARIES and not (word == "have" and before in ("to",)):
            return Predicate(found.start(), found.end(), word, word, "auxiliary")
        base, form = ALL_FORMS.get(word, ("", "gerund"))
        follows = text[found.end() :]
        if form in ("third", "past", "base") and base and before.lower() not in _BEFORE_ADJECTIVE:
            if form == "third" and (word not in _NOUN_LIKE or _AFTER_VERB.match(follows)) and not before.endswith("ed"):
                return Predicate(found.start(), found.end(), word, base, "third")
            if form == "past" and _is_past(words, place, text):
                return Predicate(found.start(), found.end(), word, base, "past")
            if (
                form == "base"
                and re.search(r"[a-z]s$", before)
                and base not in ("lower", "slow", "result", "control", "act")
            ):
                return Predicate(found.start(), found.end(), word, base, "base")
    return None


def _is_past(words: list[re.Match[str]], place: int, text: str) -> bool:
    """Whether an -ed form is the verb of the clause: no other finite verb follows before the next comma."""
    if re.match(r" (?:by|than|or|and)\b", text[words[place].end() :]):
        return False
    clause = text[words[place].end() :].split(",", maxsplit=1)[0]
    rest = re.findall(r"[\w'’-]+", clause)
    if any(word in AUXILIARIES or ALL_FORMS.get(word, ("", "gerund"))[1] == "third" for word in rest):
        return False
    ending = words[place - 1][0]
    return not re.search(r"(?:ly|ed|ing|ic|al|ous|ive)$", ending) or (ending.endswith("ly") and place > 1)


_PLURAL = re.compile(r"(?:[^sui]s|ae)$|^(?:mice|children|men|women|people|bacteria|mitochondria|data|criteria)$")
_NOT_PLURAL = frozenset("diabetes herpes rabies measles aids always towards".split())


def is_plural(phrase: str) -> bool:
    """Whether a noun phrase takes "are": judged by its head, the last word before its first preposition."""
    head = re.split(r" (?:of|in|for|to|with|from|at|on|by|during|between|among|within|after)\b", phrase)[0]
    words = re.findall(r"[\w'-]+", head)
    return " and " in head or bool(words and _PLURAL.search(words[-1]) and words[-1].lower() not in _NOT_PLURAL)
