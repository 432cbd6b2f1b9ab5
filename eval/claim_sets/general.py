"""Sets outside medicine: does a page carry the sentence that cites it, and what one changed word does to a label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from eval.claim_sets.base import ClaimPair, Label, Row, json_lines, labelled, tab_rows

_WICE: Mapping[str, Label] = {"supported": "supports", "partially_supported": "rest", "not_supported": "rest"}
_BEGIN: Mapping[str, Label] = {
    "Fully attributable": "supports",
    "Not fully attributable": "rest",
    "Generic": "rest",
}
_FEVER: Mapping[str, Label] = {"SUPPORTS": "supports", "REFUTES": "refutes"}
_INFERENCE: Mapping[str, Label] = {
    "entailment": "supports",
    "neutral": "neutral",
    "contradiction": "refutes",
    "not_entailment": "rest",
}
_NEGATION_PARTS = ("RTE/dev.tsv", "SNLI/dev.tsv", "MNLI/dev_matched.tsv")
_VARIANT = re.compile(r"000000\d$")


def read_wice_chunks(root: Path) -> Iterator[ClaimPair]:
    """WiCE dev, oracle chunks: a Wikipedia claim against parts of its cited page that hold the needed sentences."""
    return _wice(root / "claims" / "wice" / "claim" / "oracle_chunks_dev.jsonl")


def read_wice_pages(root: Path) -> Iterator[ClaimPair]:
    """WiCE dev: a Wikipedia claim against every sentence of its cited page. Passages are up to 100,000 characters."""
    return _wice(root / "claims" / "wice" / "claim" / "retrieval_dev.jsonl")


def _wice(path: Path) -> Iterator[ClaimPair]:
    return labelled(
        json_lines(path),
        _WICE,
        passage="evidence",
        claim="claim",
        label="label",
        group=lambda row: Row(row["meta"], row.where).text("id"),
    )


def read_begin(root: Path) -> Iterator[ClaimPair]:
    """BEGIN dev, its three parts: a generated reply against the knowledge that it was given."""
    for part in ("cmu", "tc", "wow"):
        rows = tab_rows(root / "claims" / "begin" / f"begin_dev_{part}.tsv")
        yield from labelled(rows, _BEGIN, passage="knowledge", claim="response", label="begin_label", group="knowledge")


def read_fever_symmetric(root: Path) -> Iterator[ClaimPair]:
    """FEVER Symmetric dev: two claims and two passages crossed, so that the claim alone says nothing."""
    rows = json_lines(root / "claims" / "fever_symmetric" / "fever_symmetric_dev.jsonl")
    return labelled(
        rows,
        _FEVER,
        passage="evidence",
        claim="claim",
        label="label",
        group=lambda row: _VARIANT.sub("", row.text("id")),
    )


def read_fool_me_twice(root: Path) -> Iterator[ClaimPair]:
    """Fool Me Twice dev: claims written to deceive against their gold evidence; claims on one page are a group."""
    return labelled(
        json_lines(root / "claims" / "fool_me_twice" / "dev.jsonl"),
        _FEVER,
        passage=lambda row: " ".join(Row(one, row.where).text("text") for one in row["gold_evidence"]),
        claim="text",
        label="label",
        group="wikipedia_page",
    )


def read_negation_nli(root: Path) -> Iterator[ClaimPair]:
    """Negation NLI: pairs of RTE, SNLI and MNLI with "not" put into either sentence or both; these three are a group.

    RTE tells entailment from the rest only.
    """
    return labelled(
        _negations(root / "nli" / "negation_nli" / "processed_for_run"),
        _INFERENCE,
        passage="sentence1",
        claim="sentence2",
        label="gold_label",
        group="group",
    )


def _negations(folder: Path) -> Iterator[Row]:
    for part in _NEGATION_PARTS:
        for place, row in enumerate(tab_rows(folder / part)):
            yield Row({**row.fields, "group": f"{part} {place // 3}"}, row.where)


def read_breaking_nli(root: Path) -> Iterator[ClaimPair]:
    """Breaking NLI: the same sentence with one word put in the place of another."""
    rows = json_lines(root / "nli" / "breaking_nli" / "data" / "dataset.jsonl")
    return labelled(rows, _INFERENCE, passage="sentence1", claim="sentence2", label="gold_label", group="sentence1")


def read_med_monotonicity(root: Path) -> Iterator[ClaimPair]:
    """MED: inferences by words made wider or narrower under quantifiers and negation."""
    rows = tab_rows(root / "nli" / "med_monotonicity" / "MED.tsv")
    return labelled(rows, _INFERENCE, passage="sentence1", claim="sentence2", label="gold_label", group="sentence1")
