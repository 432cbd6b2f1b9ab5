"""Other sentence shapes for the same statement: passive, mirrored comparison, noun phrase, other order."""

from __future__ import annotations

import re

from eval.training.construction.comparators import COMPARATIVES
from eval.training.construction.pairs import CLOSE, OPEN, Rewrite, Scene
from eval.training.construction.sentences import capitalised, lowered
from eval.training.construction.verbs import forms, is_plural, predicate

_M = f"{OPEN}?"
_N = f"{CLOSE}?"
_RELATIVE = re.compile(
    r"\b(?:that|which|who|where|when|by|than|because|whether|and \w+(?:s|ed) the|if|as|but|through|via|with a)\b"
)
_CAUSAL = frozenset(
    """
    increase decrease reduce enhance improve worsen promote inhibit suppress stimulate activate induce prevent
    attenuate exacerbate alleviate aggravate ameliorate accelerate delay facilitate impair upregulate
    downregulate up-regulate down-regulate elevate augment diminish repress block prolong shorten disrupt
    mediate regulate modulate control trigger cause affect alter influence phosphorylate restore abolish drive
    predict recognize stabilize destabilize strengthen weaken hinder
    """.split()
)
_NOUN_OF = {
    "inhibit": "inhibition",
    "activate": "activation",
    "suppress": "suppression",
    "stimulate": "stimulation",
    "induce": "induction",
    "regulate": "regulation",
    "improve": "improvement",
    "reduce": "reduction",
    "promote": "promotion",
    "prevent": "prevention",
    "increase": "an increase",
    "decrease": "a decrease",
    "repress": "repression",
    "impair": "impairment",
}


def _plain(text: str) -> str:
    return text.replace(OPEN, "").replace(CLOSE, "")


def _is_plural(phrase: str) -> bool:
    return is_plural(_plain(phrase))


def _object_ends(rest: str) -> bool:
    """Whether what follows a verb can stand as the subject of a passive: one noun phrase up to the full stop."""
    plain = _plain(rest).strip()
    if (
        not 1 <= len(plain.split()) <= 12
        or "," in plain
        or _RELATIVE.search(plain)
        or re.search(r"\b(?:is|are|was|were|to|and|or)\b", plain)
    ):
        return False
    return not re.match(
        r"(?:in|at|to|from|with|by|on|for|more|less|as|after|during|significantly|not|only|its|their|"
        r"his|her|itself|\w+ly|approximately)\b",
        plain,
    )


_TAIL = re.compile(r" (?:in|during|after|among|at|within|following|on) .*$")


def passive(text: str, scene: Scene) -> str | None:
    """ "X reduces Y in Z" said "Y is reduced by X in Z"."""
    plain = _plain(text)
    main = predicate(plain)
    if main is None or main.form == "auxiliary" or main.base not in _CAUSAL or re.search(r"\b(?:not|no|nor)\b", plain):
        return None
    if text.find(main.word) < 0:
        return None
    found = re.match(
        rf"^(?P<subject>.+?) (?P<adverb>\w+ly )?(?P<a>{_M}){re.escape(main.word)}(?P<b>{_N}) (?P<object>.+)\.$", text
    )
    if (
        found is None
        or len(_plain(found["subject"])) not in range(main.start - 20, main.start + 1)
        or "," in found["subject"]
    ):
        return None
    rest = found["object"]
    tail = _TAIL.search(rest)
    head, tail_text = (rest[: tail.start()], tail[0]) if tail else (rest, "")
    if (
        not _object_ends(head)
        or "," in tail_text
        or re.search(r"\b(?:that|which|and|by)\b", tail_text)
        or (OPEN in head) != (CLOSE in head)
    ):
        return None
    be = ("were" if main.form == "past" else "are") if _is_plural(head) else ("was" if main.form == "past" else "is")
    return capitalised(
        f"{head} {be} {found['adverb'] or ''}{found['a']}{forms(main.base)['participle']}{found['b']}"
        f" by {lowered(found['subject'])}{tail_text}."
    )


