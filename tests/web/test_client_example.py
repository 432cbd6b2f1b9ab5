"""The client in docs/api.md is run as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_example_of_a_client_runs_against_a_server(serving_for_examples: Any, tmp_path: Path) -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    file = tmp_path / "client.py"
    file.write_text(example, encoding="utf-8")
    environment = os.environ | {"SOURCEBOUND_URL": serving_for_examples.url}
    done = subprocess.run(
        [sys.executable, str(file)], check=False, capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert "understood as:" in done.stdout
    assert re.search(r"^kept as \S+$", done.stdout, re.MULTILINE)
    assert "# " in done.stdout
