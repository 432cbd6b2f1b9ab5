"""Measures: pure functions from an item and its answer to a value, or None where the measure does not apply."""
