"""The writers of tiny checkers, for the tests of this folder."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def tiny() -> ModuleType:
    """`tests/tiny_checkers.py`."""
    spec = spec_from_file_location("tiny_checkers", Path(__file__).parents[1] / "tiny_checkers.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
