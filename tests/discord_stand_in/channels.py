"""Channels, threads and the messages in them: written, changed, deleted, and who is notified by each."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from tests.discord_stand_in import payloads
from tests.discord_stand_in.components import COMPONENTS_V2, as_read, check_message, numbered
from tests.discord_stand_in.gateway import Gateway
from tests.discord_stand_in.payloads import (
    DIRECT,
    FORUM,
    GENERAL,
    HISTORY,
    MANAGE_THREADS,
    ME,
    PUBLIC_THREADS,
    REVIEW,
    ROOM,
    SEND,
    SEND_IN_THREADS,
    Payload,
)
from tests.discord_stand_in.rest import Answered, Refused, reply

HAS_THREAD = 1 << 5
UNKNOWN_MESSAGE = Refused(404, 10008, "Unknown Message")


class Channels:
    """Channels and their messages; as in Discord, a repeat with an enforced nonce is the first message again."""

    def __init__(self, rights: int, gateway: Gateway) -> None:
        self.rights = rights
        self.gateway = gateway
        self.channels = {
            GENERAL: payloads.channel(GENERAL, "questions", 0),
            ROOM: payloads.channel(ROOM, "study-room", 2),
            REVIEW: payloads.channel(REVIEW, "review", 0),
            FORUM: payloads.forum(),
        }
        self.direct = {DIRECT: payloads.direct_channel()}
        self.threads: dict[str, Payload] = {}
        self.messages: dict[str, Payload] = {}
        self.nonces: dict[str, str] = {}
        self.notified: list[tuple[str, str]] = []

    def routes(self) -> list[tuple[str, str, Answered]]:
        one = "/channels/{channel}/messages/{message}"
        return [
            ("GET", "/channels/{channel}", self.get_channel),
            ("PATCH", "/channels/{channel}", self.patch_channel),
            ("POST", "/channels/{channel}/typing", self.post_typing),
            ("POST", "/channels/{channel}/messages", self.post_message),
            ("GET", "/channels/{channel}/messages", self.get_messages),
            ("GET", "/channels/{channel}/threads/archived/public", self.get_archived),
            ("POST", "/users/@me/channels", self.post_direct),
            ("GET", one, self.get_message),
            ("PATCH", one, self.patch_message),
            ("DELETE", one, self.delete_message),
            ("POST", f"{one}/threads", self.post_thread),
        ]

    def seen(self, channel: str) -> list[str]:
        """Return the texts that a channel shows of the bot's, in their order."""
        return [as_read(one) for one in self.messages.values() if one["channel_id"] == channel and one["author"]["id"] == ME]

    def place(self, channel: str) -> Payload:
        """Return a channel or a thread."""
        found = self.threads.get(channel) or self.channels.get(channel) or self.direct.get(channel)
        if found is None:
            raise Refused(404, 10003, "Unknown Channel")
        return found

    def message(self, channel: str, message: str) -> Payload:
        """Return a message in a channel."""
        self.place(channel)
        found = self.messages.get(message)
        if found is None or found["channel_id"] != channel:
            raise UNKNOWN_MESSAGE
        return found

    def own(self, request: web.Request) -> Payload:
        """Return a message that the bot may change."""
        found = self.message(request.match_info["channel"], request.match_info["message"])
        if found["author"]["id"] != ME:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        if self.archived(found["channel_id"]):
            raise Refused(400, 50083, "Thread is archived")
        return found

    def archived(self, channel: str) -> bool:
        return bool(self.threads.get(channel, {}).get("thread_metadata", {}).get("archived"))

    async def write(self, channel: str, body: Payload, **changed: Any) -> Payload:
        """Let the bot write a message, and show it to everyone, the bot included."""
        check_message(body)
        place = self.place(channel)
        nonce = str(body.get("nonce")) if body.get("enforce_nonce") else ""
        if nonce in self.nonces:
            return self.message(channel, self.nonces[nonce])
        answered = self.reference(channel, body.get("message_reference"))
        if "thread_metadata" in place:
            place["thread_metadata"]["archived"] = False
        changed = {"flags": body.get("flags") or 0, "components": numbered(body.get("components"))} | changed
        if answered is not None:
            changed |= {"type": 19, "message_reference": {"channel_id": channel, "message_id": answered["id"]}}
        written = payloads.message(channel, payloads.me(), body.get("content") or "", **changed)
        if channel in self.direct:
            del written["guild_id"], written["member"]
        self.messages[written["id"]] = written
        self.notified += [(written["id"], person) for person in named(body, answered)]
        if nonce:
            self.nonces[nonce] = written["id"]
        place["last_message_id"] = written["id"]
        if not written["flags"] & payloads.EPHEMERAL:
            await self.gateway.dispatch("MESSAGE_CREATE", written)
        return written

    def reference(self, channel: str, wanted: Payload | None) -> Payload | None:
        """Return the message that a new one replies to."""
        if wanted is None:
            return None
        if not self.rights & HISTORY:
            raise Refused(400, 160002, "Cannot reply without permission to read message history")
        found = self.messages.get(str(wanted["message_id"]))
        if found is not None and found["channel_id"] != channel:
            raise Refused(400, 50035, "Invalid Form Body: message_reference: Cannot reply to a message in a different channel")
        if found is None and wanted.get("fail_if_not_exists", True):
            raise Refused(400, 50035, "Invalid Form Body: message_reference: Unknown message")
        return found

    def change(self, message: Payload, body: Payload) -> Payload:
        """Put another text, or other components, into a message."""
        check_message(body, message)
        if "content" in body:
            message["content"] = body["content"] or ""
        if "components" in body:
            message["components"] = numbered(body["components"])
        message["flags"] |= (body.get("flags") or 0) & COMPONENTS_V2
        message["edited_timestamp"] = payloads.now()
        return message

    async def get_channel(self, request: web.Request, body: Any) -> web.Response:
        return reply(200, self.place(request.match_info["channel"]))

    async def patch_channel(self, request: web.Request, body: Any) -> web.Response:
        thread = self.place(request.match_info["channel"])
        if thread["thread_metadata"]["locked"]:
            raise Refused(403, 50013, "Missing Permissions")
        if "archived" in body:
            thread["thread_metadata"]["archived"] = body["archived"]
        if "applied_tags" in body:
            if not self.rights & MANAGE_THREADS:
                raise Refused(403, 50013, "Missing Permissions")
            thread["applied_tags"] = [str(tag) for tag in body["applied_tags"]]
        await self.gateway.dispatch("THREAD_UPDATE", thread)
        return reply(200, thread)

    async def post_typing(self, request: web.Request, body: Any) -> web.Response:
        return reply(204)

    def may_write(self, channel: str) -> None:
        """Refuse what a bot may not write or change in a server's channel.

        Source: Discord's documentation, "threads": Send Messages has no effect in them; without Manage Threads, nothing in a locked one.
        """
        thread = self.threads.get(channel)
        needed = SEND_IN_THREADS if thread is not None else SEND
        locked = thread is not None and thread["thread_metadata"]["locked"] and not self.rights & MANAGE_THREADS
        if channel not in self.direct and (locked or not self.rights & needed):
            raise Refused(403, 50013, "Missing Permissions")

    async def post_message(self, request: web.Request, body: Any) -> web.Response:
        self.may_write(request.match_info["channel"])
        return reply(200, await self.write(request.match_info["channel"], body))

    async def get_messages(self, request: web.Request, body: Any) -> web.Response:
        """Source: Discord's API, "get channel messages": newest first, also those after a message; 1 to 100 of them, 50 by default.

        The `member` of a message comes with the gateway's events alone.
        """
        channel = self.place(request.match_info["channel"])
        if not self.rights & HISTORY:
            return reply(200, [])
        before, after = (int(request.query.get(name, default)) for name, default in (("before", 1 << 63), ("after", 0)))
        found = [
            one
            for one in self.messages.values()
            if one["channel_id"] == channel["id"] and after < int(one["id"]) < before and not one["flags"] & payloads.EPHEMERAL
        ]
        found.sort(key=lambda one: int(one["id"]))
        most = int(request.query.get("limit", 50))
        some = found[:most] if "after" in request.query else found[-most:]
        shown = [self.gateway.as_visible(one) for one in reversed(some)]
        return reply(200, [{key: value for key, value in one.items() if key != "member"} for one in shown])

    async def post_direct(self, request: web.Request, body: Any) -> web.Response:
        if str(body["recipient_id"]) != payloads.LEARNER:
            raise Refused(400, 50033, "Invalid Recipient(s)")
        return reply(200, self.direct[DIRECT])

    async def get_archived(self, request: web.Request, body: Any) -> web.Response:
        """Source: Discord's API, "list public archived threads": ordered by archive_timestamp, newest first."""
        parent = request.match_info["channel"]
        found = [one for one in self.threads.values() if one["parent_id"] == parent and one["thread_metadata"]["archived"]]
        found.sort(key=lambda one: one["thread_metadata"]["archive_timestamp"], reverse=True)
        return reply(200, {"threads": found, "members": [], "has_more": False})

    async def get_message(self, request: web.Request, body: Any) -> web.Response:
        return reply(200, self.message(request.match_info["channel"], request.match_info["message"]))

    async def patch_message(self, request: web.Request, body: Any) -> web.Response:
        return reply(200, self.change(self.own(request), body))

    async def delete_message(self, request: web.Request, body: Any) -> web.Response:
        del self.messages[self.own(request)["id"]]
        return reply(204)

    async def post_thread(self, request: web.Request, body: Any) -> web.Response:
        starter, parent = request.match_info["message"], request.match_info["channel"]
        if not self.rights & PUBLIC_THREADS:
            raise Refused(403, 50013, "Missing Permissions")
        if parent in self.threads:
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        if starter in self.threads:
            raise Refused(400, 160004, "A thread has already been created for this message")
        if starter not in self.messages:
            raise UNKNOWN_MESSAGE
        self.threads[starter] = payloads.thread(starter, body["name"], parent, ME)
        self.messages[starter]["flags"] |= HAS_THREAD
        await self.gateway.dispatch("THREAD_CREATE", self.threads[starter] | {"newly_created": True})
        return reply(201, self.threads[starter])


def named(body: Payload, answered: Payload | None) -> list[str]:
    """Return whom a message notifies: who is mentioned in it and may be, and the author of the message that it replies to if wanted."""
    allowed = body.get("allowed_mentions") or {"parse": ["users", "roles", "everyone"], "replied_user": True}
    people = re.findall(r"<@!?(\d+)>", as_read(body))
    found = [one for one in people if "users" in allowed["parse"] or one in map(str, allowed.get("users", []))]
    found += [answered["author"]["id"]] if answered is not None and allowed.get("replied_user") else []
    return list(dict.fromkeys([*found, *re.findall(r"@(?:everyone|here)", as_read(body) if "everyone" in allowed["parse"] else "")]))
