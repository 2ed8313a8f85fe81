"""The answer to a learner's message or command in Discord: it calls the service once, in a thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import discord
from discord.abc import Messageable
from discord.ui import Item

from bot.adapters.discord.asking.addressing import is_for, own_role, question_in
from bot.adapters.discord.asking.following_up import ask_buttons
from bot.adapters.discord.asking.places import conversation, place_for
from bot.adapters.discord.asking.tagging import tag_post
from bot.adapters.discord.clicking.buttons import buttons, is_about_privacy
from bot.adapters.discord.manners.admission import turns_away, turns_away_command
from bot.adapters.discord.manners.asking_limit import Held, ask_within_limit
from bot.adapters.discord.messages.carriers import PLATFORM
from bot.adapters.discord.messages.improve import Improvements, Shown
from bot.adapters.discord.messages.panels import Panel
from bot.adapters.discord.messages.render import panels, quote, without_pings
from bot.adapters.discord.messages.send import after, defer, into, post, respond
from bot.adapters.discord.refusals import REFUSED
from bot.adapters.discord.shared import Shared
from bot.answering.compose.decline_or_ask_back import NOTHING_ASKED
from bot.changed_questions import retract
from bot.door.clean_text import clean_text
from bot.record import Incoming
from bot.review.outbox.delivery_rows import DeliveryKind, delivery_key
from bot.review.outbox.unsent_answers import REST
from bot.service import Service
from bot.values import Answer
from knowledge.errors import AskwellError

if TYPE_CHECKING:
    from discord.abc import MessageableChannel

log = logging.getLogger(__name__)

T = TypeVar("T")

NOT_NOW = "Something on my side is not working right now, so I could not take your question. Please ask it again in a few minutes."
ASK_ON = "To ask further, reply to this message or mention me."
NO_PICTURES = "I can't read pictures or files. Tell me in a sentence what you would like to know."
OWN_DATA = "The buttons show, export or remove what I keep of whoever clicks them, before that person alone."
TEXT_ALONE = "I can't read pictures or files, so this answers your text alone."
ONLY_BY_NAME = "Discord doesn't show me the text of a message that mentions my role. Please mention me by my name, and I'll answer."
# Curated answers come sooner than this.
TYPING_AFTER_S = 0.7


async def hear(shared: Shared, client: discord.Client, me: int, message: discord.Message) -> None:
    """Answer a message if it's meant for us."""
    async with shared.handled.handling(message.id):
        if is_for(me, message):
            if await turns_away(shared.admission, client, message):
                return
            await shared.threads.addressed(me, message)
            await answer_message(shared, me, message)
        elif await shared.threads.hears(me, message) and not await shared.admission.refusal(client, message.channel, message.author):
            await answer_message(shared, me, message)


async def overhear(shared: Shared, me: int, message: discord.Message) -> None:
    """Note that a person has answered in a thread, without answering their message."""
    async with shared.handled.handling(message.id):
        await shared.threads.hears(me, message)


async def answer_message(shared: Shared, me: int, message: discord.Message) -> None:
    """Answer a message that is meant for us in its thread."""
    text = question_with_title(message, me)
    if text:
        incoming = Incoming(PLATFORM, str(message.id), conversation(message), str(message.author.id), text)
        await answer_question(shared, message, incoming)
    else:
        await post(message.channel, [reply_to_no_text(message)], replies_to=message, key=f"n{message.id}")


def question_with_title(message: discord.Message, me: int) -> str:
    """Return what a message asks us; a post's title is a part of its question, and often the whole of it."""
    text = question_in(message, me)
    if isinstance(message.channel, discord.Thread) and message.channel.id == message.id:
        return f"{message.channel.name}\n{text}".strip()
    return text


def reply_to_no_text(message: discord.Message) -> str:
    """Return the reply to a message in which we can read no question."""
    if message.attachments:
        return NO_PICTURES
    return ONLY_BY_NAME if own_role(message) is not None and not message.content.strip() else NOTHING_ASKED


async def answer_question(shared: Shared, message: discord.Message, incoming: Incoming) -> None:
    """Answer the question of a message once, unless its author deletes it before."""
    service = shared.service
    shared.told.check(message.channel)
    try:
        answer = await while_typing(ask_within_limit(shared, incoming), message.channel)
    except AskwellError as error:
        log.error("message %s was not answered: %s", message.id, error)
        await post(message.channel, [NOT_NOW], replies_to=message)
        return
    if isinstance(answer, Held):
        await post(message.channel, [answer.words()], replies_to=message, key=f"h{message.id}")
        return
    if answer is None:
        return
    place = await open_place(shared, message, clean_text(incoming.text))
    if place is None:
        await take_back(service, message.id)
        return
    here = place.id == message.channel.id
    if place.id == message.id:
        shared.threads.opened(place.id, message.author.id)
    lead = TEXT_ALONE if message.attachments else ""
    panels_of = rendering(service, hint=None if isinstance(message.channel, discord.Thread | discord.DMChannel) else ASK_ON, lead=lead)
    key = delivery_key(PLATFORM, incoming.message_id, None, DeliveryKind.POST)
    carriers = await post(place, panels_of(answer), replies_to=message if here else None, key=key)
    await note_and_improve(service, shared.improvements, Shown(incoming, answer, carriers, panels_of, into(place)))
    await tag_post(place, answer)


