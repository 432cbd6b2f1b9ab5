"""Sets of biomedicine: claims against abstracts, cited articles and trial records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from eval.claim_sets.base import (
    ClaimPair,
    Field,
    FormatError,
    Label,
    Row,
    comma_rows,
    json_file,
    json_lines,
    labelled,
)

_RELATIONS: Mapping[str, Label] = {"supports": "supports", "neutral": "neutral", "refutes": "refutes"}
_CITATION_INTEGRITY: Mapping[str, Label] = {"SUPPORT": "supports", "REFUTE": "refutes", "NEI": "neutral"}
_TRIALS: Mapping[str, Label] = {"Entailment": "supports", "Contradiction": "refutes"}
# Inconclusive (the registry's p value is above 0.05) is no refutation, and not silence either.
_REGISTRY: Mapping[str, Label] = {"1": "supports", "0": "rest", "2": "neutral"}

_MARKER = r"<\|\w+\|>"
_BETWEEN = r"[\d\s,;.–-]"
_BRACKETED = re.compile(rf"\s*[\[(](?:refs?\.?\s*)?{_BETWEEN}*{_MARKER}(?:{_BETWEEN}|{_MARKER})*[\])]", re.IGNORECASE)
_BARE = re.compile(rf"{_MARKER}(?:[,;–-]?{_MARKER})*")
_GAP = re.compile(r"\s+(?=[,.;:)\]])")


def pair_reader(path: str, group: Field) -> Callable[[Path], Iterator[ClaimPair]]:
    """A reader of lines with `passage`, `claim` and `label` as supports, neutral or refutes.

    For SciFact, Check-COVID and HealthVer: the rationale sentences joined, and whole abstracts for neutral.
    """

    def read(root: Path) -> Iterator[ClaimPair]:
        rows = json_lines(root / path)
        return labelled(rows, _RELATIONS, passage="passage", claim="claim", label="label", group=group)

    return read


def without_markers(claim: str) -> str:
    """A citing sentence less its citation markers and the brackets and reference numbers that hold only such."""
    return _GAP.sub("", " ".join(_BARE.sub("", _BRACKETED.sub("", claim)).split()))


def citation_integrity_reader(part: str) -> Callable[[Path], Iterator[ClaimPair]]:
    """A reader of a part of Citation-Integrity: the citing sentence against the sentences of the cited article.

    A citation without evidence is NEI, neutral. Citations of one article are a group.
    """

    def read(root: Path) -> Iterator[ClaimPair]:
        folder = root / "claims" / "citation_integrity"
        texts = {row.text("doc_id"): row.text("abstract") for row in json_lines(folder / "corpus.jsonl")}
        for row in json_lines(folder / f"claims_{part}.jsonl"):
            yield from _citations(row, texts)

    return read


def _citations(row: Row, texts: Mapping[str, str]) -> Iterator[ClaimPair]:
    for number in row["cited_doc_ids"]:
        article = str(number)
        if article not in texts:
            raise FormatError(f"the cited article {article} is not in corpus.jsonl", row.where)
        labels = {one["label"] for one in row["evidence"].get(article, ())} or {"NEI"}
        if len(labels) != 1 or not labels <= set(_CITATION_INTEGRITY):
            raise FormatError(f"not one label of {', '.join(_CITATION_INTEGRITY)}: {sorted(labels)}", row.where)
        claim = without_markers(row.text("claim"))
        # Ids count the citations of the n-th article from n * 1000.
        yield ClaimPair(texts[article], claim, _CITATION_INTEGRITY[labels.pop()], str(int(number) // 1000))


def read_nli4ct(root: Path) -> Iterator[ClaimPair]:
    """NLI4CT dev: a statement against a section of a trial record; of two records where it compares them."""
    folder = root / "claims" / "nli4ct"
    rows = _with_sections(folder / "dev.json", folder / "CT_json")
    return labelled(rows, _TRIALS, passage="sections", claim="Statement", label="Label", group="Primary_id")


def _with_sections(path: Path, records: Path) -> Iterator[Row]:
    for identity, fields in json_file(path).items():
        row = Row(fields, f"{path}, {identity}")
        name = row.text("Section_id")
        sections = _section(records / f"{row.text('Primary_id')}.json", name)
        if row.text("Type") == "Comparison":
            second = _section(records / f"{row.text('Secondary_id')}.json", name)
            sections = f"Primary trial: {sections} Secondary trial: {second}"
        yield Row({**fields, "sections": sections}, row.where)


def _section(path: Path, name: str) -> str:
    return Row(json_file(path), str(path)).text(name)


def read_clinifact(root: Path) -> Iterator[ClaimPair]:
    """CliniFact validation: a claim made from a registry's primary outcome against an abstract with its title."""
    return labelled(
        comma_rows(root / "claims" / "clinifact" / "validation_set.csv"),
        _REGISTRY,
        passage=lambda row: f"{row.text('article_title')} {row.text('article_abstract')}",
        claim="claim",
        label="label",
        group="nctId",
    )
