"""The word lists of the construction, read from words.toml. It holds no list itself."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """One table of words.toml by its name."""
    return dict(_tables()[name])


@cache
def _tables() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("eval.training.construction").joinpath("words.toml").read_text(encoding="utf-8"))
