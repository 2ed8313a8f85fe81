"""The stand-in itself: its REST routes, its records, the refusals that a test orders, and the events that a test causes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any

from aiohttp import web

from tests.discord_stand_in import payloads
from tests.discord_stand_in.channels import Channels
from tests.discord_stand_in.gateway import Gateway
from tests.discord_stand_in.interactions import Interactions
from tests.discord_stand_in.payloads import FORUM, GENERAL, LEARNER, ME, USUAL_RIGHTS, Payload
from tests.discord_stand_in.rest import (
    TOKEN,
    Answered,
    Recorded,
    Refusal,
    Refused,
    ThreadBuckets,
    bodied,
    body_of,
    rate_limit_headers,
    reply,
    without_defaults,
)

PREFIX = "/api/v10"
PATIENCE_S = 8.0


class StandIn:
    """Discord, as far as the bot can tell."""

    def __init__(self, *, rights: int = USUAL_RIGHTS, refused_intents: int = 0, gateway_token: str = TOKEN) -> None:
        self.gateway = Gateway(gateway_token, refused_intents=refused_intents)
        self.channels = Channels(rights, self.gateway)
        self.people = Interactions(self.channels, self.gateway)
        self.gateway.guild = lambda: payloads.guild(rights, list(self.channels.channels.values()), list(self.threads.values()))
        self.threads, self.messages = self.channels.threads, self.channels.messages
        self.acknowledged = self.people.acknowledged
        self.use_ask, self.use, self.click, self.fill_in = self.people.use_ask, self.people.use, self.people.click, self.people.fill_in
        # The learner's roles, and whether they are in the server at all.
        self.roles: list[str] = []
        self.is_member = True
        # Whether the bot is.
        self.is_in_server = True
        self.application = payloads.application()
        self.requests: list[Recorded] = []
        self.refusals: list[Refusal] = []
        self.cuts: list[Refusal] = []
        self.buckets = ThreadBuckets()
        self.commands: dict[str, list[Payload]] = {}
        self.api_url = ""

    async def __aenter__(self) -> StandIn:
        app = web.Application(middlewares=[self.middleware])
        for method, path, handler in self.routes():
            app.router.add_route(method, PREFIX + path, bodied(handler))
        app.router.add_get("/gateway/", self.serve_gateway)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        host, port = self.runner.addresses[0][:2]
        self.api_url = f"http://{host}:{port}{PREFIX}"
        self.gateway.url = f"ws://{host}:{port}/gateway/"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.gateway.drop()
        await self.runner.cleanup()

    def routes(self) -> list[tuple[str, str, Answered]]:
        return [
            ("GET", "/users/@me", self.get_me),
            ("GET", "/guilds/{guild}/members/{person}", self.get_member),
            ("GET", "/users/@me/guilds", self.get_guilds),
            ("GET", "/oauth2/applications/@me", self.get_application),
            ("GET", "/applications/{application}/commands", self.get_commands),
            ("PUT", "/applications/{application}/commands", self.put_commands),
            ("GET", "/applications/{application}/guilds/{guild}/commands", self.get_commands),
            ("PUT", "/applications/{application}/guilds/{guild}/commands", self.put_commands),
            *self.channels.routes(),
            *self.people.routes(),
        ]

    # What a test does and asks.

    async def say(
        self,
        text: str,
        *,
        channel: str = GENERAL,
        names_us: bool = True,
        unheard: bool = False,
        roles: Sequence[str] = (),
        **changed: Any,
    ) -> Payload:
        """Let the learner, who has some `roles`, write a message; return it. An `unheard` one the gateway tells nobody of."""
        self.roles = list(roles)
        author = changed.pop("author", payloads.user(LEARNER, "ada"))
        written = payloads.message(channel, author, text, mentions=[payloads.me()] if names_us else []) | changed
        written["member"]["roles"] = self.roles
        if channel in self.channels.direct:
            del written["guild_id"], written["member"]
        self.messages[written["id"]] = written
        self.channels.place(channel)["last_message_id"] = written["id"]
        if not unheard:
            await self.gateway.dispatch("MESSAGE_CREATE", written)
        return written

    async def post_in_forum(self, title: str, text: str, *, tags: Sequence[str] = ()) -> Payload:
        """Let the learner begin a post in the forum; return its first message.

        Source: Discord's API, topic "threads": a post's first message has the id of its thread.
        """
        written = payloads.message("", payloads.user(LEARNER, "ada"), text)
        written["channel_id"] = written["id"]
        post = payloads.thread(written["id"], title, FORUM, LEARNER) | {"applied_tags": list(tags), "last_message_id": written["id"]}
        self.threads[written["id"]], self.messages[written["id"]] = post, written
        await self.gateway.dispatch("THREAD_CREATE", post | {"newly_created": True})
        await self.gateway.dispatch("MESSAGE_CREATE", written)
        return written

    async def rewrite(self, message: Payload, text: str, *, names_us: bool = True) -> None:
        """Let the author of a message edit it."""
        message |= {"content": text, "edited_timestamp": payloads.now(), "mentions": [payloads.me()] if names_us else []}
        await self.gateway.dispatch("MESSAGE_UPDATE", message)

    async def delete(self, message: Payload) -> None:
        """Let the author of a message delete it."""
        del self.messages[message["id"]]
        kept: Payload = {key: message[key] for key in ("id", "channel_id", "guild_id") if key in message}
        await self.gateway.dispatch("MESSAGE_DELETE", kept)

    def refuse(self, method: str, pattern: str, status: int, code: int, words: str, *, times: int = 1000, **more: Any) -> None:
        """Answer requests whose path matches with an error, so many times."""
        self.refusals.append(Refusal(method, pattern, status, {"message": words, "code": code, **more}, times))

    def cut(self, method: str, pattern: str, *, times: int = 1000) -> None:
        """Do what requests want whose path matches, so many times, but close the connection instead of saying so."""
        self.cuts.append(Refusal(method, pattern, 0, {}, times))

    def recorded(self, method: str, pattern: str, *, status: int | None = None) -> list[Recorded]:
        """Return the requests so far whose path matches from end to end."""
        return [
            one
            for one in self.requests
            if one.method == method and re.fullmatch(pattern, one.path) and (status is None or one.status == status)
        ]

    async def wait_for(self, method: str, pattern: str, *, count: int = 1, status: int | None = None) -> list[Recorded]:
        """Wait until so many requests match, and return them."""
        await self.until(lambda: len(self.recorded(method, pattern, status=status)) >= count)
        return self.recorded(method, pattern, status=status)

    async def until(self, holds: Callable[[], bool], *, patience_s: float = PATIENCE_S) -> None:
        """Wait until something holds; fail with what was recorded if that takes too long."""
        try:
            async with asyncio.timeout(patience_s):
                while not holds():
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise AssertionError(f"it did not happen; recorded: {[(one.method, one.path, one.status) for one in self.requests]}") from None

    async def serve_gateway(self, request: web.Request) -> web.WebSocketResponse:
        """Serve the bot, or a second one of the same token while the first is connected: both hear of all that people do."""
        if self.gateway.socket is None:
            return await self.gateway.serve(request)
        self.gateway.second = Gateway(self.gateway.token)
        self.gateway.second.url, self.gateway.second.guild = self.gateway.url, self.gateway.guild
        return await self.gateway.second.serve(request)

    # How requests are taken.

    @web.middleware
    async def middleware(self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        if not request.path.startswith(PREFIX):
            return await handler(request)
        path = request.path.removeprefix(PREFIX)
        raw = await request.read()
        at = time.monotonic()
        limit = self.buckets.of(request.method, path)
        refusal = next((one for one in self.refusals if one.fits(request.method, path)), None)
        cut = next((one for one in self.cuts if one.fits(request.method, path)), None)
        response: web.StreamResponse
        if not path.startswith(("/interactions/", "/webhooks/")) and request.headers.get("Authorization") != f"Bot {TOKEN}":
            response = reply(401, {"message": "401: Unauthorized", "code": 0})
        elif limit is not None and not limit.take():
            response = reply(429, {"message": "You are being rate limited.", "retry_after": limit.reset_after_s, "global": False})
        elif refusal is not None:
            refusal.times -= 1
            response = reply(refusal.status, refusal.body)
        else:
            try:
                response = await handler(request)
            except Refused as error:
                response = reply(error.status, error.body)
        if cut is not None and request.transport is not None:
            cut.times -= 1
            request.transport.close()
        body, files = body_of(request.content_type, request.headers.get("Content-Type", ""), raw)
        self.requests.append(Recorded(request.method, path, dict(request.query), body, at, response.status, files))
        response.headers.update(rate_limit_headers(request.method, path, limited=response.status == 429))
        response.headers.update(limit.headers if limit is not None else {})
        return response

    async def get_me(self, request: web.Request, body: Any) -> web.Response:
        return reply(200, payloads.me())

    async def get_guilds(self, request: web.Request, body: Any) -> web.Response:
        """Source: Discord's API, "get current user guilds": partial guilds, with the rights in them as text."""
        whole = self.gateway.guild()
        few = {key: whole[key] for key in ("id", "name", "icon", "features")} | {"banner": None, "owner": False}
        return reply(200, [few | {"permissions": str(self.channels.rights)}] if self.is_in_server else [])

    async def get_member(self, request: web.Request, body: Any) -> web.Response:
        """Source: Discord's API, "get guild member": it needs no intent, unlike the list of members."""
        if request.match_info["person"] != LEARNER or not self.is_member:
            raise Refused(404, 10007, "Unknown Member")
        return reply(200, payloads.member(payloads.user(LEARNER, "ada")) | {"roles": self.roles})

    async def get_application(self, request: web.Request, body: Any) -> web.Response:
        return reply(200, self.application)

    async def get_commands(self, request: web.Request, body: Any) -> web.Response:
        return reply(200, self.commands.get(request.match_info.get("guild", ""), []))

    async def put_commands(self, request: web.Request, body: Any) -> web.Response:
        place = request.match_info.get("guild", "")
        own = {"application_id": ME, "version": payloads.snowflake()} | ({"guild_id": place} if place else {})
        self.commands[place] = [without_defaults(command) | {"id": payloads.snowflake()} | own for command in body]
        return reply(200, self.commands[place])
