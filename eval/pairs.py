"""Which pairs of passage and claim an answer's measures need a verdict on. The judge reads them, measures look them up.

A passage is the quotes of some citations of a claim in the order of their documents, each once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from eval.answers import AnswerRecord, CitationRecord, ClaimRecord
from eval.datasets import Item, Nugget
from rag.text import terms

Pair = tuple[str, str]
"""A passage, and the claim that it may support."""

_LEAST_SHARED = 0.25


def passage_of(citations: Iterable[CitationRecord]) -> str:
    """The quotes, each once, source by source in the order of first citation, then by place."""
    unique = {one.span: one for one in citations}
    sources = list(dict.fromkeys(source for source, _, _ in unique))
    ordered = sorted(unique.values(), key=lambda one: (sources.index(one.source_id), one.start))
    return " ".join(" ".join(one.quote.split()) for one in ordered)


def cited_once(claim: ClaimRecord) -> list[CitationRecord]:
    """The claim's citations, each place of a document once."""
    return list({one.span: one for one in claim.citations}.values())


def joint_pair(claim: ClaimRecord) -> Pair:
    """The claim with all that it cites."""
    return passage_of(claim.citations), claim.text


def alone_pair(claim: ClaimRecord, citation: CitationRecord) -> Pair:
    """The claim with one of its citations."""
    return passage_of([citation]), claim.text


def others_pair(claim: ClaimRecord, citation: CitationRecord) -> Pair:
    """The claim with its citations but one."""
    return passage_of(one for one in claim.citations if one.span != citation.span), claim.text


def nugget_pairs(nugget: Nugget, statements: Sequence[ClaimRecord]) -> list[Pair]:
    """A nugget with each statement that shares at least a quarter of its terms.

    One statement at a time, so that an answer never has fewer nuggets for a statement more.
    """
    wanted = set(terms(nugget.text))
    near = [claim for claim in statements if len(wanted & set(terms(claim.text))) >= _LEAST_SHARED * len(wanted)]
    return [(" ".join(claim.text.split()), nugget.text) for claim in near]


def states_verbatim(nugget: Nugget, statements: Sequence[ClaimRecord]) -> bool:
    """Whether a statement has a sentence that the nugget is tied to, word for word: no judge is needed."""
    said = [" ".join(claim.text.split()).casefold() for claim in statements]
    tied = [" ".join(one.quote.split()).casefold() for one in nugget.sentences]
    return any(quote in text for quote in tied for text in said)


def options_named(options: Sequence[str], text: str) -> list[str]:
    """The options of which a text has every term."""
    said = set(terms(text))
    return [option for option in options if (wanted := set(terms(option))) and wanted <= said]


def needed_pairs(item: Item, answer: AnswerRecord) -> Iterator[Pair]:
    """Every pair that some measure of this answer looks up, each once."""
    yield from dict.fromkeys(_all(item, answer))


def _all(item: Item, answer: AnswerRecord) -> Iterator[Pair]:
    statements = answer.statements()
    for claim in statements:
        cited = cited_once(claim)
        if cited:
            yield joint_pair(claim)
        if len(cited) > 1:
            for citation in cited:
                yield alone_pair(claim, citation)
                yield others_pair(claim, citation)
    for nugget in item.nuggets:
        if not states_verbatim(nugget, statements):
            yield from nugget_pairs(nugget, statements)
