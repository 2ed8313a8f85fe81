"""What a delivery becomes in Discord: a message changed, an answer posted, or a word to the one who asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord

from bot.adapters.discord.asking.unopened import Place, place_of_unopened
from bot.adapters.discord.clicking.buttons import buttons
from bot.adapters.discord.messages.carriers import Carrier, Carriers, fetched, name, named
from bot.adapters.discord.messages.improve import Improvements
from bot.adapters.discord.messages.render import messages, prose
from bot.adapters.discord.messages.send import Send, change, into, send_all
from bot.adapters.discord.messages.split import split
from bot.adapters.discord.refusals import REFUSED, THREAD_ARCHIVED, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, code_of, meant
from bot.review.outbox.deliveries import Delivery
from bot.review.outbox.delivery_rows import DeliveryKind
from bot.service import Service
from bot.values import Answer, State, Status
from knowledge.errors import Refused


async def carry_out(client: discord.Client, service: Service, improvements: Improvements, delivery: Delivery) -> str:
    """Do what a delivery says; return the name of the messages that it stands in.

    Raises:
        Refused: Discord will never take it.
        PlatformError: Discord may take it another time.
    """
    try:
        if delivery.kind is DeliveryKind.EDIT:
            return name(await edit(client, service, improvements, delivery))
        if delivery.kind is DeliveryKind.POST:
            return name(await post(client, service, delivery))
        return name(await tell(client, delivery))
    except (*REFUSED, discord.DiscordException) as error:
        raise meant(error) from error


async def edit(client: discord.Client, service: Service, improvements: Improvements, delivery: Delivery) -> list[Carrier]:
    """Show an answer as it now stands in the messages that carry it, and say what changed.

    The question is quoted: days later, that is what an answer can be read by. If somebody deleted a message that carried it, a corrected
    answer is posted where it stood, under the delivery's own key, and is carried by that from then on.
    """
    if delivery.answer is None or delivery.target is None:
        raise Refused(f"delivery {delivery.id} changes a message, but does not say which, or into what")
    answer, target = delivery.answer, named(delivery.target)
    texts = messages(answer, service.sources(answer), asked=delivery.question, note=delivery.note)
    await improvements.settle(target.messages)
    carriers = fetched(client, target)
    # Other messages may stand between by now: what goes on below them says of what.
    channel = carriers[-1].channel
    more = into(channel, replies_to=carriers[-1].to_reference(fail_if_not_exists=False), key=delivery.key)
    try:
        return await woken(client, target.channel, lambda: change(carriers, texts, buttons(answer), more))
    except discord.NotFound as error:
        if code_of(error) != UNKNOWN_MESSAGE or not is_to_be_read(answer):
            raise
    posted = await send_all(texts, into(channel, key=delivery.key), buttons(answer))
    # Of several messages some may be left: without the one that was deleted they say nothing whole.
    await change(carriers, [], None, more)
    return list(posted)


def is_to_be_read(answer: Answer) -> bool:
    """Say whether a learner is told to read an answer's new text: a withdrawn one, or one that only changed its state, they are not."""
    return answer.status is Status.ANSWERED and answer.state is State.CORRECTED


async def post(client: discord.Client, service: Service, delivery: Delivery) -> list[discord.Message]:
    """Post an answer; whoever waited for a mentor's is notified, nobody else is."""
    answer = delivery.answer
    if answer is None:
        raise Refused(f"delivery {delivery.id} posts an answer, but has none")
    asker = asker_of(delivery) if delivery.note else None
    texts = messages(answer, service.sources(answer), asked=delivery.question, lead=lead(asker, delivery.note))

    def sending(place: Place) -> Send:
        return into(place.channel, replies_to=place.message, key=delivery.key, mentions=asker)

    try:
        return await send_all(texts, sending(Place(client.get_partial_messageable(channel_id(delivery)))), buttons(answer))
    except discord.NotFound as error:
        if code_of(error) != UNKNOWN_CHANNEL or (place := await place_of_unopened(client, channel_id(delivery), delivery.question)) is None:
            raise
    return await send_all(texts, sending(place), buttons(answer))


async def tell(client: discord.Client, delivery: Delivery) -> list[discord.Message]:
    """Tell the asker, and nobody else, what became of their question, as a reply to the answer that it's about.

    A reply notifies the author of the message replied to, which is ourselves; and the asker's own message stands in another channel than
    its thread, or is no message at all where `/ask` was used. So the asker is mentioned, and is all that may be.
    """
    target = None if delivery.target is None else named(delivery.target)
    about = None if target is None else fetched(client, Carriers(target.channel, target.messages[:1]))[0]
    place = client.get_partial_messageable(channel_id(delivery)) if about is None else about.channel
    asker = asker_of(delivery)
    reference = None if about is None else about.to_reference(fail_if_not_exists=False)
    return await send_all(split(lead(asker, delivery.note)), into(place, replies_to=reference, key=delivery.key, mentions=asker), None)


def lead(asker: int | None, note: str) -> str:
    """Return a note as it's said to the asker."""
    return prose(note) if asker is None else f"<@{asker}> {prose(note)}"


def asker_of(delivery: Delivery) -> int | None:
    """Return who asked; None where the ledger doesn't know, or knows nobody of Discord."""
    return int(delivery.asker) if delivery.asker is not None and delivery.asker.isdecimal() else None


def channel_id(delivery: Delivery) -> int:
    """Return the channel that a delivery goes to.

    Raises:
        Refused: it's none of Discord.
    """
    if not delivery.place.isdecimal():
        raise Refused(f"{delivery.place!r} is no channel of Discord")
    return int(delivery.place)


async def woken(client: discord.Client, channel: int, act: Callable[[], Awaitable[list[Carrier]]]) -> list[Carrier]:
    """Change messages in a thread; one that went to sleep is woken first, since nothing in it can be changed before.

    Source: Discord's API, topic "threads": only a new message wakes a thread by itself; who may write in it may wake it.
    """
    try:
        return await act()
    except discord.HTTPException as error:
        if code_of(error) != THREAD_ARCHIVED:
            raise
    thread = await client.fetch_channel(channel)
    if isinstance(thread, discord.Thread):
        await thread.edit(archived=False)
    return await act()
