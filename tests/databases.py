"""Databases for tests: files of SQLite, and a PostgreSQL server of the tests' own where its programs are installed."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_UNSAFE_AND_FAST = ("fsync=off", "max_connections=200", "listen_addresses=")


def server_programs() -> Path | None:
    """The folder of initdb and pg_ctl, the newest of Debian's or the one on the path; None where there is none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4].split(".")[0]))
    found = debian[-1] if debian else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def why_not() -> str | None:
    """Why there is no PostgreSQL here, or None."""
    if server_programs() is None:
        return "PostgreSQL's server is not installed (Debian: apt-get install postgresql)"
    if os.geteuid() == 0 and _unprivileged() is None:
        return "PostgreSQL does not run as root, and there is no user postgres"
    return None


def _unprivileged() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


class Server:
    """A PostgreSQL server in a folder of its own, reached by a socket in it."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self._programs = programs
        self._user = _unprivileged() if os.geteuid() == 0 else None

    def run(self, program: str, *arguments: str) -> None:
        who: dict[str, object] = {}
        if self._user is not None:
            who = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        log = self.folder.parent / f"{self.folder.name}.log"
        with log.open("ab") as output:
            done = subprocess.run(
                [str(self._programs / program), *arguments],
                stdout=output,
                stderr=output,
                cwd=self.folder,
                check=False,
                **who,  # type: ignore[call-overload]
            )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {log.read_text(errors='replace')[-2000:]}")

    def start(self) -> None:
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        place = str(self.folder / "server")
        self.run("initdb", "-D", place, "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        options = " ".join(["-F", f"-k {self.folder}", *(f"-c {one}" for one in _UNSAFE_AND_FAST)])
        self.run("pg_ctl", "-D", place, "-w", "-o", options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "server"), "-m", "immediate", "stop")

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://tests@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """The address of a fresh, empty database."""
        import psycopg

        name = f"t{secrets.token_hex(6)}"
        with psycopg.connect(host=str(self.folder), user="tests", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url(name)


@contextmanager
def postgresql_server() -> Iterator[Server]:
    """A server for as long as the block runs. Its folder has a short path: that of a socket may have 107 bytes."""
    programs = server_programs()
    assert programs is not None
    with tempfile.TemporaryDirectory(prefix="sb-pg-", ignore_cleanup_errors=True) as outer:
        Path(outer).chmod(0o755)
        folder = Path(outer) / "pg"
        folder.mkdir()
        server = Server(folder, programs)
        server.start()
        try:
            yield server
        finally:
            server.stop()
            time.sleep(0.1)
