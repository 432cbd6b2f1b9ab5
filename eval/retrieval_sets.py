"""Retrieval sets in their published formats: queries, passages, and which passages answer which query.

Reads files and refuses those that are not of the format; it ranks nothing and fetches nothing. A set whose queries
chose a setting is marked `tuning`, so that no report shows it as untouched.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from eval.datasets import DatasetError

Qrels = Mapping[str, Mapping[str, int]]
_BIOASQ_TUNING = ("7", "8")
_BIOASQ_ALL = ("7", "8", "9")
_MEND = "set SOURCEBOUND_DATA to the data folder; docs/retrieval.md names its files"


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """Queries over passages, both id -> text, and for each query the ids of its relevant passages with a grade > 0.

    Every query is judged, and every judged passage is there. `tuning`: its queries chose a setting of the product.
    """

    name: str
    passages: Mapping[str, str]
    queries: Mapping[str, str]
    qrels: Qrels
    tuning: bool = False


def _checked(found: RetrievalSet) -> RetrievalSet:
    """The set less the queries that nobody judged.

    Raises:
        DatasetError: it is empty, or what was judged is not there.
    """
    if not found.qrels or not found.passages:
        raise DatasetError("the retrieval set is empty", value=found.name, mend=_MEND)
    for query_id, grades in found.qrels.items():
        if query_id not in found.queries:
            raise DatasetError(f"{found.name}: a judged query has no text", value=query_id)
        missing = next((one for one in grades if one not in found.passages), None)
        if missing is not None:
            raise DatasetError(f"{found.name}: a judged passage is not among the passages", value=missing)
    return replace(found, queries={query_id: found.queries[query_id] for query_id in found.qrels})


def _open(path: Path) -> str:
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    except (OSError, ValueError) as error:
        raise DatasetError("a file of a retrieval set cannot be read", value=path, mend=_MEND) from error


def _json(path: Path) -> Any:
    try:
        return json.loads(_open(path))
    except ValueError as error:
        raise DatasetError("a file of a retrieval set is not JSON", value=path) from error


def _lines(path: Path) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(_open(path).splitlines(), start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise DatasetError(f"{path}, line {number} is not JSON", value=line) from error


def scifact_passages(path: Path) -> dict[str, str]:
    """Abstracts of a SciFact `corpus.jsonl`, each as its title and its sentences in one text."""
    return {str(row["doc_id"]): " ".join([row["title"], *row["abstract"]]).strip() for row in _lines(path)}


def read_scifact_beir(data: Path) -> RetrievalSet:
    """SciFact as in BEIR: topics as TSV (id, text), qrels as in TREC (query, 0, passage, grade)."""
    folder = data / "retrieval" / "scifact_beir"
    topics = next(iter(sorted(folder.glob("topics*.tsv*"))), folder / "topics.tsv.gz")
    judged = next(iter(sorted(folder.glob("qrels*.txt"))), folder / "qrels.txt")
    queries = {
        row[0]: row[1] for row in csv.reader(_open(topics).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE) if row
    }
    qrels: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_open(judged).splitlines(), start=1):
        try:
            query_id, _, passage_id, grade = line.split()
            if int(grade) > 0:
                qrels.setdefault(query_id, {})[passage_id] = int(grade)
        except ValueError as error:
            raise DatasetError(f"{judged}, line {number} is not a judgement", value=line) from error
    return _checked(RetrievalSet("scifact-test", _scifact(data), queries, qrels))


def _scifact(data: Path) -> dict[str, str]:
    return scifact_passages(data / "claims" / "scifact" / "corpus.jsonl")


def read_scifact_train(data: Path) -> RetrievalSet:
    """SciFact's training claims; relevant are the abstracts a claim cites, as BEIR does for its own part."""
    queries: dict[str, str] = {}
    qrels: dict[str, dict[str, int]] = {}
    for row in _lines(data / "claims" / "scifact" / "claims_train.jsonl"):
        queries[str(row["id"])] = row["claim"]
        qrels[str(row["id"])] = {str(one): 1 for one in row["cited_doc_ids"]}
    return _checked(RetrievalSet("scifact-train", _scifact(data), queries, qrels, tuning=True))


def snippet_id(text: str) -> str:
    """The id of a pooled snippet, from its words alone, so that the order of ids says nothing of relevance."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]


def _bioasq_questions(data: Path, year: str) -> Iterator[Mapping[str, Any]]:
    for path in sorted((data / "retrieval" / "bioasq").glob(f"Task{year}B*/*.json")):
        yield from _json(path)["questions"]


def _read_bioasq(data: Path, name: str, years: tuple[str, ...], *, tuning: bool) -> RetrievalSet:
    """BioASQ task B: the snippets of all batches are the passages, a question's own snippets are relevant to it."""
    passages: dict[str, str] = {}
    queries: dict[str, str] = {}
    qrels: dict[str, dict[str, int]] = {}
    for year in _BIOASQ_ALL:
        for question in _bioasq_questions(data, year):
            own = {snippet_id(one["text"]): " ".join(one["text"].split()) for one in question.get("snippets", ())}
            own = {one: text for one, text in own.items() if text}
            passages |= own
            if year in years and own:
                queries[question["id"]] = question["body"].strip()
                qrels[question["id"]] = dict.fromkeys(own, 1)
    return _checked(RetrievalSet(name, passages, queries, qrels, tuning))


def read_bioasq_tuning(data: Path) -> RetrievalSet:
    """Questions of the batches 7B and 8B over the snippets of 7B to 9B."""
    return _read_bioasq(data, "bioasq-7b8b", _BIOASQ_TUNING, tuning=True)


def read_bioasq_test(data: Path) -> RetrievalSet:
    """Questions of the batch 9B over the snippets of 7B to 9B."""
    return _read_bioasq(data, "bioasq-9b", ("9",), tuning=False)


def read_pubmedqa(data: Path) -> RetrievalSet:
    """PubMedQA: each question's own abstract, less its conclusion, is the one relevant passage."""
    folder = data / "retrieval" / "pubmedqa"
    path = next(iter(sorted(folder.glob("ori_pqal*.json"))), folder / "ori_pqal.json")
    rows: Mapping[str, Mapping[str, Any]] = _json(path)
    passages = {pmid: " ".join(row["CONTEXTS"]) for pmid, row in rows.items()}
    queries = {pmid: cast(str, row["QUESTION"]) for pmid, row in rows.items()}
    return _checked(RetrievalSet("pubmedqa", passages, queries, {pmid: {pmid: 1} for pmid in rows}))


_READERS: Mapping[str, Callable[[Path], RetrievalSet]] = {
    "scifact-train": read_scifact_train,
    "bioasq-7b8b": read_bioasq_tuning,
    "scifact-test": read_scifact_beir,
    "bioasq-9b": read_bioasq_test,
    "pubmedqa": read_pubmedqa,
}
SETS = tuple(_READERS)
"""The names of the sets, those that settings were chosen on first."""


def read_retrieval_set(name: str, data: Path) -> RetrievalSet:
    """One of `SETS` from the data folder.

    Raises:
        DatasetError: files are missing, are not of their format, or do not fit each other.
    """
    try:
        return _READERS[name](data)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise DatasetError(f"{name}: a file is not of its format", value=repr(error), mend=_MEND) from error
