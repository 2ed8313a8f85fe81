"""A server that speaks Anthropic's Messages API, streamed as its events or whole, with the replies that a test wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.model_servers.stand_in import Body, Replies, Reply, Request, StandIn, serving, words


@contextmanager
def anthropic_server(replies: Replies) -> Iterator[StandIn]:
    """Serve replies; the last is repeated. A request that forces a tool gets its reply, a JSON object, as that tool's input."""
    with serving(replies, form) as server:
        yield server


def form(request: Request, reply: Reply) -> tuple[str, bytes]:
    """Put a reply's text into the form that was asked for."""
    if reply.status >= 400:
        error = {"type": "error", "error": {"type": "invalid_request_error", "message": reply.text or "no luck"}}
        return "application/json", json.dumps(error).encode()
    if request.body.get("stream"):
        return "text/event-stream", b"".join(event(each) for each in streamed(reply))
    forced = request.body.get("tool_choice", {}).get("type") == "tool"
    return "application/json", json.dumps(whole([filled(request, reply) if forced else text(reply.text)], "end_turn")).encode()


def whole(content: list[Body], stop: str | None) -> Body:
    """Return a message with its content."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "stand-in",
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 26, "output_tokens": 8},
    }


def text(said: str) -> Body:
    """Return a text as a block of content."""
    return {"type": "text", "text": said}


def filled(request: Request, reply: Reply) -> Body:
    """Return a reply as the input of the tool that the request forces."""
    return {"type": "tool_use", "id": "toolu_1", "name": request.body["tool_choice"]["name"], "input": json.loads(reply.text)}


def streamed(reply: Reply) -> Iterator[dict[str, Any]]:
    """Return the events of a streamed text."""
    yield {"type": "message_start", "message": whole([], None)}
    yield {"type": "content_block_start", "index": 0, "content_block": text("")}
    for piece in words(reply.text):
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 8}}
    yield {"type": "message_stop"}


def event(body: Body) -> bytes:
    """Return one event of a stream, under its name."""
    return f"event: {body['type']}\ndata: {json.dumps(body)}\n\n".encode()
