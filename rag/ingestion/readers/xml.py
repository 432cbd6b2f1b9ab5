"""XML opened safely, for the readers of JATS and PubMed: no entity of its own, nothing fetched, one record at a time.

A file that declares entities is refused before any is expanded: neither format needs one, and a few lines of them
can fill the memory ("billion laughs") or name other files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html.entities import html5
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from rag.errors import ReadingError
from rag.ingestion.readers.base import opened, position

RECORD_MAX_BYTES = 32 * 2**20
_SUPERSCRIPTS = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_EXPONENT = re.compile(r"[-−–+]?[0-9]{1,3}(?:\s?[,–-]\s?[0-9]{1,3})*")
_CHARGE = re.compile(r"[0-9][-−–+]")
_POWER = re.compile(r"[-−–+]\w.*|[0-9][0-9.,·/]*|[nkxi]", re.DOTALL)
_RELATIONS = frozenset("= < > ≤ ≥ ⩽ ⩾ ≠ ≈ ∼ ± × →".split())
_SNIFFED = 4096


def local(element: etree._Element) -> str:
    """An element's name without its namespace; "" for a comment, an instruction or an entity."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def root_name(start: bytes) -> str:
    """The name of the first element in the first bytes of an XML or HTML file, in lower case; "" if there is none."""
    text = _sniffed(start[:_SNIFFED])
    bare = re.sub(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>", "", text, flags=re.DOTALL)
    found = re.search(r"<(?:[\w-]+:)?([A-Za-z][\w-]*)", bare)
    return found[1].lower() if found else ""


def _sniffed(start: bytes) -> str:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start[: len(start) // 2 * 2].decode("utf-16", errors="replace")
    return start.decode("utf-8", errors="replace")


class _Watched:
    """A stream that goes no further where there is no end to a record; `since` counts the bytes since the last."""

    def __init__(self, stream: BinaryIO, path: Path, max_bytes: int) -> None:
        self._stream, self._path, self._max_bytes = stream, path, max_bytes
        self.since = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self.since += len(piece)
        if self.since > self._max_bytes:
            raise ReadingError(
                f"{self._path}: too large to read as one record",
                value=f"more than {self._max_bytes // 2**20} MB without the end of one",
                mend="split it",
            )
        return piece


_SAFELY: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


def elements(
    path: Path, names: tuple[str, ...], max_bytes: int = RECORD_MAX_BYTES
) -> Iterator[tuple[etree._Element, int]]:
    """The outermost elements of the given names, in order, each forgotten once the next is asked for; with each, how
    many bytes of the file have been used up.

    Raises:
        ReadingError: the XML is not well formed, is cut off, declares entities, or has no end of a record within
            `max_bytes` (unpacked).
    """
    try:
        _refuse_entities(path, max_bytes)
        with opened(path) as stream:
            yield from _outermost(stream, path, names, max_bytes)
    except etree.LxmlError as error:
        what = getattr(error, "msg", None) or error
        raise ReadingError(f"{path}: the XML is not well formed", value=what, mend="fetch it again") from error


def too_deep(path: Path) -> ReadingError:
    """What to raise where elements are nested deeper than anything that is written."""
    return ReadingError(f"{path}: the XML is nested too deeply", mend="no article or record is like this")


def _refuse_entities(path: Path, max_bytes: int) -> None:
    with opened(path) as stream:
        for _, element in etree.iterparse(_Watched(stream, path, max_bytes), events=("start",), **_SAFELY):
            declared: Any = element.getroottree().docinfo.internalDTD
            names = [entity.name for entity in declared.iterentities()] if declared is not None else []
            if names:
                raise ReadingError(
                    f"{path}: the XML declares entities of its own, which are not expanded here",
                    value=", ".join(names[:5]),
                    mend="remove the declarations from its DOCTYPE",
                )
            return


def _outermost(
    stream: BinaryIO, path: Path, names: tuple[str, ...], max_bytes: int
) -> Iterator[tuple[etree._Element, int]]:
    watched, depth = _Watched(stream, path, max_bytes), 0
    wanted = [f"{{*}}{name}" for name in names]
    for event, element in etree.iterparse(watched, events=("start", "end"), tag=wanted, **_SAFELY):
        depth += 1 if event == "start" else -1
        if event == "end" and depth == 0:
            watched.since = 0
            yield element, position(stream)
            _forget(element)


def _forget(element: etree._Element) -> None:
    """Free an element and all that came before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def superscript(text: str, before: str = "") -> str:
    """Raised text that follows `before`: an exponent or a charge as such ("10" + "9" must not read "109"), any other
    as it is."""
    bare = text.strip()
    after_digit = before[-1:].isdigit()
    if _EXPONENT.fullmatch(bare) or (after_digit and _CHARGE.fullmatch(bare)):
        return bare.translate(_SUPERSCRIPTS)
    return f"^{bare}" if after_digit and _POWER.fullmatch(bare) else text


def subscript(text: str, before: str, after: str) -> str:
    """Lowered text: marked as such where it is a number beside another number ("log" + "10" + "5"), else as it is."""
    bare = text.strip()
    beside = before[-1:].isdigit() or after[:1].isdigit()
    return bare.translate(_SUBSCRIPTS) if beside and re.fullmatch("[0-9]+", bare) else text


def entity_text(element: etree._Element) -> str:
    """What a named character stands for ("&micro;"); one that is not known stays visible. "" for anything else."""
    if element.tag is not etree.Entity:
        return ""
    name = str(getattr(element, "name", ""))
    return html5.get(f"{name};", f"&{name};")


def last_character(parts: Sequence[str]) -> str:
    """The last character of what the parts make."""
    return next((part[-1] for part in reversed(parts) if part), "")


def math_text(element: etree._Element) -> str:
    """A MathML formula in one line: powers marked, fractions with a stroke."""
    name = local(element)
    parts = [math_text(child) for child in element]
    if name in ("msub", "msup", "msubsup") and len(parts) == len(name.removeprefix("m")) // 3 + 1:
        lowered = subscript(parts[1], parts[0], "") if "sub" in name else ""
        return parts[0] + lowered + (_power(parts[-1]) if "sup" in name else "")
    if name == "mfrac" and len(parts) == 2:
        return f"{_grouped(parts[0])}/{_grouped(parts[1])}"
    if name == "msqrt":
        return f"√{_grouped(''.join(parts))}"
    text = "" if name.startswith("annotation") else (element.text or "").strip() + "".join(parts) + entity_text(element)
    return f" {text} " if name == "mo" and text in _RELATIONS else text


def _power(text: str) -> str:
    marked = superscript(text)
    return marked if marked != text else f"^{_grouped(text)}" if text.strip()[:1].isalnum() else text


def _grouped(text: str) -> str:
    return text if re.fullmatch(r"\w*(?:\.\w+)?", text) else f"({text.strip()})"


def flat_text(element: etree._Element | None, skipped: frozenset[str] = frozenset()) -> str:
    """The text of an element and what is in it, exponents marked, some elements skipped; not yet cleaned."""
    if element is None:
        return ""
    parts = [element.text or ""]
    for child in element:
        name = local(child)
        if name == "sup":
            parts.append(superscript(flat_text(child, skipped), last_character(parts)))
        elif name == "sub":
            parts.append(subscript(flat_text(child, skipped), last_character(parts), child.tail or ""))
        elif name == "math":
            parts.append(math_text(child))
        elif name == "break":
            parts.append(" ")
        elif not name:
            parts.append(entity_text(child))
        elif name not in skipped:
            parts.append(flat_text(child, skipped))
        parts.append(child.tail or "")
    return "".join(parts)
