"""The command `python -m eval.verifier_quality`: measure a checker on the public sets, or its rate."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import click

from eval.claim_sets.base import ClaimPair
from eval.claim_sets.catalogue import EVALUATION_SETS, claim_set, read_claim_set
from eval.verifier_quality.baselines import (
    CLAIM_ONLY,
    EMBEDDING_SIMILARITY,
    FITTED_ON,
    TOKEN_OVERLAP,
    CalibratedFeature,
    ClaimOnly,
    PlainFeature,
    embedding_similarity,
    token_overlap,
)
from eval.verifier_quality.page import PLOT, page_written, report
from eval.verifier_quality.predictions import predictions
from eval.verifier_quality.rate import corpus_pairs, measured_rate, on_two_cores
from eval.verifier_quality.results import SetResult, measure_set
from rag.console import progress_shown, run
from rag.errors import ConfigError
from rag.models.base import Encoder, EntailmentModel
from rag.types import Progress

PAGE = Path("docs/verifier.md")
_FOLDER = click.Path(path_type=Path)


def _model(name: str | None) -> EntailmentModel:
    from rag.factory import entailment_model

    return entailment_model(name)


def _encoder(folder: Path) -> Encoder:
    from eval.retrieval_quality import open_encoders
    from rag.models.encoder_spec import DEFAULT_ENCODER

    return open_encoders(DEFAULT_ENCODER, ["auto"], folder)["auto"]


@contextmanager
def baselines(model: EntailmentModel, root: Path) -> Iterator[Mapping[str, EntailmentModel]]:
    """The baselines of a model by name. They are fitted, and the encoder exported, only when they predict."""

    @cache
    def known() -> tuple[ClaimPair, ...]:
        return tuple(pair for name in FITTED_ON for pair in read_claim_set(name, root))

    with tempfile.TemporaryDirectory() as folder:

        @cache
        def encoder() -> Encoder:
            return _encoder(Path(folder))

        features = {TOKEN_OVERLAP: token_overlap, EMBEDDING_SIMILARITY: embedding_similarity(encoder)}
        made: dict[str, EntailmentModel] = {CLAIM_ONLY: ClaimOnly(model)}
        for name, feature in features.items():
            made[name] = CalibratedFeature(name, feature, known)
            made[f"{name}, plain"] = PlainFeature(name, feature)
        yield made


def measured(
    name: str,
    root: Path,
    model: EntailmentModel,
    others: Mapping[str, EntailmentModel],
    out: Path,
    *,
    progress: Progress,
) -> SetResult:
    """A set's result; predictions are kept under `out`."""
    pairs = read_claim_set(name, root)
    ours = predictions(out, model, name, pairs, progress)
    theirs = {label: predictions(out, one, name, pairs, progress) for label, one in others.items()}
    return measure_set(claim_set(name), pairs, ours, theirs)


def _rate(name: str | None) -> None:
    with on_two_cores():
        model = _model(name)
        click.echo(f"{model.name}: {measured_rate(model, corpus_pairs())}")


def _write(results: Sequence[SetResult], text: str) -> None:
    from eval.verifier_quality.plot import write_reliability_plot

    page_written(PAGE, text)
    write_reliability_plot(PAGE.parent / PLOT, results)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--model", "name", metavar="NAME", help="Checker, as of `rag ask --verifier`.  [default: the shipped one]"
)
@click.option("--sets", metavar="A,B", help=f"Claim sets.  [default: {','.join(EVALUATION_SETS)}]")
@click.option("--data", envvar="SOURCEBOUND_DATA", type=_FOLDER, help="Data folder.  [default: $SOURCEBOUND_DATA]")
@click.option(
    "--out", type=_FOLDER, default=Path("runs/verifier/quality"), show_default=True, help="Keeps predictions."
)
@click.option("--write-docs", is_flag=True, help="Also put the tables into docs/verifier.md, and the plot beside it.")
@click.option("--rate", is_flag=True, help="Only measure pairs of 150 tokens a second, on two cores.")
def quality(*, name: str | None, sets: str | None, data: Path | None, out: Path, write_docs: bool, rate: bool) -> None:
    """Measure a claim checker against human labels, beside its baselines.

    Finished predictions are kept: an interrupted measurement goes on.
    """
    if rate:
        _rate(name)
        return
    if data is None:
        raise ConfigError("no data folder is named", mend="set SOURCEBOUND_DATA to it, or give --data")
    names = [claim_set(one.strip()).name for one in sets.split(",")] if sets else EVALUATION_SETS
    model = _model(name)
    with progress_shown() as progress, baselines(model, data) as others:
        results = [measured(one, data, model, others, out, progress=progress) for one in names]
    text = report(results, model.name)
    out.mkdir(parents=True, exist_ok=True)
    (out / "quality.md").write_text(f"{text}\n", encoding="utf-8")
    click.echo(text)
    if write_docs:
        _write(results, text)


if __name__ == "__main__":
    run(quality, sys.argv[1:])
