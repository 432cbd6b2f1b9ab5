"""The command `rag serve`: the page and the interface, on this machine or behind a reverse proxy."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from rag.console import progress_shown, say, settings_from
from rag.errors import ConfigError

if TYPE_CHECKING:
    from rag.config import Settings

_GRACE_S = 15
_IDLE_S = 15
_LONGEST_HEAD_BYTES = 32_768
_WAITING_CONNECTIONS = 512


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others reach no loopback.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="Port; 0: any free one.")
@click.option("--composer", type=click.Choice(["extractive", "model"]), help="Who words the answers.")
@click.option("--verifier", metavar="NAME", help="What judges claims (default: see docs/settings.md).")
@click.option("--index", "name", metavar="NAME", help="Which index to ask.")
def serve(host: str, port: int, *, composer: str | None, verifier: str | None, name: str | None) -> None:
    """Serve the page to ask on, and the interface for programs under /v1.

    The default index is built on first use; a newly published one is taken up without a restart. On an address that
    other machines reach, settings that are not safe there are refused (docs/deployment.md).
    """
    from rag.web.opening import opened_services

    settings = settings_from(composer=composer, verifier=verifier, index=name)
    _write_log()
    with _listening(host, port) as listener:
        with progress_shown() as progress:
            services = opened_services(settings, host, say, progress)
        _run(services, settings, listener)


def _listening(host: str, port: int) -> socket.socket:
    """A socket on that address.

    Raises:
        ConfigError: it cannot be had.
    """
    try:
        family = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        listener = socket.create_server((host.strip("[]"), port), family=family, backlog=_WAITING_CONNECTIONS)
        # Connections inherit it: without it the last part of each reply waits for the reader's acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except (OSError, UnicodeError) as error:
        mend = "choose another with --host and --port"
        raise ConfigError("this address cannot be listened on", value=f"{host}:{port}: {error}", mend=mend) from error


def _write_log() -> None:
    """One line a request on standard error, and what goes wrong; nothing of libraries that may quote a question."""
    writing = logging.StreamHandler()
    writing.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    for name, level in (("rag.web", logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [writing], False
        logger.setLevel(level)


def _run(services: Any, settings: Settings, listener: socket.socket) -> None:
    import uvicorn

    from rag.web.app import create_app

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """A signal ends the server and is then done with: to be stopped is not to fail."""
            with super().capture_signals():
                yield
                self._captured_signals.clear()

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if not self.should_exit:
                say(f"Ready: {_address(listener)} (stop with Ctrl-C)")

    app = create_app(services)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=settings.web_trusted_proxies is not None,
        forwarded_allow_ips=settings.web_trusted_proxies or "",
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_GRACE_S,
        h11_max_incomplete_event_size=_LONGEST_HEAD_BYTES,
        http="h11",
        lifespan="on",
    )
    Server(config).run(sockets=[listener])
    _leave(app.state.asks.open)


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def _leave(unfinished: int) -> None:
    """End at once also where a question is still being answered: nothing of it is kept, and nobody waits for it."""
    if unfinished:
        say(f"Stopped; not finished, and not kept: {unfinished} questions.")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    say("Stopped.")
