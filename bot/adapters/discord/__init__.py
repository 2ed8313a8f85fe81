"""Discord as a platform: a thin client around the service."""

from bot.adapters.discord.client import run

__all__ = ["run"]
