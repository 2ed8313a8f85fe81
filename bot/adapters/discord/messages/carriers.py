"""The messages that carry an answer, and their name in the ledger: `channel/message`, or `channel/first,second,last`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import discord

from knowledge.errors import Refused

# Discord's name in the ledger.
PLATFORM = "discord"

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
    """Return the name of the messages that carry an answer; of very many, the last ones, which show its state."""
    return f"{carriers[0].channel.id}/{','.join(str(carrier.id) for carrier in carriers[-MOST_NAMED:])}"


def parse_name(name_of_carriers: str) -> Carriers:
    """Return the messages that a name means.

    Raises:
        Refused: it names no messages of Discord.
    """
    found = NAME.fullmatch(name_of_carriers)
    if found is None:
        raise Refused(f"{name_of_carriers!r} names no messages of Discord")
    return Carriers(int(found["channel"]), tuple(map(int, found["messages"].split(","))))


def partial_messages(client: discord.Client, carriers: Carriers) -> list[discord.PartialMessage]:
    """Return objects to change the messages by, without asking Discord for them."""
    channel = client.get_partial_messageable(carriers.channel)
    return [channel.get_partial_message(message) for message in carriers.messages]
