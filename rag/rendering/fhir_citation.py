"""A source as a FHIR R5 `Citation`: what its record has, in the elements that R5 has for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.rendering.bibliography import (
    Body,
    Person,
    authors_of,
    notice_text,
    organisations_of,
    web_address,
    work_of,
)
from rag.rendering.plain import plain_line
from rag.types import Source

if TYPE_CHECKING:
    from fhir.resources.citation import Citation

DOI = "https://doi.org"
PUBMED = "https://pubmed.ncbi.nlm.nih.gov"
_STATUS = "http://hl7.org/fhir/cited-artifact-status-type"
_PUBLISHED_IN = "http://terminology.hl7.org/CodeSystem/published-in-type"
_PERIODICAL = {"system": _PUBLISHED_IN, "code": "D020492", "display": "Periodical"}


def citation_of(source: Source, made_at: str | None) -> Citation:
    """The citation of a source; `made_at` is when it was made, as an instant.

    Raises:
        pydantic.ValidationError: the record does not fit the resource.
    """
    from fhir.resources.citation import Citation

    people, contributorship = _contributors(source)
    artifact = {
        "identifier": _identifiers(source),
        "title": [{"text": plain_line(source.title)}],
        "currentState": _states(source),
        "publicationForm": [_publication(source)],
        "contributorship": contributorship,
        "webLocation": [{"url": url}] if (url := web_address(source)) else None,
        "classification": _classification(source),
        "note": [{"text": notice_text(notice)} for notice in source.notices],
    }
    fields = {
        "identifier": [{"value": plain_line(source.source_id)}],
        "status": "active",
        "date": made_at,
        "title": plain_line(source.title),
        "contained": people,
        "note": _notes(source),
        "citedArtifact": _kept(artifact),
    }
    return Citation.model_validate(_kept(fields))


def _kept(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, [], {}, "")}


def _identifiers(source: Source) -> list[dict[str, str]]:
    found = ((DOI, source.doi), (PUBMED, source.pmid))
    return [{"system": system, "value": plain_line(value)} for system, value in found if value]


def _states(source: Source) -> list[dict[str, Any]]:
    if source.status == "retracted":
        return [{"coding": [{"system": _STATUS, "code": "retracted", "display": "Retracted"}]}]
    return [{"text": "Superseded"}] if source.status == "superseded" else []


def _publication(source: Source) -> dict[str, Any]:
    journal = {"type": {"coding": [_PERIODICAL]}, "title": plain_line(source.journal)} if source.journal else {}
    publisher = "; ".join(organisations_of(source))
    where = journal | ({"publisher": {"display": publisher}} if publisher else {})
    return _kept({"publishedIn": where, "articleDate": f"{source.year:04d}"})


def _contributors(source: Source) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The names as resources within the citation, and their order; nothing is known of them but the name."""
    authors = authors_of(source)
    people = [_named(name, f"contributor-{place}") for place, name in enumerate(authors.names, start=1)]
    entries = [
        {"contributor": {"reference": f"#{one['id']}"}, "rankingOrder": place}
        for place, one in enumerate(people, start=1)
    ]
    if not entries:
        return [], None
    return people, {"entry": entries} | ({"complete": False} if authors.cut_short else {})


def _named(name: Person | Body, contained_as: str) -> dict[str, Any]:
    if isinstance(name, Body):
        return {"resourceType": "Organization", "id": contained_as, "name": name.name}
    human = {"family": name.family, "given": list(name.initials)} | ({"suffix": [name.suffix]} if name.suffix else {})
    return {"resourceType": "Practitioner", "id": contained_as, "name": [human]}


def _classification(source: Source) -> list[dict[str, Any]]:
    """What the source is, in its own words: there is no code where the record has none."""
    kinds = [{"type": {"text": "Kind of source"}, "classifier": [{"text": source.kind}, {"text": work_of(source)}]}]
    if source.study_type:
        kinds.append({"type": {"text": "Study type"}, "classifier": [{"text": plain_line(source.study_type)}]})
    if source.strength:
        kinds.append({"type": {"text": "Grading"}, "classifier": [{"text": plain_line(source.strength)}]})
    return kinds


def _notes(source: Source) -> list[dict[str, str]]:
    """Where the record stands, rather than the publication: how far it was looked up, and what took its place."""
    notes = []
    if source.notices_checked:
        notes.append(f"Retractions as known on {source.notices_checked}.")
    if source.superseded_by:
        notes.append(f"Superseded by {', '.join(source.superseded_by)}.")
    if source.text_type == "summary":
        notes.append("The text that is quoted of it is a summary in other words than the publication's.")
    return [{"text": plain_line(note)} for note in notes]
