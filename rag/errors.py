"""Every way in which Sourcebound can fail, as one-line messages: what, which value, how to mend it.

An abstention or a missing support is a value, never an error.
"""

from __future__ import annotations

_VALUE_LIMIT = 300


def _one_line(text: str) -> str:
    return " ".join(text.split())


class RagError(Exception):
    """Something failed that the reader of the message can mend.

    Args:
        what: what is wrong.
        value: the offending value, shortened to one readable line.
        mend: what to do about it, a command where there is one.
    """

    exit_status = 1

    def __init__(self, what: str, *, value: object | None = None, mend: str | None = None) -> None:
        line = _one_line(what)
        if value is not None:
            shown = _one_line(str(value))
            line += f": {shown[:_VALUE_LIMIT]}{'…' if len(shown) > _VALUE_LIMIT else ''}"
        if mend is not None:
            line += f" ({_one_line(mend)})"
        super().__init__(line)


class ConfigError(RagError):
    """A setting or an argument that does not fit."""

    exit_status = 2


class QuestionError(RagError):
    """A question that cannot be asked: empty, or too long."""

    exit_status = 2


class CorpusError(RagError):
    """A corpus file that cannot be read as a source."""


class ReadingError(RagError):
    """A file offered to the corpus that cannot be read."""


class FetchError(RagError):
    """A literature server that could not be reached, or gave nothing that can be used."""


class IndexMissingError(RagError):
    """No index of that name."""


class IndexMismatchError(RagError):
    """An index that was built from something else than what is asked of it now."""


class IndexBrokenError(RagError):
    """An index folder whose files are missing or damaged."""


class IndexBusyError(RagError):
    """An index that another process is building."""


class EncoderError(RagError):
    """An encoder that cannot be loaded, or is not the one it claims to be."""


class EntailmentError(RagError):
    """An entailment model that cannot be loaded or run, or does not say what its outputs mean."""


class PrivacyError(RagError):
    """A question with something that identifies a person, where it must not be used. The message names kinds only."""

    exit_status = 2


class LedgerError(RagError):
    """A ledger that cannot be opened, read or written, or that has no such conversation."""


class NotKeptError(LedgerError):
    """The ledger has no such answer, version or conversation."""


class RepeatedKeyError(LedgerError):
    """A key under which another request was made, or, if `under_way`, one that is not finished yet."""

    def __init__(self, what: str, *, under_way: bool) -> None:
        super().__init__(what)
        self.under_way = under_way


class AccountError(RagError):
    """An account that cannot be made, changed or found."""

    exit_status = 2


class SignInError(RagError):
    """Nobody is signed in by this; `retry_after_s` is set where guessing has locked the door for a while."""

    def __init__(self, what: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(what)
        self.retry_after_s = retry_after_s


class ReviewError(RagError):
    """A step of a review that cannot be taken."""


class ModelError(RagError):
    """A model server that could not be reached, or gave nothing that can be used.

    `retryable` says whether the same request may succeed later, `retry_after_s` after how many seconds, where the
    server says so.
    """

    def __init__(
        self,
        what: str,
        *,
        value: object | None = None,
        mend: str | None = None,
        retryable: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(what, value=value, mend=mend)
        self.retryable = retryable
        self.retry_after_s = retry_after_s


class UnreadableReplyError(ModelError):
    """A model's reply that is not JSON, or not of the form asked for."""


class BudgetError(ModelError):
    """A request to a model server that was not made: it could have cost more than a budget has left."""
