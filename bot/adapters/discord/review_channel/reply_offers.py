"""A mentor's reply in a learner's thread, offered in the review channel as the answer: one click of theirs makes it the decision."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any, Self

import discord
from discord.ui import Button, DynamicItem, Item, View

from bot.adapters.discord.asking.addressing import is_for, question_in
from bot.adapters.discord.asking.own_threads import is_answer
from bot.adapters.discord.messages.carriers import PLATFORM
from bot.adapters.discord.messages.render import quote, without_pings
from bot.adapters.discord.refusals import REFUSED, in_one_line
from bot.adapters.discord.review_channel.clicking_mentor import has_role, is_mentor, refuse, tell
from bot.adapters.discord.review_channel.review_buttons import use_reply
from bot.review.by_button import open_before
from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

REPLY_GONE = "This reply is gone, or I can't read it any more: open the thread, or use the buttons of the question."
OFFERED = "{name} has replied to **question {question}** in <#{thread}>. Is this the answer?\n> {text}"


class UseReplyButton(
    DynamicItem[Button[View]], template=r"askwell:reply:(?P<question>[0-9]{1,10}):(?P<thread>[0-9]{1,20}):(?P<message>[0-9]{1,20})"
):
    """Makes a mentor's reply their decision."""

    def __init__(self, question_id: int, thread: int, message: int) -> None:
        made = f"askwell:reply:{question_id}:{thread}:{message}"
        super().__init__(Button(label="Use as the answer", style=discord.ButtonStyle.success, custom_id=made))
        self.thread, self.message = thread, message

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str], /) -> Self:
        """Make the clicked button out of its custom_id."""
        del interaction, item
        return cls(int(match["question"]), int(match["thread"]), int(match["message"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Use the reply as it is now: its author may have edited it."""
        client = interaction.client
        if not is_mentor(interaction, client.choices.mentor_role):
            await refuse(interaction)
            return
        try:
            reply = await client.get_partial_messageable(self.thread).get_partial_message(self.message).fetch()
        except REFUSED as error:
            log.info("the reply %s in thread %s can't be read: %s", self.message, self.thread, in_one_line(error))
            await tell(interaction, REPLY_GONE)
            return
        await use_reply(client, interaction, reply)


async def offer_reply(client: Any, message: discord.Message) -> bool:
    """Offer a mentor's message in a learner's thread as the answer, if no mentor has decided on the question; return whether it was.

    A reply to our own message mentions us, and is no question to us unless our name is in its text.
    """
    board, thread = client.board, message.channel
    if board is None or client.user is None or not isinstance(thread, discord.Thread):
        return False
    asks_us = is_for(client.user.id, message) and (message.reference is None or question_in(message, client.user.id) != message.content)
    if not has_role(message.author, client.choices.mentor_role) or asks_us or not is_answer(message):
        return False
    try:
        question = await asyncio.to_thread(open_question, client, message)
    except AskwellError as error:
        log.warning("a mentor's reply in thread %s is not offered as the answer: %s", thread.id, error)
        return False
    if question is None:
        return False
    view = View(timeout=None)
    view.add_item(UseReplyButton(question, thread.id, message.id))
    name, text = quote(without_pings(message.author.display_name)), quote(without_pings(message.content))
    await board.offer(question, OFFERED.format(name=name, question=question, thread=thread.id, text=text), view, reply=message.id)
    return True


def open_question(client: Any, message: discord.Message) -> int | None:
    """Return the question that a mentor's message may answer, None if there is none, or it's decided, or the mentor asked it."""
    with client.service.kept_ledger().transaction(only_reads=True) as session:
        return open_before(session, PLATFORM, str(message.channel.id), message=message.id, not_by=str(message.author.id))