def mirror_association(text: str, scene: Scene) -> str | None:
    """ "X is associated with Y" said "There is an association between X and Y" or with the sides changed over."""
    found = re.match(
        r"^(?P<x>[^,]+?) (?P<be>⟦?(?:is|are|was|were)(?: not)?⟧?) (?P<adverb>\w+ly "
        r")?(?P<verb>associated|correlated|linked) (?:with|to) (?P<y>[^,]+)\.$",
        text,
    )
    if (
        found is None
        or _RELATIVE.search(_plain(found["x"]))
        or _RELATIVE.search(_plain(found["y"]))
        or " and " in _plain(found["x"] + found["y"])
    ):
        return None
    if (
        re.search(r"\b(?:risk|odds|independent\w*|may|risks|inversely|negatively|probability)\b", _plain(text))
        and scene.chance.random() < 0.5
    ):
        return None
    if re.match(r"no\b", _plain(found["x"]), re.IGNORECASE):
        return None
    x, y = lowered(found["x"]), found["y"]
    past = "was" in found["be"] or "were" in found["be"]
    negated = "not" in found["be"]
    be = "was" if past else "is"
    mark, unmark = (OPEN, CLOSE) if OPEN in found["be"] else ("", "")
    if found["adverb"] and re.match(r"[⟦]?(?:inversely|negatively|positively|directly)", found["adverb"]):
        return None
    if scene.chance.random() < 0.5:
        article = "no" if negated else "an" if found["verb"] == "associated" else "a"
        noun = {"associated": "association", "correlated": "correlation", "linked": "link"}[found["verb"]]
        return f"There {mark}{be} {article}{unmark} {noun} between {x} and {y}."
    be = ("were" if past else "are") if _is_plural(y) else be
    return capitalised(
        f"{y} {mark}{be}{' not' if negated else ''}{unmark} {found['verb']}"
        f" {'to' if found['verb'] == 'linked' else 'with'} {x}."
    )


_COMPARED = re.compile(
    rf"^(?P<a>[^,]+?) (?P<be>was|were|is|are) "
    rf"(?P<adverb>\w+ly )?(?P<o>{_M})(?P<cmp>{'|'.join(COMPARATIVES)})(?P<c>{_N})(?P<adj>"
    rf" [a-z]+)? (?P<prep>in|for|with|among) (?P<x>[^,]+?) "
    r"(?:than|compared (?:with|to)) (?:(?P=prep) )?(?P<y>[^,]+)\.$"
)


def mirror_comparison(text: str, scene: Scene) -> str | None:
    """ "A was higher in X than in Y" said "A was lower in Y than in X"."""
    found = _COMPARED.match(text)
    if found is None or re.search(
        r"\b(?:that|those|not|expected|baseline|before|controls alone)\b", _plain(found["y"]) + " " + _plain(found["x"])
    ):
        return None
    if found["cmp"] not in ("more", "less") and found["adj"]:
        return None
    if found["cmp"] in ("more", "less") and not found["adj"]:
        return None
    inner = OPEN in found["x"] + found["y"]
    if inner and not ((OPEN in found["x"] and CLOSE in found["x"]) or (OPEN in found["y"] and CLOSE in found["y"])):
        first, second = found["x"].replace(OPEN, ""), found["y"].replace(CLOSE, "")
        head = f"{found['a']} {found['be']} {found['adverb'] or ''}{OPEN}{COMPARATIVES[found['cmp']]}{CLOSE}"
        return f"{head}{found['adj'] or ''} {found['prep']} {second} than {found['prep']} {first}."
    return (
        f"{found['a']} {found['be']} {found['adverb'] or ''}"
        f"{found['o']}{COMPARATIVES[found['cmp']]}{found['c']}{found['adj'] or ''}"
        f" {found['prep']} {found['y']} than {found['prep']} {found['x']}."
    )


_RESULTS = (
    (
        re.compile(r"^(?P<x>[^,]+?) (?:leads to|results in|causes(?! of)) (?P<y>[^,]+)\.$"),
        "{Y} {be_present} caused by {x}.",
    ),
    (re.compile(r"^(?P<x>[^,]+?) (?:led to|resulted in|caused) (?P<y>[^,]+)\.$"), "{Y} resulted from {x}."),
    (
        re.compile(r"^(?P<x>[^,]+?) (?:is|are) (?:required|necessary|essential) for (?P<y>[^,]+)\.$"),
        "{Y} depends on {x}.",
    ),
    (
        re.compile(r"^(?P<x>[^,]+?) had no (?:significant )?effect on (?P<y>[^,]+)\.$"),
        "{Y} {be_past} not affected by {x}.",
    ),
    (re.compile(r"^(?P<x>[^,]+?) did not (?:significantly )?affect (?P<y>[^,]+)\.$"), "{X} had no effect on {y}."),
    (re.compile(r"^(?P<x>[^,]+?) (?:is|are) caused by (?P<y>[^,]+)\.$"), "{Y} {cause} {x}."),
)


