"""The events of Discord that Askwell listens to; other modules react to them."""

from __future__ import annotations

import logging

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.asking.respond import NOT_NOW, answer_command, hear
from bot.adapters.discord.asking.rewriting import hear_again
from bot.adapters.discord.clicking.clicks import handle_form
from bot.adapters.discord.messages.send import respond
from bot.adapters.discord.shared import Shared

log = logging.getLogger(__name__)


class Asking(commands.Cog):
    """Receives `/ask`, learners' messages and their filled-in forms; discord.py itself dispatches clicks."""

    def __init__(self, bot: commands.Bot, shared: Shared) -> None:
        self.bot = bot
        self.shared = shared

    @app_commands.command(name="ask", description="Ask about the course")
    @app_commands.describe(question="Your question, in your own words")
    async def ask(self, interaction: discord.Interaction, question: str) -> None:
        """Answer a question."""
        await answer_command(self.shared, interaction, question)

    async def cog_app_command_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        """Log a fault of ours with its traceback, and don't leave the learner with "is thinking"."""
        log.error("interaction %s failed", interaction.id, exc_info=error)
        await respond(interaction, [NOT_NOW])

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message if it's meant for us."""
        if self.bot.user is not None:
            await hear(self.shared, self.bot.user.id, message)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Answer an edited message."""
        if self.bot.user is not None:
            await hear_again(self.shared, self.bot, self.bot.user.id, payload.message)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Note that a message is gone."""
        self.shared.handled.delete([payload.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Note that messages are gone."""
        self.shared.handled.delete(payload.message_ids)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Read a filled-in form."""
        await handle_form(self.shared.service, interaction)
