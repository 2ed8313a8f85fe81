"""The events of Discord that Askwell listens to; other modules react to them."""

from __future__ import annotations

import logging

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.asking.respond import NOT_NOW, answer_command, answer_message
from bot.adapters.discord.clicking.clicks import handle_form
from bot.adapters.discord.messages.improve import Improvements
from bot.adapters.discord.messages.send import respond
from bot.service import Service

log = logging.getLogger(__name__)


class Asking(commands.Cog):
    """Receives `/ask`, learners' messages and their filled-in forms; discord.py itself dispatches clicks."""

    def __init__(self, bot: commands.Bot, service: Service, improvements: Improvements) -> None:
        self.bot = bot
        self.service = service
        self.improvements = improvements

    @app_commands.command(name="ask", description="Ask about the course")
    @app_commands.describe(question="Your question, in your own words")
    async def ask(self, interaction: discord.Interaction, question: str) -> None:
        """Answer a question."""
        await answer_command(self.service, self.improvements, interaction, question)

    async def cog_app_command_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        """Log a fault of ours with its traceback, and don't leave the learner with "is thinking"."""
        log.error("interaction %s failed", interaction.id, exc_info=error)
        await respond(interaction, [NOT_NOW])

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message if it's meant for us."""
        if self.bot.user is not None:
            await answer_message(self.service, self.improvements, self.bot.user.id, message)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Read a filled-in form."""
        await handle_form(self.service, interaction)
