"""What the page says of the machine. No names of hosts or users."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path


def _first(path: str, pattern: str) -> str | None:
    try:
        found = re.search(pattern, Path(path).read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return found.group(1).strip() if found else None


def machine_facts() -> dict[str, str]:
    """Processor, cores that may be used, memory, system, Python; what the system does not tell is left out."""
    kilobytes = _first("/proc/meminfo", r"^MemTotal:\s+(\d+) kB")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    facts = {
        "processor": _first("/proc/cpuinfo", r"^model name\s*:(.*)$") or platform.machine(),
        "cores": str(cores),
        "memory": f"{int(kilobytes) / 2**20:.1f} GiB" if kilobytes else "",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    return {name: value for name, value in facts.items() if value}
