"""Training examples: an evidence passage, a claim, and which of the three relations may be the true one."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Allowed = frozenset[str]

ONLY: Mapping[str, Allowed] = {name: frozenset((name,)) for name in ("supports", "neutral", "refutes")}
NOT_SUPPORTED: Allowed = frozenset(("neutral", "refutes"))
"""For sets that say only that a claim is not supported: the loss asks for either of the two."""


@dataclass(frozen=True, slots=True)
class Example:
    """A pair. `allowed` are the relations that its label leaves open: one, neutral and refutes, or all of them.

    `soft`: the probabilities that a larger network gives, one a relation; None where none was asked.
    """

    passage: str
    claim: str
    allowed: Allowed
    origin: str
    soft: tuple[float, ...] | None = None


_THREE_WAY = {
    "entailment": ONLY["supports"],
    "neutral": ONLY["neutral"],
    "contradiction": ONLY["refutes"],
    "e": ONLY["supports"],
    "n": ONLY["neutral"],
    "c": ONLY["refutes"],
    "non-entailment": NOT_SUPPORTED,
}


def _json_lines(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _table(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def _read(rows: Iterable[Mapping[str, Any]], origin: str, fields: tuple[str, str, str]) -> Iterator[Example]:
    """The rows with a known label; a row without one (annotators disagreed) is left out."""
    passage, claim, label = fields
    for row in rows:
        allowed = _THREE_WAY.get(str(row[label]))
        if allowed and row[passage] and row[claim]:
            yield Example(str(row[passage]).strip('" '), str(row[claim]).strip('" '), allowed, origin)


_SENTENCES = ("sentence1", "sentence2", "gold_label")


def general_examples(folder: Path) -> list[Example]:
    """The general entailment sets under `nli/` whose licence lets weights trained on them be shipped."""
    found: list[Example] = []
    for path in sorted((folder / "snli_subsets").glob("snlisub*/*")):
        if path.suffix in (".jsonl", ".json"):
            found += _read(_json_lines(path), "snli", _SENTENCES)
    for part in ("base_wiki", "sim_wiki", "translate_wiki"):
        rows = _json_lines(folder / "semi_auto_nli" / part / "train.jsonl")
        found += _read(rows, "semi_auto_nli", ("premise", "hypothesis", "label"))
    conjunctions = _table(folder / "conjnli" / "adversarial_train_15k.tsv")
    found += _read(conjunctions, "conjnli", ("Premise", "Hypothesis", "Label"))
    found += _read(_table(folder / "cad_nli" / "all_combined" / "train.tsv"), "cad_nli", _SENTENCES)
    for part in ("and", "or"):
        rows = _table(folder / "help" / f"leskexppmb_{part}.tsv")
        found += _read(rows, "help", ("ori_sentence", "new_sentence", "gold_label"))
    heuristics = _table(folder / "hans_regenerated" / "hans_train.tsv")
    found += _read(heuristics, "hans_regenerated", ("sentence1", "sentence2", "gold_label"))
    return list(dict.fromkeys(found))


def pairs_examples(path: Path, origin: str) -> list[Example]:
    """A file of pairs with `passage`, `claim` and `label`: constructed pairs, or human labels in that form."""
    rows = _json_lines(path)
    return [Example(row["passage"], row["claim"], ONLY[row["label"]], origin) for row in rows]


def constructed_examples(path: Path, split: str = "train") -> list[Example]:
    """The constructed pairs of one split: `train`, `held_rules` or `held_documents`."""
    rows = (row for row in _json_lines(path) if row["split"] == split)
    return [Example(row["passage"], row["claim"], ONLY[row["label"]], f"constructed/{row['family']}") for row in rows]


def with_whole_abstracts(claims: Path, corpus: Path) -> list[Example]:
    """SciFact's decided claims with the whole abstract as evidence, so that the length of evidence is no label."""
    abstracts = {str(row["doc_id"]): " ".join(row["abstract"]) for row in _json_lines(corpus)}
    names = {"SUPPORT": ONLY["supports"], "CONTRADICT": ONLY["refutes"]}
    return [
        Example(abstracts[document], row["claim"], names[marked[0]["label"]], "scifact/abstract")
        for row in _json_lines(claims)
        for document, marked in row["evidence"].items()
    ]


def without_rationale(claims: Path, corpus: Path, pick: Callable[[Sequence[str]], Sequence[str]]) -> list[Example]:
    """SciFact's decided claims with other sentences of the same abstract, which neither support nor refute them."""
    abstracts = {str(row["doc_id"]): row["abstract"] for row in _json_lines(corpus)}
    found = []
    for row in _json_lines(claims):
        for document, marked in row["evidence"].items():
            decisive = {number for one in marked for number in one["sentences"]}
            # The sentence after a rationale, and the last one, often say the same again.
            spoilt = decisive | {number + 1 for number in decisive} | {len(abstracts[document]) - 1}
            rest = [text for number, text in enumerate(abstracts[document]) if number not in spoilt]
            if rest:
                found.append(Example(" ".join(pick(rest)), row["claim"], ONLY["neutral"], "scifact/no rationale"))
    return found


def citation_integrity_examples(folder: Path) -> list[Example]:
    """Real citations with expert labels. An inaccurate one may be contradicted or merely not said: both are allowed."""
    passages = {row["doc_id"]: " ".join(row["abstract"]) for row in _json_lines(folder / "corpus.jsonl")}
    names = {"SUPPORT": ONLY["supports"], "REFUTE": NOT_SUPPORTED, "NEI": ONLY["neutral"]}
    found = []
    for row in _json_lines(folder / "claims_train.jsonl"):
        claim = row["claim"]
        for marker in ("[<|cit|>]", "[<|multi_cit|>]", "(<|cit|>)", "(<|multi_cit|>)", "<|cit|>", "<|multi_cit|>"):
            claim = claim.replace(marker, "")
        for document in row["cited_doc_ids"]:
            marked = row["evidence"].get(str(document))
            allowed = names[marked[0]["label"] if marked else "NEI"]
            found.append(Example(passages[document], " ".join(claim.split()), allowed, "citation_integrity"))
    return found
