"""Flips of denial: a negation put into a plain statement, or taken out of a denying one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eval.training.construction.pairs import Change, Flip, Scene
from eval.training.construction.verbs import ALL_FORMS, forms, predicate

_DENIED = re.compile(
    r"\b(?:not|no|never|neither|nor|without|cannot|none|only|but|unless|fail\w*|lack\w*|absence|hardly"
    r"|rarely|except|also|either|still|even|solely|unable|unlikely|non-?\w+|more|most|less|than)\b",
    re.IGNORECASE,
)
_QUANTIFIED = re.compile(
    r"^(?:all|both|most|some|many|several|each|every|no|none|few|only|any|there|at least|"
    r"approximately|about|almost|over"
    r"|up to|another|\d)\b",
    re.IGNORECASE,
)


def insert_negation(text: str, scene: Scene) -> Iterator[Change]:
    """ "was associated" made "was not associated"; "reduces" made "does not reduce"."""
    main = predicate(text)
    if (
        main is None
        or _DENIED.search(text)
        or _QUANTIFIED.match(text)
        or main.word in ("may", "might", "could", "must")
    ):
        return
    if main.form == "auxiliary":
        if main.word in ("has", "had", "have") and not re.match(r" (?:been|\w+ed|shown|become)\b", text[main.end :]):
            return
        if main.word in ("is", "are", "was", "were") and not re.match(
            r" (?:\w+ly )?(?:\w+ed|a |an |the |\w+ive|\w+ent|\w+al|\w+ble|\w+ant|shown|found|higher|lower|"
            r"present|bound|driven|due"
            r"|safe|sufficient|\w+ic|\w+ory)\b",
            text[main.end :],
        ):
            return
        yield Change(main.start, main.end, "cannot" if main.word == "can" else f"{main.word} not")
        return
    helper = {"third": "does", "past": "did", "base": "do"}[main.form]
    adverb = re.search(r"\b(\w+ly) $", text[: main.start])
    start = adverb.start() if adverb and main.form == "past" else main.start
    between = f" {adverb[1]}" if adverb and main.form == "past" else ""
    yield Change(start, main.end, f"{helper} not{between} {main.base}")


def remove_not(text: str, scene: Scene) -> Iterator[Change]:
    """ "was not associated" made "was associated"; "did not reduce" made "reduced"."""
    if (
        len(re.findall(r"\b(?:not|no|nor|neither|never|without|cannot)\b", text)) != 1
        or " but " in text
        or re.search(r"\b(?:any|either|yet|only)\b", text)
    ):
        return
    for found in re.finditer(
        r"\b(is|are|was|were|has|have|had|should|will|can) ?not\b(?! (?:only|all|yet|just))", text
    ):
        if not re.search(r"\b(?:that|which|who|if|when|whether)\b", text[: found.start()]):
            yield Change(found.start(), found.end(), found[1])
    for found in re.finditer(r"\b(does|do|did) not (?:(\w+ly) )?([a-z-]+)\b", text):
        known = ALL_FORMS.get(found[3])
        if (
            known
            and known[1] == "base"
            and not re.search(r"\b(?:that|which|who|if|when|whether)\b", text[: found.start()])
        ):
            new = forms(known[0])[{"does": "third", "do": "base", "did": "past"}[found[1]]]  # type: ignore[index]
            yield Change(found.start(), found.end(), f"{found[2]} {new}" if found[2] else new)


def remove_no(text: str, scene: Scene) -> Iterator[Change]:
    """ "no significant difference was found" made "a significant difference was found"."""
    if len(re.findall(r"\b(?:not|no|nor|neither|never|without|cannot|any)\b", text, re.IGNORECASE)) != 1:
        return
    for found in re.finditer(
        r"\b(no|No) (?=((?:\w+ )?(?:differences?|effects?|association|associations|evidence|correlation|changes?"
        r"|relationship|improvement|increase|reduction|benefit|interaction|impact|influence))\b)",
        text,
    ):
        plural = found[2].endswith("s")
        article = "some" if plural else ("an" if found[2][0] in "aeiou" else "a")
        article = "clear" if found[2].endswith("evidence") else article
        yield Change(found.start(1), found.end(1), article.capitalize() if found[1] == "No" else article)


def insert_no(text: str, scene: Scene) -> Iterator[Change]:
    """ "had a significant effect on" made "had no significant effect on"; "there was an association" made "no"."""
    if _DENIED.search(text):
        return
    for found in re.finditer(
        r"\b(?:had|has|have|showed|shows|there (?:was|were|is|are)|There (?:was|were|is|are)|found|"
        r"plays?|played) (an?|a) "
        r"(?=(?:\w+ ){0,3}(?:difference|effect|association|correlation|relationship|increase|reduction"
        r"|decrease|impact|role"
        r"|improvement|benefit|interaction|influence)s?\b)",
        text,
    ):
        if not re.search(r"\b(?:that|which|who|if|when)\b", text[: found.start()]):
            yield Change(found.start(1), found.end(1), "no")


FLIPS = (
    Flip("negation_inserted", "negations", "refutes", insert_negation, "refutes"),
    Flip("not_removed", "negations", "refutes", remove_not, "refutes"),
    Flip("no_removed", "negations", "refutes", remove_no, "refutes"),
    Flip("no_inserted", "negations", "refutes", insert_no, "refutes"),
)
