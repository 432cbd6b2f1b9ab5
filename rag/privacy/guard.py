"""The guard at the door of the pipeline: warns, redacts or refuses where a question identifies a person.

It decides by where the question goes: to a server of another network, or nowhere beyond this machine and its own
network.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

from rag.errors import PrivacyError
from rag.privacy.identifiers import Identifier, find_identifiers, redacted

PhiMode = Literal["warn", "redact", "refuse"]


def is_remote(base_url: str | None) -> bool:
    """Whether a server stands outside this machine and its private network; None is the API of OpenAI.

    Names without a dot, and those of `.local`, `.lan`, `.internal` and `.home.arpa`, are of the private network.
    """
    if base_url is None:
        return True
    host = (urlsplit(base_url).hostname or "").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." in host and not host.endswith((".local", ".lan", ".internal", ".home.arpa", ".localhost"))
    return not (address.is_loopback or address.is_private or address.is_link_local)


class PrivacyGuard:
    """Admits the text of a question, or not.

    Args:
        mode: what to do about identifiers.
        where: where the question goes, in words, for the message.
        notice: told of identifiers in the mode "warn" and of what was redacted; never the identifiers themselves.
    """

    def __init__(self, mode: PhiMode, where: str, notice: Callable[[str], None]) -> None:
        self.mode = mode
        self._where = where
        self._notice = notice
        self._told: set[str] = set()

    def admit(self, text: str) -> str:
        """The text to go on with: as it is, or with its identifiers replaced by their kinds.

        Raises:
            PrivacyError: there are identifiers, and the mode is "refuse".
        """
        found = find_identifiers(text)
        if not found:
            return text
        kinds = ", ".join(dict.fromkeys(one.kind for one in found))
        if self.mode == "refuse":
            raise PrivacyError(
                f"what was asked seems to identify a person and would go to {self._where}",
                value=kinds,
                mend="leave it out, or choose otherwise by --phi or RAG_PHI: redact or warn",
            )
        if self.mode == "redact":
            self._tell(text, f"Left out of what was asked: {kinds}.", found)
            return redacted(text, found)
        self._tell(text, f"What was asked seems to identify a person ({kinds}); it goes to {self._where}.", found)
        return text

    def _tell(self, text: str, message: str, found: tuple[Identifier, ...]) -> None:
        """Tell it once for the same identifiers, so that a rewritten question does not warn again."""
        values = {text[one.start : one.end].lower() for one in found}
        if not values <= self._told:
            self._told |= values
            self._notice(message)
