"""The model runtime keeps no id of the machine and no events to be sent: nothing is written to the user's home."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.config import Settings
from rag.factory import index_folder
from rag.indexing.index import open_index
from rag.pipeline import AnswerPipeline

_EMBED = (
    "import sys; from pathlib import Path; from rag.models.onnx_encoder import OnnxEncoder; "
    "OnnxEncoder(Path(sys.argv[1])).encode_queries(['knee pain'])"
)


@pytest.fixture(scope="module")
def carried(real_pipeline: AnswerPipeline, real_settings: Settings) -> Path:
    """The encoder that the default index carries."""
    return open_index(index_folder(real_settings)).encoder_folder


def test_embedding_a_question_leaves_nothing_in_the_home_folder(carried: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    subprocess.run([sys.executable, "-c", _EMBED, str(carried)], env=environment | {"HOME": str(tmp_path)}, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(("before", "then"), [({}, "1"), ({"ORT_DISABLE_TELEMETRY": "0"}, "0")])
def test_telemetry_is_off_unless_it_was_set_before(before: dict[str, str], then: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ORT_")} | before
    shown = "import os, rag; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    call = subprocess.run([sys.executable, "-c", shown], env=environment, check=True, capture_output=True, text=True)
    assert call.stdout.strip() == then
