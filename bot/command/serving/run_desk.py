"""`askwell desk`: the mentors' web page, until it's stopped, and one-time links into it."""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import socket

from bot.background.measures import Measures
from bot.background.status_page import split_address
from bot.command.arguments import Subparsers, add_command
from bot.command.serving.log_lines import log_to_stderr
from bot.command.serving.opening import opened_service
from bot.command.serving.platforms import Platform
from bot.command.serving.stopping import end_on_sigterm, run_until_stopped
from bot.service import Service
from bot.settings import Settings, listed, read_settings
from knowledge.errors import UsageError

log = logging.getLogger(__name__)


def add_commands(commands: Subparsers) -> None:
    """Add `desk`."""
    desk = add_command(commands, "desk", run_desk, "the mentors' web page: the queue, decisions, cards, figures")
    desk.add_argument("--link", dest="serves", action="store_false", help="print a one-time link into the desk that runs, and end")
    desk.set_defaults(serves=True)


def run_desk(options: argparse.Namespace) -> int:
    """Serve the desk until stopped, or print a link into it."""
    settings = read_settings()
    split_address(settings.desk_address, "ASKWELL_DESK_ADDRESS")
    if not options.serves:
        # Starlette, uvicorn and Jinja2 are only the desk's.
        from bot.adapters.desk.entering.one_time_links import OneTimeLinks, read_key  # noqa: PLC0415

        print(OneTimeLinks(read_key(settings.home)).address(address_of(settings), dt.datetime.now(dt.UTC)))
        return 0
    prepare(settings)
    end_on_sigterm()
    log_to_stderr(settings.log_format)
    listening = listening_socket(settings)
    measures = Measures("desk", lambda: "")
    with opened_service(settings, measures) as service:
        run_until_stopped(serve_on(listening, settings, service, measures))
    return 0


def listening_socket(settings: Settings) -> socket.socket:
    """Return a socket at the desk's address, with a warning where it should be behind TLS.

    Raises:
        UsageError: it's no address, or is taken.
    """
    from bot.adapters.desk.serve_desk import is_loopback, listen  # noqa: PLC0415

    host, port = split_address(settings.desk_address, "ASKWELL_DESK_ADDRESS")
    listening = listen(host, port)
    if not is_loopback(host) and not address_of(settings).startswith("https://"):
        log.warning("the desk listens at %s without TLS: put a proxy with TLS before it, and its address into ASKWELL_DESK_URL", host)
    return listening


async def serve_on(listening: socket.socket, settings: Settings, service: Service, measures: Measures) -> None:
    """Serve the desk on a socket until cancelled.

    Raises:
        UsageError: there is no ledger.
    """
    from bot.adapters.desk.desk_parts import Desk  # noqa: PLC0415
    from bot.adapters.desk.entering.one_time_links import LINK_LASTS, OneTimeLinks, make_key  # noqa: PLC0415
    from bot.adapters.desk.serve_desk import serve_desk  # noqa: PLC0415
    from bot.command.serving.desk_logins import logins_of  # noqa: PLC0415
    from bot.command.serving.platform_texts import platform_texts  # noqa: PLC0415

    if service.ledger is None:
        raise UsageError("the desk needs a ledger")
    desk = Desk(
        service,
        service.ledger,
        settings.knowledge_dir,
        settings.home,
        address_of(settings, listening.getsockname()[1]),
        OneTimeLinks(make_key(settings.home)),
        measures,
        platform_texts=platform_texts,
        logins=logins_of(settings),
    )

    def ready() -> None:
        # On standard output, not in the log: who reads the log later must not find a key in it.
        print(f"Askwell's desk: open {desk.link()}", flush=True)
        print(f"The link is good once, for {LINK_LASTS.seconds // 60} minutes; 'askwell desk --link' prints another.", flush=True)

    await serve_desk(desk, listening, ready, proxies=listed(settings.desk_proxies))


def address_of(settings: Settings, listening_port: int | None = None) -> str:
    """Return the desk's address as mentors reach it; with `listening_port`, where the system chose the port.

    Raises:
        UsageError: where it should listen is no address.
    """
    if settings.desk_url:
        return settings.desk_url.rstrip("/")
    host, port = split_address(settings.desk_address, "ASKWELL_DESK_ADDRESS")
    name = f"[{host}]" if ":" in host else host
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else name}:{listening_port or port}"


async def run(settings: Settings, service: Service, measures: Measures) -> None:
    """Serve the desk until cancelled."""
    await serve_on(listening_socket(settings), settings, service, measures)


def prepare(settings: Settings) -> None:
    """Refuse a way to sign in that is set up in part, and proxies that are none, before the seconds of loading.

    Raises:
        UsageError: a setting is missing or wrong.
    """
    from bot.adapters.desk.serve_desk import checked_proxies  # noqa: PLC0415
    from bot.command.serving.desk_logins import logins_of  # noqa: PLC0415

    logins_of(settings)
    checked_proxies(listed(settings.desk_proxies))


async def no_login(settings: Settings) -> str:
    """Return at once: there is nothing to log in to."""
    del settings
    return ""


DESK = Platform("desk", lambda _: "", prepare, no_login, run, lambda _: "")
