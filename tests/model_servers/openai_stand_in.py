"""A server that speaks OpenAI's /v1/chat/completions and /v1/completions, streamed or whole, with the replies that a test wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.model_servers.stand_in import Replies, Reply, Request, StandIn, serving, words


@contextmanager
def openai_server(replies: Replies) -> Iterator[StandIn]:
    """Serve replies; the last is repeated. `url` ends with /v1, as ASKWELL_MODEL_BASE_URL wants it."""
    with serving(replies, form, "/v1") as server:
        yield server


def form(request: Request, reply: Reply) -> tuple[str, bytes]:
    """Put a reply's text into the form that was asked for."""
    if reply.status >= 400:
        return "application/json", json.dumps({"error": {"message": reply.text or "no luck", "type": "server_error"}}).encode()
    chat = request.path.endswith("/chat/completions")
    if not request.body.get("stream"):
        choice = {"message": {"role": "assistant", "content": reply.text}} if chat else {"text": reply.text}
        return "application/json", json.dumps(whole(chat, choice | {"finish_reason": reply.finish})).encode()
    events = [event(word, chat=chat) for word in words(reply.text)] if reply.text else []
    return "text/event-stream", b"".join([*events, event("", chat=chat, finish=reply.finish), b"data: [DONE]\n\n"])


def event(text: str, *, chat: bool = True, finish: str | None = None) -> bytes:
    """Return a streamed piece of an answer; as a reply's `trickle` it makes an answer without end."""
    choice = {"delta": {"role": "assistant", "content": text}} if chat else {"text": text}
    return b"data: " + json.dumps(whole(chat, choice | {"finish_reason": finish}, streamed=True)).encode() + b"\n\n"


def whole(chat: bool, choice: dict[str, Any], *, streamed: bool = False) -> dict[str, Any]:
    """Return what stands around a choice."""
    kind = ("chat.completion.chunk" if streamed else "chat.completion") if chat else "text_completion"
    return {"id": "x", "object": kind, "created": 1, "model": "stand-in", "choices": [{"index": 0, **choice}]}
