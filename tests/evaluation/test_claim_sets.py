"""Claim sets in their published formats, from small made-up files; the real ones where they are at hand."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.claim_sets.base import BINARY, THREE_WAY, ClaimPair, ClaimSetError
from eval.claim_sets.biomedical import without_markers
from eval.claim_sets.catalogue import CLAIM_SETS, EVALUATION_SETS, TRAINING_SETS, read_claim_set
from rag.errors import RagError

DATA = Path(os.environ.get("SOURCEBOUND_DATA", "/nonexistent"))


def write_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def write_tabs(path: Path, head: Sequence[str], *rows: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(row) + "\n" for row in (head, *rows)), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "path", "group"),
    [
        ("scifact-train", "claims/scifact/derived_pairs/pairs_train.jsonl", "claim_id"),
        ("scifact-dev", "claims/scifact/derived_pairs/pairs_dev.jsonl", "claim_id"),
        ("check-covid-train", "claims/check_covid/derived_pairs/pairs_train.jsonl", "cord_id"),
        ("check-covid-dev", "claims/check_covid/derived_pairs/pairs_dev.jsonl", "cord_id"),
        ("healthver-dev", "claims/healthver_dev/pairs_dev.jsonl", "claim_id"),
    ],
)
def test_derived_pairs_keep_their_three_labels(tmp_path: Path, name: str, path: str, group: str) -> None:
    rows = [
        {"claim": "Ferric  tea helps.", "passage": "It did.", "label": "supports", group: 7, "kind": "rationale"},
        {"claim": "Ferric tea helps.", "passage": "It\nharmed.", "label": "refutes", group: 7, "kind": "rationale"},
        {"claim": "Tea is hot.", "passage": "Nothing on it.", "label": "neutral", group: "x9", "kind": "abstract"},
    ]
    write_lines(tmp_path / path, rows)
    assert read_claim_set(name, tmp_path) == (
        ClaimPair("It did.", "Ferric tea helps.", "supports", "7"),
        ClaimPair("It harmed.", "Ferric tea helps.", "refutes", "7"),
        ClaimPair("Nothing on it.", "Tea is hot.", "neutral", "x9"),
    )


@pytest.mark.parametrize("part", ["train", "dev"])
def test_citations_lose_their_markers_and_one_without_evidence_is_neutral(tmp_path: Path, part: str) -> None:
    folder = tmp_path / "claims" / "citation_integrity"
    articles = [
        {"doc_id": 31000, "title": "", "abstract": ["Zinc fell.", "By half."]},
        {"doc_id": 31001, "title": "", "abstract": ["Copper rose."]},
        {"doc_id": 52000, "title": "", "abstract": ["Iron held."]},
    ]
    write_lines(folder / "corpus.jsonl", articles)
    supported = {"31000": [{"sentences": [0], "label": "SUPPORT"}]}
    refuted = {"31001": [{"sentences": [0], "label": "REFUTE"}]}
    write_lines(
        folder / f"claims_{part}.jsonl",
        [
            {"id": 0, "claim": "Zinc fell by half [<|cit|>].", "evidence": supported, "cited_doc_ids": [31000]},
            {"id": 1, "claim": "Copper fell<|multi_cit|>.", "evidence": refuted, "cited_doc_ids": [31001]},
            {"id": 2, "claim": "<|cit|> Gold is new.", "evidence": {}, "cited_doc_ids": [52000]},
        ],
    )
    assert read_claim_set(f"citation-integrity-{part}", tmp_path) == (
        ClaimPair("Zinc fell. By half.", "Zinc fell by half.", "supports", "31"),
        ClaimPair("Copper rose.", "Copper fell.", "refutes", "31"),
        ClaimPair("Iron held.", "Gold is new.", "neutral", "52"),
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ulcers heal [<|multi_cit|>].", "Ulcers heal."),
        ("Ulcers heal (<|cit|>) fast.", "Ulcers heal fast."),
        ("Ulcers heal [<|multi_cit|>–11], slowly.", "Ulcers heal, slowly."),
        ("Ulcers heal (4% to 38%)[<|other_cit|>,18,<|other_cit|>], mostly.", "Ulcers heal (4% to 38%), mostly."),
        ("Ulcers<|cit|> heal<|other_cit|>,<|cit|> slowly.", "Ulcers heal slowly."),
        ("As they write (refs <|multi_cit|>), ulcers heal.", "As they write, ulcers heal."),
        ("Ulcers heal in 3 of 10 (p < 0.05) [7] cases.", "Ulcers heal in 3 of 10 (p < 0.05) [7] cases."),
    ],
)
def test_only_citation_markers_and_what_holds_nothing_else_are_taken_out(written: str, read: str) -> None:
    assert without_markers(written) == read


def write_trials(root: Path) -> Path:
    folder = root / "claims" / "nli4ct"
    for trial, lines in (("NCT1", ["Arm A:", "  12 of 40"]), ("NCT2", ["Arm B:", "  3 of 40"])):
        (folder / "CT_json").mkdir(parents=True, exist_ok=True)
        record = {"Clinical Trial ID": trial, "Results": lines, "Eligibility": ["Adults"]}
        (folder / "CT_json" / f"{trial}.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def test_a_statement_on_trials_is_held_against_the_named_section_of_one_record_or_of_both(tmp_path: Path) -> None:
    folder = write_trials(tmp_path)
    single = {
        "Type": "Single",
        "Section_id": "Results",
        "Primary_id": "NCT1",
        "Statement": "Twelve of 40 responded.",
        "Label": "Entailment",
        "Primary_evidence_index": [1],
    }
    both = single | {
        "Type": "Comparison",
        "Secondary_id": "NCT2",
        "Statement": "Fewer responded in the first.",
        "Label": "Contradiction",
    }
    (folder / "dev.json").write_text(json.dumps({"u1": single, "u2": both}), encoding="utf-8")
    assert read_claim_set("nli4ct-dev", tmp_path) == (
        ClaimPair("Arm A: 12 of 40", "Twelve of 40 responded.", "supports", "NCT1"),
        ClaimPair(
            "Primary trial: Arm A: 12 of 40 Secondary trial: Arm B: 3 of 40",
            "Fewer responded in the first.",
            "refutes",
            "NCT1",
        ),
    )


def test_an_inconclusive_registry_result_is_neither_support_nor_refutation(tmp_path: Path) -> None:
    path = tmp_path / "claims" / "clinifact" / "validation_set.csv"
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["index", "nctId", "claim", "PMID", "article_title", "article_abstract", "label"])
        for label in ("1", "0", "2"):
            writer.writerow(["5", "NCT9", "A beats B, in 10 weeks", "1", "A trial", "A won,\nby far", label])
    pairs = read_claim_set("clinifact-validation", tmp_path)
    assert [pair.label for pair in pairs] == ["supports", "rest", "neutral"]
    assert pairs[0] == ClaimPair("A trial A won, by far", "A beats B, in 10 weeks", "supports", "NCT9")


@pytest.mark.parametrize(("name", "file"), [("wice-chunks", "oracle_chunks_dev"), ("wice-pages", "retrieval_dev")])
def test_what_a_page_supports_in_part_only_is_not_supported(tmp_path: Path, name: str, file: str) -> None:
    labels = ("supported", "partially_supported", "not_supported")
    rows = [
        {"label": label, "claim": "Ann sings.", "evidence": ["Ann.", "She sings."], "meta": {"id": "d1"}}
        for label in labels
    ]
    write_lines(tmp_path / "claims" / "wice" / "claim" / f"{file}.jsonl", rows)
    pairs = read_claim_set(name, tmp_path)
    assert [pair.label for pair in pairs] == ["supports", "rest", "rest"]
    assert pairs[0] == ClaimPair("Ann. She sings.", "Ann sings.", "supports", "d1")


def test_begin_joins_its_three_parts_and_reads_quotation_marks_as_they_stand(tmp_path: Path) -> None:
    head = ["model_name", "data_source", "knowledge", "message", "response", "begin_label"]
    given = {"cmu": "Fully attributable", "tc": "Not fully attributable", "wow": "Generic"}
    for part, label in given.items():
        row = ["t5", part, f'"Oak" of {part}', "hm", 'an "oak', label]
        write_tabs(tmp_path / "claims" / "begin" / f"begin_dev_{part}.tsv", head, row)
    assert read_claim_set("begin-dev", tmp_path) == (
        ClaimPair('"Oak" of cmu', 'an "oak', "supports", '"Oak" of cmu'),
        ClaimPair('"Oak" of tc', 'an "oak', "rest", '"Oak" of tc'),
        ClaimPair('"Oak" of wow', 'an "oak', "rest", '"Oak" of wow'),
    )


def test_the_four_crossed_pairs_of_fever_symmetric_are_one_group(tmp_path: Path) -> None:
    rows = [
        {"id": f"777{suffix}", "claim": "It is red.", "evidence": "Red it is.", "label": label}
        for suffix, label in (("", "SUPPORTS"), ("0000002", "REFUTES"), ("0000003", "REFUTES"))
    ]
    write_lines(tmp_path / "claims" / "fever_symmetric" / "fever_symmetric_dev.jsonl", rows)
    pairs = read_claim_set("fever-symmetric-dev", tmp_path)
    assert [(pair.label, pair.group) for pair in pairs] == [("supports", "777"), ("refutes", "777"), ("refutes", "777")]


def test_fool_me_twice_joins_its_gold_evidence(tmp_path: Path) -> None:
    evidence = [{"section_header": "Early", "text": "Born in Ulm."}, {"section_header": "Late", "text": "Died old."}]
    row = {"text": "He lived.", "label": "SUPPORTS", "gold_evidence": evidence, "wikipedia_page": "Page"}
    write_lines(tmp_path / "claims" / "fool_me_twice" / "dev.jsonl", [row])
    assert read_claim_set("fool-me-twice-dev", tmp_path) == (
        ClaimPair("Born in Ulm. Died old.", "He lived.", "supports", "Page"),
    )


def test_the_three_negations_of_one_pair_are_a_group(tmp_path: Path) -> None:
    head = ["index", "sentence1", "sentence2", "gold_label"]
    labels = {
        "RTE/dev.tsv": ["not_entailment"] * 3 + ["entailment"],
        "SNLI/dev.tsv": ["neutral"],
        "MNLI/dev_matched.tsv": ["contradiction"],
    }
    for path, given in labels.items():
        rows = [["0", "It does not rain.", "It rains.", label] for label in given]
        write_tabs(tmp_path / "nli" / "negation_nli" / "processed_for_run" / path, head, *rows)
    pairs = read_claim_set("negation-nli", tmp_path)
    assert [pair.label for pair in pairs] == ["rest", "rest", "rest", "supports", "neutral", "refutes"]
    assert len({pair.group for pair in pairs[:3]}) == 1
    assert len({pair.group for pair in pairs}) == 4
    assert pairs[0].passage == "It does not rain."


def test_breaking_nli_and_med_take_the_first_sentence_as_evidence(tmp_path: Path) -> None:
    row = {"sentence1": "A red car.", "sentence2": "A blue car.", "gold_label": "contradiction", "category": "colors"}
    write_lines(tmp_path / "nli" / "breaking_nli" / "data" / "dataset.jsonl", [row])
    head = ["index", "genre", "sentence1", "sentence2", "gold_label"]
    write_tabs(
        tmp_path / "nli" / "med_monotonicity" / "MED.tsv",
        head,
        ["1", "gq", "All birds fly.", "All wrens fly.", "entailment"],
        ["2", "gq", "All wrens fly.", "All birds fly.", "neutral"],
    )
    assert read_claim_set("breaking-nli", tmp_path) == (
        ClaimPair("A red car.", "A blue car.", "refutes", "A red car."),
    )
    assert [pair.label for pair in read_claim_set("med-monotonicity", tmp_path)] == ["supports", "neutral"]


def test_a_missing_file_is_one_line_that_names_set_path_and_how_to_mend_it(tmp_path: Path) -> None:
    for name in CLAIM_SETS:
        with pytest.raises(ClaimSetError) as found:
            read_claim_set(name, tmp_path)
        message = str(found.value)
        assert message.startswith(f"claim set {name}: a file is missing: {tmp_path}")
        assert "SOURCEBOUND_DATA" in message
        assert "\n" not in message


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"claim": "a", "label": "supports", "claim_id": 1}, "no field 'passage'"),
        (
            {"claim": "a", "passage": "b", "label": "SUPPORTS", "claim_id": 1},
            "the label 'SUPPORTS' is none of supports",
        ),
        ({"claim": " ", "passage": "b", "label": "supports", "claim_id": 1}, "the claim is empty"),
        ({"claim": {"a": 1}, "passage": "b", "label": "supports", "claim_id": 1}, "the field 'claim' is not text"),
        ([1], "a line is not a JSON object"),
    ],
)
def test_a_wrong_line_is_named_with_its_number(tmp_path: Path, row: Any, what: str) -> None:
    path = tmp_path / "claims" / "scifact" / "derived_pairs" / "pairs_dev.jsonl"
    good = {"claim": "a", "passage": "b", "label": "neutral", "claim_id": 1}
    write_lines(path, [good, row])
    with pytest.raises(ClaimSetError) as found:
        read_claim_set("scifact-dev", tmp_path)
    assert str(found.value).startswith(f"claim set scifact-dev: {what}")
    assert f"{path}, line 2" in str(found.value)


def test_a_file_that_is_no_json_no_text_or_empty_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "claims" / "scifact" / "derived_pairs" / "pairs_dev.jsonl"
    path.parent.mkdir(parents=True)
    for content, what in ((b"{", "not JSON"), (b"\xff\xfe\xff", "UTF-8"), (b"\n", "empty")):
        path.write_bytes(content)
        with pytest.raises(RagError, match=what):
            read_claim_set("scifact-dev", tmp_path)


def test_a_trial_record_without_the_named_section_is_an_error(tmp_path: Path) -> None:
    folder = write_trials(tmp_path)
    row = {"Type": "Single", "Section_id": "Adverse Events", "Primary_id": "NCT1", "Statement": "x", "Label": "y"}
    (folder / "dev.json").write_text(json.dumps({"u": row}), encoding="utf-8")
    with pytest.raises(ClaimSetError, match=r"no field 'Adverse Events'.*NCT1\.json"):
        read_claim_set("nli4ct-dev", tmp_path)


def test_an_unknown_set_is_an_error_that_names_the_known() -> None:
    with pytest.raises(ClaimSetError, match=r"no such claim set: scifacts .*scifact-dev"):
        read_claim_set("scifacts", Path())


def test_only_training_parts_with_a_licence_that_allows_it_may_train() -> None:
    assert set(TRAINING_SETS) == {"scifact-train", "check-covid-train", "citation-integrity-train"}
    assert set(TRAINING_SETS).isdisjoint(EVALUATION_SETS)
    assert sum(one.contrast for one in CLAIM_SETS.values()) == 8
    assert all(one.labels in (THREE_WAY, BINARY) for one in CLAIM_SETS.values())


PUBLISHED = {
    "scifact-dev": (469, 216),
    "check-covid-dev": (207, 69),
    "healthver-dev": (1108, 405),
    "citation-integrity-train": (2138, 1366),
    "citation-integrity-dev": (316, 191),
    "nli4ct-dev": (200, 100),
    "clinifact-validation": (316, 83),
    "wice-chunks": (1043, 342),
    "wice-pages": (349, 115),
    "begin-dev": (1229, 313),
    "fever-symmetric-dev": (708, 354),
    "fool-me-twice-dev": (1169, 596),
    "negation-nli": (4500, 936),
    "breaking-nli": (8193, 982),
    "med-monotonicity": (5382, 2705),
}


@pytest.mark.skipif(not (DATA / "claims").is_dir(), reason="SOURCEBOUND_DATA is not set")
@pytest.mark.parametrize("name", list(PUBLISHED))
def test_the_published_files_have_as_many_pairs_and_supported_claims_as_their_makers_say(name: str) -> None:
    pairs = read_claim_set(name, DATA)
    assert (len(pairs), sum(pair.label == "supports" for pair in pairs)) == PUBLISHED[name]
    assert not any("<|" in pair.claim for pair in pairs)
    assert set(CLAIM_SETS[name].labels) == {"supports", "rest"} or all(pair.label != "rest" for pair in pairs)
