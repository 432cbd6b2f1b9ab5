"""The baseline entailment model keeps the figures of docs/verification.md, where the labelled data is present."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from rag.models.lexical_entailment import LexicalEntailment

DATA = Path(os.environ.get("SOURCEBOUND_DATA", "/nonexistent")) / "claims"
SETS = {
    "SciFact dev": "scifact/derived_pairs/pairs_dev.jsonl",
    "Check-COVID dev": "check_covid/derived_pairs/pairs_dev.jsonl",
    "HealthVer dev": "healthver_dev/pairs_dev.jsonl",
}
DOCUMENTED = (Path(__file__).resolve().parents[2] / "docs" / "verification.md").read_text(encoding="utf-8")


def macro_f1(confusion: Counter[tuple[str, str]]) -> float:
    values = []
    for label in ("supports", "neutral", "refutes"):
        given = sum(count for (_, predicted), count in confusion.items() if predicted == label)
        true = sum(count for (actual, _), count in confusion.items() if actual == label)
        values.append(2 * confusion[label, label] / (given + true) if given + true else 0.0)
    return sum(values) / 3


@pytest.mark.skipif(not DATA.is_dir(), reason="SOURCEBOUND_DATA is not set")
@pytest.mark.parametrize("name", list(SETS))
def test_macro_f1_is_the_documented_one(name: str) -> None:
    rows = [json.loads(line) for line in (DATA / SETS[name]).read_text(encoding="utf-8").splitlines()]
    model = LexicalEntailment()
    confusion = Counter((row["label"], model.judge([row["passage"]], row["claim"]).relation) for row in rows)
    found = re.search(rf"^\| {name} \| ([\d,]+) \| ([\d.]+) \|", DOCUMENTED, re.MULTILINE)
    assert found
    assert int(found[1].replace(",", "")) == len(rows)
    assert macro_f1(confusion) == pytest.approx(float(found[2]), abs=0.002)
