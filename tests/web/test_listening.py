"""The socket that the server listens on."""

import socket

import pytest

from rag.errors import ConfigError
from rag.serve_commands import _listening


def test_the_last_part_of_a_reply_does_not_wait_for_the_reader() -> None:
    with _listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_that_another_has_is_one_line() -> None:
    with _listening("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}"):
            _listening("127.0.0.1", port)
