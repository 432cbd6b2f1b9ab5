"""The planted faults: cases rest on the corpus, rules give the same again, the command measures what it is given."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import rag.factory
from eval.planted.__main__ import planted
from eval.planted.cases import BY_HAND, BY_RULE, FAULT_KINDS, PARAPHRASES, Case, CaseError, load_cases, split_of
from eval.planted.curve import trade_off
from eval.planted.judging import Agreeing, Judged, evidence_of, judge
from eval.planted.planting import planted_by_rule
from eval.planted.rules import Ground, broken_claims, swap_figures
from eval.planted.scoring import score, share_of
from rag.answer import DraftClaim, Verdict
from rag.evidence import Evidence
from rag.ingestion.corpus_file import read_corpus
from rag.models.base import Probabilities
from rag.types import Document
from rag.verification.verifier import Verifier

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return load_cases()


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    return {document.source.source_id: document for document in read_corpus(CORPUS)}


class Scripted:
    """A model that supports every claim but those it is told to doubt."""

    name = "scripted"

    def __init__(self, doubted: Sequence[str]) -> None:
        self._doubted = set(doubted)

    def predict(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        rows = [(0.1, 0.8, 0.1) if claim in self._doubted else (0.98, 0.01, 0.01) for _, claim in pairs]
        return np.array(rows, np.float32).reshape(-1, 3)


def test_every_quote_stands_verbatim_in_its_source(cases: list[Case], documents: dict[str, Document]) -> None:
    missing = [
        case.case_id
        for case in cases
        if documents[case.source_id].source.kind != case.source_kind
        or any(quote not in documents[case.source_id].text for quote in case.quotes)
    ]
    assert missing == []


def test_no_claim_is_its_quote_or_another_case_and_ids_are_unique(cases: list[Case]) -> None:
    assert not [case.case_id for case in cases if case.claim in (*case.quotes, " ".join(case.quotes))]
    assert [claim for claim, times in Counter(case.claim for case in cases).items() if times > 1] == []
    assert len({case.case_id for case in cases}) == len(cases)


def test_there_are_enough_cases_of_every_kind_from_both_halves_of_the_corpus(cases: list[Case]) -> None:
    kinds = Counter(case.kind for case in cases)
    assert kinds["true"] >= 300
    assert {kind: kinds[kind] for kind in FAULT_KINDS if kinds[kind] < 200} == {}
    by_hand = Counter(case.kind for case in cases if case.way == "hand")
    assert {kind: by_hand[kind] for kind in FAULT_KINDS if by_hand[kind] < 30} == {}
    true = [case for case in cases if case.kind == "true"]
    assert len({case.source_id for case in true}) >= 100
    assert {case.source_kind for case in true} == {"guideline", "research"}


def test_all_cases_of_a_source_are_in_one_half(cases: list[Case]) -> None:
    assert all(case.split == split_of(case.source_id) for case in cases)
    share = Counter(case.split for case in cases)["dev"] / len(cases)
    assert 0.25 < share < 0.35


def test_true_rewordings_are_seldom_mere_copies(cases: list[Case]) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = text.lower().split()
        return {tuple(words[start : start + 3]) for start in range(len(words) - 2)}

    shares = []
    for case in cases:
        if case.kind == "true":
            of_claim = runs(case.claim)
            shares.append(len(of_claim & runs(" ".join(case.quotes))) / max(1, len(of_claim)))
    assert np.median(shares) < 0.35


def test_the_rules_make_the_shipped_part_again() -> None:
    assert planted_by_rule() == load_cases([BY_RULE])


def test_a_swapped_figure_is_one_of_the_source_that_the_quotes_do_not_have() -> None:
    ground = Ground(
        ("Death was 5.1% with A and 9.1% with B.",), "Death was 5.1% with A and 9.1% with B. Stroke was 2.0%."
    )
    assert {one.claim for one in swap_figures("A: 5.1%, B: 9.1% (95% CI 1 to 2).", ground)} == {
        "A: 2.0%, B: 9.1% (95% CI 1 to 2).",
        "A: 5.1%, B: 2.0% (95% CI 1 to 2).",
    }


@pytest.mark.parametrize(
    ("claim", "kind", "broken"),
    [
        ("Take at least 5 mg a day.", "comparator", "Take at most 5 mg a day."),
        ("Take at least 5 mg a day.", "unit", "Take at least 5 mg a month."),
        ("Strokes were rarer with apixaban.", "direction", "Strokes were more frequent with apixaban."),
        ("It is recommended in women.", "negation", "It is no longer recommended in women."),
        ("It is recommended in women.", "population", "It is recommended in men."),
        ("It is advised in gout.", "condition", "It is advised in pseudogout."),
    ],
)
def test_a_rule_breaks_a_claim_in_one_place(claim: str, kind: str, broken: str) -> None:
    assert (kind, broken) in {(one.kind, one.claim) for one in broken_claims(claim, Ground((claim,), claim))}


def test_a_drug_is_never_swapped_for_one_of_its_quotes() -> None:
    quote = "Apixaban, rivaroxaban, edoxaban and dabigatran are alike; warfarin is not."
    made = broken_claims("Apixaban is not like warfarin.", Ground((quote,), quote))
    assert [one.claim for one in made if one.kind == "drug"] == []


def test_the_evidence_of_a_case_is_its_quotes_and_nothing_else(cases: list[Case]) -> None:
    case = next(case for case in cases if len(case.quotes) == 2)
    evidence = evidence_of(case)
    assert tuple(sentence.text for sentence in evidence.sentences.values()) == case.quotes


def test_a_true_quote_passes_the_real_verifier_in_this_evidence(cases: list[Case]) -> None:
    verbatim = [case.model_copy(update={"claim": case.quotes[0]}) for case in cases[:20]]
    assert [one.case.case_id for one in judge(verbatim, Verifier(Agreeing())) if one.withheld] == []


def test_shares_have_the_interval_of_wilson() -> None:
    share = share_of(8, 10)
    assert (round(share.low, 4), round(share.high, 4)) == (0.4902, 0.9433)
    assert share_of(0, 20).low == 0.0
    assert share_of(20, 20).high == pytest.approx(1.0)


class _Withholding:
    """A checker that withholds faults of one kind alone."""

    def __init__(self, kind: str, cases: Sequence[Case]) -> None:
        self._claims = {case.claim for case in cases if case.kind == kind}

    def check(self, claim: DraftClaim, evidence: Evidence) -> Verdict:
        return Verdict("none" if claim.text in self._claims else "full", "scripted", "scripted")


def test_the_table_counts_each_kind_apart(cases: list[Case]) -> None:
    part = cases[::40]
    rows = {row.name: row.withheld for row in score(judge(part, _Withholding("drug", part)))}
    assert (rows["drug"].share, rows["unit"].share, rows["true"].share) == (1.0, 0.0, 0.0)
    assert rows["drug"].of == rows["drug, by hand"].of + rows["drug, by rule"].of


def test_a_higher_threshold_withholds_no_less(cases: list[Case]) -> None:
    part = cases[::15]
    support = np.linspace(0, 1, len(part)).astype(np.float32)
    points = trade_off(part, support, np.zeros(len(part), bool))
    assert all(
        low.all_found <= high.all_found and low.false_alarms <= high.false_alarms for low, high in pairwise(points)
    )
    assert points[0].all_found == 0.0
    objected = trade_off(part, support, np.ones(len(part), bool), [0.0])
    assert (objected[0].all_found, objected[0].false_alarms) == (1.0, 1.0)


def test_the_command_tells_the_figures_of_both_halves_and_the_cases_of_one(
    cases: list[Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubted = [case.claim for case in cases if case.kind == "condition"]
    monkeypatch.setattr(rag.factory, "entailment_model", lambda **_: Scripted(doubted))
    result = CliRunner().invoke(planted, ["--out", str(tmp_path), "--every", "40", "--curve"])
    assert result.exit_code == 0, result.output
    scores = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert {row["name"]: row["withheld"]["share"] for row in scores["test"]}["condition"] == 1.0
    assert {"model alone", "model with rules"} == set(scores["curve"])
    at_half = next(one for one in scores["curve"]["model alone"] if one["threshold"] == 0.5)
    assert (at_half["condition"], at_half["false_alarms"]) == (1.0, 0.0)
    lines = (tmp_path / "misses.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["split"] for line in lines} == {"dev"}


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    (tmp_path / f"{PARAPHRASES}.jsonl").write_text('{"case_id": "one"}\n', encoding="utf-8")
    with pytest.raises(CaseError, match="line 1"):
        load_cases([PARAPHRASES], tmp_path)
    with pytest.raises(CaseError, match="no such part"):
        load_cases([BY_HAND], tmp_path)


def test_a_verdict_short_of_full_is_withheld(cases: list[Case]) -> None:
    assert [Judged(cases[0], Verdict(support, "", "")).withheld for support in ("full", "partial", "none")] == [
        False,
        True,
        True,
    ]
