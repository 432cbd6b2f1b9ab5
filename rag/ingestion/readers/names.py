"""Author names as the corpus writes them: the first three, then "et al."."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

_SHOWN = 3


def initials(given: str) -> str:
    """The initials of given names: "Jean-Paul A." gives "JPA"."""
    return "".join(part[0] for part in given.replace("-", " ").replace(".", " ").split() if part[0].isalpha())


def family_first(name: str) -> str:
    """A name in either order as "Family IN"; "Family, Given" is taken as it says, else the last word is the family."""
    if "," in name:
        family, _, given = name.partition(",")
        return f"{family.strip()} {initials(given)}".strip()
    words = name.split()
    if len(words) < 2:
        return name.strip()
    return f"{words[-1]} {initials(' '.join(words[:-1]))}".strip()


def short_list(names: Iterable[str]) -> str | None:
    """The names in one line, or None where there is none."""
    known = list(islice(filter(None, names), _SHOWN + 1))
    return ", ".join(known[:_SHOWN]) + (", et al." if len(known) > _SHOWN else "") if known else None
