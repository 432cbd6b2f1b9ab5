"""Swaps of who, what, where and when for another of its kind: what the evidence says nothing about (neutral)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from eval.training.construction.pairs import Change, Flip, Scene, Source
from eval.training.construction.words import table

_GROUPS: dict[str, list[list[str]]] = table("swaps")
_GENE = re.compile(r"(?<![\w/-])(?:[A-Z][A-Za-z]{0,5}-?\d{1,3}[A-Za-z]?|[A-Z]{3,6}\d{0,2})(?![\w/-])")
_NOT_GENE = re.compile(
    r"^(?:(?:Arg|Ser|Thr|Tyr|Lys|His|Asp|Glu|Cys|Gly|Ala|Val|Leu|Ile|Met|Phe|Trp|Pro|Gln|Asn)\d|"
    r"DNA|RNA|mRNA|MRI|ELISA|PCR|USA|WHO|HIV|AIDS|CI|SD|COVID|SARS|PET|BMI|ICU|OR|HR|RR|AND|ATP|"
    r"GTP|UK|US|T\d|RCT|[A-Z]\d)"
)
_ENDINGS = (
    "statin mab nib pril sartan olol cillin mycin gliptin prazole gliflozin xaban itis oma aemia emia pathy".split()
)
_SUFFIX = re.compile(rf"(?<![\w-])[a-z]{{4,}}(?:{'|'.join(_ENDINGS)})(?![\w-])")
_LOOKUP = {member: (kind, group) for kind, groups in _GROUPS.items() for group in groups for member in group}
_PATTERN = re.compile(
    rf"(?<![\w.-])({'|'.join(sorted(map(re.escape, _LOOKUP), key=len, reverse=True))})(?![\w-])", re.IGNORECASE
)
_BY_LOWER = {member.lower(): member for member in _LOOKUP}
# An outcome is swapped only where it stands alone: "lung cancer" is no place for another word than cancer.
_BEFORE_OUTCOME = re.compile(
    r"(?:^|\b(?:of|for|with|from|in|and|or|to|on|by|against|reduced|increased|lower|higher|reduces"
    r"|increases|promotes|inhibits|induces"
    r"|induced|improves|improved|causes|regulates|affects|all-cause|decreased|enhances|prevents) )$"
)
_AT_TIME = re.compile(r"\b(?:at|after|for|in|by|within|during|over|between) (?:the )?$")
_COMPOUND = re.compile(r" (?:sensitivity|resistance|tolerance|secretion|signal\w+|metabolism|uptake)\b")
_COMPOUNDED = re.compile(r"\b(?:vein|venous|arterial|coronary|pulmonary|liver|portal|cystic|renal|cardiac) $")
_ORGANS = frozenset("liver kidney lung brain heart spleen pancreas skin blood nucleus cytoplasm".split())
_AFTER_OUTCOME = re.compile(r" (?:in|of|by|and|or|at|after|during|among|was|were|is|are|with|than|through|via)\b|[.,]")


def genes(text: str) -> list[str]:
    """The names in a text that look like genes, proteins or cell markers, in order, without repeats."""
    return list(dict.fromkeys(name for name in _GENE.findall(text) if not _NOT_GENE.match(name)))


@lru_cache(maxsize=32)
def _listed(text: str) -> tuple[re.Match[str], ...]:
    return tuple(_PATTERN.finditer(text))


def _swap_listed(text: str, scene: Scene, kind: str) -> Iterator[Change]:
    for found in _listed(text):
        member = _BY_LOWER[found[1].lower()]
        its_kind, group = _LOOKUP[member]
        whole = " ".join(scene.source.sentences).lower()
        others = [other for other in group if other.lower() not in whole and other.lower() not in text.lower()]
        if its_kind != kind or not others or not _once(text, found[1]):
            continue
        if found[1] not in (member, member[0].upper() + member[1:]) or _COMPOUND.match(text[found.end() :]):
            continue
        if _COMPOUNDED.search(text[: found.start()]) or (
            member in _ORGANS and not re.search(r"\b(?:the|in|of|from|human|mouse) $", text[: found.start()])
        ):
            continue
        if kind == "outcome" and not (
            _BEFORE_OUTCOME.search(text[: found.start()]) and _AFTER_OUTCOME.match(text[found.end() :])
        ):
            continue
        if kind == "time" and member[0].isdigit() and not _AT_TIME.search(text[: found.start()]):
            continue
        new = scene.chance.choice(others)
        yield Change(
            found.start(1),
            found.end(1),
            new[0].upper() + new[1:] if found[1][0].isupper() and found.start() == 0 else new,
        )


def _once(text: str, word: str) -> bool:
    return text.lower().count(word.lower()) == 1


def swap_population(text: str, scene: Scene) -> Iterator[Change]:
    """ "in men" made "in children"."""
    yield from _swap_listed(text, scene, "population")


def swap_drug(text: str, scene: Scene) -> Iterator[Change]:
    """ "aspirin" made "warfarin"."""
    yield from _swap_listed(text, scene, "drug")


def swap_condition(text: str, scene: Scene) -> Iterator[Change]:
    """ "stroke" made "heart failure"."""
    yield from _swap_listed(text, scene, "condition")


def swap_outcome(text: str, scene: Scene) -> Iterator[Change]:
    """ "mortality" made "quality of life"."""
    yield from _swap_listed(text, scene, "outcome")


def swap_tissue(text: str, scene: Scene) -> Iterator[Change]:
    """ "T cells" made "neutrophils"."""
    yield from _swap_listed(text, scene, "tissue")


def swap_time(text: str, scene: Scene) -> Iterator[Change]:
    """ "after 6 months" made "after 5 years"."""
    yield from _swap_listed(text, scene, "time")


def swap_gene(text: str, scene: Scene) -> Iterator[Change]:
    """One gene-like name made another of the same abstract or of a near one."""
    for name in genes(text):
        digit = bool(re.search(r"\d", name))
        pool = [
            other
            for other in scene.terms.get("genes", [])
            if bool(re.search(r"\d", other)) == digit and other not in text
        ]
        if pool and digit and _once(text, name):
            start = text.index(name)
            if re.search(rf"(?<![\w/-]){re.escape(name)}(?![\w/-])", text):
                yield Change(start, start + len(name), scene.chance.choice(pool))


def swap_by_ending(text: str, scene: Scene) -> Iterator[Change]:
    """One drug or disease made another with the same ending, found in the same abstract or a near one."""
    for found in _SUFFIX.finditer(text):
        ending = next(end for end in _ENDINGS if found[0].endswith(end))
        pool = [
            other for other in scene.terms.get("endings", []) if other.endswith(ending) and other not in text.lower()
        ]
        if (
            pool
            and _once(text, found[0])
            and found[0] not in ("diagnosis", "prognosis", "mitosis", "meiosis", "necrosis", "apoptosis")
        ):
            yield Change(found.start(), found.end(), scene.chance.choice(pool))


def add_population(text: str, scene: Scene) -> Iterator[Change]:
    """A general statement narrowed to a group that the evidence does not name."""
    groups = (
        "in children",
        "in pregnant women",
        "in older adults",
        "in smokers",
        "in women",
        "in men",
        "in people with diabetes",
        "in athletes",
    )
    clinical = re.search(
        r"\b(?:risks?|diseases?|treatments?|therapy|drugs?|symptoms?|cancer|diabetes|pain|pressure|"
        r"vaccines?|mortality|infections?|syndrome|death|obesity)\b",
        text,
    )
    if clinical and not re.search(
        r"\b(?:in|among|men|women|children|patients|mice|rats|people|participants|adults|individuals|when|if|not|no)\b",
        text,
    ):
        yield Change(len(text) - 1, len(text) - 1, " " + scene.chance.choice(groups))


def terms_of(sources: list[Source]) -> dict[str, list[str]]:
    """Names to swap in, from the given sources: gene-like names and words with a telling ending, without repeats."""
    text = " ".join(sentence for source in sources for sentence in source.sentences)
    endings = [
        word
        for word in dict.fromkeys(_SUFFIX.findall(text))
        if word not in ("diagnosis", "prognosis", "mitosis", "necrosis")
    ]
    return {"genes": genes(text), "endings": endings}


FLIPS = (
    Flip("population_swapped", "swaps", "neutral", swap_population, "neutral"),
    Flip("drug_swapped", "swaps", "neutral", swap_drug, "neutral", held=True),
    Flip("condition_swapped", "swaps", "neutral", swap_condition, "neutral"),
    Flip("outcome_swapped", "swaps", "neutral", swap_outcome, "neutral"),
    Flip("tissue_swapped", "swaps", "neutral", swap_tissue, "neutral"),
    Flip("time_swapped", "swaps", "neutral", swap_time, "neutral"),
    Flip("gene_swapped", "swaps", "neutral", swap_gene, "neutral"),
    Flip("ending_swapped", "swaps", "neutral", swap_by_ending, "neutral"),
    Flip("population_added", "swaps", "neutral", add_population, None),
)
