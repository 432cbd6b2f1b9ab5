"""The check of a corpus: every fault of every file, with its line and how to mend it. Nothing is changed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

import yaml
from pydantic import ValidationError

from rag.ingestion.corpus_file import FOLDERS, Body, unwrapped
from rag.ingestion.front_matter import FrontMatter, Parts, explained_all, loaded, parted
from rag.ingestion.sentences import sentence_spans
from rag.types import Source

Severity = Literal["error", "warning"]
LONGEST_SENTENCE_WORDS = 60
_PRONOUN = re.compile(
    r"[\W_]*(?:It|This|These|They|He|She|We|You|Such|Its|Their|His|Her|Our|Your|Those|That|There)\b(?![-‑–])"
)
_GARBLED = ("garbled characters", "restore them")
_SQUARED = re.compile("Å[²³]")
_GARBLED_FIELDS = ("title", "authors", "organisation", "journal", "population", "strength", "study_type")


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault: where (`line` from 1), which rule, what, and how to mend it. A warning leaves the corpus usable."""

    path: Path
    line: int
    severity: Severity
    rule: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.severity}: {self.what} ({self.mend})"


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A corpus file as the checks see it."""

    path: Path
    parts: Parts
    source: Source
    body: Body

    def finding(self, field: str, rule: str, what: str, mend: str, severity: Severity = "error") -> Finding:
        """A fault of a front matter field."""
        return Finding(self.path, self.parts.line_of(field), severity, rule, what, mend)


def check_file(path: Path) -> tuple[CheckedFile | None, list[Finding]]:
    """A file with the faults that it has by itself; None where it cannot be read as a source."""

    def unreadable(rule: str, what: str, mend: str, line: int = 1) -> tuple[None, list[Finding]]:
        return None, [Finding(path, line, "error", rule, what, mend)]

    try:
        parts = parted(path.read_bytes().decode("utf-8"))
        fields = loaded(parts.fields) if parts else {}
    except UnicodeDecodeError as error:
        return unreadable("encoding", f"is not UTF-8: byte {error.start}", "save it as UTF-8")
    except OSError as error:
        return unreadable("unreadable", f"cannot be read: {error.strerror}", "mend its rights")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        return unreadable(
            "front-matter", f"not valid YAML: {problem}", "correct the line", mark.line + 2 if mark else 1
        )
    if parts is None or not fields:
        return unreadable("front-matter", "no front matter", "begin with '---'; see docs/corpus-file.md")
    body = unwrapped(parts.body)
    found = [*_text_findings(path, parts, body, of_summary=fields.get("text_type") != "publication")]
    try:
        checked = CheckedFile(path, parts, FrontMatter.model_validate(fields).to_source(), body)
    except ValidationError as error:
        return None, [*_field_findings(path, parts, error), *found]
    return checked, [*_record_findings(checked), *found]


def _field_findings(path: Path, parts: Parts, error: ValidationError) -> Iterator[Finding]:
    for field, reason, value in explained_all(error):
        what = f"{field}: {reason}: {value}"
        yield Finding(path, parts.line_of(field), "error", "field", what, "see docs/corpus-file.md")


def _record_findings(file: CheckedFile) -> Iterator[Finding]:
    source, fault = file.source, file.finding
    named = source.source_id
    severity: Severity = "error" if source.text_type == "summary" else "warning"
    if named != file.path.stem:
        yield fault("id", "id", f"id differs from the file's name: {named}", f"name it {named}.md")
    if FOLDERS.get(file.path.parent.name, source.kind) != source.kind:
        yield fault("kind", "kind", f"a {source.kind} in the folder {file.path.parent.name}", "move it")
    this_year = datetime.now(UTC).year
    if source.year > this_year + 1:
        yield fault("year", "year", f"year is in the future: {source.year}", "correct it")
    if not (source.doi or source.pmid or source.url):
        yield fault("doi", "identifier", "no DOI, PMID or URL", "give one that you have seen", severity)
    if not source.licence:
        yield fault("licence", "licence", "no licence of the text", "say under which", severity)
    for field in _GARBLED_FIELDS:
        value = getattr(source, field)
        if value and _is_mojibake(value):
            yield fault(field, "mojibake", f"{field} has garbled characters: {value}", "restore them")


def _is_mojibake(text: str) -> bool:
    from ftfy.badness import is_bad

    return "\ufffd" in text or bool(is_bad(_SQUARED.sub("", text)))


def _text_findings(path: Path, parts: Parts, body: Body, *, of_summary: bool) -> Iterator[Finding]:
    """Faults of the body. What a publication itself wrote is not held to the rules for our own sentences."""
    if not any(body.text[one.start : one.end].strip() for one in body.sections):
        yield Finding(path, parts.body_line, "error", "empty", "no text under its headings", "write a sentence")
        return
    headings = ((max(0, one.start - 1), one.heading) for one in body.sections)
    faults = [(start, text, "mojibake", *_GARBLED) for start, text in headings if _is_mojibake(text)]
    for start, sentence in _sentences(body):
        faults += [(start, sentence, *fault) for fault in _sentence_faults(sentence, of_summary=of_summary)]
    for start, text, rule, what, mend in faults:
        shown = " ".join(text.split()[:6])
        line = parts.body_line + body.line_at(start) - 1
        yield Finding(path, line, "error", rule, f"{what}: {shown} ...", mend)


def _sentence_faults(sentence: str, *, of_summary: bool) -> Iterator[tuple[str, str, str]]:
    if _is_mojibake(sentence):
        yield "mojibake", *_GARBLED
    if not of_summary:
        return
    count = len(sentence.split())
    if count > LONGEST_SENTENCE_WORDS:
        yield "long", f"a sentence of {count} words", "cut it in two"
    if _PRONOUN.match(sentence):
        yield "pronoun", "begins with a pronoun", "name what is meant"


def _sentences(body: Body) -> Iterator[tuple[int, str]]:
    for section in body.sections:
        offset = section.start
        for paragraph in body.text[section.start : section.end].split("\n\n"):
            for span in sentence_spans(paragraph, offset):
                yield span.start, body.text[span.start : span.end]
            offset += len(paragraph) + 2


def _duplicates(files: Sequence[CheckedFile]) -> Iterator[Finding]:
    """The second and later files that share a DOI, a PMID, an id or a text with an earlier one."""
    keys: dict[str, dict[str, CheckedFile]] = defaultdict(dict)
    for file in files:
        source = file.source
        body = " ".join(file.body.text.split()).lower()
        for field, value, mend in (
            ("doi", (source.doi or "").lower(), "one publication is one source: remove or correct one"),
            ("pmid", source.pmid or "", "one publication is one source: remove or correct one"),
            ("id", source.source_id, "give one of them another id"),
            ("text", sha256(body.encode()).hexdigest() if body else "", "remove one of the two"),
        ):
            if not value:
                continue
            other = keys[field].setdefault(value, file)
            if other is not file:
                line = file.parts.body_line if field == "text" else file.parts.line_of(field)
                shown = "" if field == "text" else f" {value}"
                what = f"same {field}{shown} as {other.path.parent.name}/{other.path.name}"
                yield Finding(file.path, line, "error", f"duplicate-{field}", what, mend)


def _chains(files: Sequence[CheckedFile], names: Container[str]) -> Iterator[Finding]:
    """Supersession, conflicts and republications that point nowhere, in a circle, or one way only.

    `names` are those of all files, also of the ones that cannot be read.
    """
    known = {file.source.source_id: file.source for file in files}
    for file in files:
        source, fault = file.source, file.finding
        for field in ("superseded_by", "supersedes", "conflicts_with"):
            for other in getattr(source, field):
                if other not in known and other not in names:
                    yield fault(field, "chain", f"{field} names no source: {other}", "add it, or remove the name")
        for field, back in (("superseded_by", "supersedes"), ("supersedes", "superseded_by")):
            for other in getattr(source, field):
                if other in known and source.source_id not in getattr(known[other], back):
                    yield fault(field, "chain", f"{other} does not name it under {back}", "name it there")
        if _in_circle(source, known):
            yield fault("superseded_by", "circle", "superseded by itself, in a circle", "break the circle")
        for number, notice in enumerate(source.notices):
            new = notice.republished_as
            if new and new not in known and new not in names and not re.match(r"10\.\d{4,9}/|pmid-\d+$", new):
                where = f"notices.{number}.republished_as"
                yield fault(where, "chain", f"republished_as names no source: {new}", "give an id or a DOI")


def _in_circle(source: Source, known: Mapping[str, Source]) -> bool:
    seen: set[str] = set()
    ahead = [*source.superseded_by]
    while ahead:
        name = ahead.pop()
        if name == source.source_id:
            return True
        if name in known and name not in seen:
            seen.add(name)
            ahead.extend(known[name].superseded_by)
    return False


def check_corpus(paths: Iterable[Path]) -> tuple[int, list[Finding]]:
    """How many files were read as sources, and every fault, by file and line."""
    files, found, names = [], [], set()
    for path in paths:
        names.add(path.stem)
        file, faults = check_file(path)
        found += faults
        if file is not None:
            files.append(file)
    found += [*_duplicates(files), *_chains(files, names)]
    return len(files), sorted(found, key=lambda one: (str(one.path), one.line, one.rule))
