"""`python -m eval.statements`: what the verifier withholds of statements about single sentences of public abstracts.

A line of `suites/statements/*.jsonl` names its sentence (`document:number` in SciFact's corpus, which is read from the
public data) and has statements of our own that it makes true in other words (`same`), that it contradicts (`against`),
and that go beyond it (`beyond`). No rule was mended and no network trained on them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from eval.datasets import DatasetError
from eval.planted.cases import SUITE, Case
from eval.planted.judging import Agreeing, judge
from eval.planted.scoring import Share, share_of
from rag.console import progress_shown, run

STATEMENTS = SUITE.parent / "statements"
LABELS = {"same": "true in other words", "against": "contradicted", "beyond": "beyond the sentence"}
Abstracts = Mapping[str, Sequence[str]]
"""The sentences of each abstract, by document."""


def read_abstracts(corpus: Path) -> dict[str, list[str]]:
    """The abstracts of SciFact's corpus.

    Raises:
        DatasetError: the file is not there.
    """
    if not corpus.exists():
        raise DatasetError("the abstracts are not there", value=corpus, mend="set SOURCEBOUND_DATA to the data folder")
    with corpus.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return {str(row["doc_id"]): row["abstract"] for row in rows}


def read_statements(abstracts: Abstracts, folder: Path = STATEMENTS) -> dict[str, list[Case]]:
    """The statements by label, each as a case with its sentence as the only evidence. Its kind and split say nothing.

    Raises:
        DatasetError: a line names a sentence that the abstracts do not have.
    """
    found: dict[str, list[Case]] = {label: [] for label in LABELS}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            document, place = row["id"].split(":")
            if len(abstracts.get(document, ())) <= int(place):
                raise DatasetError("no such sentence in the abstracts", value=row["id"], mend=f"see {path}")
            quote = " ".join(abstracts[document][int(place)].split())
            for label, cases in found.items():
                cases += [
                    Case(
                        case_id=f"{row['id']}/{label}/{number}",
                        kind="true",
                        source_id=document,
                        source_kind="research",
                        split="test",
                        quotes=(quote,),
                        claim=claim,
                    )
                    for number, claim in enumerate(row[label])
                ]
    return found


def _shown(share: Share) -> str:
    return f"{share.share:.1%} [{share.low:.1%}, {share.high:.1%}]"


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--data", envvar="SOURCEBOUND_DATA", type=click.Path(path_type=Path), required=True, help="Data folder.")
@click.option("--folder", type=click.Path(path_type=Path), default=STATEMENTS, help="Statements.  [default: ours]")
@click.option("--verifier", metavar="NAME", help="The entailment model, as in RAG_VERIFIER.")
@click.option("--every", type=click.IntRange(min=1), default=1, show_default=True, help="Judge each n-th only.")
def statements(*, data: Path, folder: Path, verifier: str | None, every: int) -> None:
    """Shares of statements withheld, by the rules alone and with the model."""
    from rag.config import load_settings
    from rag.factory import entailment_model
    from rag.verification.verifier import Verifier

    cases = read_statements(read_abstracts(data / "claims" / "scifact" / "corpus.jsonl"), folder)
    checker = Verifier(entailment_model(settings=load_settings(verifier=verifier)))
    by_rules = Verifier(Agreeing())
    click.echo(f"{checker.name}\n\n| statements | of | rules alone withhold | with the model |\n|---|--:|--:|--:|")
    with progress_shown() as progress:
        for label, name in LABELS.items():
            some = cases[label][::every]
            shares = [
                share_of(sum(one.withheld for one in judge(some, each, progress)), len(some))
                for each in (by_rules, checker)
            ]
            click.echo(f"| {name} | {len(some):,} | {' | '.join(map(_shown, shares))} |")


if __name__ == "__main__":
    run(statements, sys.argv[1:])
