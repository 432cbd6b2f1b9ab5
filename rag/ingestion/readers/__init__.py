"""Readers: one room a format, each from a file to what it says of one or many sources. Nothing is stored here."""
