"""What the first page says of the whole: title, year, DOI; the file's metadata only where the page bears them out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rag.ingestion.readers.base import clean
from rag.ingestion.readers.pdf.headings import SECTIONS
from rag.ingestion.readers.pdf.lines import Line, rows_of, whole_line
from rag.ingestion.readers.pdf.paragraphs import WORD, Type, joined

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+")
_YEAR = r"[^\n]{0,60}?\b(?:(?:19|20)\d\d\s*[–-]\s*)?((?:19|20)\d\d)\b"
_YEARS = tuple(
    re.compile(f"(?:{pattern}){_YEAR}", re.IGNORECASE)
    for pattern in (r"published(?: online)?\b", r"©|\bcopyright\b|\(c\)", r"\bdoi\b|10\.\d{4,9}/\S+|\bissued\b")
)
_VOLUME_YEAR = re.compile(r"\b((?:19|20)\d\d)\s*[;,]\s*(?:vol\S*\s*)?\d+\s*[:(,]", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"untitled|microsoft word|powerpoint|\w+\.(?:docx?|pdf|tex|dvi|indd|qxd|rtf|p65|pptx?)\b|^doi:|^pii|\.\.\d+$"
    r"|^(?:document|layout|slide|manuscript|title|template)\s*\d*$",
    re.IGNORECASE,
)


def find_title(lines: Sequence[Line], stated: str, front: str, remarks: list[str]) -> str | None:
    """The metadata's title where it is one, else the largest text of the first page."""
    stated, largest = clean(stated), _largest(lines)
    if len(re.findall(r"[^\W\d_]{2,}", stated)) < 2 or _NO_TITLE.search(stated):
        return largest
    found = [word for word in WORD.findall(stated.lower()) if word in front.lower()]
    if largest and len(found) < 0.5 * len(WORD.findall(stated)):
        remarks.append(f"the PDF's metadata call it “{stated}”, which its first page does not; check the title")
        return largest
    return stated


def _largest(lines: Sequence[Line]) -> str | None:
    """The text larger than the usual; the largest, or a smaller one where that is a name as short as a journal's."""
    usual = Counter(line.size for line in lines for _ in line.text).most_common(1)
    texts = []
    for size in sorted({line.size for line in lines if line.size >= 1.08 * usual[0][0]}, reverse=True)[:4]:
        rows = [whole_line(row) for row in rows_of(line for line in lines if abs(line.size - size) <= 0.05 * size)]
        group = [row for row, above in zip(rows, [rows[0], *rows], strict=False) if _adjoins(above, row, rows[0])]
        texts.append(clean(joined(group, Type(size, size, Counter())))[:300])
    texts = [text for text in texts if text.casefold() not in SECTIONS]
    return next((text for text in texts if len(WORD.findall(text)) > 2 or len(text) > 20), texts[0] if texts else None)


def _adjoins(above: Line, row: Line, first: Line) -> bool:
    return row is first or (above.baseline - row.baseline < 2 * row.size and first.baseline - row.baseline < 200)


def find_doi(text: str) -> str | None:
    """The first DOI of a text, without the punctuation that follows it."""
    found = _DOI.search(text)
    return found.group().rstrip(".,;:)]}") if found else None


def find_year(front: str, metadata: dict[str, str], remarks: list[str]) -> int | None:
    """The year stated beside publication, copyright, DOI or volume; else that of the file's making, with a remark."""
    for pattern in (*_YEARS, _VOLUME_YEAR):
        if found := pattern.search(front):
            return int(found.group(1))
    dated = re.match(r"(?:D:)?((?:19|20)\d\d)", metadata.get("CreationDate", ""))
    if not dated:
        remarks.append("no year of publication was found")
        return None
    remarks.append(f"the year {dated.group(1)} is that of the PDF's making, not stated on its first page; check it")
    return int(dated.group(1))
