"""Encoders are found on this machine only, and the default one only with its official weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import EncoderError
from rag.models import encoder_files, encoder_spec
from rag.models.encoder_files import encoder_folder, find_encoder
from rag.models.encoder_spec import EncoderSpec


def test_other_weights_under_the_default_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(encoder_files, "encoder_folder", lambda name: tmp_path)
    with pytest.raises(EncoderError, match="53aa51172d142c89"):
        find_encoder(EncoderSpec())


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=f"neither model.safetensors nor pytorch_model.bin: {tmp_path}"):
        find_encoder(EncoderSpec(str(tmp_path)))


def test_an_encoder_that_is_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=f"no encoder folder of that name: {tmp_path}/none"):
        encoder_folder(str(tmp_path / "none"))


def test_a_model_of_the_hub_is_found_in_the_local_cache_or_its_download_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    revision = "0123456789abcdef0123456789abcdef01234567"
    for owner in ("sentence-transformers", "board"):
        model = tmp_path / f"models--{owner}--tiny-base"
        (model / "snapshots" / revision).mkdir(parents=True)
        (model / "refs").mkdir()
        (model / "refs" / "main").write_text(revision, encoding="utf-8")
        assert encoder_folder(f"{owner}/tiny-base") == model / "snapshots" / revision
    assert encoder_folder("tiny-base").parts[-3] == "models--sentence-transformers--tiny-base"
    with pytest.raises(EncoderError, match=r"\(hf download board/large\)"):
        encoder_folder("board/large")
    with pytest.raises(EncoderError, match=r"\(hf download sentence-transformers/large\)"):
        encoder_folder("large")


@pytest.mark.parametrize(
    ("flags", "runtime"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_vnni", "onnx-int8"),
        ("flags\t\t: fpu avx2 avx_vnni", "onnx-int8"),
        ("Features\t: fp asimd asimddp", "onnx-int8"),
        ("flags\t\t: fpu avx2 avx512f", "onnx-float32"),
    ],
)
def test_the_processor_decides_the_runtime_unless_it_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, runtime: str
) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{flags}\nbugs\t\t: none\n", encoding="utf-8")
    monkeypatch.setattr(encoder_spec, "_CPU_FLAGS", tmp_path / "cpuinfo")
    assert EncoderSpec().resolved_runtime == runtime
    assert EncoderSpec(runtime="sentence-transformers").resolved_runtime == "sentence-transformers"


def test_a_machine_without_cpuinfo_is_asked_through_numpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_spec, "_CPU_FLAGS", tmp_path / "none")
    assert encoder_spec.multiplies_bytes() in {True, False}


def test_a_fingerprint_takes_no_heavy_library() -> None:
    code = (
        "import sys; from rag.models.encoder_maker import encoder_maker, EncoderSpec; encoder_maker(EncoderSpec());"
        "print({'torch', 'transformers', 'onnx', 'onnxruntime', 'huggingface_hub'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
