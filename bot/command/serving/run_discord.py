"""`askwell discord`: the adapter, until it's stopped."""

from __future__ import annotations

import argparse
import logging
import time
from pathlib import Path

from bot.background.measures import Measures
from bot.command.arguments import Subparsers, add_command
from bot.command.serving.platforms import Platform, serve
from bot.service import Service
from bot.settings import Settings, listed, read_settings
from knowledge.errors import UsageError

log = logging.getLogger(__name__)

# The health file is touched every 15 seconds.
UNHEALTHY_AFTER_S = 120.0
NO_TOKEN = "no Discord token: put ASKWELL_DISCORD_TOKEN=... into .env (docs/operators/discord.md says how to get one)"


def add_commands(commands: Subparsers) -> None:
    """Add `discord`."""
    add_command(commands, "discord", run_discord, "answer in Discord").set_defaults(serves=True)


def run_discord(options: argparse.Namespace) -> int:
    """Answer in Discord until stopped; a refused token or a Discord that is away is tried again, with longer and longer waits."""
    del options
    settings = read_settings()
    if why := DISCORD.missing(settings):
        raise UsageError(why)
    return serve([DISCORD], settings)


def missing(settings: Settings) -> str:
    """Return what to set for Discord."""
    return NO_TOKEN if settings.discord_token is None else ""


def prepare(settings: Settings) -> None:
    """Remove the health file that an earlier run left."""
    from bot.adapters.discord.health import health_file_in, remove_health_file  # noqa: PLC0415  only who serves Discord needs discord.py

    remove_health_file(health_file_in(settings.home))


async def log_in(settings: Settings) -> str:
    """Log in once, and return the bot's name."""
    from bot.adapters.discord import check_login  # noqa: PLC0415

    return (await check_login(token_in(settings), settings.discord_api_url)).name


async def run(settings: Settings, service: Service, _: Measures) -> None:
    """Answer in Discord until cancelled."""
    from bot.adapters.discord import Choices  # noqa: PLC0415
    from bot.adapters.discord import run as run_client  # noqa: PLC0415
    from bot.adapters.discord.health import health_file_in  # noqa: PLC0415

    await run_client(
        service,
        token=token_in(settings),
        api_url=settings.discord_api_url,
        gateway_url=settings.discord_gateway_url,
        choices=Choices(
            home=settings.home,
            guild=settings.discord_guild,
            read_threads=settings.discord_read_threads,
            forums=frozenset(settings.forums),
            health_file=health_file_in(settings.home),
            seen_file=settings.home / "discord.seen",
            look_back_hours=settings.discord_look_back_hours,
            review_channel=settings.discord_review_channel,
            mentor_role=settings.discord_mentor_role,
            digest_hour=None if settings.discord_digest_hour == "off" else settings.discord_digest_hour,
            mentors_named=frozenset(listed(settings.mentors_named)),
            knowledge=settings.knowledge_dir,
            desk_url=(settings.desk_url or "").rstrip("/"),
        ),
        ready=lambda: log.info("Askwell is in Discord: mention it or use /ask."),
    )


def token_in(settings: Settings) -> str:
    """Return the token, empty without one."""
    return "" if settings.discord_token is None else settings.discord_token.get_secret_value()


def reason_in(settings: Settings) -> str:
    """Return why learners in Discord can't be answered now; empty if they can."""
    from bot.adapters.discord.health import health_file_in  # noqa: PLC0415

    return reason_not_ready(health_file_in(settings.home))


def reason_not_ready(health_file: Path) -> str:
    """Return why learners in Discord can't be answered now, by the file that is touched while they can; empty if they can."""
    try:
        age_s = time.time() - health_file.stat().st_mtime
    except OSError:
        return "not connected to Discord"
    return f"Discord has acknowledged no heartbeat for {age_s:.0f} s" if age_s > UNHEALTHY_AFTER_S else ""


DISCORD = Platform("discord", missing, prepare, log_in, run, reason_in)
