"""Discord as a platform: a thin client around the service."""

from bot.adapters.discord.choices import Choices
from bot.adapters.discord.client import check_login, run
from bot.adapters.discord.invite import invite_link, lacking, needed

__all__ = ["Choices", "check_login", "invite_link", "lacking", "needed", "run"]
