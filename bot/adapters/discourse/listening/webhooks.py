"""The receiver of Discourse's webhooks: signed events, each taken in before it's acknowledged."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from pydantic import ValidationError

from bot.adapters.discourse.api.topics import ForumPost
from knowledge.errors import PlatformError, UsageError

log = logging.getLogger(__name__)

# Source: Discourse's EmitWebHookEvent: the headers of an event, and the signature over the body as sent.
EVENT, SIGNATURE, EVENT_ID = "X-Discourse-Event", "X-Discourse-Event-Signature", "X-Discourse-Event-Id"
POST_EVENTS = frozenset({"post_created", "post_edited", "post_destroyed", "post_recovered"})
# Source: Discourse's solved plugin, its web hook extension: the payload is the accepted post under `solved`.
SOLVED = "accepted_solution"
LIKED = "post_liked"

# A post has 32,000 characters by default, and comes in several forms.
MOST_BYTES = 4 * 1024**2

# Takes an event's name, its post, and who caused it, where Discourse says.
Hear = Callable[[str, ForumPost, str | None], None]


@asynccontextmanager
async def receive_webhooks(address: str, secret: str, hear: Hear) -> AsyncIterator[str]:
    """Listen for webhooks at HOST:PORT until the block ends; yield the address.

    Raises:
        UsageError: it's no address.
        PlatformError: it's taken.
    """

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        if not is_signed(body, secret, request.headers.get(SIGNATURE, "")):
            log.warning("a webhook with a wrong signature was turned away: check ASKWELL_DISCOURSE_WEBHOOK_SECRET")
            return web.Response(status=403, text="wrong signature\n")
        event = request.headers.get(EVENT, "")
        found = read_event(event, body)
        if found is None and event in {*POST_EVENTS, SOLVED, LIKED}:
            log.warning("webhook %s (%s) can't be read", request.headers.get(EVENT_ID, "?"), event)
        elif found is not None:
            hear(event, *found)
        # Also for what is not read: Discourse would send it again, and switch the webhook off in the end.
        return web.Response(text="ok\n")

    host, port = split_host(address)
    app = web.Application(client_max_size=MOST_BYTES)
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise PlatformError(
                f"no webhooks can be received at {address} (ASKWELL_DISCOURSE_WEBHOOK_ADDRESS): {error.strerror or error}"
            ) from None
        name = runner.addresses[0]
        yield f"{name[0]}:{name[1]}"
    finally:
        await runner.cleanup()


def is_signed(body: bytes, secret: str, signature: str) -> bool:
    """Return whether a body was signed with the secret, in a time that says nothing about how much of it is right."""
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace"))


def read_event(event: str, body: bytes) -> tuple[ForumPost, str | None] | None:
    """Return an event's post and the name of who caused it; None if it's no event about a post."""
    try:
        payload = json.loads(body)
        if event in POST_EVENTS:
            return ForumPost.model_validate(payload["post"]), None
        if event == SOLVED:
            return ForumPost.model_validate(payload["solved"]), None
        if event == LIKED:
            return ForumPost.model_validate(payload["like"]["post"]), str(payload["like"]["user"]["id"])
    except (ValueError, ValidationError, KeyError, TypeError):
        return None
    return None


def split_host(address: str) -> tuple[str, int]:
    """Return the host and port of an address.

    Raises:
        UsageError: it's no address.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise UsageError(f"ASKWELL_DISCOURSE_WEBHOOK_ADDRESS is HOST:PORT, such as 127.0.0.1:9465; it is {address[:60]!r}")
    return host.strip("[]"), int(port)
