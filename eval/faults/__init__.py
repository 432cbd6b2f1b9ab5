"""Planted faults in answers: takes faithful answers, breaks exactly one thing a claim, and counts what the audit finds.

A fault is a card; a card gives nothing where it cannot be certain that what it makes is unfaithful. Nothing here knows
what the verifier looks for: the words come from `eval.planted.lexicon` and from a list of this package.
"""
