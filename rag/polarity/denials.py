"""What a sentence denies: its clauses, its negations and the terms they govern.

Deterministic and shallow on purpose. `negation_differs` is for claims that follow their sentences nearly word for
word: where in doubt it reports a difference. Claims in other words belong to `effects` and `contrasts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.text import fold, terms

_CLAUSE = re.compile(r"[;:.!?](?:\s+|$)|,?\s+(?:but|whereas|although|though|while)\s+", re.IGNORECASE)
_NEGATION = re.compile(
    r"\b(?:not|no|never|without|neither|nor|cannot|none|avoid(?:s|ed|ing)?|rather than|instead of"
    r"|fail(?:s|ed)? to|lack(?:s|ed)? of|lack(?:s|ed)?|absence of|excludes?|exclud(?:ed|ing)|rules? out|ruled out"
    r"|unlikely|unproven|insufficient|free (?:of|from)"
    # Elsewhere "against" is "compared with".
    r"|(?:recommend|advi[sc]|warn|argu|speak|decid|counsel|caution|guid|favou?r|protect|direct|evidence|points?)\w*"
    r"(?: [\w-]+){0,3} against)\b|n't\b",
    re.IGNORECASE,
)
_NEGATION_SCOPE_WORDS = 7


def clauses(text: str) -> list[str]:
    """The clauses of a text, split at stops and at contrasting conjunctions."""
    return [part for part in _CLAUSE.split(text) if part and part.strip()]


def negation_scopes(text: str) -> list[frozenset[str]]:
    """For each negation in the text, the content terms that follow in its clause, at most seven words on."""
    scopes = []
    for clause in clauses(fold(text)):
        for cue in _NEGATION.finditer(clause):
            following = re.findall(r"\S+", clause[cue.end() :])[:_NEGATION_SCOPE_WORDS]
            scopes.append(frozenset(terms(" ".join(following))))
    return scopes


def negation_differs(claim: str, sources: Iterable[str]) -> str | None:
    """Why the claim denies something that the sources do not deny, or drops a denial of theirs; or None.

    The claim is held against the clauses that share most with it: a denial in another clause does not count.
    """
    source_clauses = [clause for source in sources for clause in clauses(source)]
    claimed = set(terms(claim))
    mine = negation_scopes(claim)
    theirs = [scope for clause in source_clauses for scope in negation_scopes(clause)]
    for scope in mine:
        if not any(not scope or scope & other for other in theirs):
            return "has a negation that the cited sentences do not have"
    denied_by_claim = frozenset[str]().union(*mine)
    said = fold(claim)
    for clause in source_clauses:
        if not _says_the_same_undenied(claimed, clause, source_clauses):
            for scope in negation_scopes(clause):
                shared = scope & claimed
                if any(re.search(rf"\b(?:dis|un|non-?|in|im){re.escape(term)}", said) for term in scope):
                    continue  # "do not agree" is "disagree"
                if scope and len(shared) * 2 >= len(scope) and not shared & denied_by_claim:
                    return f"drops a negation of the cited sentences (about {', '.join(sorted(shared))})"
    return None


def _says_the_same_undenied(claimed: set[str], denying: str, source_clauses: list[str]) -> bool:
    """Whether another clause, with no negation in it, carries nearly all of the claim."""
    return any(
        clause != denying and not negation_scopes(clause) and len(claimed & set(terms(clause))) >= 0.9 * len(claimed)
        for clause in source_clauses
    )
