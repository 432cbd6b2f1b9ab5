"""Rendering: an answer as text for a person or a program. Pure functions; nothing is decided here."""
