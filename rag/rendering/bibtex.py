"""References as BibTeX, written by bibtexparser; every character that is not ASCII as its LaTeX command, by pylatexenc.

Keys are the ids of the sources, so that a document goes on compiling when the answer is exported again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from rag.answer import Answer
from rag.rendering.bibliography import (
    Body,
    Person,
    Work,
    authors_of,
    notes_of,
    organisations_of,
    web_address,
    work_of,
)
from rag.rendering.plain import plain_line
from rag.types import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from bibtexparser.model import Entry

_TYPES: Mapping[Work, str] = {"article": "article", "report": "techreport", "page": "misc", "document": "misc"}
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9._:+/-]+")
_NOT_IN_ADDRESSES = re.compile(r"[\s{}\\\"^`<>|]")
_SPELLED: Mapping[int, str] = {
    ord("{"): r"\ensuremath{\lbrace}",
    ord("}"): r"\ensuremath{\rbrace}",
    ord("\\"): r"{\textbackslash}",
    ord("\N{REPLACEMENT CHARACTER}"): "?",
}
"""A brace counts in BibTeX though a backslash precedes it."""


def to_bibtex(answer: Answer) -> str:
    """The references of an answer, in the order of their numbers."""
    return sources_to_bibtex(reference.source for reference in answer.references)


def sources_to_bibtex(sources: Iterable[Source]) -> str:
    """One entry for each source; no two have the same key."""
    import bibtexparser
    from bibtexparser import BibtexFormat, Library

    taken: set[str] = set()
    library = Library([_entry(source, taken) for source in sources])
    layout = BibtexFormat()
    layout.indent, layout.block_separator = "  ", "\n"
    text: str = bibtexparser.write_string(library, bibtex_format=layout)
    return text


def _entry(source: Source, taken: set[str]) -> Entry:
    from bibtexparser.model import Entry, Field

    return Entry(
        _TYPES[work_of(source)], _key(source, taken), [Field(name, text) for name, text in _fields(source).items()]
    )


def _key(source: Source, taken: set[str]) -> str:
    """The id of the source, in letters that BibTeX takes for a key, and with a number where another has it."""
    base = _NOT_IN_KEYS.sub("-", source.source_id).strip("-") or "source"
    tries = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    key = next(one for one in tries if one.casefold() not in taken)
    taken.add(key.casefold())
    return key


def _fields(source: Source) -> dict[str, str]:
    latex = _latex()
    authors = authors_of(source)
    names = [_name(one) for one in authors.names] + (["others"] if authors.cut_short else [])
    work = work_of(source)
    issuer = {"report": "institution", "page": "organization", "document": "organization"}.get(work)
    values = {
        # A second pair of braces keeps styles from writing NSAID as Nsaid.
        "title": f"{{{latex(source.title)}}}",
        "author": " and ".join(names),
        "journal": latex(source.journal or ""),
        issuer or "": " and ".join(map(latex, organisations_of(source))) if issuer else "",
        "year": str(source.year),
        "type": latex(source.study_type or "") if work == "report" else "",
        "doi": _verbatim(source.doi),
        "pmid": latex(source.pmid or ""),
        "url": _verbatim(web_address(source)),
        "note": latex(" ".join(notes_of(source))),
    }
    return {name: text for name, text in values.items() if text}


def _verbatim(address: str | None) -> str:
    """An address as it is, since doi and url are set so. What could end the field or a command is percent-encoded."""
    return _NOT_IN_ADDRESSES.sub(lambda found: f"%{ord(found[0]):02X}", plain_line(address or ""))


def _name(name: Person | Body) -> str:
    latex = _latex()
    if isinstance(name, Body):
        return f"{{{latex(name.name)}}}"
    family = latex(name.family)
    return ", ".join(part for part in (family, name.suffix, latex(name.given)) if part)


@cache
def _latex() -> Callable[[str], str]:
    from pylatexenc.latexencode import RULE_DICT, UnicodeToLatexConversionRule, UnicodeToLatexEncoder

    encoder = UnicodeToLatexEncoder(
        conversion_rules=[UnicodeToLatexConversionRule(rule_type=RULE_DICT, rule=dict(_SPELLED)), "defaults"],
        replacement_latex_protection="braces-all",
        unknown_char_policy="keep",
        unknown_char_warning=False,
    )
    return lambda text: encoder.unicode_to_latex(plain_line(text))
