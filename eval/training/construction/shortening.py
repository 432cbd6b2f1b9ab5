"""Saying less: introductions, trailing clauses, adverbs and study framing taken off; hedges put on."""

from __future__ import annotations

import re

from eval.training.construction.pairs import CLOSE, OPEN, Rewrite, Scene
from eval.training.construction.sentences import capitalised, lowered
from eval.training.construction.verbs import predicate

_SAFE = f"[^,{OPEN}{CLOSE}]"
_INTRODUCTION = re.compile(
    rf"^(?:In (?:this|the|our|an?|\d{{4}}|addition|vivo|vitro|conclusion|summary|total|general|"
    rf"multivariate|adjusted|contrast|mammals|humans|mice){_SAFE}*"
    rf"|At (?:\d+|baseline|follow){_SAFE}*|After (?:adjust|control){_SAFE}*|During (?:a|the|"
    rf"follow){_SAFE}*|Among (?!the)\w+{_SAFE}*|Recently|Currently|Importantly"
    rf"|Over(?:all| the){_SAFE}*|As (?:expected|predicted|a result)|Consistent with{_SAFE}*|On "
    rf"average|In contrast{_SAFE}*), (?=\w)"
)
_TRAILING = re.compile(
    rf", (?:which|suggesting|indicating|thereby|thus|leading to|resulting in|including|and this|"
    rf"consistent with|independent(?:ly)? of|particularly|especially"
    rf"|whereas|while|possibly|presumably|demonstrating|implying|highlighting|making|with|as well "
    rf"as|in part)\b[^{OPEN}{CLOSE}]*\.$"
)
_ADVERBS = re.compile(
    r"(?<!not )(?<!more )(?<!less )\b(?:significantly|strongly|markedly|dramatically|also|further|"
    r"substantially|rapidly|greatly|profoundly|specifically|directly"
    r"|considerably|severely|clearly|highly|potently|efficiently|effectively|consistently|robustly"
    r"|therefore|thus|furthermore) (?=(?!as\b|to\b)[a-z])"
)
_SECOND_VERB = re.compile(
    rf",? and (?:\w+ly )?(?:\w+(?:es|ed|s)|was|were|is|are|has|had) (?:the |a |an |to |in |by |with"
    rf" |on |for )[^{OPEN}{CLOSE},]*\.$"
)
_HEDGEABLE = re.compile(
    r" (?:associated|related|linked|effective|involved|caused|required|essential|due|protective|a "
    r"risk|beneficial|regulated|mediated"
    r"|induced|increased|reduced|important|harmful|safe)\b"
)
_PLACE = re.compile(
    r" (?:in vitro and in vivo|in vivo|in vitro|in culture|in mice|in rats|in a dose-dependent "
    r"manner|over time|worldwide)(?=[.,])"
)


def drop_introduction(text: str, scene: Scene) -> str | None:
    """The phrase before the first comma taken off, where it only frames the finding."""
    found = _INTRODUCTION.match(text)
    if found is None or OPEN in found[0] or len(text[found.end() :].split()) < 5:
        return None
    rest = text[found.end() :]
    if (
        re.match(r"(?:and|but|or|which|who|as|including|compared|\w+ing)\b", rest)
        or predicate(rest.replace(OPEN, "").replace(CLOSE, "")) is None
    ):
        return None
    return capitalised(rest)


def drop_trailing_clause(text: str, scene: Scene) -> str | None:
    """A clause after the last comma taken off."""
    found = _TRAILING.search(text)
    if found is None or len(text[: found.start()].split()) < 6:
        return None
    if predicate(text[: found.start()].replace(OPEN, "").replace(CLOSE, "")) is None:
        return None
    return text[: found.start()] + "."


def drop_adverbs(text: str, scene: Scene) -> str | None:
    """Adverbs of degree and connection taken off, except under a negation."""
    if re.search(r"\b(?:not|no|cannot|nor|neither)\b", text):
        return None
    new = _ADVERBS.sub(lambda found: "" if not _marked_at(text, found.start()) else found[0], text)
    return capitalised(new) if new != text else None


def _marked_at(text: str, place: int) -> bool:
    return text.rfind(OPEN, 0, place) > text.rfind(CLOSE, 0, place)


def drop_second_verb(text: str, scene: Scene) -> str | None:
    """ "X reduces A and increases B" cut to "X reduces A"."""
    found = _SECOND_VERB.search(text)
    if (
        found is None
        or len(text[: found.start()].split()) < 6
        or re.search(r"\b(?:both|not|no|between|either)\b", text[: found.start()])
    ):
        return None
    if predicate(text[: found.start()].replace(OPEN, "").replace(CLOSE, "")) is None:
        return None
    if re.search(r", (?:was|were|is|are|has|had|\w+ed)\b", text[: found.start()]):
        return None
    return text[: found.start()].rstrip(",") + "."


def drop_setting(text: str, scene: Scene) -> str | None:
    """ "in vivo", "in mice" and their like taken off a positive statement."""
    if re.search(r"\b(?:not|no|only|than|both)\b", text):
        return None
    new = _PLACE.sub("", text, count=1)
    return new if new != text and OPEN not in text[max(0, len(new) - 1) : len(new)] else None


def hedge(text: str, scene: Scene) -> str | None:
    """ "X reduces Y" hedged as "X may reduce Y"; a statement with a modal is left alone."""
    plain = text.replace(OPEN, "").replace(CLOSE, "")
    main = predicate(text)
    if (
        main is None
        or predicate(plain) is None
        or re.search(r"\b(?:may|might|can|could|should|must|will|not|no|cannot|always)\b", plain)
    ):
        return None
    modal = scene.chance.choice(("may", "can", "may"))
    if main.form in ("third", "base") and main.base not in ("have", "fail"):
        return f"{text[: main.start]}{modal} {main.base}{text[main.end :]}"
    if main.word in ("is", "are") and _HEDGEABLE.match(text[main.end :]):
        return f"{text[: main.start]}{modal} be{text[main.end :]}"
    return None


def frame(text: str, scene: Scene) -> str | None:
    """The statement introduced as something shown or reported."""
    way = scene.chance.choice(
        (
            "It was found that ",
            "Evidence shows that ",
            "Research shows that ",
            "It has been reported that ",
            "There is evidence that ",
            "Researchers report that ",
        )
    )
    return way + lowered(text)


REWRITES = (
    Rewrite("introduction_dropped", "shortening", drop_introduction),
    Rewrite("clause_dropped", "shortening", drop_trailing_clause),
    Rewrite("adverbs_dropped", "shortening", drop_adverbs),
    Rewrite("second_verb_dropped", "shortening", drop_second_verb),
    Rewrite("setting_dropped", "shortening", drop_setting),
    Rewrite("hedged", "hedges", hedge),
    Rewrite("framed", "hedges", frame),
)
