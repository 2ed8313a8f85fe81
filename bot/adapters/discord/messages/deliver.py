"""Deliveries in Discord: a message edited, an answer posted, or a notice to the asker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import discord

from bot.adapters.discord.asking.places import Place, place_of_unopened
from bot.adapters.discord.asking.tagging import tag_post
from bot.adapters.discord.clicking.buttons import buttons
from bot.adapters.discord.messages.carriers import Carrier, Carriers, name, parse_name, partial_messages
from bot.adapters.discord.messages.improve import Improvements
from bot.adapters.discord.messages.render import panels, pointer, prose, quote, without_pings
from bot.adapters.discord.messages.send import Send, change, into, send_all
from bot.adapters.discord.messages.split import split
from bot.adapters.discord.refusals import REFUSED, THREAD_ARCHIVED, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, code_of, delivery_error
from bot.review.outbox import notices
from bot.review.outbox.delivery_rows import DeliveryKind
from bot.review.outbox.send_and_retry import Delivery
from bot.service import Service
from bot.values import Answer, State, Status
from knowledge.errors import Refused


async def carry_out(
    client: discord.Client, service: Service, improvements: Improvements, delivery: Delivery, named: frozenset[str] = frozenset()
) -> str:
    """Carry a delivery out; return the name of the messages that carry it. Of the mentors, those in `named` are named.

    Raises:
        Refused: Discord will never take it.
        PlatformError: Discord may take it another time.
    """
    try:
        if delivery.kind is DeliveryKind.TELL:
            return name(await tell(client, delivery))
        carriers: Sequence[Carrier]
        if delivery.kind is DeliveryKind.EDIT:
            carriers = await edit(client, service, improvements, delivery, named)
        else:
            carriers = await post(client, service, delivery, named)
        if delivery.answer is not None and delivery.note != notices.SEE_BELOW:
            await tag_post(client.get_channel(carriers[0].channel.id), delivery.answer)
        return name(carriers)
    except (*REFUSED, discord.DiscordException) as error:
        raise delivery_error(error) from error


async def edit(
    client: discord.Client, service: Service, improvements: Improvements, delivery: Delivery, named: frozenset[str]
) -> list[Carrier]:
    """Edit the messages that carry an answer to show its newest state, and what changed.

    The question is quoted, so that the answer can be understood days later. If somebody deleted a message that carried it, a corrected
    answer is posted in the same channel under the delivery's own key, and is carried by that message from then on.
    """
    if delivery.answer is None or delivery.target is None:
        raise Refused(f"delivery {delivery.id} changes a message, but does not say which, or into what")
    answer, target = delivery.answer, parse_name(delivery.target)
    author = delivery.author if delivery.author in named else ""
    sources = service.cited_sources(answer)
    shown = panels(answer, sources, buttons=buttons(answer), asked=delivery.question, note=delivery.note, author=author)
    if delivery.note == notices.SEE_BELOW:
        if delivery.answered_in is None:
            raise Refused("the mentor's answer that this message would point to has not arrived")
        shown = pointer(delivery.question, await link_to(client, parse_name(delivery.answered_in)))
    await improvements.settle(target.messages)
    carriers = partial_messages(client, target)
    # Other messages may have come between, so a continuation below them replies to the answer.
    channel = carriers[-1].channel
    more = into(channel, replies_to=carriers[-1].to_reference(fail_if_not_exists=False), key=delivery.key)
    try:
        return await unarchived(client, target.channel, lambda: change(carriers, shown, more))
    except discord.NotFound as error:
        if code_of(error) != UNKNOWN_MESSAGE or not has_news(answer):
            raise
    posted = await send_all(shown, into(channel, key=delivery.key))
    # Some of several messages may be left, which make no sense without the deleted one.
    await change(carriers, [], more)
    return list(posted)


def has_news(answer: Answer) -> bool:
    """Return whether a learner should read an answer's new text; not if it was withdrawn or only changed its state."""
    return answer.status is Status.ANSWERED and answer.state is State.CORRECTED


