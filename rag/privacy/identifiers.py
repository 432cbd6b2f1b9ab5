"""The finder: every identifier of a text, with its kind and where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

IdentifierKind = Literal[
    "name", "date of birth", "telephone number", "e-mail address", "address", "record number", "national id"
]
KINDS: tuple[IdentifierKind, ...] = (
    "name",
    "date of birth",
    "telephone number",
    "e-mail address",
    "address",
    "record number",
    "national id",
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """What identifies a person at `text[start:end]`."""

    kind: IdentifierKind
    start: int
    end: int


def find_identifiers(text: str) -> tuple[Identifier, ...]:
    """The identifiers of a text in their order; where two overlap, the kind that is looked for first."""
    from rag.privacy.contacts import addresses, births, emails, telephones
    from rag.privacy.names import names
    from rag.privacy.numbers import national_ids, record_numbers

    found: list[Identifier] = []
    numbered = any(one.isdigit() for one in text)
    finders: tuple[tuple[IdentifierKind, Iterable[tuple[int, int]]], ...] = (
        ("e-mail address", emails(text)),
        *(
            (
                ("date of birth", births(text)),
                ("telephone number", telephones(text)),
                ("national id", national_ids(text)),
                ("record number", record_numbers(text)),
            )
            if numbered
            else ()
        ),
        ("address", addresses(text)),
        ("name", names(text)),
    )
    for kind, spans in finders:
        for start, end in spans:
            if not any(start < one.end and one.start < end for one in found):
                found.append(Identifier(kind, start, end))
    return tuple(sorted(found, key=lambda one: one.start))


def redacted(text: str, found: Iterable[Identifier]) -> str:
    """The text with each identifier replaced by its kind in brackets: "[NAME]", "[DATE OF BIRTH]"."""
    for one in sorted(found, key=lambda identifier: -identifier.start):
        text = f"{text[: one.start]}[{one.kind.upper()}]{text[one.end :]}"
    return text