async def open_place(shared: Shared, message: discord.Message, question: str) -> MessageableChannel | None:
    """Open the place of an answer while typing shows; None if the question's message was deleted before."""
    if shared.handled.is_deleted(message.id):
        return None
    now, channel = asyncio.get_running_loop().time, message.channel
    if shared.limited.get(channel.id, 0.0) > now():
        return channel
    if channel.id in shared.limited:
        # One question tries whether threads may be opened again; those that come meanwhile don't wait with it.
        shared.limited[channel.id] = now() + shared.timing.thread_s
    try:
        place = await while_typing(place_for(message, question, within_s=shared.timing.thread_s), channel)
    except TimeoutError:
        log.warning("Discord limits threads in channel %s: no thread could be opened, answering in the channel", channel.id)
        shared.limited[channel.id] = now() + shared.timing.no_threads_s
        place = channel
    else:
        shared.limited.pop(channel.id, None)
    return None if shared.handled.is_deleted(message.id) else place


async def take_back(service: Service, message: int) -> None:
    """Remove the question of a deleted message, so that its answer isn't delivered later either."""
    try:
        if await asyncio.to_thread(retract, service, PLATFORM, str(message)):
            log.info("message %s was deleted before its answer came, and is not answered", message)
    except AskwellError as error:
        log.warning("the question of the deleted message %s is still in the ledger: %s", message, error)


async def forget_deleted(shared: Shared, messages: Iterable[int]) -> None:
    """Note that messages are gone; a question among them that waits for its turn is not answered any more."""
    gone = list(messages)
    shared.handled.delete(gone)
    if shared.questions_per_hour:
        for message in gone:
            await take_back(shared.service, message)


async def answer_command(shared: Shared, interaction: discord.Interaction, question: str) -> None:
    """Answer `/ask`: deferred first, then edited in; the question is quoted, since Discord shows only that the command was used."""
    service = shared.service
    if await turns_away_command(shared.admission, interaction):
        return
    await defer(interaction)
    if not question.strip():
        await respond(interaction, [Panel(NOTHING_ASKED)])
        return
    incoming = Incoming(PLATFORM, str(interaction.id), str(interaction.channel_id), str(interaction.user.id), question.strip())
    try:
        answer = await ask_within_limit(shared, incoming)
    except AskwellError as error:
        log.error("interaction %s was not answered: %s", interaction.id, error)
        await respond(interaction, [Panel(NOT_NOW)])
        return
    if isinstance(answer, Held):
        await respond(interaction, [Panel(f"> {quote(without_pings(question))}\n\n{answer.words()}")])
    elif answer is not None:
        panels_of = rendering(service, asked=clean_text(question), buttons_of=ask_buttons)
        key, rest_key = (delivery_key(PLATFORM, incoming.message_id, None, named) for named in (DeliveryKind.POST, REST))
        wanted = panels_of(answer)
        carriers = await respond(interaction, wanted, key=key, rest_key=rest_key)
        whole = len(carriers) == len(wanted)
        shown = Shown(incoming, answer, carriers, panels_of, after(interaction))
        await note_and_improve(service, shared.improvements, shown, whole=whole)


def rendering(
    service: Service,
    *,
    asked: str | None = None,
    hint: str | None = None,
    lead: str = "",
    buttons_of: Callable[[Answer], list[Item[Any]]] = buttons,
) -> Callable[[Answer], list[Panel]]:
    """Return a renderer for the answers to one question: the first, and the one that may replace it."""

    def rendered(answer: Answer) -> list[Panel]:
        below = OWN_DATA if is_about_privacy(answer) else hint
        return panels(answer, service.cited_sources(answer), buttons=buttons_of(answer), asked=asked, hint=below, lead=lead)

    return rendered


async def while_typing(work: Coroutine[Any, Any, T], place: Messageable) -> T:
    """Wait for some work, and show that we are typing if it takes a while."""
    working = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({working}, timeout=TYPING_AFTER_S)
    if not done:
        try:
            async with place.typing():
                await asyncio.wait({working})
        except REFUSED:
            log.info("Discord does not let us show that we are typing")
    return await working


async def note_and_improve(service: Service, improvements: Improvements, given: Shown, *, whole: bool = True) -> None:
    """Note which messages carry the answer, and have a model improve it; an answer cut short is completed instead."""
    if not given.carriers:
        return
    try:
        await asyncio.to_thread(service.sent, given.answer.question_id, given.named(given.carriers), given.incoming)
        if not whole:
            await asyncio.to_thread(service.cut_short, given.answer.question_id)
    except AskwellError as error:
        log.error("the answer to message %s was sent, but not noted as sent: %s", given.incoming.message_id, error)
    if whole:
        improvements.start(given)
