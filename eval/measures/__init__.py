"""Measures: cards of name, meaning, definition and paper, with pure functions from a case to a score."""
