"""Entailment models as tiny random BERTs, written by the tests that read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.models.encoder_files import file_sha256
from rag.models.encoder_quantization import quantize
from rag.models.sentence_encoder import silence

WORDS = "knee pain is relieved by walking rest not in trial of patients with gout the risk lowered raised . : ,".split()
MAX_TOKENS = 64


def write_checker(folder: Path, labels: Sequence[str], seed: int = 12, **sizes: int) -> Path:
    """A folder of a transformers model: a random BERT of two layers that puts a pair into classes of these names."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir(parents=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    vocabulary += [f"{mark}{letter}" for mark in ("", "##") for letter in "abcdefghijklmnopqrstuvwxyz0123456789"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    torch.manual_seed(seed)
    small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    settings = BertConfig(
        vocab_size=len(vocabulary),
        initializer_range=0.5,
        id2label=dict(enumerate(labels)),
        label2id={label: place for place, label in enumerate(labels)},
        **{"max_position_embeddings": MAX_TOKENS} | small | sizes,
    )
    with silence():
        BertForSequenceClassification(settings).eval().save_pretrained(folder)
        BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=settings.max_position_embeddings).save_pretrained(
            folder
        )
    return folder


def write_graph(source: Path, path: Path) -> None:
    """The float32 graph of a checker from three inputs to `logits`, for any number of pairs and tokens."""
    import torch
    from transformers import BertForSequenceClassification

    with silence():
        network = BertForSequenceClassification.from_pretrained(source, attn_implementation="eager").eval()

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            return self.network(input_ids, attention_mask, token_type_ids).logits

    names = ["input_ids", "attention_mask", "token_type_ids"]
    with torch.no_grad(), silence():
        torch.onnx.export(
            Whole(),
            tuple(torch.ones(2, 8, dtype=torch.long) for _ in names),
            str(path),
            input_names=names,
            output_names=["logits"],
            dynamic_axes={name: {0: "pairs", 1: "tokens"} for name in names} | {"logits": {0: "pairs"}},
            opset_version=17,
            dynamo=False,
        )


def write_shipped(folder: Path, source: Path, *, int8: bool = True, **changes: Any) -> Path:
    """A folder of the form in which the entailment model ships, from a checker's; `changes` go to its JSON file."""
    import onnx

    folder.mkdir(parents=True)
    write_graph(source, folder / "model.onnx")
    if int8:
        onnx.save(quantize(onnx.load(str(folder / "model.onnx"))), str(folder / "model.onnx"))
    (folder / "tokenizer.json").write_bytes((source / "tokenizer.json").read_bytes())
    description = {
        "schema": "sourcebound.entailment/1",
        "name": "tiny",
        "version": "1",
        "temperature": 1.0,
        "max_tokens": MAX_TOKENS,
        "model_sha256": file_sha256(folder / "model.onnx"),
        "tokenizer_sha256": file_sha256(folder / "tokenizer.json"),
    }
    (folder / "entailment.json").write_text(json.dumps(description | changes), encoding="utf-8")
    return folder
