"""The events of Discord that Askwell listens to; other modules react to them."""

from __future__ import annotations

import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.asking.following_up import follow_up_in
from bot.adapters.discord.asking.looking_up import concepts, show_concept, show_how_to
from bot.adapters.discord.asking.privately import answer_privately
from bot.adapters.discord.asking.respond import NOT_NOW, answer_command, forget_deleted, hear, overhear
from bot.adapters.discord.asking.rewriting import hear_again
from bot.adapters.discord.clicking.clicks import handle_form
from bot.adapters.discord.clicking.own_data_buttons import show_own_questions, show_privacy
from bot.adapters.discord.messages.panels import Panel
from bot.adapters.discord.messages.send import respond
from bot.adapters.discord.review_channel.card_buttons import handle_card_form, promote_message
from bot.adapters.discord.review_channel.reply_offers import offer_reply
from bot.adapters.discord.review_channel.review_buttons import handle_decision_form, use_message
from bot.adapters.discord.shared import Shared

log = logging.getLogger(__name__)


@app_commands.context_menu(name="Ask about this message")
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def ask_about(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Answer what anybody's message asks, before the person who wants to know."""
    await answer_privately(interaction.client.shared, interaction, message.content)


@app_commands.context_menu(name="Use as the answer")
@app_commands.default_permissions(manage_messages=True)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def use_as_the_answer(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Make a mentor's own message the answer to the question of its thread."""
    await use_message(interaction.client, interaction, message)


@app_commands.context_menu(name="Make it a card")
@app_commands.default_permissions(manage_messages=True)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def make_it_a_card(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Show a mentor what the answer could become that a message carries."""
    await promote_message(interaction.client, interaction, message)


class Asking(commands.Cog):
    """Receives the commands, learners' messages and their filled-in forms; discord.py itself dispatches clicks."""

    def __init__(self, bot: commands.Bot, shared: Shared) -> None:
        self.bot = bot
        self.shared = shared
        for command in self.walk_app_commands():
            # Set explicitly, since a null is not a default: here in servers and direct messages, for everybody who may use commands there.
            app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)(command)
            app_commands.allowed_installs(guilds=True, users=False)(command)

    @app_commands.command(name="ask", description="Ask about the course")
    @app_commands.describe(question="Your question, in your own words", private="Whether only you see the answer")
    async def ask(self, interaction: discord.Interaction, question: str, private: bool = False) -> None:
        """Answer a question."""
        await (answer_privately if private else answer_command)(self.shared, interaction, question)

    @app_commands.command(name="concept", description="Read the mentors' explanation of a concept")
    @app_commands.describe(name="Its name; begin to type")
    async def concept(self, interaction: discord.Interaction, name: str) -> None:
        """Show a card."""
        await show_concept(self.shared.service, interaction, name)

    @concept.autocomplete("name")
    async def concepts(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the cards whose titles fit."""
        del interaction
        return concepts(self.shared.service, typed)

    @app_commands.command(name="howto", description="How to use Askwell")
    async def howto(self, interaction: discord.Interaction) -> None:
        """Show how to use Askwell."""
        await show_how_to(interaction)

    @app_commands.command(name="privacy", description="What Askwell keeps of you, and how to have it removed")
    async def privacy(self, interaction: discord.Interaction) -> None:
        """Show what is kept."""
        await show_privacy(interaction)

    @app_commands.command(name="my-questions", description="See, export or remove what Askwell keeps of you")
    async def my_questions(self, interaction: discord.Interaction) -> None:
        """Show a person their questions."""
        await show_own_questions(self.shared.service, interaction)

    async def cog_app_command_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        """Log a fault of ours with its traceback, and don't leave the learner with "is thinking"."""
        log.error("interaction %s failed", interaction.id, exc_info=error)
        await respond(interaction, [Panel(NOT_NOW)])

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message if it's meant for us; a mentor's in a learner's thread may be the answer."""
        if self.bot.user is not None:
            if await offer_reply(self.bot, message):
                await overhear(self.shared, self.bot.user.id, message)
            else:
                await hear(self.shared, self.bot, self.bot.user.id, message)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Answer an edited message."""
        if self.bot.user is not None:
            await hear_again(self.shared, self.bot, self.bot.user.id, payload.message)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Note that a message is gone."""
        await forget_deleted(self.shared, [payload.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Note that messages are gone."""
        await forget_deleted(self.shared, payload.message_ids)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Read a filled-in form."""
        await handle_form(self.shared.service, interaction)
        await handle_decision_form(self.bot, interaction)
        await handle_card_form(self.bot, interaction)
        if (further := follow_up_in(interaction)) is not None:
            how, question = further
            await (answer_privately if how == "private" else answer_command)(self.shared, interaction, question)
