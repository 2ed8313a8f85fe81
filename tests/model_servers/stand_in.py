"""The server on loopback behind both stand-ins: it gives the replies that a test wrote, well-formed or not, and keeps what it was asked."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """One reply: a text in the server's own form, or an error, or something that no client expects.

    `body` is sent in place of the text; `trickle` is sent after it again and again, until the client hangs up.
    """

    text: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    body: bytes | None = None
    trickle: bytes = b""
    trickle_every_s: float = 0.05
    finish: str = "stop"


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: Body


Replies = Sequence[str | Reply] | Callable[[Request], str | Reply]
# Turns a request and a reply into the type and the bytes of the response.
Form = Callable[[Request, Reply], tuple[str, bytes]]


class StandIn(ThreadingHTTPServer):
    """A running stand-in: `url` is its base URL, `requests` what it was asked, `open_now` and `most_at_once` how many are
    and were open together."""

    daemon_threads = True
    # A client that hung up may leave a thread that still waits; closing must not wait for it.
    block_on_close = False

    def __init__(self, replies: Replies, form: Form, path: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}{path}"
        self.requests: list[Request] = []
        # What a GET of a path returns, as JSON.
        self.pages: dict[str, Any] = {}
        self.most_at_once = 0
        self.stopping = threading.Event()
        self.form = form
        self._replies = replies
        self.open_now = 0
        self._lock = threading.Lock()

    def reply_to(self, request: Request) -> Reply:
        """Return the next reply; the last one is given again and again."""
        with self._lock:
            self.requests.append(request)
            number = len(self.requests) - 1
        reply = self._replies(request) if callable(self._replies) else self._replies[min(number, len(self._replies) - 1)]
        return Reply(reply) if isinstance(reply, str) else reply

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count a request as open."""
        with self._lock:
            self.open_now += 1
            self.most_at_once = max(self.most_at_once, self.open_now)
        try:
            yield
        finally:
            with self._lock:
                self.open_now -= 1


class Handler(BaseHTTPRequestHandler):
    """Answers a POST with the next reply, and a GET with a page."""

    server: StandIn

    def do_POST(self) -> None:
        """Read the request, wait, send, and trickle where the reply says so."""
        length = int(self.headers.get("content-length", 0))
        request = Request(self.path, {key.lower(): value for key, value in self.headers.items()}, json.loads(self.rfile.read(length)))
        with self.server.counted(), suppress(ConnectionError):
            reply = self.server.reply_to(request)
            self.server.stopping.wait(reply.delay_s)
            kind, body = self.server.form(request, reply)
            self.send_response(reply.status)
            for name, value in {"content-type": kind, **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body if reply.body is None else reply.body)
            while reply.trickle and not self.server.stopping.wait(reply.trickle_every_s):
                self.wfile.write(reply.trickle)

    def do_GET(self) -> None:
        """Send a page, if there is one."""
        page = self.server.pages.get(self.path)
        self.send_response(404 if page is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(page).encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing; a test looks at `requests`."""


@contextmanager
def serving(replies: Replies, form: Form, path: str = "") -> Iterator[StandIn]:
    """Serve on a free port until the block ends."""
    server = StandIn(replies, form, path)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


def words(text: str) -> list[str]:
    """Cut a text into what a model would write one after the other; joined, they are the text."""
    return re.findall(r"\S*\s+|\S+\Z", text)
