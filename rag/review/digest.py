"""What an approval is bound to, as digests: the answer, each cited source, the index, and the models. Pure.

Every part has a SHA-256 of its own over canonical JSON (keys sorted, no spaces, UTF-8), so that it can be said which
part changed; one SHA-256 over all of them is the digest that an approval bears. docs/review.md lists the parts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from rag.review.base import Shelf

_BY_NAME = ("encoder", "verifier", "composer", "model")


def canonical_digest(value: Any) -> str:
    """SHA-256 over the canonical JSON of plain values."""
    written = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def bound_parts(record: Mapping[str, Any], shelf: Shelf, models: Mapping[str, str | None]) -> dict[str, Any]:
    """What an approval of a record would be bound to today.

    Args:
        record: of the schema `sourcebound.answer/1`; its status is left out, since that is what changes.
        shelf: the index of today.
        models: the names of what answers today: `encoder`, `verifier`, `composer`, `model`.
    """
    made = record["provenance"]
    return {
        "answer": canonical_digest({name: value for name, value in record.items() if name != "status"}),
        "sources": {
            one["source_id"]: {"number": one["number"], **_source_digests(one["source_id"], shelf)}
            for one in record["references"]
        },
        "index": shelf.fingerprint,
        "made_with": {name: made.get(name) for name in _BY_NAME},
        "models": dict(models),
    }


def _source_digests(source_id: str, shelf: Shelf) -> dict[str, str | None]:
    source, text = shelf.source(source_id), shelf.text(source_id)
    return {
        "record": None if source is None else canonical_digest(asdict(source)),
        "text": None if text is None else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
    }


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """What differs between two sets of parts, in words; None where they are the same.

    The index is named only where no cited source explains it, since every change of a source changes the index.
    """
    told = [
        *(["the answer itself has changed"] if then["answer"] != now["answer"] else []),
        *_source_differences(then["sources"], now["sources"]),
    ]
    if not told and then["index"] != now["index"]:
        told.append("the index has changed: other sources may answer the question now")
    for part in ("made_with", "models"):
        for name in _BY_NAME:
            before, after = then[part].get(name), now[part].get(name)
            if before != after:
                told.append(f"the {name} is another: {after or 'none'} in the place of {before or 'none'}")
    return "; ".join(told) or None


def _source_differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for source_id in sorted({**then, **now}, key=lambda one: (then.get(one) or now[one])["number"]):
        before, after = then.get(source_id), now.get(source_id)
        number = (before or now[source_id])["number"]
        if before is None or after is None or (after["record"] is None and before["record"] is not None):
            yield f"source [{number}] is no longer in the index" if before else f"source [{number}] has been added"
            continue
        if before["text"] != after["text"]:
            yield f"the text of source [{number}] has changed"
        if before["record"] != after["record"]:
            yield f"the record of source [{number}] has changed"
