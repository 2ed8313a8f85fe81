"""The gateway's side of a WebSocket: hello, identify, resume, heartbeats, and events in the compression that was asked for."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any

import zstandard
from aiohttp import WSMsgType, web

from tests.discord_stand_in.payloads import GUILD, ME, Payload, me

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 9, 10, 11
GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 9, 1 << 12, 1 << 15
OF_MESSAGES = {"MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"}
AUTHENTICATION_FAILED, DISALLOWED_INTENTS = 4004, 4014


def zlib_stream() -> Callable[[bytes], bytes]:
    stream = zlib.compressobj()
    return lambda raw: stream.compress(raw) + stream.flush(zlib.Z_SYNC_FLUSH)


def zstd_stream() -> Callable[[bytes], bytes]:
    stream = zstandard.ZstdCompressor().compressobj()
    return lambda raw: stream.compress(raw) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


COMPRESSIONS = {"zlib-stream": zlib_stream, "zstd-stream": zstd_stream}


class Gateway:
    """The one session of the one bot, which outlives its sockets, so that a lost connection can be resumed."""

    def __init__(self, token: str, *, refused_intents: int = 0) -> None:
        self.token = token
        self.refused_intents = refused_intents
        self.url = ""
        self.guild: Callable[[], Payload] = dict
        self.connections: list[str] = []
        self.identified: list[Payload] = []
        self.resumed: list[Payload] = []
        self.heartbeats = 0
        self.history: list[tuple[str, Payload]] = []
        self.socket: web.WebSocketResponse | None = None
        self.packed: Callable[[bytes], bytes] | None = None
        self.second: Gateway | None = None

    @property
    def intents(self) -> int:
        """Return what the client asked for; 0 as long as it did not identify."""
        return int(self.identified[-1]["intents"]) if self.identified else 0

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Speak with one client until it goes."""
        compression = request.query.get("compress", "none")
        self.connections.append(compression)
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        self.packed = COMPRESSIONS[compression]() if compression in COMPRESSIONS else None
        await self.write(socket, {"op": HELLO, "d": {"heartbeat_interval": 41250}, "s": None, "t": None})
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                await self.hear(socket, json.loads(frame.data))
        if self.socket is socket:
            self.socket = None
        return socket

    async def hear(self, socket: web.WebSocketResponse, said: Payload) -> None:
        """React to one message of the client."""
        if said["op"] == HEARTBEAT:
            self.heartbeats += 1
            await self.write(socket, {"op": HEARTBEAT_ACK, "d": None, "s": None, "t": None})
        elif said["op"] == IDENTIFY:
            await self.identify(socket, said["d"])
        elif said["op"] == RESUME:
            self.resumed.append(said["d"])
            self.socket = socket
            for number, (event, payload) in enumerate(self.history[said["d"]["seq"] :], start=said["d"]["seq"] + 1):
                await self.write(socket, {"op": DISPATCH, "t": event, "s": number, "d": payload})
            await self.dispatch("RESUMED", {})

    async def identify(self, socket: web.WebSocketResponse, identity: Payload) -> None:
        """Check the token and the intents, then say READY and show the guild."""
        if identity["token"] != self.token:
            await socket.close(code=AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return
        self.identified.append(identity)
        if identity["intents"] & self.refused_intents:
            await socket.close(code=DISALLOWED_INTENTS, message=b"Disallowed intent(s).")
            return
        self.socket = socket
        # A session numbers its events from one on.
        self.history.clear()
        await self.dispatch(
            "READY",
            {
                "v": 10,
                "user": me(),
                "guilds": [{"id": GUILD, "unavailable": True}],
                "session_id": "4c7f1b2a9d",
                "session_type": "normal",
                "resume_gateway_url": self.url,
                "shard": [0, 1],
                "application": {"id": ME, "flags": 1 << 23},
                "private_channels": [],
                "relationships": [],
            },
        )
        await self.dispatch("GUILD_CREATE", self.guild())

    async def dispatch(self, event: str, payload: Payload) -> None:
        """Send an event to the client, or keep it until the client resumes; what the intents rule out is not sent."""
        if event in {*OF_MESSAGES, "INTERACTION_CREATE"} and self.second is not None:
            await self.second.dispatch(event, payload)
        if event in OF_MESSAGES:
            if not self.intents & (GUILD_MESSAGES if "guild_id" in payload else DIRECT_MESSAGES):
                return
            payload = self.as_visible(payload) if "author" in payload else payload
        self.history.append((event, payload))
        if self.socket is not None and not self.socket.closed:
            await self.write(self.socket, {"op": DISPATCH, "t": event, "s": len(self.history), "d": payload})

    def as_visible(self, message: Payload) -> Payload:
        """Take the text out of a message that the bot may not read: without the intent, it reads its own and those that mention it."""
        named = any(person["id"] == ME for person in message["mentions"])
        if self.intents & MESSAGE_CONTENT or named or "guild_id" not in message or message["author"]["id"] == ME:
            return message
        return message | {"content": "", "embeds": [], "attachments": [], "components": []}

    async def invalidate(self) -> None:
        """Say that the session is over and can't be resumed, as Discord does after a while."""
        socket, self.socket = self.socket, None
        if socket is not None:
            await self.write(socket, {"op": INVALID_SESSION, "d": False, "s": None, "t": None})

    async def drop(self) -> None:
        """Lose the connection, as a network does."""
        socket, self.socket = self.socket, None
        if socket is not None:
            await socket.close(code=4000, message=b"Unknown error.")

    async def write(self, socket: web.WebSocketResponse, packet: dict[str, Any]) -> None:
        raw = json.dumps(packet).encode()
        if self.packed is None:
            await socket.send_str(raw.decode())
        else:
            await socket.send_bytes(self.packed(raw))
