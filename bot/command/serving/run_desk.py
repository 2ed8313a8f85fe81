"""`askwell desk`: the mentors' web page, until it's stopped, and one-time links into it."""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import socket

from bot.background.measures import Measures
from bot.background.status_page import split_address
from bot.command.arguments import Subparsers, add_command
from bot.command.serving.platforms import Platform, serve
from bot.service import Service
from bot.settings import Settings, read_settings
from knowledge.errors import PlatformError, UsageError

log = logging.getLogger(__name__)


def add_commands(commands: Subparsers) -> None:
    """Add `desk`."""
    desk = add_command(commands, "desk", run_desk, "the mentors' web page: the queue, decisions, cards, figures")
    desk.add_argument("--link", action="store_true", help="print a one-time link into the desk that runs, and end")
    desk.set_defaults(serves=True)


def run_desk(options: argparse.Namespace) -> int:
    """Serve the desk until stopped, or print a link into it."""
    settings = read_settings()
    host, port = split_address(settings.desk_address, "ASKWELL_DESK_ADDRESS")
    if options.link:
        from bot.adapters.desk.entering.one_time_links import new_token, read_key  # noqa: PLC0415  only who serves the desk needs its packages

        print(f"{address_of(settings, host, port)}/enter?link={new_token(read_key(settings.home), dt.datetime.now(dt.UTC))}")
        return 0
    # An address that it can't have is said now, and not after the seconds of loading.
    listening(settings).close()
    return serve([DESK], settings)


def listening(settings: Settings) -> socket.socket:
    """Return a socket at the desk's address.

    Raises:
        UsageError: it can't listen there.
    """
    from bot.adapters.desk.serve_desk import listen  # noqa: PLC0415

    return listen(*split_address(settings.desk_address, "ASKWELL_DESK_ADDRESS"))


def missing(_: Settings) -> str:
    """Return nothing: the desk has all that it needs."""
    return ""


def prepare(settings: Settings) -> None:
    """Refuse an address that is none."""
    split_address(settings.desk_address, "ASKWELL_DESK_ADDRESS")


async def log_in(_: Settings) -> str:
    """Return no name: the desk needs to be let in nowhere."""
    return ""


async def run(settings: Settings, service: Service, measures: Measures) -> None:
    """Serve the desk until cancelled."""
    # Starlette, uvicorn and Jinja2 are only the desk's.
    from bot.adapters.desk.desk_parts import Desk  # noqa: PLC0415
    from bot.adapters.desk.entering.one_time_links import LINK_LASTS, OneTimeLinks, make_key  # noqa: PLC0415
    from bot.adapters.desk.serve_desk import is_loopback, serve_desk  # noqa: PLC0415

    if service.ledger is None:
        raise UsageError("the desk needs a ledger")
    try:
        sock = listening(settings)
    except UsageError as error:
        raise PlatformError(str(error)) from error
    host, port = sock.getsockname()[:2]
    url = address_of(settings, host, port)
    if not is_loopback(host) and not url.startswith("https://"):
        log.warning("the desk listens at %s without TLS: put a proxy with TLS before it, and its address into ASKWELL_DESK_URL", host)
    desk = Desk(service, service.ledger, settings.knowledge_dir, settings.home, url, OneTimeLinks(make_key(settings.home)), measures)

    def ready() -> None:
        log.info("the desk is at %s", url)
        # On standard output, not in the log: who reads the log later must not find a key in it.
        print(f"Askwell's desk: open {desk.link()}", flush=True)
        print(f"The link is good once, for {LINK_LASTS.seconds // 60} minutes; 'askwell desk --link' prints another.", flush=True)

    await serve_desk(desk, sock, ready)


def reason_not_ready(_: Settings) -> str:
    """Return nothing: whoever reads this reaches the desk's process."""
    return ""


def address_of(settings: Settings, host: str, port: int) -> str:
    """Return the desk's address as mentors reach it."""
    if settings.desk_url:
        return settings.desk_url.rstrip("/")
    name = f"[{host}]" if ":" in host else host
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else name}:{port}"


DESK = Platform("desk", missing, prepare, log_in, run, reason_not_ready)