def reshape_result(text: str, scene: Scene) -> str | None:
    """ "X leads to Y" said "Y is caused by X", and their like; only where no change stands in the words replaced."""
    for pattern, shape in _RESULTS:
        found = pattern.match(text)
        if (
            found is None
            or _RELATIVE.search(_plain(found["x"]))
            or _RELATIVE.search(_plain(found["y"]))
            or " and " in _plain(text)
        ):
            continue
        x, y = lowered(found["x"]), found["y"]
        if not all(part.count(OPEN) == part.count(CLOSE) for part in (x, y)):
            continue
        plural = _is_plural(y)
        fitted = shape.replace("depends", "depend") if plural else shape
        return capitalised(
            fitted.format(
                X=capitalised(x),
                x=x,
                y=y,
                Y=capitalised(y),
                be_present="are" if plural else "is",
                be_past="were" if plural else "was",
                cause="cause" if plural else "causes",
            )
        )
    return None


def to_present(text: str, scene: Scene) -> str | None:
    """A past finding told as a standing one: "was associated" said "is associated"."""
    if len(re.findall(r"\b(?:was|were|had|did|\w+ed)\b", _plain(text))) > 2:
        return None
    new = re.sub(
        rf"\b(was|were)\b(?={CLOSE}? {OPEN}?(?:not|\w+ly|associated|related|linked|correlated|higher|"
        rf"lower|increased|reduced|decreased|elevated|more|less|required|found|shown)\b)",
        lambda found: {"was": "is", "were": "are"}[found[1]],
        text,
    )
    return new if new != text else None


def move_last_phrase(text: str, scene: Scene) -> str | None:
    """ "X happens in Y." said "In Y, X happens."."""
    found = re.match(r"^(?P<main>[^,]{20,}) (?P<phrase>(?:in|among|during|after) (?:[\w⟦⟧-]+ ){0,5}[\w⟦⟧-]+)\.$", text)
    if found is None or re.search(
        r"\b(?:than|and|or|that|which|who|by|of|can|is|are|was|were|may|from|to|has|have|had)\b",
        _plain(found["phrase"]),
    ):
        return None
    if re.search(
        r"(?:increase|decrease|reduction|role|change|changes|difference|differences|rise|decline|"
        r"improvement|involved|expressed|resulted|results|result|associated|variation|effect"
        r"|implicated|participate|localized|than|present|higher|lower|found|mutations|mutation|defects"
        r"|increases|decreases|act|engaged|activation|interest|advances|resulting)$",
        _plain(found["main"]),
    ):
        return None
    if re.search(r" (?:and|or|but|by|of|that)$", _plain(found["main"])):
        return None
    if found["phrase"].count(OPEN) != found["phrase"].count(CLOSE) or predicate(_plain(found["main"]) + ".") is None:
        return None
    return f"{capitalised(found['phrase'])}, {lowered(found['main'])}."


def nominalise(text: str, scene: Scene) -> str | None:
    """ "X inhibits Y" said "X leads to inhibition of Y"."""
    plain = _plain(text)
    main = predicate(plain)
    if main is None or main.form == "auxiliary" or main.base not in _NOUN_OF or re.search(r"\b(?:not|no)\b", plain):
        return None
    found = re.match(rf"^(?P<subject>[^,]+?) (?P<a>{_M}){re.escape(main.word)}(?P<b>{_N}) (?P<object>[^,]+)\.$", text)
    if found is None or re.search(r"ly$", found["subject"]) or len(_plain(found["subject"])) != main.start - 1:
        return None
    if not _object_ends(_TAIL.sub("", found["object"])):
        return None
    lead = {"third": "leads to", "past": "led to", "base": "lead to"}[main.form]
    noun = _NOUN_OF[main.base]
    link = "in" if noun.startswith("a") and noun.split()[0] in ("a", "an") else "of"
    return f"{found['subject']} {lead} {found['a']}{noun}{found['b']} {link} {found['object']}."


REWRITES = (
    Rewrite("passive", "structure", passive),
    Rewrite("association_mirrored", "structure", mirror_association),
    Rewrite("comparison_mirrored", "structure", mirror_comparison),
    Rewrite("result_reshaped", "structure", reshape_result),
    Rewrite("phrase_moved", "structure", move_last_phrase),
    Rewrite("present_tense", "structure", to_present),
    Rewrite("nominalised", "structure", nominalise, held=True),
)