async def post(client: discord.Client, service: Service, delivery: Delivery, named: frozenset[str]) -> list[discord.Message]:
    """Post an answer; notify nobody but an asker who waited for a mentor."""
    answer = delivery.answer
    if answer is None:
        raise Refused(f"delivery {delivery.id} posts an answer, but has none")
    asker = asker_of(delivery) if delivery.note else None
    author = delivery.author if delivery.author in named else ""
    above = lead(asker, delivery.note)
    sources = service.cited_sources(answer)
    shown = panels(answer, sources, buttons=buttons(answer), asked=delivery.question, lead=above, author=author)

    def sending(place: Place) -> Send:
        return into(place.channel, replies_to=place.message, key=delivery.key, mentions=asker)

    try:
        return await send_all(shown, sending(Place(client.get_partial_messageable(channel_id(delivery)))))
    except discord.NotFound as error:
        if code_of(error) != UNKNOWN_CHANNEL or (place := await place_of_unopened(client, channel_id(delivery), delivery.question)) is None:
            raise
    return await send_all(shown, sending(place))


async def tell(client: discord.Client, delivery: Delivery) -> list[discord.Message]:
    """Notify the asker, and nobody else, in a reply to the answer in question.

    The reply itself would notify its author, which is us. The asker's message is outside its thread, or is none where `/ask` was used.
    So the asker is mentioned, and is the only one who may be.
    """
    target = None if delivery.target is None else parse_name(delivery.target)
    if target is not None and str(target.channel) != delivery.place and await is_direct(client, channel_id(delivery)):
        # Asked in private and shown to all since: who asked stays between them and us.
        target = None
    about = None if target is None else partial_messages(client, Carriers(target.channel, target.messages[:1]))[0]
    place = client.get_partial_messageable(channel_id(delivery)) if about is None else about.channel
    asker = asker_of(delivery)
    reference = None if about is None else about.to_reference(fail_if_not_exists=False)
    quoted = f"\n> {quote(without_pings(delivery.question))}" if about is None and delivery.answer is not None else ""
    said = split(lead(asker, delivery.note) + quoted)
    return await send_all(said, into(place, replies_to=reference, key=delivery.key, mentions=asker))


async def is_direct(client: discord.Client, channel: int) -> bool:
    """Return whether a channel is one of direct messages."""
    try:
        return isinstance(client.get_channel(channel) or await client.fetch_channel(channel), discord.DMChannel)
    except (discord.NotFound, discord.Forbidden):
        return False


async def link_to(client: discord.Client, carriers: Carriers) -> str:
    """Return the address of the first of some messages.

    Source: Discord's documentation, "message formatting" and links: discord.com/channels/SERVER/CHANNEL/MESSAGE, `@me` for direct ones.
    """
    channel = client.get_channel(carriers.channel) or await client.fetch_channel(carriers.channel)
    guild = getattr(channel, "guild", None)
    return f"https://discord.com/channels/{'@me' if guild is None else guild.id}/{carriers.channel}/{carriers.messages[0]}"


def lead(asker: int | None, note: str) -> str:
    """Return a note to the asker, with a mention."""
    return prose(note) if asker is None else f"<@{asker}> {prose(note)}"


def asker_of(delivery: Delivery) -> int | None:
    """Return the asker's id; None if the ledger has none of Discord."""
    return int(delivery.asker) if delivery.asker is not None and delivery.asker.isdecimal() else None


def channel_id(delivery: Delivery) -> int:
    """Return the channel that a delivery goes to.

    Raises:
        Refused: it's no channel of Discord.
    """
    if not delivery.place.isdecimal():
        raise Refused(f"{delivery.place!r} is no channel of Discord")
    return int(delivery.place)


async def unarchived(client: discord.Client, channel: int, act: Callable[[], Awaitable[list[Carrier]]]) -> list[Carrier]:
    """Change messages in a thread, which is unarchived first if needed.

    Source: Discord's API, topic "threads": only a new message unarchives a thread by itself; whoever may write in it may unarchive it.
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
