"""The status of a running process over HTTP: /healthz, /readyz and /metrics, on loopback or an inner network."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from bot.background.measures import Measures
from knowledge.errors import UsageError

log = logging.getLogger(__name__)

OFF = "off"
PLAIN, JSON, PROMETHEUS = "text/plain; charset=utf-8", "application/json", "text/plain; version=0.0.4; charset=utf-8"
# A reader that sends nothing is let go.
READ_WITHIN_S = 5.0


class Reply(NamedTuple):
    """An answer over HTTP."""

    status: HTTPStatus
    kind: str
    body: bytes


def page(measures: Measures, path: str) -> Reply:
    """Return the page at a path."""
    pages: dict[str, Callable[[], Reply]] = {
        "/healthz": lambda: Reply(HTTPStatus.OK, PLAIN, b"ok\n"),
        "/readyz": lambda: readiness(measures),
        "/metrics": lambda: Reply(HTTPStatus.OK, PROMETHEUS, measures.page()),
    }
    made = pages.get(path.partition("?")[0])
    return Reply(HTTPStatus.NOT_FOUND, PLAIN, b"/healthz, /readyz, /metrics\n") if made is None else made()


def readiness(measures: Measures) -> Reply:
    """Return whether learners are answered now: also without the ledger, which the spool replaces, but not without the platform."""
    loading = "" if measures.service is not None else "the cards and the model are being loaded"
    reason = measures.why_closed or measures.reason_not_ready() or loading
    said = {"ready": not reason, **({"why": reason} if reason else {}), "parts": measures.states()}
    return Reply(HTTPStatus.SERVICE_UNAVAILABLE if reason else HTTPStatus.OK, JSON, json.dumps(said).encode() + b"\n")


@contextmanager
def serve_status(address: str | None, measures: Measures) -> Iterator[ThreadingHTTPServer | None]:
    """Serve the pages in threads until the block ends; None if that is off, or the address is taken, which is logged.

    Raises:
        UsageError: it's no address.
    """
    if address is None or address.lower() == OFF:
        yield None
        return
    host, port = split_address(address)

    class Handler(BaseHTTPRequestHandler):
        """Answers GET and HEAD."""

        timeout = READ_WITHIN_S
        server_version, sys_version = "askwell", ""

        def do_GET(self) -> None:
            """Answer with a page."""
            reply = page(measures, self.path)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(reply.body)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002  the name that http.server gives it
            """Log no scrapes."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        log.warning("no status at %s (ASKWELL_STATUS_ADDRESS): %s", address, error.strerror or error)
        yield None
        return
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="askwell-status", daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def split_address(address: str, setting: str = "ASKWELL_STATUS_ADDRESS") -> tuple[str, int]:
    """Return the host and port of an address that a setting gives.

    >>> split_address("[::1]:9464")
    ('::1', 9464)

    Raises:
        UsageError: it's no address.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise UsageError(f"{setting} is HOST:PORT, such as 127.0.0.1:9464, or {OFF}; it is {address[:60]!r}")
    return host.strip("[]"), int(port)
