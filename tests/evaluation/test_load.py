"""Many readers at once, in small: a server of its own, a few readers, a second; and what would be told of faults."""

from __future__ import annotations

import asyncio

from eval.load import Taken, load_table, loaded, missing, served


def test_readers_ask_and_open_and_what_was_kept_is_there() -> None:
    with served() as address:
        taken = asyncio.run(loaded(address, ["What relieves gout flares?"], readers=3, seconds=1.5))
        assert not taken.faults
        assert len(taken.kept) == len(taken.seconds["ask"]) >= 3
        assert missing(address, taken) == 0
        taken.kept.append("AAAAAAAAAAAAAAAAAAAAAA")
        assert missing(address, taken) == 1


def test_the_table_has_rate_and_tail() -> None:
    taken = Taken(seconds={"ask": [0.1, 0.2, 0.3], "open": []})
    assert "| ask | 3 | 1.5 | 200 | 290 | 300 |" in load_table(taken, 2.0)
