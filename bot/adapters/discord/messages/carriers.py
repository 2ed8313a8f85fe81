"""Which messages carry an answer, and how the ledger names them: `channel/message`, or `channel/first,second,last`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import discord

from knowledge.errors import Refused

Carrier = discord.Message | discord.PartialMessage

NAME = re.compile(r"(?P<channel>[0-9]{1,20})/(?P<messages>[0-9]{1,20}(?:,[0-9]{1,20})*)")
# The ledger keeps 255 characters of a name: room for as many messages as 20,000 characters of an answer need.
MOST_NAMED = 11


@dataclass(frozen=True)
class Carriers:
    """The messages that carry one answer, first to last, by their ids."""

    channel: int
    messages: tuple[int, ...]


def name(carriers: Sequence[Carrier]) -> str:
    """Name the messages that carry an answer; of very many, the last ones, since the state stands there."""
    return f"{carriers[0].channel.id}/{','.join(str(carrier.id) for carrier in carriers[-MOST_NAMED:])}"


def named(name_of_carriers: str) -> Carriers:
    """Read a name.

    Raises:
        Refused: it names no messages of Discord.
    """
    found = NAME.fullmatch(name_of_carriers)
    if found is None:
        raise Refused(f"{name_of_carriers!r} names no messages of Discord")
    return Carriers(int(found["channel"]), tuple(map(int, found["messages"].split(","))))


def fetched(client: discord.Client, carriers: Carriers) -> list[discord.PartialMessage]:
    """Return messages by which they can be changed, without asking Discord for them."""
    channel = client.get_partial_messageable(carriers.channel)
    return [channel.get_partial_message(message) for message in carriers.messages]
