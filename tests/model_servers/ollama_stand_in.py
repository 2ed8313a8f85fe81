"""A server that speaks Ollama's /api/chat, streamed as lines of JSON as Ollama does, with the replies that a test wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.model_servers.stand_in import Replies, Reply, Request, StandIn, serving, words


@contextmanager
def ollama_server(replies: Replies) -> Iterator[StandIn]:
    """Serve replies; the last is repeated."""
    with serving(replies, form) as server:
        yield server


def form(request: Request, reply: Reply) -> tuple[str, bytes]:
    """Put a reply's text into the form that was asked for; Ollama streams unless told not to."""
    if reply.status >= 400:
        return "application/json", json.dumps({"error": reply.text or "no luck"}).encode()
    pieces = words(reply.text) if request.body.get("stream", True) else [reply.text]
    if len(pieces) == 1 and request.body.get("stream") is False:
        return "application/json", line(pieces[0], done=reply.finish)
    return "application/x-ndjson", b"".join([*(line(piece) for piece in pieces), line("", done=reply.finish)])


def line(text: str, done: str | None = None) -> bytes:
    """Return a streamed piece of an answer; as a reply's `trickle` it makes an answer without end."""
    ended = {"done_reason": done, "total_duration": 5_000_000, "prompt_eval_count": 26, "eval_count": 8} if done else {}
    piece = {"model": "stand-in", "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": text}}
    return json.dumps(piece | {"done": done is not None} | ended).encode() + b"\n"
