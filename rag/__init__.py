"""Sourcebound: clinical answers whose every statement is bound to the exact words of its source."""

__version__ = "0.7.0"
