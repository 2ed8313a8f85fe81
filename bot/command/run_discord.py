"""`askwell discord`: the adapter, until it's stopped."""

from __future__ import annotations

import argparse
import logging
import time
from pathlib import Path

from bot.adapters.keep_trying import keep_trying
from bot.app import open_service
from bot.background.measures import Measures
from bot.background.recovery import recover
from bot.background.status_page import serve_status
from bot.background.upkeep import start_upkeep
from bot.command.arguments import Subparsers, add_command
from bot.command.serving.log_lines import log_to_stderr
from bot.command.serving.stopping import end_on_sigterm, run_until_stopped
from bot.service import Service
from bot.settings import Settings, listed, read_settings
from knowledge.errors import UsageError
from knowledge.watching import signature, watch

log = logging.getLogger(__name__)

# The health file is touched every 15 seconds.
UNHEALTHY_AFTER_S = 120.0


def add_commands(commands: Subparsers) -> None:
    """Add `discord`."""
    add_command(commands, "discord", run_discord, "answer in Discord").set_defaults(serves=True)


def run_discord(options: argparse.Namespace) -> int:
    """Answer in Discord until stopped; a refused token or a Discord that is away is tried again, with longer and longer waits."""
    del options
    settings = read_settings()
    if settings.discord_token is None:
        raise UsageError("no Discord token: put ASKWELL_DISCORD_TOKEN=... into .env (docs/operators/discord.md says how to get one)")
    from bot.adapters.discord import Choices, check_login, run  # noqa: PLC0415  only this command needs discord.py
    from bot.adapters.discord.health import health_file_in, remove_health_file  # noqa: PLC0415

    end_on_sigterm()
    log_to_stderr(settings.log_format)
    token, api_url = settings.discord_token.get_secret_value(), settings.discord_api_url
    health_file = health_file_in(settings.home)
    remove_health_file(health_file)
    measures = Measures("discord", lambda: reason_not_ready(health_file))
    serve_status(settings.status_address, measures)
    # Before the seconds of loading: with a wrong token there is nothing to load for.
    login = run_until_stopped(keep_trying(lambda: check_login(token, api_url)))
    log.info("logged in to Discord as %s", login.name)
    service = start_service(settings)
    measures.watch(service)
    run_until_stopped(
        keep_trying(
            lambda: run(
                service,
                token=token,
                api_url=api_url,
                gateway_url=settings.discord_gateway_url,
                choices=Choices(
                    home=settings.home,
                    guild=settings.discord_guild,
                    read_threads=settings.discord_read_threads,
                    forums=frozenset(settings.forums),
                    health_file=health_file,
                    seen_file=settings.home / "discord.seen",
                    look_back_hours=settings.discord_look_back_hours,
                    review_channel=settings.discord_review_channel,
                    mentor_role=settings.discord_mentor_role,
                    mentors_named=frozenset(listed(settings.mentors_named)),
                ),
                ready=lambda: log.info("Askwell is in Discord: mention it or use /ask."),
            )
        )
    )
    return 0


def reason_not_ready(health_file: Path) -> str:
    """Return why learners in Discord can't be answered now, by the file that is touched while they can; empty if they can."""
    try:
        age_s = time.time() - health_file.stat().st_mtime
    except OSError:
        return "not connected to Discord"
    return f"Discord has acknowledged no heartbeat for {age_s:.0f} s" if age_s > UNHEALTHY_AFTER_S else ""


def start_service(settings: Settings) -> Service:
    """Open the service, and start the threads that follow the cards and keep the ledger."""
    before = signature(settings.knowledge_dir)
    service = open_service(settings, progress=log.info)
    watch(settings.knowledge_dir, service.refresh, served=before)
    start_upkeep(
        service.enter_spooled,
        lambda: service.purge(settings.home, settings.keep_days),
        recover=lambda: recover(service, knowledge=settings.knowledge_dir, home=settings.home),
    )
    return service
