"""Kills builds at random moments, in processes of its own: run by test_publication.py with a folder and a seed.

The first process imports everything once and works on nothing itself; each build and each check is a fork of it, so
that a kill ends a build alone, wherever it is. Prints one line of JSON for each kill.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rag.indexing import embeddings
from rag.indexing.index import open_index
from rag.indexing.soundness import check_soundness
from rag.types import SourceFilter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from conftest import LetterEncoder, built_from, corpus_file

KILLS, MOST_TRIES = 30, 120
SOURCES = 12
embeddings._SLAB = 4


class SlowLetters(LetterEncoder):
    """Takes its time, so that a kill falls into embedding as often as into the rest."""

    def encode_documents(self, texts: list[str]) -> object:
        time.sleep(0.004)
        return super().encode_documents(texts)


def forked(work: Callable[[], None]) -> int:
    """Run something in a fork; its process number."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            print(json.dumps({"error": repr(error)}), flush=True)  # noqa: T201
            os._exit(1)
        os._exit(0)
    return child


def ended(child: int) -> int:
    """Wait for a fork; its exit status, negative the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def write_round(corpus: Path, number: int) -> None:
    """Change every source a little, so that each build has work to do."""
    for source in range(SOURCES):
        corpus_file(
            corpus,
            f"source-{source}",
            f"Knee pain number {source} was seen in round {number}. It is relieved by rest. Ice helped {number} of 90.",
            "research" if source % 2 else "guideline",
        )


def check(folder: Path) -> None:
    """The index answers, and every byte and vector of it is sound."""
    index = open_index(folder)
    vector = LetterEncoder().encode_queries(["Knee pain"])[0]
    assert index.dense(vector, SourceFilter("research"), 5)
    assert index.lexical(["knee"], SourceFilter("guideline"), 5)
    assert not check_soundness(folder, LetterEncoder().open, sample=None).faults


def main(folder: Path, seed: int) -> None:
    corpus, index_folder = folder / "corpus", folder / "indexes" / "killed"

    def build() -> None:
        built_from(corpus, index_folder, SlowLetters())

    chance = random.Random(seed)  # noqa: S311  # moments, not secrets
    write_round(corpus, 0)
    assert ended(forked(build)) == 0
    write_round(corpus, 1)
    start = time.monotonic()
    assert ended(forked(build)) == 0
    whole_s = time.monotonic() - start
    kills = 0
    for number in range(2, MOST_TRIES):
        if kills == KILLS:
            break
        write_round(corpus, number)
        child = forked(build)
        time.sleep(chance.uniform(0, whole_s))
        os.kill(child, signal.SIGKILL)
        status = ended(child)
        kills += status == -signal.SIGKILL
        left = sorted(path.name.split("-")[0] for path in index_folder.iterdir())
        checked = ended(forked(lambda: check(index_folder)))
        finished = ended(forked(build)) if number % 3 == 2 else 0
        print(json.dumps({"status": status, "left": left, "checked": checked, "finished": finished}), flush=True)  # noqa: T201
    assert ended(forked(build)) == 0
    assert ended(forked(lambda: check(index_folder))) == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
