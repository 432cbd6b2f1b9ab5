"""The part of the suite that the rules make: `python -m eval.planted.planting` writes it anew.

From each true rewording every rule gives what it can; of each kind as many are kept as `MOST`, spread over the rules
and the sources by a fixed order, none that says what a case planted by hand says already.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Mapping, Sequence

import click

from eval.planted.cases import BY_HAND, BY_RULE, PARAPHRASES, SUITE, Case, lines_of, load_cases
from eval.planted.rules import Broken, Ground, broken_claims
from rag.console import run

MOST = 150
"""Cases kept of a kind."""
MOST_OF_ONE = 2
"""Cases kept of a kind from one true rewording."""


def _order(pair: tuple[Case, Broken]) -> str:
    return hashlib.sha256(f"{pair[1].rule}|{pair[1].claim}".encode()).hexdigest()


def plant(cases: Sequence[Case], taken: Sequence[Case], texts: Mapping[str, str]) -> list[Case]:
    """Faults of the rules in some true rewordings.

    Args:
        cases: the true rewordings.
        taken: cases that are there already; none of theirs is made again.
        texts: the text of every source by its id.

    Returns:
        At most `MOST` a kind, in a fixed order.
    """
    said = {case.claim for case in (*cases, *taken)}
    pairs = [
        (case, one) for case in cases for one in broken_claims(case.claim, Ground(case.quotes, texts[case.source_id]))
    ]
    kept: Counter[str] = Counter()
    of_one: Counter[tuple[str, str]] = Counter()
    planted = []
    for case, one in sorted(pairs, key=_order):
        if one.claim in said or kept[one.kind] == MOST or of_one[one.kind, case.case_id] == MOST_OF_ONE:
            continue
        said.add(one.claim)
        kept[one.kind] += 1
        of_one[one.kind, case.case_id] += 1
        planted.append(_case(case, one, kept[one.kind]))
    return sorted(planted, key=lambda made: made.case_id)


def _case(case: Case, one: Broken, number: int) -> Case:
    return Case(
        case_id=f"rule-{one.kind}-{number:03}",
        kind=one.kind,
        source_id=case.source_id,
        source_kind=case.source_kind,
        split=case.split,
        quotes=case.quotes,
        claim=one.claim,
        way=one.rule,
        what=one.what,
    )


def planted_by_rule() -> list[Case]:
    """What the rules make of the shipped rewordings and the corpus."""
    from rag.config import load_settings
    from rag.ingestion.corpus_file import read_corpus

    texts = {document.source.source_id: document.text for document in read_corpus(load_settings().corpus_dir)}
    return plant(load_cases([PARAPHRASES]), load_cases([BY_HAND]), texts)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def write_part() -> None:
    """Write the faults planted by rule into the suite anew."""
    made = planted_by_rule()
    (SUITE / f"{BY_RULE}.jsonl").write_text(lines_of(made), encoding="utf-8")
    click.echo(f"{len(made)} cases: {dict(Counter(case.kind for case in made))}")


if __name__ == "__main__":
    run(write_part, sys.argv[1:])
