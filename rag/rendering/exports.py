"""Every format that an answer, or a whole conversation, can be taken away in, by name: docs/exports.md says what each
carries. A format's library is imported when something is exported in it, not before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.answer import Answer
from rag.errors import ConfigError
from rag.rendering.wording import Signed
from rag.types import Source

__all__ = ["EXPORTS", "Export", "Exported", "Signed", "export", "export_all", "format_of"]


class _One(Protocol):
    def __call__(self, answer: Answer, signed: Signed | None, /) -> str | bytes: ...


class _All(Protocol):
    def __call__(self, answers: Sequence[Answer], title: str, /) -> str | bytes: ...


@dataclass(frozen=True, slots=True)
class Exported:
    """What came out: bytes (UTF-8 where it is text), what they are, and how a file of them is to end."""

    content: bytes
    media_type: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Export:
    """A format: its media type, the end of its files' names, whether it is text, what makes it of an answer, and of all
    answers of a conversation."""

    media_type: str
    suffix: str
    one: _One
    all: _All
    text: bool = True

    def exported(self, content: str | bytes) -> Exported:
        """Content of this format as bytes. Half a character, which UTF-8 does not have, becomes its escape: that is
        what JSON has for it, and the other formats have none."""
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
        return Exported(raw, self.media_type, self.suffix)


def _markdown(answer: Answer, signed: Signed | None) -> str:
    from rag.rendering.markdown import to_markdown

    return to_markdown(answer, long=True, signed=signed)


def _all_markdown(answers: Sequence[Answer], title: str) -> str:
    return "\n".join(_markdown(answer, None) for answer in answers)


def _html(answer: Answer, signed: Signed | None) -> str:
    from rag.rendering.html import to_html

    return to_html(answer, signed=signed)


def _all_html(answers: Sequence[Answer], title: str) -> str:
    from rag.rendering.html import answers_to_html

    return answers_to_html(answers, title)


def _pdf(answer: Answer, signed: Signed | None) -> bytes:
    from rag.rendering.pdf import to_pdf

    return to_pdf(answer, signed=signed)


def _all_pdf(answers: Sequence[Answer], title: str) -> bytes:
    from rag.rendering.pdf import answers_to_pdf

    return answers_to_pdf(answers, title)


def _json(answer: Answer, signed: Signed | None) -> str:
    from rag.rendering.json_format import to_json

    return to_json(answer) + "\n"


def _all_json(answers: Sequence[Answer], title: str) -> str:
    import json

    from rag.rendering.json_format import answer_record

    return json.dumps([answer_record(answer) for answer in answers], ensure_ascii=False, indent=2) + "\n"


def _fhir(answer: Answer, signed: Signed | None) -> str:
    from rag.rendering.fhir import to_fhir

    return to_fhir(answer, signed=signed)


def _all_fhir(answers: Sequence[Answer], title: str) -> str:
    from rag.rendering.fhir import answers_to_fhir

    return answers_to_fhir(answers)


def _ris(sources: Sequence[Source]) -> str:
    from rag.rendering.ris import sources_to_ris

    return sources_to_ris(sources)


def _bibtex(sources: Sequence[Source]) -> str:
    from rag.rendering.bibtex import sources_to_bibtex

    return sources_to_bibtex(sources)


def _csl(sources: Sequence[Source]) -> str:
    from rag.rendering.csl import sources_to_csl

    return sources_to_csl(sources)


def _references(media_type: str, suffix: str, write: Callable[[Sequence[Source]], str]) -> Export:
    """A format that carries the references alone: of a conversation each once, in the order of their numbers."""

    def of_one(answer: Answer, signed: Signed | None) -> str:
        return write([reference.source for reference in answer.references])

    def of_all(answers: Sequence[Answer], title: str) -> str:
        numbered = {one.number: one.source for answer in answers for one in answer.references}
        return write([numbered[number] for number in sorted(numbered)])

    return Export(media_type, suffix, of_one, of_all)


EXPORTS: Mapping[str, Export] = {
    "markdown": Export("text/markdown", ".md", _markdown, _all_markdown),
    "html": Export("text/html", ".html", _html, _all_html),
    "pdf": Export("application/pdf", ".pdf", _pdf, _all_pdf, text=False),
    "json": Export("application/json", ".json", _json, _all_json),
    "ris": _references("application/x-research-info-systems", ".ris", _ris),
    "bibtex": _references("application/x-bibtex", ".bib", _bibtex),
    "csl": _references("application/vnd.citationstyles.csl+json", ".csl.json", _csl),
    "fhir": Export("application/fhir+json", ".fhir.json", _fhir, _all_fhir),
}


def export(answer: Answer, name: str, *, signed: Signed | None = None) -> Exported:
    """An answer in the format of that name, with the status of the review where there is one.

    RIS, BibTeX and CSL carry references alone, and the JSON is the record that was made with the answer: there the
    review is not shown.

    Raises:
        ConfigError: there is no such format.
        RagError: the answer cannot be put into it.
    """
    form = _format(name)
    return form.exported(form.one(answer, signed))


def export_all(answers: Sequence[Answer], name: str, *, title: str = "Conversation") -> Exported:
    """The answers of a conversation in the format of that name.

    Raises:
        ConfigError: there is no such format.
        RagError: an answer cannot be put into it.
    """
    form = _format(name)
    return form.exported(form.all(answers, title))


def format_of(file_name: str) -> str | None:
    """The name of the format that a file's name ends in, the longest ending first (".csl.json"); None where it is
    none."""
    ends = sorted(EXPORTS, key=lambda name: -len(EXPORTS[name].suffix))
    return next((name for name in ends if file_name.lower().endswith(EXPORTS[name].suffix)), None)


def _format(name: str) -> Export:
    if name not in EXPORTS:
        raise ConfigError("there is no such format", value=name, mend=f"one of {', '.join(EXPORTS)}")
    return EXPORTS[name]
