"""Predictions kept on disk by model and set, so that an interrupted measurement goes on where it stopped."""

from __future__ import annotations

import hashlib
import os
import re
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.claim_sets.base import ClaimPair
from rag.errors import EntailmentError
from rag.models.base import EntailmentModel, Probabilities
from rag.types import Progress, no_progress

_BATCH = 256
_UNFIT = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Predictions:
    """Probabilities of shape (pairs, 3), and how long the model took for them in seconds."""

    probabilities: Probabilities
    seconds: float


def prediction_file(folder: Path, model: EntailmentModel, name: str, pairs: Sequence[ClaimPair]) -> Path:
    """Where the predictions of a model on a set are kept: by its name and fingerprint, and by the texts themselves."""
    fingerprint = str(getattr(model, "fingerprint", ""))
    digest = hashlib.sha256()
    for pair in pairs:
        digest.update(f"{pair.passage}\0{pair.claim}\0".encode())
    marked = (
        f"{_UNFIT.sub('-', model.name)[-80:]}-{hashlib.sha256(f'{model.name}{fingerprint}'.encode()).hexdigest()[:12]}"
    )
    return folder / marked / f"{name}-{digest.hexdigest()[:12]}.npz"


def predictions(
    folder: Path, model: EntailmentModel, name: str, pairs: Sequence[ClaimPair], progress: Progress = no_progress
) -> Predictions:
    """A model's predictions on a set, from disk where they are kept there, else made and kept.

    Raises:
        EntailmentError: the model cannot be run, or gives something else than three probabilities a pair.
    """
    path = prediction_file(folder, model, name, pairs)
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            found = Predictions(kept["probabilities"], float(kept["seconds"]))
            if len(found.probabilities) == len(pairs):
                return found
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        pass  # Missing or cut off: made anew.
    found = _made(model, name, pairs, progress)
    _keep(path, found)
    return found


def _made(model: EntailmentModel, name: str, pairs: Sequence[ClaimPair], progress: Progress) -> Predictions:
    parts = []
    seconds = 0.0
    for start in range(0, len(pairs), _BATCH):
        batch = [(pair.passage, pair.claim) for pair in pairs[start : start + _BATCH]]
        begun = time.perf_counter()
        found = np.asarray(model.predict(batch), dtype=np.float32)
        seconds += time.perf_counter() - begun
        if found.shape != (len(batch), 3) or not np.isfinite(found).all():
            raise EntailmentError(
                "a model did not give three probabilities a pair", value=f"{model.name}, shape {found.shape}"
            )
        parts.append(found)
        progress(f"{model.name}: {name}", min(start + _BATCH, len(pairs)), len(pairs))
    return Predictions(np.concatenate(parts), seconds)


def _keep(path: Path, found: Predictions) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    with beside.open("wb") as stream:
        np.savez(stream, probabilities=found.probabilities, seconds=np.float64(found.seconds))
    beside.replace(path)
