"""The desk on a socket: it listens before it says so, and ends in order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ipaddress
import logging
import socket
from collections.abc import Callable, Iterator, Sequence

import uvicorn

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.showing.kept_figures import count
from bot.adapters.desk.web_app import web_app
from knowledge.errors import UsageError

log = logging.getLogger(__name__)

BACKLOG = 128
# A browser that holds a connection open is let go after this, so that the desk ends soon.
END_WITHIN_S = 5


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address.

    Raises:
        UsageError: it can't, since the address is taken or isn't this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"the desk can't listen at {host}:{port} ({reason}): choose another ASKWELL_DESK_ADDRESS") from None
    # Accepted connections inherit it. Without it, a browser gets the end of a small page only after 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_proxies(given: Sequence[str]) -> list[str]:
    """Return the addresses and networks of proxies.

    Raises:
        UsageError: one is neither.
    """
    for each in given:
        try:
            ipaddress.ip_network(each)
        except ValueError:
            raise UsageError(f"ASKWELL_DESK_PROXIES names addresses or networks, such as 10.0.0.0/8, and has {each[:60]!r}") from None
    return list(given)


class Server(uvicorn.Server):
    """A server that leaves signals to the command, which cancels it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve_desk(desk: Desk, listening: socket.socket, ready: Callable[[], None], *, proxies: Sequence[str] = ()) -> None:
    """Serve the desk until it's cancelled, and finish the requests under way; call `ready` first, since the socket listens already.

    Only the word of `proxies` counts on the address that a browser comes from.
    """
    host = str(listening.getsockname()[0])
    # No access log: an address may have a one-time link in it. No server header: nobody needs to know.
    config = uvicorn.Config(
        web_app(desk, host=host),
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=checked_proxies(proxies),
        log_config=None,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=END_WITHIN_S,
    )
    # The first visit to Insight needn't wait for them.
    desk.figures.begin(lambda: count(desk.ledger, desk.home, desk.now()))
    # What was loaded stays: it needn't be looked through each time that Python looks for what can go, a tenth of a second in a page.
    gc.collect()
    gc.freeze()
    server = Server(config)
    ready()
    serving = asyncio.ensure_future(server.serve([listening]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise
