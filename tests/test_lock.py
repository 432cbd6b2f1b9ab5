"""The lock holds every package and version there is, and `make` installs all that the product needs of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parent.parent


def parts_of(lines: list[str]) -> tuple[list[str], list[str]]:
    """What the product needs, and what the rest of `make` needs besides; each part of a lock has a heading."""
    first, second = (number for number, line in enumerate(lines) if line.startswith("#"))
    assert first == 0
    return lines[1:second], lines[second + 1 :]


def locked() -> tuple[list[str], list[str]]:
    return parts_of((REPOSITORY / "requirements.lock").read_text(encoding="utf-8").splitlines())


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def versions(lines: list[str]) -> dict[str, str]:
    return {plain(line.split("==")[0]): line.split("==")[1] for line in lines}


def asked_for(requirements: list[str]) -> set[str]:
    return {plain(re.split(r"[<>=\[]", requirement)[0]) for requirement in requirements} - {"sourcebound"}


def test_the_lock_pins_torch_without_a_local_version_and_no_cuda() -> None:
    product, rest = locked()
    lines = product + rest
    assert "torch==2.13.0" in product
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+", line) for line in lines)
    assert not any(line.lower().startswith(("nvidia", "cuda", "triton")) for line in lines)
    assert len({plain(line.split("==")[0]) for line in lines}) == len(lines)


def test_every_dependency_is_in_the_lock() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    product, rest = (set(versions(part)) for part in locked())
    extras = asked_for([one for extra in project["optional-dependencies"].values() for one in extra])
    assert asked_for(project["dependencies"]) <= product
    assert extras <= product | rest
    assert {"mypy", "pytest", "txtai"} <= extras & rest


def test_every_package_that_the_product_brings_is_in_its_part_of_the_lock() -> None:
    """Walks from the product's own requirements through those of each installed package."""
    product = versions(locked()[0])
    ahead, seen = ["sourcebound"], set[str]()
    while ahead:
        name = plain(ahead.pop())
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        if name not in ("sourcebound", "setuptools", "pip"):
            assert distribution.version.split("+")[0] == product.get(name), name
        for requirement in map(Requirement, distribution.requires or []):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                ahead.append(requirement.name)
    assert len(seen) > 30


def test_what_make_lock_writes_of_this_environment_is_in_the_same_parts_of_the_lock() -> None:
    command = [sys.executable, str(REPOSITORY / ".ci" / "lock.py")]
    written = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    for now, then in zip(parts_of(written), locked(), strict=True):
        assert len(now) > 30
        assert set(now) <= set(then)


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_the_parts_that_are_installed_at_once_are_the_product_s_part_of_the_lock(tmp_path: Path) -> None:
    names = re.search(r"^PARTS := (.*)$", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert names
    command = [
        "make",
        "--silent",
        "--no-print-directory",
        "--jobs=1",
        f"VENV={tmp_path}",
        "INSTALL=echo",
        *names[1].split(),
    ]
    said = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    parts = [(tmp_path / f"{name}.txt") for name in names[1].split()]
    assert said.splitlines() == [f"--no-deps --requirement {part}" for part in parts]
    lines = [part.read_text(encoding="utf-8").split() for part in parts]
    assert sorted(line for part in lines for line in part) == sorted(locked()[0])
    assert len(parts) > 1
    assert min(map(len, lines)) >= 30


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_a_part_that_cannot_be_installed_does_not_end_the_installation(tmp_path: Path) -> None:
    command = ["make", "--silent", "part-0", f"VENV={tmp_path}", "INSTALL=false"]
    assert subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False).returncode == 0


def test_what_make_compiles_can_be_imported() -> None:
    names = re.search(r"^IMPORTED := (.*)$", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert names
    command = [sys.executable, "-c", f"import {names[1]}"]
    subprocess.run(command, cwd=REPOSITORY, check=True)
