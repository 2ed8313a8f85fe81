"""The answer to a learner's message or command in Discord: it calls the service once, in a thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import discord
from discord.abc import Messageable

from bot.adapters.discord.asking.addressing import is_for, without_mention
from bot.adapters.discord.asking.places import conversation, place_for
from bot.adapters.discord.clicking.buttons import buttons
from bot.adapters.discord.messages.carriers import PLATFORM, name
from bot.adapters.discord.messages.improve import Improvements, Shown
from bot.adapters.discord.messages.render import messages
from bot.adapters.discord.messages.send import after, defer, into, post, respond
from bot.adapters.discord.refusals import REFUSED
from bot.answering.compose.decline_or_ask_back import NOTHING_ASKED
from bot.door.clean_text import clean_text
from bot.record import Incoming
from bot.review.outbox.delivery_rows import DeliveryKind, delivery_key
from bot.review.outbox.unsent_answers import REST
from bot.service import Service
from bot.values import Answer
from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

NOT_NOW = "Something on my side is not working right now, so I could not take your question. Please ask it again in a few minutes."
ASK_ON = "To ask further, reply to this message or mention me."
# Curated answers come sooner than this.
TYPING_AFTER_S = 0.7


async def answer_message(service: Service, improvements: Improvements, me: int, message: discord.Message) -> None:
    """Answer a message that is meant for us in its thread."""
    if not is_for(me, message):
        return
    text = without_mention(message.content, me)
    if not text:
        await post(message.channel, [NOTHING_ASKED], replies_to=message, key=f"n{message.id}")
        return
    incoming = Incoming(PLATFORM, str(message.id), conversation(message), str(message.author.id), text)
    try:
        answer = await ask_while_typing(service, incoming, message.channel)
    except AskwellError as error:
        log.error("message %s was not answered: %s", message.id, error)
        await post(message.channel, [NOT_NOW], replies_to=message)
        return
    if answer is not None:
        place = await place_for(message, clean_text(text))
        here = place.id == message.channel.id
        texts = rendering(service, hint=None if isinstance(message.channel, discord.Thread) else ASK_ON)
        key = delivery_key(PLATFORM, incoming.message_id, None, DeliveryKind.POST)
        carriers = await post(place, texts(answer), replies_to=message if here else None, view=buttons(answer), key=key)
        await note_and_improve(service, improvements, Shown(incoming, answer, carriers, texts, into(place)))


async def answer_command(service: Service, improvements: Improvements, interaction: discord.Interaction, question: str) -> None:
    """Answer `/ask`: deferred first, then edited in; the question is quoted, since Discord shows only that the command was used."""
    await defer(interaction)
    if not question.strip():
        await respond(interaction, [NOTHING_ASKED])
        return
    incoming = Incoming(PLATFORM, str(interaction.id), str(interaction.channel_id), str(interaction.user.id), question.strip())
    try:
        answer = await asyncio.to_thread(service.ask, incoming)
    except AskwellError as error:
        log.error("interaction %s was not answered: %s", interaction.id, error)
        await respond(interaction, [NOT_NOW])
        return
    if answer is not None:
        texts = rendering(service, asked=clean_text(question))
        key, rest_key = (delivery_key(PLATFORM, incoming.message_id, None, named) for named in (DeliveryKind.POST, REST))
        wanted = texts(answer)
        carriers = await respond(interaction, wanted, view=buttons(answer), key=key, rest_key=rest_key)
        whole = len(carriers) == len(wanted)
        await note_and_improve(service, improvements, Shown(incoming, answer, carriers, texts, after(interaction)), whole=whole)


def rendering(service: Service, *, asked: str | None = None, hint: str | None = None) -> Callable[[Answer], list[str]]:
    """Return a renderer for the answers to one question: the first, and the one that may replace it."""
    return lambda answer: messages(answer, service.sources(answer), asked=asked, hint=hint)


async def ask_while_typing(service: Service, incoming: Incoming, place: Messageable) -> Answer | None:
    """Ask the service, and show that we are typing if it takes a while; None if the message was answered before."""
    answering = asyncio.create_task(asyncio.to_thread(service.ask, incoming))
    done, _ = await asyncio.wait({answering}, timeout=TYPING_AFTER_S)
    if not done:
        try:
            async with place.typing():
                await asyncio.wait({answering})
        except REFUSED:
            log.info("Discord does not let us show that we are typing")
    return await answering


async def note_and_improve(service: Service, improvements: Improvements, given: Shown, *, whole: bool = True) -> None:
    """Note which messages carry the answer, and have a model improve it; an answer cut short is completed instead."""
    if not given.carriers:
        return
    try:
        await asyncio.to_thread(service.sent, given.answer.question_id, name(given.carriers), given.incoming)
        if not whole:
            await asyncio.to_thread(service.cut_short, given.answer.question_id)
    except AskwellError as error:
        log.error("the answer to message %s was sent, but not noted as sent: %s", given.incoming.message_id, error)
    if whole:
        improvements.start(given)
