"""Discord as a platform: a thin client around the service."""

from bot.adapters.discord.client import check_login, run

__all__ = ["check_login", "run"]
