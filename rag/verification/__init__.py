"""Verification: decides, for each claim of a draft, whether its cited sentences carry it.

Deterministic checks first (pointers, figures, negation, direction), then entailment. What fails is withheld with its
reason. This room never rewrites a claim.
"""
