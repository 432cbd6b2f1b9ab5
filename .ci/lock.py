"""Prints requirements.lock from what is installed: first what the product brings, then what the rest of `make` adds."""

import sys
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_PRODUCT = "sourcebound"
_UNLOCKED = {_PRODUCT, "pip", "setuptools", "wheel"}


def brought_by(product: str) -> set[str]:
    """The names of the packages that a package needs on this machine, directly or not, and its own."""
    ahead, seen = [(product, "")], set[tuple[str, str]]()
    while ahead:
        name, extra = ahead.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for requirement in map(Requirement, metadata.requires(name) or []):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                ahead += [(canonicalize_name(requirement.name), wanted) for wanted in ("", *requirement.extras)]
    return {name for name, _ in seen}


def main() -> None:
    """Print both parts; torch without the name of its build."""
    first, rest = ["# What the product needs."], ["# What the evaluation, the tests and the benchmark need besides."]
    product = brought_by(_PRODUCT)
    for one in sorted(metadata.distributions(), key=lambda one: one.name.lower()):
        name, version = canonicalize_name(one.name), one.version
        if name not in _UNLOCKED:
            part = first if name in product else rest
            part.append(f"{one.name}=={version.partition('+')[0] if name == 'torch' else version}")
    sys.stdout.write("\n".join([*first, *rest, ""]))


if __name__ == "__main__":
    main()
