"""`askwell discord`: the adapter, until it's stopped."""

from __future__ import annotations

import argparse
import asyncio

from bot.app import open_service
from bot.background.recovery import recover
from bot.background.upkeep import start_upkeep
from bot.command.arguments import Subparsers, add_command, to_stderr
from bot.settings import read_settings
from knowledge.errors import UsageError
from knowledge.watching import signature, watch


def add_commands(commands: Subparsers) -> None:
    """Add `discord`."""
    add_command(commands, "discord", run_discord, "answer in Discord")


def run_discord(options: argparse.Namespace) -> int:
    """Answer in Discord until stopped."""
    del options
    settings = read_settings()
    if settings.discord_token is None:
        raise UsageError("no Discord token: put ASKWELL_DISCORD_TOKEN=... into .env (docs/operators/discord.md says how to get one)")
    from bot.adapters.discord import run  # noqa: PLC0415  only this command needs discord.py

    before = signature(settings.knowledge_dir)
    service = open_service(settings, progress=to_stderr)
    watch(settings.knowledge_dir, service.refresh, served=before)
    start_upkeep(
        service.enter_spooled,
        lambda: service.purge(settings.home, settings.keep_days),
        recover=lambda: recover(service, knowledge=settings.knowledge_dir, home=settings.home),
    )
    asyncio.run(
        run(
            service,
            token=settings.discord_token.get_secret_value(),
            api_url=settings.discord_api_url,
            gateway_url=settings.discord_gateway_url,
            guild=settings.discord_guild,
            read_threads=settings.discord_read_threads,
            health_file=settings.home / "discord.alive",
            ready=lambda: to_stderr("Askwell is in Discord: mention it or use /ask."),
        )
    )
    return 0
