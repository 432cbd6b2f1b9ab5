"""Measures that need no judge: pointers, quotes, halves, figures and lives, from the answer and the documents alone."""

from __future__ import annotations

from eval.answers import AnswerRecord, CitationRecord
from eval.measures.base import Case, Measure, Score, not_applicable, scored, share
from eval.pairs import options_named
from rag.lives import current_successors
from rag.verification.figures import foreign_figures

_NOTHING = "nothing is cited"


def _pointers(case: Case, answer: AnswerRecord) -> Score:
    numbers = {reference.source_id: reference.number for reference in answer.references}

    def is_valid(citation: CitationRecord) -> bool:
        document = case.documents.get(citation.source_id)
        inside = document is not None and 0 <= citation.start < citation.end <= len(document.text)
        return inside and numbers.get(citation.source_id) == citation.number

    hits = [is_valid(citation) for citation in answer.cited()]
    return share(hits, "citations point into a document and to its listed number", empty=_NOTHING)


def _quotes(case: Case, answer: AnswerRecord) -> Score:
    def is_exact(citation: CitationRecord) -> bool:
        document = case.documents.get(citation.source_id)
        return document is not None and document.text[citation.start : citation.end] == citation.quote

    return share([is_exact(one) for one in answer.cited()], "quotes are the document's words", empty=_NOTHING)


def _purity(case: Case, answer: AnswerRecord) -> Score:
    hits = [
        citation.source_id in case.documents and case.documents[citation.source_id].source.kind == kind
        for claims, kind in ((answer.guidelines, "guideline"), (answer.research, "research"))
        for claim in claims
        for citation in claim.citations
    ]
    return share(hits, "citations of the halves are of their kind", empty="no half cites anything")


def _figures(case: Case, answer: AnswerRecord) -> Score:
    hits = [
        not foreign_figures(claim.text, [citation.quote for citation in claim.citations])
        for claim in answer.statements()
        if claim.citations
    ]
    return share(hits, "statements have only figures of their quotes", empty=_NOTHING)


def _retracted(case: Case, answer: AnswerRecord) -> Score:
    hits = [
        not (document := case.documents.get(reference.source_id)) or document.source.status != "retracted"
        for reference in answer.references
    ]
    return share(hits, "references are not retracted", empty="there are no references")


def _superseded(case: Case, answer: AnswerRecord) -> Score:
    sources = {source: document.source for source, document in case.documents.items()}

    def is_current(source_id: str) -> bool:
        source = sources.get(source_id)
        return source is None or source.status != "superseded" or not current_successors(source, sources)

    hits = [is_current(reference.source_id) for reference in answer.references]
    return share(hits, "references have no current successor", empty="there are no references")


def _bare(case: Case, answer: AnswerRecord) -> Score:
    """Absences: those listed as not found, and claims of that type."""
    listed = [not one.citations for one in answer.not_found]
    claimed = [not claim.citations for _, claim in answer.shown() if claim.is_absence]
    return share(listed + claimed, "absences cite nothing", empty="nothing is said to be absent")


def _true_absence(case: Case, answer: AnswerRecord) -> Score:
    """An absence is false if the question set ties a nugget of its topic to a sentence of its kind."""
    item = case.item
    if not item.nuggets:
        return not_applicable("the set says nothing of what the sources have")

    def is_true(topic: str, kind: str) -> bool:
        named = options_named(item.options, topic)
        of_topic = [nugget for nugget in item.nuggets if not named or nugget.option is None or nugget.option in named]
        kinds = {
            case.documents[tied.source_id].source.kind
            for nugget in of_topic
            for tied in nugget.sentences
            if tied.source_id in case.documents
        }
        return kind not in kinds

    hits = [is_true(one.topic, one.kind) for one in answer.not_found]
    return share(hits, "absences are true of the sources", empty="nothing is said to be absent")


def _agreement(case: Case, answer: AnswerRecord) -> Score:
    expected = case.item.agreement
    if expected is None:
        return not_applicable("the set does not say how the sources stand to each other")
    relations = {claim.relation for claim in answer.agreement}
    if relations & {"diverge", "differ_within"}:
        said = "differ"
    elif "agree" in relations:
        said = "agree"
    elif answer.outcome == "abstention" or not answer.statements():
        said = "nothing"
    else:
        halves = {bool(answer.guidelines), bool(answer.research)}
        said = "one_side" if halves == {True, False} and not relations & {"not_compared"} else "nothing"
    return scored(float(said == expected), f"expected {expected}, said {said}")


MEASURES = (
    Measure(
        "pointer_validity",
        "pointers",
        "citations that lead somewhere",
        "share of citations whose offsets lie in a known document and whose number is that of its reference",
        _pointers,
    ),
    Measure(
        "quote_exactness",
        "pointers",
        "quotes that are the source's own words",
        "share of citations whose quote equals the document's text between its offsets",
        _quotes,
    ),
    Measure(
        "section_purity",
        "pointers",
        "guidelines in the one half, research in the other",
        "share of citations of the two halves whose source is of the half's kind",
        _purity,
    ),
    Measure(
        "figure_fidelity",
        "pointers",
        "numbers, units and doses that stand in what is cited",
        "share of cited statements all of whose figures stand in their quotes, or follow by conversion",
        _figures,
    ),
    Measure(
        "no_retracted",
        "lifecycle",
        "retracted papers are not cited",
        "share of references that are not retracted",
        _retracted,
    ),
    Measure(
        "no_superseded",
        "lifecycle",
        "superseded guidelines are not cited where a successor is there",
        "share of references that no current source of the documents supersedes",
        _superseded,
    ),
    Measure(
        "absence_bare",
        "absence",
        "what is not there is not cited",
        "share of absence statements without a citation",
        _bare,
    ),
    Measure(
        "absence_true",
        "absence",
        "what is said to be absent is absent",
        "share of absences for whose topic and kind the set ties no nugget to a sentence",
        _true_absence,
        concerns=lambda case: bool(case.item.nuggets),
    ),
    Measure(
        "agreement_right",
        "agreement",
        "says rightly whether guidelines and research agree, differ, or only one speaks",
        "1 where the expected relation is stated (one side: only one half has statements), else 0",
        _agreement,
        concerns=lambda case: case.item.agreement is not None,
    ),
)
