"""Messages that their authors edited: the answer changes in its place, or a mention that was added is heard."""

from __future__ import annotations

import asyncio
import logging

import discord

from bot.adapters.discord.asking.addressing import is_for
from bot.adapters.discord.asking.places import conversation
from bot.adapters.discord.asking.respond import answer_message, answer_question, note_and_improve, question_with_title, rendering
from bot.adapters.discord.manners.admission import turns_away
from bot.adapters.discord.messages.carriers import PLATFORM, parse_name, partial_messages
from bot.adapters.discord.messages.improve import Shown
from bot.adapters.discord.messages.send import change, into
from bot.adapters.discord.refusals import REFUSED, in_one_line
from bot.adapters.discord.shared import Shared
from bot.changed_questions import AnswerAgain, NewTurn, answer_again, is_known
from bot.door.clean_text import clean_text
from bot.record import Incoming
from knowledge.errors import AskwellError

log = logging.getLogger(__name__)


async def hear_again(shared: Shared, client: discord.Client, me: int, message: discord.Message) -> None:
    """Answer an edited message: once more if it was answered, for the first time if the edit added a mention of us."""
    text = question_with_title(message, me)
    if message.edited_at is None or message.author.bot or not text:
        return
    async with shared.handled.handling(message.id, is_new=False):
        incoming = Incoming(PLATFORM, str(message.id), conversation(message), str(message.author.id), text)
        try:
            known = await asyncio.to_thread(is_known, shared.service, PLATFORM, incoming.message_id)
            if not known and is_for(me, message) and not await turns_away(shared.admission, client, message):
                await answer_message(shared, me, message)
            again = await asyncio.to_thread(answer_again, shared.service, incoming, edited_at=message.edited_at) if known else None
        except AskwellError as error:
            log.warning("the edit of message %s passes by: %s", message.id, error)
            return
        if isinstance(again, NewTurn):
            await answer_question(shared, message, again.incoming)
        elif again is not None:
            await show_again(shared, client, incoming, again)


async def show_again(shared: Shared, client: discord.Client, incoming: Incoming, again: AnswerAgain) -> None:
    """Put the answer to an edited question into the messages that had the earlier one; the outbox does it if Discord refuses now."""
    try:
        carriers = partial_messages(client, parse_name(again.shown_in))
        await shared.improvements.settle([each.id for each in carriers])
        panels_of = rendering(shared.service, asked=clean_text(incoming.text))
        more = into(carriers[0].channel)
        changed = await change(carriers, panels_of(again.answer), more)
    except (*REFUSED, AskwellError) as error:
        log.warning("the answer to the edited message %s is not shown yet: %s", incoming.message_id, in_one_line(error))
        return
    await note_and_improve(shared.service, shared.improvements, Shown(incoming, again.answer, changed, panels_of, more))
