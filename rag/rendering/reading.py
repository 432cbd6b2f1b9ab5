"""An answer read back from its record of the schema `sourcebound.answer/1`, so that what was kept can be shown
again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from rag.answer import (
    Answer,
    Citation,
    Claim,
    Cut,
    NotCovered,
    NotFound,
    OptionStance,
    Provenance,
    Reference,
    Usage,
    Verdict,
    Withheld,
)
from rag.errors import RagError
from rag.evidence import LeftOut, SearchRecord
from rag.rendering.json_format import SCHEMA
from rag.types import Notice, Source


def read_answer(record: Mapping[str, Any]) -> Answer:
    """The answer that a record was made of. Of a source, it has the fields that a record keeps.

    Raises:
        RagError: the record is of another schema, or lacks a field.
    """
    if record.get("schema") != SCHEMA:
        raise RagError(
            "the answer is of another schema", value=record.get("schema"), mend=f"this program reads {SCHEMA}"
        )
    try:
        return _answer(record)
    except (KeyError, TypeError) as error:
        raise RagError("the record of the answer is damaged", value=error) from error


def _answer(record: Mapping[str, Any]) -> Answer:
    return Answer(
        outcome=record["outcome"],
        question=record["question"],
        standalone_question=record["standalone_question"],
        audience=record["audience"],
        short_answer=_claims(record["short_answer"]),
        guidelines=_claims(record["guidelines"]),
        research=_claims(record["research"]),
        agreement=_claims(record["agreement"]),
        not_found=tuple(_not_found(one) for one in record["not_found"]),
        withheld=tuple(Withheld(_claim(one["claim"]), one["reason"]) for one in record["withheld"]),
        left_out=tuple(
            LeftOut(**_known(LeftOut, one) | {"replaced_by": tuple(one["replaced_by"])}) for one in record["left_out"]
        ),
        references=tuple(Reference(one["number"], _source(one)) for one in record["references"]),
        status=record["status"],
        provenance=_provenance(record["provenance"]),
        abstention_reason=record["abstention_reason"],
        options=tuple(
            OptionStance(
                option=one["option"],
                stance=one["stance"],
                pointers=(),
                reason=one["reason"],
                score=one["score"],
                citations=_citations(one["citations"]),
            )
            for one in record["options"]
        ),
        cut=tuple(Cut(**_known(Cut, one)) for one in record.get("cut", ())),
        incomplete=record.get("incomplete"),
        not_covered=tuple(_not_covered(one, record["references"]) for one in record.get("not_covered", ())),
    )


def _provenance(record: Mapping[str, Any]) -> Provenance:
    usage = record.get("usage")
    return Provenance(**_known(Provenance, record) | {"usage": Usage(**_known(Usage, usage)) if usage else None})


def _known(form: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a dataclass has fields for: a later program may have added others."""
    names = {field.name for field in fields(form)}
    return {name: value for name, value in values.items() if name in names}


def _claims(records: Any) -> tuple[Claim, ...]:
    return tuple(_claim(one) for one in records)


def _claim(record: Mapping[str, Any]) -> Claim:
    verdict = Verdict(**_known(Verdict, record["verdict"]))
    return Claim(**_known(Claim, record) | {"citations": _citations(record["citations"]), "verdict": verdict})


def _citations(records: Any) -> tuple[Citation, ...]:
    return tuple(Citation(**_known(Citation, one)) for one in records)


def _not_found(record: Mapping[str, Any]) -> NotFound:
    searched = record["searched"]
    kept = SearchRecord(searched["index"], tuple(searched["queries"]), searched["passages_seen"])
    return NotFound(record["topic"], record["kind"], record["text"], kept)


def _not_covered(record: Mapping[str, Any], references: Sequence[Mapping[str, Any]]) -> NotCovered:
    ids = {one["number"]: one["source_id"] for one in references}
    return NotCovered(record["population"], record["text"], tuple(ids[number] for number in record["sources"]))


def _source(record: Mapping[str, Any]) -> Source:
    notices = tuple(Notice(**_known(Notice, one)) for one in record["notices"])
    return Source(**_known(Source, record) | {"notices": notices})
