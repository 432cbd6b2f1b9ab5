"""Strength: claims that say more than the evidence (neutral) and recommendations turned round (refutes)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eval.training.construction.pairs import Change, Flip, Scene
from eval.training.construction.verbs import ALL_FORMS, forms, is_plural

_CAUSES = (
    (
        r"(?:was|is) (?:\w+ly )?(?:associated|linked|correlated) with(?= (?:an? )?(?:increased|higher|"
        r"reduced|lower|decreased|improved|poor|worse|risk|better|greater|elevated|impaired)\b)",
        "{cause}",
    ),
    (
        r"(?:were|are) (?:\w+ly )?(?:associated|linked|correlated) with(?= (?:an? )?(?:increased|"
        r"higher|reduced|lower|decreased|improved|poor|worse|risk|better|greater|elevated|impaired)\b)",
        "{causes}",
    ),
    (r"is a risk factor for", "is the main cause of"),
    (r"are risk factors for", "are the main causes of"),
    (r"contributes to", "is the only cause of"),
    (r"is involved in", "is solely responsible for"),
    (r"are involved in", "are solely responsible for"),
    (r"plays? (?:a|an)(?: \w+)? role in(?! \w+ing\b)", "alone determines"),
)
_SOME = {
    "some": "all",
    "many": "all",
    "most": "all",
    "often": "always",
    "frequently": "always",
    "usually": "always",
    "commonly": "always",
    "generally": "always",
    "several": "all",
    "typically": "always",
}
_NEGATION = re.compile(r"\b(?:not|no|never|neither|nor|without|cannot)\b")


def make_cause(text: str, scene: Scene) -> Iterator[Change]:
    """ "was associated with increased Y" made "caused increased Y"."""
    if _NEGATION.search(text):
        return
    for pattern, new in _CAUSES:
        for found in re.finditer(pattern, text):
            past = found[0].startswith(("was", "were"))
            if "role" in found[0] and not found[0].startswith("plays"):
                continue
            cause = "directly caused" if past else ("directly causes" if "{cause}" in new else "directly cause")
            yield Change(found.start(), found.end(), cause if "{" in new else new)


def make_certain(text: str, scene: Scene) -> Iterator[Change]:
    """ "may cause" made "always causes"; "can reduce" made "always reduces"."""
    for found in re.finditer(r"\b(may|might|could|can) (?!not\b)(?:also )?([a-z-]+)\b", text):
        if found[2] == "be":
            yield Change(found.start(), found.end(), "must be" if found[1] != "can" else "must always be")
        elif ALL_FORMS.get(found[2], ("", "gerund"))[1] == "base":
            subject = text[: found.start()].strip()
            plural = is_plural(subject)
            word = found[2] if plural else forms(found[2])["third"]
            yield Change(found.start(), found.end(), f"always {word}")


def make_all(text: str, scene: Scene) -> Iterator[Change]:
    """ "some patients" made "all patients", "often" made "always"."""
    if _NEGATION.search(text):
        return
    for found in re.finditer(r"(?<![\w-])([A-Za-z]+)(?= [a-z-]+)", text):
        word = found[1].lower()
        follows = text[found.end() :]
        if word in _SOME and not text[: found.start()].endswith(
            ("the ", "for ", "as ", "of ", "how ", "more ", "most ", "less ")
        ):
            if _SOME[word] == "all" and not re.match(r" (?:[a-z-]+ )?[a-z]+s\b(?! (?:of|ago))", follows):
                continue
            if re.search(r"\b[Tt]here (?:is|are|was|were) $", text[: found.start()]):
                continue
            if word == "most" and not re.match(r" [a-z]+s\b", follows):
                continue
            if re.match(
                r" (?:of|other|common|likely|used|important|effective|years|hours|days|months|weeks|known|fold)\b",
                follows,
            ):
                continue
            new = _SOME[word]
            yield Change(found.start(), found.end(), new.capitalize() if found[1][0].isupper() else new)


def turn_recommendation(text: str, scene: Scene) -> Iterator[Change]:
    """ "recommends X" made "recommends against X"; "should be" made "should not be"."""
    for found in re.finditer(r"\brecommend(s|ed|)\b( against)?(?= (?!that\b|to\b)\w)", text):
        if re.search(r"\b(?:not|no|is|are|was|were|be)\b[^,]*$|\b(?:the|a|of|as) $", text[: found.start()]):
            continue
        if not found[2] and re.match(r" (?:a|an|the|no|against|for|\w+ing)?\b", text[found.end() :]) is None:
            continue
        yield Change(found.start(), found.end(), f"recommend{found[1]}" + ("" if found[2] else " against"))
    for found in re.finditer(r"\b(is|are) (not )?(recommended|indicated|advised)\b(?! against)", text):
        yield Change(found.start(), found.end(), f"{found[1]} {'' if found[2] else 'not '}{found[3]}")
    for found in re.finditer(r"\b(should)( not)?(?= (?:be |not |have |receive |undergo |avoid |use |take )\w*)", text):
        if not re.match(r" not", text[found.end() :]):
            yield Change(found.start(), found.end(), "should" if found[2] else "should not")


FLIPS = (
    Flip("association_made_cause", "strengths", "neutral", make_cause, "supports"),
    Flip("may_made_always", "strengths", "neutral", make_certain, "supports"),
    Flip("some_made_all", "strengths", "neutral", make_all, "supports", held=True),
    Flip("recommendation_turned", "recommendations", "refutes", turn_recommendation, "refutes"),
)
