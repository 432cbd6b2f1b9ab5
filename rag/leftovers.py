"""What killed programs leave behind: folders that end in the number of the process that worked in them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def clear_leftovers(folder: Path, prefix: str) -> None:
    """Remove the folders `prefix` + process number in a folder whose process is gone, or is this one, which begins."""
    for left in folder.glob(f"{prefix}*"):
        if not _works(left.name.removeprefix(prefix)):
            shutil.rmtree(left, ignore_errors=True)


def _works(number: str) -> bool:
    try:
        os.kill(int(number), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return int(number) != os.getpid()
