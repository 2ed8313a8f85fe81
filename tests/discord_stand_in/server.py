"""The stand-in itself: its REST routes, what it records, what it refuses when told to, and how a test makes things happen."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

from aiohttp import web

from tests.discord_stand_in import payloads
from tests.discord_stand_in.gateway import Gateway
from tests.discord_stand_in.payloads import GENERAL, LEARNER, ME, PUBLIC_THREADS, USUAL_RIGHTS, Payload
from tests.discord_stand_in.rest import (
    TOKEN,
    Answered,
    Recorded,
    Refusal,
    Refused,
    bodied,
    check_content,
    rate_limit_headers,
    reply,
    without_defaults,
)

PREFIX = "/api/v10"
PATIENCE_S = 8.0


class StandIn:
    """Discord, as far as the bot can tell."""

    def __init__(self, *, rights: int = USUAL_RIGHTS, refused_intents: int = 0, gateway_token: str = TOKEN) -> None:
        self.rights = rights
        self.gateway = Gateway(gateway_token, refused_intents=refused_intents)
        self.gateway.guild = lambda: payloads.guild(self.rights, list(self.threads.values()))
        self.requests: list[Recorded] = []
        self.refusals: list[Refusal] = []
        self.cuts: list[tuple[str, str]] = []
        self.commands: dict[str, list[Payload]] = {}
        self.threads: dict[str, Payload] = {}
        self.messages: dict[str, Payload] = {}
        self.interactions: dict[str, Payload] = {}
        self.acknowledged: dict[str, str] = {}
        self.api_url = ""

    async def __aenter__(self) -> StandIn:
        app = web.Application(middlewares=[self.middleware])
        for method, path, handler in self.routes():
            app.router.add_route(method, PREFIX + path, bodied(handler))
        app.router.add_get("/gateway/", self.gateway.serve)
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
            ("GET", "/oauth2/applications/@me", self.get_application),
            ("GET", "/applications/{application}/commands", self.get_commands),
            ("PUT", "/applications/{application}/commands", self.put_commands),
            ("GET", "/applications/{application}/guilds/{guild}/commands", self.get_commands),
            ("PUT", "/applications/{application}/guilds/{guild}/commands", self.put_commands),
            ("POST", "/channels/{channel}/typing", self.post_typing),
            ("POST", "/channels/{channel}/messages", self.post_message),
            ("POST", "/channels/{channel}/messages/{message}/threads", self.post_thread),
            ("POST", "/interactions/{interaction}/{token}/callback", self.post_callback),
            ("PATCH", "/webhooks/{application}/{token}/messages/@original", self.patch_original),
            ("POST", "/webhooks/{application}/{token}", self.post_follow_up),
        ]

    # What a test does and asks.

    async def say(self, text: str, *, channel: str = GENERAL, names_us: bool = True, **changed: Any) -> Payload:
        """Let the learner write a message; return it."""
        author = changed.pop("author", payloads.user(LEARNER, "ada"))
        written = payloads.message(channel, author, text, mentions=[payloads.me()] if names_us else []) | changed
        self.messages[written["id"]] = written
        await self.gateway.dispatch("MESSAGE_CREATE", written)
        return written

    async def use_ask(self, question: str, *, channel: str = GENERAL) -> Payload:
        """Let the learner use `/ask`; return the interaction."""
        where = self.threads.get(channel) or payloads.channel(channel, "questions", 0)
        used = payloads.command_used("ask", [{"type": 3, "name": "question", "value": question}], where)
        self.interactions[used["id"]] = used
        await self.gateway.dispatch("INTERACTION_CREATE", used)
        return used

    def refuse(self, method: str, pattern: str, status: int, code: int, words: str, *, times: int = 1000, **more: Any) -> None:
        """Answer requests whose path matches with an error, so many times."""
        self.refusals.append(Refusal(method, pattern, status, {"message": words, "code": code, **more}, times))

    def cut(self, method: str, pattern: str) -> None:
        """Close the connection instead of answering requests whose path matches."""
        self.cuts.append((method, pattern))

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

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds; fail with what was recorded if that takes too long."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not holds():
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise AssertionError(f"it did not happen; recorded: {[(one.method, one.path, one.status) for one in self.requests]}") from None

    # How requests are taken.

    @web.middleware
    async def middleware(self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        if not request.path.startswith(PREFIX):
            return await handler(request)
        path = request.path.removeprefix(PREFIX)
        raw = await request.read()
        at = time.monotonic()
        refusal = next((one for one in self.refusals if one.fits(request.method, path)), None)
        if request.transport is not None and any(method == request.method and re.fullmatch(pattern, path) for method, pattern in self.cuts):
            request.transport.close()
        response: web.StreamResponse
        if not path.startswith(("/interactions/", "/webhooks/")) and request.headers.get("Authorization") != f"Bot {TOKEN}":
            response = reply(401, {"message": "401: Unauthorized", "code": 0})
        elif refusal is not None:
            refusal.times -= 1
            response = reply(refusal.status, refusal.body)
        else:
            try:
                response = await handler(request)
            except Refused as error:
                response = reply(error.status, error.body)
        self.requests.append(Recorded(request.method, path, dict(request.query), json.loads(raw) if raw else None, at, response.status))
        response.headers.update(rate_limit_headers(request.method, path, limited=response.status == 429))
        return response

    async def get_me(self, request: web.Request, body: Any) -> web.Response:
        return reply(200, payloads.me())

    async def get_application(self, request: web.Request, body: Any) -> web.Response:
        return reply(200, payloads.application())

    async def get_commands(self, request: web.Request, body: Any) -> web.Response:
        return reply(200, self.commands.get(request.match_info.get("guild", ""), []))

    async def put_commands(self, request: web.Request, body: Any) -> web.Response:
        place = request.match_info.get("guild", "")
        own = {"application_id": ME, "version": payloads.snowflake()} | ({"guild_id": place} if place else {})
        self.commands[place] = [without_defaults(command) | {"id": payloads.snowflake()} | own for command in body]
        return reply(200, self.commands[place])

    async def post_typing(self, request: web.Request, body: Any) -> web.Response:
        return reply(204)

    async def post_message(self, request: web.Request, body: Any) -> web.Response:
        return reply(200, await self.write(request.match_info["channel"], body))

    async def write(self, channel: str, body: Payload) -> Payload:
        """Let the bot write a message, and show it to everyone, the bot included."""
        check_content(body)
        written = payloads.message(channel, payloads.me(), body["content"], flags=body.get("flags") or 0)
        self.messages[written["id"]] = written
        await self.gateway.dispatch("MESSAGE_CREATE", written)
        return written

    async def post_thread(self, request: web.Request, body: Any) -> web.Response:
        starter, parent = request.match_info["message"], request.match_info["channel"]
        if not self.rights & PUBLIC_THREADS:
            raise Refused(403, 50013, "Missing Permissions")
        if parent in self.threads:
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        if starter in self.threads:
            raise Refused(400, 160004, "A thread has already been created for this message")
        self.threads[starter] = payloads.thread(starter, body["name"], parent, ME)
        await self.gateway.dispatch("THREAD_CREATE", self.threads[starter] | {"newly_created": True})
        return reply(201, self.threads[starter])

    async def post_callback(self, request: web.Request, body: Any) -> web.Response:
        interaction = self.interactions.get(request.match_info["interaction"])
        if interaction is None or interaction["token"] != request.match_info["token"]:
            raise Refused(404, 10062, "Unknown interaction")
        if interaction["token"] in self.acknowledged:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        thinking = payloads.message(interaction["channel_id"], payloads.me(), "", type=20, flags=128, webhook_id=ME)
        self.messages[thinking["id"]] = thinking
        self.acknowledged[interaction["token"]] = thinking["id"]
        shown = {"id": interaction["id"], "type": 2, "response_message_id": thinking["id"], "response_message_loading": True}
        return reply(200, {"interaction": shown, "resource": {"type": body["type"], "message": thinking}})

    async def patch_original(self, request: web.Request, body: Any) -> web.Response:
        original = self.messages[self.acknowledged_by(request)]
        check_content(body)
        original |= {"content": body["content"], "flags": 0, "edited_timestamp": payloads.now()}
        return reply(200, original)

    async def post_follow_up(self, request: web.Request, body: Any) -> web.Response:
        return reply(200, await self.write(self.messages[self.acknowledged_by(request)]["channel_id"], body) | {"webhook_id": ME})

    def acknowledged_by(self, request: web.Request) -> str:
        """Return the message that was shown for an interaction's token."""
        if request.match_info["token"] not in self.acknowledged:
            raise Refused(404, 10015, "Unknown Webhook")
        return self.acknowledged[request.match_info["token"]]
