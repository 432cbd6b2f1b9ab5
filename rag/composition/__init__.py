"""Composition: proposes claims from evidence, each with pointers. Nothing proposed here is trusted until verified."""
