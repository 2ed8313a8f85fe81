"""Discord's REST answers and refusals: bodies, error codes, rate-limit headers; and the record of a request."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from typing import Any

from aiohttp import web

from tests.discord_stand_in.payloads import Payload

TOKEN = "MTE4MDM1MTExMDIyNDY3ODkxMw.GqX2bY.stand-in"
Answered = Callable[[web.Request, Any], Awaitable[web.Response]]


@dataclass(frozen=True)
class Recorded:
    """One REST request as it came in, and the status that it got."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    at: float
    status: int
    files: list[bytes] = field(default_factory=list)


@dataclass
class Refusal:
    """An answer given so many times to matching requests."""

    method: str
    pattern: str
    status: int
    body: Payload
    times: int

    def fits(self, method: str, path: str) -> bool:
        """Return whether a request gets this answer."""
        return self.times > 0 and self.method == method and re.fullmatch(self.pattern, path) is not None


@dataclass
class ThreadBucket:
    """So many threads of one channel within so many seconds."""

    most: int
    within_s: float
    used: int = 0
    began: float = 0.0

    @property
    def reset_after_s(self) -> float:
        return max(0.0, self.began + self.within_s - time.monotonic())

    def take(self) -> bool:
        """Count one request, and return whether the bucket still had room for it."""
        if not self.reset_after_s:
            self.used, self.began = 0, time.monotonic()
        self.used += 1
        return self.used <= self.most

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.most),
            "X-RateLimit-Remaining": str(max(0, self.most - self.used)),
            "X-RateLimit-Reset": f"{time.time() + self.reset_after_s:.3f}",
            "X-RateLimit-Reset-After": f"{self.reset_after_s:.3f}",
        }


class ThreadBuckets:
    """The limit on opening threads, one bucket a channel, as bots report it of Discord; without one unless a test sets `most`."""

    def __init__(self) -> None:
        self.most = 0
        self.within_s = 300.0
        self.buckets: dict[str, ThreadBucket] = {}

    def of(self, method: str, path: str) -> ThreadBucket | None:
        """Return the bucket that a request counts against."""
        found = re.fullmatch(r"/channels/(\d+)/messages/\d+/threads", path)
        if not self.most or method != "POST" or found is None:
            return None
        return self.buckets.setdefault(found[1], ThreadBucket(self.most, self.within_s))


class Refused(Exception):
    """A request that Discord would not take: its status, its error code and its words."""

    def __init__(self, status: int, code: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.body = {"message": words, "code": code}


def reply(status: int, body: Any = None) -> web.Response:
    """Answer as Discord does; its clients compare the content type as a whole, so it has no charset."""
    if body is None:
        return web.Response(status=status)
    return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json")


def bodied(handler: Answered) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Read the JSON body for a handler."""

    async def read(request: web.Request) -> web.Response:
        return await handler(request, body_of(request.content_type, request.headers.get("Content-Type", ""), await request.read())[0])

    return read


def body_of(kind: str, header: str, raw: bytes) -> tuple[Any, list[bytes]]:
    """Return the JSON of a body, and the files that come with it.

    Source: Discord's API, "uploading files": multipart/form-data, the JSON in `payload_json`, each file in `files[n]`.
    """
    if kind != "multipart/form-data":
        return (json.loads(raw) if raw else None), []
    parts = BytesParser().parsebytes(f"Content-Type: {header}\r\n\r\n".encode() + raw).get_payload()
    named = [(str(part.get_param("name", header="content-disposition")), part.get_payload(decode=True)) for part in parts]  # type: ignore[union-attr]
    files = [bytes(content) for name, content in named if name.startswith("files[")]
    return next(json.loads(content) for name, content in named if name == "payload_json"), files  # type: ignore[arg-type]


def without_defaults(described: Payload) -> Payload:
    """Return a command as Discord gives it back: what is empty, or false on an option, is left out."""
    kept = {key: value for key, value in described.items() if key not in {"options", "required"} or value}
    # A command of a message's menu has no description, and comes back with an empty one.
    kept.setdefault("description", "")
    # Source: Discord's API, "permissions": they come back as text.
    if kept.get("default_member_permissions") is not None:
        kept["default_member_permissions"] = str(kept["default_member_permissions"])
    if "options" in kept:
        kept["options"] = [without_defaults(option) for option in kept["options"]]
    return kept


def rate_limit_headers(method: str, path: str, *, limited: bool) -> dict[str, str]:
    """Return the headers that Discord puts on every answer."""
    bucket = re.sub(r"\d+", "", f"{method}{path}")
    headers = {
        "Via": "1.1 google",
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": "0" if limited else "4",
        "X-RateLimit-Reset": f"{time.time() + 0.2:.3f}",
        "X-RateLimit-Reset-After": "0.200",
        "X-RateLimit-Bucket": f"{abs(hash(bucket)):032x}"[:32],
    }
    return headers | ({"Retry-After": "1", "X-RateLimit-Scope": "user"} if limited else {})
