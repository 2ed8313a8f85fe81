"""Many learners in the Discord stand-in: they ask at a pace, and each answer is found with the seconds that it took."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from index.evaluate.labelled_questions import QUESTIONS, read_labelled
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.payloads import ME, Payload

MOST_WORDS = 60
# The key of an answer's further messages (bot/adapters/discord/messages/send.py).
REST = re.compile("b[0-9a-f]{24}")


def questions(count: int) -> list[str]:
    """Return the questions of the held-out files that are about the course, again from the first where there are too few."""
    rows = [str(row.question) for row in read_labelled(QUESTIONS / "held_out" / "in_scope.jsonl") if row.question]
    short = [text for text in rows if len(text.split()) <= MOST_WORDS]
    return [short[number % len(short)] for number in range(count)]


@dataclass
class Crowd:
    """What was asked in a stand-in, by the number of its message, and when."""

    discord: StandIn
    asked_at: dict[str, float] = field(default_factory=dict)

    async def ask(self, text: str) -> str:
        """Mention the bot with a question; return the message's number."""
        self.asked_at[(number := (await self.discord.say(f"<@{ME}> {text}"))["id"])] = time.monotonic()
        return str(number)

    async def ask_all(self, texts: Sequence[str], a_second: float, *, meanwhile: Callable[[int], Awaitable[None]] | None = None) -> None:
        """Ask at a pace, whatever is answered; `meanwhile` is told of each number first."""
        began = time.monotonic()
        for number, text in enumerate(texts):
            await asyncio.sleep(max(0.0, began + number / a_second - time.monotonic()))
            if meanwhile is not None:
                await meanwhile(number)
            await self.ask(text)

    def answers(self) -> dict[str, list[float]]:
        """Return the seconds after which each question was answered, once for each answer that is there; its further messages are left out.

        What a bot offers again under the same key is the message that is there, as in Discord.
        """
        found: dict[str, list[float]] = {number: [] for number in self.asked_at}
        sent_at: dict[str, list[float]] = {number: [] for number in self.asked_at}
        for request in self.discord.recorded("POST", "/channels/[0-9]+/messages", status=200):
            place = request.path.split("/")[2]
            if REST.fullmatch(str(request.body.get("nonce"))):
                continue
            sent_at.get(place if place in found else answered_by(request.body), []).append(request.at)
        rest = {message for key, message in self.discord.channels.nonces.items() if REST.fullmatch(key)}
        for message in self.discord.messages.values():
            number = message["channel_id"] if message["channel_id"] in found else answered_by(message)
            if message["author"]["id"] == ME and number in found and message["id"] not in rest:
                found[number].append(sent_at[number][len(found[number])] - self.asked_at[number])
        return found

    async def all_answered(self, within_s: float) -> dict[str, list[float]]:
        """Wait until each question has an answer, or the time is over; return the answers."""
        until = time.monotonic() + within_s
        while time.monotonic() < until and not all(self.answers().values()):
            await asyncio.sleep(0.1)
        return self.answers()


def answered_by(message: Payload) -> str:
    """Return the number of the message that a message replies to; empty if it replies to none."""
    return str((message.get("message_reference") or {}).get("message_id", ""))
