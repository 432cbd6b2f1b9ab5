"""The command `rag-eval faults`: plants faults in the answers of runs and counts what the audit finds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.console import progress_shown
from rag.types import Progress

if TYPE_CHECKING:
    from eval.faults.base import Library, Record
    from eval.faults.detecting import Detected
    from eval.faults.table import Part
    from eval.planted.judging import Checker

_FOLDER = click.Path(path_type=Path)
_ANSWERS = "answers.jsonl"
SCHEMA = "sourcebound.faults/1"


@click.command("faults")
@click.argument("runs", type=_FOLDER, nargs=-1, required=True, metavar="RUN_FOLDER...")
@click.option("--out", type=_FOLDER, help="Where to write.  [default: the first run folder]")
@click.option("--limit", type=click.IntRange(min=1), help="Broken answers of a fault at most.  [default: 200]")
@click.option("--seed", type=int, default=0, show_default=True, help="Draws other claims to break.")
@click.option("--paraphrases", is_flag=True, help="Also break the shipped true claims in other words.")
@click.option("--verifier", metavar="NAME", help="The entailment model, as in RAG_VERIFIER.")
def faults(
    *, runs: tuple[Path, ...], out: Path | None, limit: int | None, seed: int, paraphrases: bool, verifier: str | None
) -> None:
    """Break one thing a claim in the answers of RUN_FOLDER, and count what is found.

    Each different claim gives at most one broken answer of each fault. Writes faults.json, faults.md, and missed.jsonl
    with what was judged wrongly on sources of the dev half. The corpus is that of the settings.
    """
    from eval.faults.base import Library
    from eval.faults.breaking import MOST
    from eval.faults.table import content_of, markdown, summary
    from rag.config import load_settings
    from rag.factory import verifier as checker_of
    from rag.ingestion.corpus_file import read_corpus

    settings = load_settings(verifier=verifier)
    answers = [answer for run in runs for answer in read_answers(run)]
    library = Library({document.source.source_id: document for document in read_corpus(settings.corpus_dir)})
    checker, most = checker_of(settings), limit or MOST
    groups = {"answers": answers} | ({"claims in other words": _paraphrased(library)} if paraphrases else {})
    parts, missed = [], []
    with progress_shown() as progress:
        for name, group in groups.items():
            told, wrong = _measured(
                name, group, library=library, checker=checker, most=most, seed=seed, progress=progress
            )
            parts += told
            missed += wrong
    page = "\n\n".join([summary(parts), *(markdown(part) for part in parts)])
    content = {
        "schema": SCHEMA,
        "verifier": checker.name,
        "runs": [run.name for run in runs],
        "answers": len(answers),
        "most_of_a_fault": most,
        "seed": seed,
        "parts": [content_of(part) for part in parts],
    }
    folder = out or runs[0]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "faults.json").write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / "faults.md").write_text(page + "\n", encoding="utf-8")
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in missed)
    (folder / "missed.jsonl").write_text(lines, encoding="utf-8")
    click.echo(f"{page}\n\nin {folder}: faults.json, faults.md, missed.jsonl")


def read_answers(folder: Path) -> list[tuple[str, Record]]:
    """The answers of a run folder, each with "run/question"; a row that is an error has none and is left out.

    Raises:
        DatasetError: there are none, or a row or its answer is not what it should be.
    """
    from eval.answer_records import read_answer
    from eval.datasets import DatasetError

    path = folder / _ANSWERS
    if not path.is_file():
        raise DatasetError("no answers in this folder", value=folder, mend="rag-eval run --out FOLDER makes some")
    answers = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line) if line.strip() else {}
            answer = row.get("answer")
            question_id = f"{folder.name}/{row['question_id']}" if answer is not None else ""
        except (ValueError, KeyError, AttributeError) as error:
            raise DatasetError(f"{path}, line {number} is no row of a run", value=line) from error
        if answer is not None:
            try:
                read_answer(answer)
            except DatasetError as error:
                raise DatasetError(f"{path}, line {number}: {error}") from error
            answers.append((question_id, answer))
    if not answers:
        raise DatasetError("no row of the run has an answer", value=path)
    return answers


def _paraphrased(library: Library) -> list[tuple[str, Record]]:
    from eval.faults.paraphrased import paraphrase_answers
    from eval.planted.cases import PARAPHRASES, load_cases

    return paraphrase_answers(load_cases([PARAPHRASES]), library)


def _measured(
    name: str,
    answers: Sequence[tuple[str, Record]],
    *,
    library: Library,
    checker: Checker,
    most: int,
    seed: int,
    progress: Progress,
) -> tuple[list[Part], list[dict[str, Any]]]:
    """The figures of a group of answers, in all and for each half of the sources, and what was judged wrongly."""
    from eval.faults.breaking import CARDS, break_answers, sites_of
    from eval.faults.detecting import audit_unbroken, detect
    from eval.faults.table import part_of

    sites = sites_of(answers, library)
    unbroken = audit_unbroken(sites, library, checker, progress)
    detected = detect(list(break_answers(sites, CARDS, most=most, seed=seed)), unbroken, checker, progress)
    parts = [part_of(f"{name}, all sources", detected, unbroken, CARDS)]
    for split in ("dev", "test"):
        mine = [one for one in detected if one.broken.split == split]
        parts.append(
            part_of(
                f"{name}, sources of the {split} half", mine, [one for one in unbroken if one.split == split], CARDS
            )
        )
    wrong = [_missed(one) for one in detected if one.broken.split == "dev" and not one.found]
    wrong += [
        {"fault": None, "question_id": one.question_id, "claim": one.site.claim["text"], "finding": finding.reason}
        for one in unbroken
        if one.split == "dev"
        for finding in one.findings
    ]
    return parts, wrong


def _missed(one: Detected) -> dict[str, Any]:
    planted = one.broken.planted
    text = next(
        claim.get("text")
        for claim in planted.answer[planted.part]
        if planted.name in (claim.get("claim_id"), claim.get("topic"))
    )
    return {
        "fault": one.broken.card.name,
        "question_id": one.broken.question_id,
        "what": planted.what,
        "was": one.broken.site.claim.get("text"),
        "claim": text,
    }
