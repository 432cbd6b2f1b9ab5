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


def home_after(folder: Path, home: Path, **set_before: str) -> list[Path]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    environment |= {"HOME": str(home), **set_before}
    subprocess.run([sys.executable, "-c", _EMBED, str(folder)], env=environment, check=True)
    return [path for path in home.rglob("*") if path.is_file()]


def test_embedding_a_question_leaves_nothing_in_the_home_folder(carried: Path, tmp_path: Path) -> None:
    assert home_after(carried, tmp_path) == []


def test_who_wants_it_can_still_have_it(carried: Path, tmp_path: Path) -> None:
    if not home_after(carried, tmp_path, ORT_DISABLE_TELEMETRY="0"):
        pytest.skip("this build of the runtime keeps nothing anyway")
