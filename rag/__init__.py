"""Sourcebound: clinical answers whose every statement is bound to the exact words of its source."""

__version__ = "0.6.0"
