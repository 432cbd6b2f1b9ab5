"""Claim checkers by name: any sequence-classification model of transformers that reads a passage and a claim.

torch and transformers are imported when such a model is made, and not before. Nothing is fetched, and no code that
comes with a model is run.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import EntailmentError
from rag.models.base import RELATIONS, Probabilities
from rag.models.certainty import NOT_JUDGED, predict_rest
from rag.models.encoder_files import file_sha256
from rag.models.labels import columns_of, relations_of
from rag.models.sentence_encoder import silence
from rag.models.windows import joined, windows

_BATCH = 16
_LONGEST = 4096
_WEIGHTS = ("model*.safetensors", "pytorch_model*.bin")


class CrossEncoderEntailment:
    """A model from a folder or from the local Hugging Face cache.

    Three classes, in any order, are entailment, neutral and contradiction by their names; two are support and the rest,
    which counts as neutral; a single output is a logit of support, and the rest again neutral. Where the names do not
    say which is which ("LABEL_0"), `labels` must: a score of relevance is not support, and is not taken for it.

    Args:
        name: the folder, or the cached name.
        labels: what the outputs mean, in their order; None: what the model's own configuration says.

    Raises:
        EntailmentError: the model is not on this machine, cannot be loaded, lacks its classifier, or does not say what
            its outputs mean; or, when it predicts, it cannot be run on pairs.
    """

    def __init__(self, name: str, labels: Sequence[str] | None = None) -> None:
        folder = _folder(name)
        self._tokenizer, self._model = _loaded(name, folder)
        self.name = f"{name.rstrip('/').rpartition('/')[2]}/{_version(folder)}"
        config = self._model.config
        named = [config.id2label[place] for place in range(config.num_labels)]
        if labels is not None and len(labels) != len(named):
            raise EntailmentError(f"{name} has {len(named)} outputs", value=", ".join(labels), mend="name as many")
        self._columns = columns_of(relations_of(labels or named, name))
        self._max_tokens = _max_tokens(self._tokenizer, config)

    def predict(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        """Probabilities of shape (len(pairs), 3), float32, in the order of `RELATIONS`.

        What stands verbatim or is empty, long passages, and what cannot be read whole are treated as by the model that
        ships (`rag.models.onnx_entailment`). Batches are padded: other pairs of a batch can change the last digits.
        """
        return predict_rest(pairs, self.read)

    def read(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        """What the model itself says of each pair, verbatim and empty ones too; shape and order as of `predict`."""
        cut = [self._windows(passage, claim) for passage, claim in pairs]
        asked = [(window, claim) for (_, claim), found in zip(pairs, cut, strict=True) for window in found]
        rows, done = self._rows(asked), 0
        probabilities = np.zeros((len(pairs), len(RELATIONS)), np.float32)
        for place, found in enumerate(cut):
            probabilities[place] = joined(rows[done : done + len(found)]) if found else NOT_JUDGED
            done += len(found)
        return probabilities

    def _windows(self, passage: str, claim: str) -> list[str]:
        """The passage in windows that fit beside the claim; none where the pair cannot be read whole."""
        bare = {"add_special_tokens": False, "verbose": False}
        beside = len(self._tokenizer(claim, **bare)["input_ids"]) + self._tokenizer.num_special_tokens_to_add(pair=True)
        if beside > self._max_tokens // 2:
            return []
        spans = self._tokenizer(passage, return_offsets_mapping=True, **bare)["offset_mapping"]
        return windows(passage, spans, self._max_tokens - beside)

    def _rows(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        rows = np.zeros((len(pairs), len(RELATIONS)), np.float32)
        order = sorted(range(len(pairs)), key=lambda place: -sum(map(len, pairs[place])))
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            for place, classes in zip(places, self._classes([pairs[place] for place in places]), strict=True):
                np.add.at(rows[place], self._columns, classes)
        rows[:, RELATIONS.index("neutral")] += 1.0 - rows.sum(axis=1)
        return rows

    def _classes(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        """Probabilities of the model's own classes, shape (len(pairs), classes)."""
        import torch

        how = {"padding": True, "truncation": "only_first", "max_length": self._max_tokens, "return_tensors": "pt"}
        passages, claims = map(list, zip(*pairs, strict=True))
        try:
            with torch.no_grad():
                logits = self._model(**self._tokenizer(passages, claims, **how)).logits.float()
        except Exception as error:
            raise EntailmentError(f"the verifier {self.name} cannot be run", value=error) from error
        found = logits.sigmoid() if logits.shape[1] == 1 else logits.softmax(dim=1)
        probabilities: Probabilities = found.numpy()
        return probabilities


def _folder(name: str) -> Path:
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise EntailmentError(
            "no verifier of that name: not shipped, lexical or model, no folder, no model of the local Hugging Face "
            "cache",
            value=name,
            mend=f"hf download {name}",
        ) from error


def _loaded(name: str, folder: Path) -> tuple[Any, Any]:
    """Tokenizer and model of a folder, on the CPU, ready to predict."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        with silence():
            from transformers import AutoModelForSequenceClassification, AutoTokenizer

            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model, loading = AutoModelForSequenceClassification.from_pretrained(
                folder, local_files_only=True, output_loading_info=True
            )
    except Exception as error:
        raise EntailmentError(f"the verifier {name} cannot be loaded", value=error) from error
    if loading["missing_keys"]:
        lacking = ", ".join(sorted(loading["missing_keys"]))
        raise EntailmentError(f"{name} is no trained classifier: its files lack weights", value=lacking)
    if not tokenizer.is_fast:
        raise EntailmentError(f"the tokenizer of {name} has no tokenizer.json", value=type(tokenizer).__name__)
    return tokenizer, model.eval()


def _version(folder: Path) -> str:
    """The first twelve digits of the SHA-256 of the weights."""
    weights = next((found for pattern in _WEIGHTS if (found := sorted(folder.glob(pattern)))), [])
    return hashlib.sha256("\n".join(map(file_sha256, weights)).encode()).hexdigest()[:12]


def _max_tokens(tokenizer: Any, config: Any) -> int:
    """Most tokens of a pair. Position tables of the RoBERTa family begin after their padding index."""
    positions = getattr(config, "max_position_embeddings", None) or _LONGEST
    if "roberta" in str(getattr(config, "model_type", "")):
        positions -= (getattr(config, "pad_token_id", None) or 0) + 1
    return int(min(positions, tokenizer.model_max_length, _LONGEST))
