"""Discord as a platform: a thin client around the service."""

from bot.adapters.discord.choices import Choices
from bot.adapters.discord.client import check_login, run

__all__ = ["Choices", "check_login", "run"]
