"""The fence around every request: which hosts are answered, how much is read, and what a browser may do with an answer."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# An answer has 20,000 characters at most, a card some ten thousand: with percent signs this is ample.
MAX_BODY_BYTES = 1_000_000
STATUS_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
# Where a mentor may upload a file: of one that is too large the rest is thrown away as it comes, so that a browser shows the answer.
UPLOADS = frozenset({"/import"})
MOST_THROWN_AWAY_BYTES = 1_000_000_000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
# Where mentors reach the desk over TLS, browsers never try without it, for a year.
OVER_TLS = {"strict-transport-security": "max-age=31536000"}
TOO_LARGE = (
    "This is more than the desk takes in one piece (1 MB). Go back: what you typed is still in the form. Shorten it and send it again.\n"
)


class Fence:
    """An ASGI middleware that answers only for known hosts, reads only so much, and sets the headers of every answer."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], *, over_tls: bool = False) -> None:
        self.app = app
        self.hosts = hosts
        self.headers = HEADERS | (OVER_TLS if over_tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self.refusal(scope)
        await (self.app if refused is None else refused)(scope, receive, send_with_headers)

    def refusal(self, scope: Scope) -> PlainTextResponse | None:
        """Return the answer to a request that is not let in, None if it is.

        Another host's name means that a page elsewhere has pointed its own name at this address, to read what mentors see.
        """
        headers = Headers(scope=scope)
        if scope["path"] not in STATUS_PATHS and host_of(headers.get("host", "")) not in self.hosts:
            return PlainTextResponse("The desk isn't served under this name: set ASKWELL_DESK_URL to the address that mentors use.\n", 421)
        length = headers.get("content-length", "0")
        most = MOST_THROWN_AWAY_BYTES if scope["path"] in UPLOADS else MAX_BODY_BYTES
        if not length.isdigit() or int(length) > most:
            return PlainTextResponse(TOO_LARGE, 413)
        return None


def host_of(header: str) -> str:
    """Return the name in a Host header, without its port.

    >>> host_of("[::1]:8765"), host_of("Localhost:80")
    ('::1', 'localhost')
    """
    name, colon, port = header.rpartition(":")
    return (name if colon and port.isdigit() else header).strip("[]").lower()
