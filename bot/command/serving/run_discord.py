"""`askwell discord`: the adapter, until it's stopped; and the link that lets it into a server."""

from __future__ import annotations

import argparse
import asyncio
import logging

from bot.adapters.health_files import health_file, remove_file, silent_for
from bot.background.measures import Measures
from bot.command.arguments import Subparsers, add_command
from bot.command.serving.platforms import Platform, serve
from bot.service import Service
from bot.settings import Settings, listed, numbers_in, read_settings
from knowledge.errors import UsageError

log = logging.getLogger(__name__)

NO_TOKEN = "no Discord token: put ASKWELL_DISCORD_TOKEN=... into .env (docs/operators/discord.md says how to get one)"


def add_commands(commands: Subparsers) -> None:
    """Add `discord`."""
    parser = add_command(commands, "discord", run_discord, "answer in Discord")
    parser.add_argument("what", nargs="?", choices=["invite"], help="print the link that lets the bot into a server, and serve nobody")
    parser.set_defaults(serves=True)


def run_discord(options: argparse.Namespace) -> int:
    """Answer in Discord until stopped; a refused token or a Discord that is away is tried again, with longer and longer waits."""
    options.serves = options.what is None
    settings = read_settings()
    if why := DISCORD.missing(settings):
        raise UsageError(why)
    return serve([DISCORD], settings) if options.what is None else print_invite(settings)


def print_invite(settings: Settings) -> int:
    """Print the permissions with their reasons, and the link that asks for them."""
    from bot.adapters.discord import check_login, invite_link, needed  # noqa: PLC0415  discord.py takes a second to import

    login = asyncio.run(check_login(token_in(settings), settings.discord_api_url))
    forums = bool(settings.forums)
    print(f"Open this as somebody who may manage the server, to let {login.name} in:\n")
    print(f"  {invite_link(login.application, forums=forums, guild=settings.discord_guild)}\n")
    print("It asks for these permissions:\n")
    for each in needed(forums=forums):
        print(f"  {each.name:<26}{each.reason}")
    return 0


def missing(settings: Settings) -> str:
    """Return what to set for Discord."""
    return NO_TOKEN if settings.discord_token is None else ""


def prepare(settings: Settings) -> None:
    """Remove the health file that an earlier run left."""
    remove_file(health_file(settings.home, "discord"))


async def log_in(settings: Settings) -> str:
    """Log in once, and return the bot's name."""
    from bot.adapters.discord import check_login  # noqa: PLC0415  only who serves Discord needs discord.py

    return (await check_login(token_in(settings), settings.discord_api_url)).name


async def run(settings: Settings, service: Service, _: Measures) -> None:
    """Answer in Discord until cancelled."""
    from bot.adapters.discord import Choices  # noqa: PLC0415
    from bot.adapters.discord import run as run_client  # noqa: PLC0415

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
            channels=frozenset(numbers_in(settings.discord_channels)),
            asking_roles=frozenset(numbers_in(settings.discord_asking_roles)),
            questions_per_hour=settings.discord_questions_per_hour,
            health_file=health_file(settings.home, "discord"),
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
    return silent_for(health_file(settings.home, "discord"), "Discord")


DISCORD = Platform("discord", missing, prepare, log_in, run, reason_in)
