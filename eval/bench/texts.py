"""The texts that all systems index: a corpus folder for ours, the very passages we cut from it for the peers.

From SciFact (`SOURCEBOUND_DATA`), two abstracts and one in turns a source; without it, from the shipped corpus. Run as
a call of its own, `python -m eval.bench.texts FOLDER PASSAGES QUESTIONS`, so that the caller stays small: the peak
memory of a call is never less than what its caller had.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from eval.datasets import load_suite
from rag.config import Settings, load_settings
from rag.factory import passages_of
from rag.indexing.gathering import indexed_text
from rag.ingestion.corpus_file import body_of, corpus_files, read_corpus_file
from rag.ingestion.front_matter import front_matter_of
from rag.ingestion.readers.base import Block
from rag.types import Passage, Source

SUITES = ("first", "wording", "bedside", "conditions")
ADDED = "An added sentence says that the measurement of zorbiline was repeated in 4711 hedgehogs."
_ABSTRACTS_A_SOURCE = (2, 1)  # in turns: about four passages a source


def _jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _scifact() -> Path | None:
    folder = Path(os.environ.get("SOURCEBOUND_DATA", "")) / "claims" / "scifact"
    return folder if (folder / "corpus.jsonl").is_file() else None


def _title(abstract: dict[str, Any]) -> str:
    return " ".join(abstract["title"].split()).rstrip(".")


def _written(abstracts: Sequence[dict[str, Any]]) -> tuple[str, str]:
    """The name and the content of a corpus file with these abstracts, each under a heading of its own."""
    source = Source(
        source_id="scifact-" + "-".join(str(abstract["doc_id"]) for abstract in abstracts),
        kind="research",
        title=_title(abstracts[0]),
        year=2020,
        status="current",
        url="https://github.com/allenai/scifact",
        text_type="publication",
        licence="ODC-By 1.0",
    )
    blocks = []
    for number, abstract in enumerate(abstracts):
        heading = "Abstract" if number == 0 else _title(abstract)
        blocks += [Block(heading, 2), Block(" ".join(" ".join(abstract["abstract"]).split()))]
    return f"{source.source_id}.md", f"{front_matter_of(source)}\n{body_of(blocks)}"


def _files(corpus: Path, scifact: Path | None) -> Iterator[Path]:
    """The corpus files one by one, each written as it is asked for."""
    if scifact is None:
        for path in corpus_files(load_settings().corpus_dir):
            copy = corpus / path.parent.name / path.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            yield Path(shutil.copyfile(path, copy))
        return
    (corpus / "research").mkdir(parents=True)
    for abstracts in _grouped(_jsonl(scifact / "corpus.jsonl")):
        name, content = _written(abstracts)
        path = corpus / "research" / name
        path.write_text(content, encoding="utf-8")
        yield path


def _grouped(abstracts: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    start = 0
    for size in cycle(_ABSTRACTS_A_SOURCE):
        if start >= len(abstracts):
            return
        yield abstracts[start : start + size]
        start += size


def _passages(path: Path, settings: Settings) -> list[dict[str, str]]:
    document = read_corpus_file(path)
    title = document.source.title

    def record(passage: Passage) -> dict[str, str]:
        return {"passage_id": passage.passage_id, "text": indexed_text(passage, title)}

    return [record(passage) for passage in passages_of(document, settings)]


def _questions(scifact: Path | None, held: set[str]) -> list[str]:
    """Distinct questions; first those whose evidence is among the sources held."""
    if scifact is None:
        return list(dict.fromkeys(item.question for suite in SUITES for item in load_suite(suite)))
    claims = _jsonl(scifact / "claims_dev.jsonl")
    claims.sort(key=lambda claim: not (set(claim["evidence"]) & held))
    return list(dict.fromkeys(claim["claim"] for claim in claims))


def _write_change(folder: Path, path: Path, settings: Settings) -> None:
    """The corpus file with one sentence more before its last paragraph, and what that changes among the passages."""
    before, gap, last = path.read_text(encoding="utf-8").rstrip().rpartition("\n\n")
    changed = folder / "changed" / path.name
    changed.parent.mkdir()
    changed.write_text(f"{before}{gap}{ADDED} {last}\n", encoding="utf-8")
    change = {
        "file": path.relative_to(folder / "corpus").as_posix(),
        "remove": [passage["passage_id"] for passage in _passages(path, settings)],
        "add": _passages(changed, settings),
    }
    (folder / "change.json").write_text(json.dumps(change), encoding="utf-8")


def write_texts(folder: Path, limit: int, most_questions: int) -> dict[str, Any]:
    """Write `corpus/`, `passages.jsonl`, `questions.json`, `change.json` and `changed/` into a new folder.

    Args:
        folder: where; what is there is removed.
        limit: most passages; whole sources are taken until the next would go beyond it.
        most_questions: most questions.

    Returns:
        What the texts are: `texts`, `sources`, `passages`, `questions`, and a SHA-256 over all of them, `fingerprint`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    settings, scifact = load_settings(), _scifact()
    kept: list[tuple[Path, list[dict[str, str]]]] = []
    for path in _files(folder / "corpus", scifact):
        passages = _passages(path, settings)
        if sum(len(one) for _, one in kept) + len(passages) > limit:
            path.unlink()
            break
        kept.append((path, passages))
    lines = "".join(json.dumps(passage, ensure_ascii=False) + "\n" for _, passages in kept for passage in passages)
    held = {number for path, _ in kept for number in path.stem.split("-")[1:]}
    questions = json.dumps(_questions(scifact, held)[:most_questions], ensure_ascii=False)
    (folder / "passages.jsonl").write_text(lines, encoding="utf-8")
    (folder / "questions.json").write_text(questions, encoding="utf-8")
    _write_change(folder, kept[len(kept) // 2][0], settings)
    return {
        "texts": "shipped corpus" if scifact is None else "SciFact",
        "sources": len(kept),
        "passages": lines.count("\n"),
        "questions": len(json.loads(questions)),
        "fingerprint": hashlib.sha256((lines + questions).encode()).hexdigest(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(write_texts(Path(sys.argv[1]), *map(int, sys.argv[2:4]))) + "\n")
