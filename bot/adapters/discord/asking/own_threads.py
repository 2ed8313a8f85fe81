"""The threads in which a follow-up needs no mention: who asked there, and whether a person has answered since."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict

import discord

from bot.adapters.discord.asking.addressing import is_by_person, is_for
from bot.adapters.discord.messages.carriers import PLATFORM
from bot.adapters.discord.refusals import REFUSED, in_one_line
from bot.changed_questions import asker_in
from bot.door.talk.small_talk import no_question
from bot.service import Service
from knowledge.errors import AskwellError

log = logging.getLogger(__name__)

THREADS_KEPT = 5_000
# So many messages before a follow-up are looked through, after a restart, for a person's answer.
LOOKED_THROUGH = 50


class OwnThreads:
    """Our own threads, if their messages may be read, and the posts of the forums that the course lists."""

    def __init__(self, service: Service, *, reading: bool, forums: frozenset[int] = frozenset()) -> None:
        self._service = service
        self._reading = reading
        self._forums = forums
        self._askers: OrderedDict[int, int] = OrderedDict()
        self._answered: dict[int, bool] = {}

    def is_forum_post(self, channel: object) -> bool:
        """Return whether a channel is a post of a listed forum."""
        return isinstance(channel, discord.Thread) and channel.parent_id in self._forums

    def opened(self, thread: int, asker: int) -> None:
        """Note who asked in a thread."""
        self._askers[thread] = asker
        self._answered.setdefault(thread, False)
        while len(self._askers) > THREADS_KEPT:
            forgotten, _ = self._askers.popitem(last=False)
            self._answered.pop(forgotten, None)

    async def addressed(self, me: int, message: discord.Message) -> None:
        """Note that we are asked by name: where the asker does that, further follow-ups are ours again."""
        thread = self._thread_of(me, message)
        if thread is not None and message.author.id == await self._asker_of(thread):
            self._answered[thread.id] = False

    async def hears(self, me: int, message: discord.Message) -> bool:
        """Return whether a message without a mention is meant for us: the asker goes on, and nobody else has answered them."""
        thread = self._thread_of(me, message)
        # A post's title may be the whole question.
        says_something = bool(message.content.strip()) or (thread is not None and message.id == thread.id)
        if thread is None or not is_by_person(message) or not says_something:
            return False
        asker = await self._asker_of(thread)
        if asker is None:
            return False
        if message.author.id != asker:
            if is_answer(message):
                self._answered[thread.id] = True
            return False
        if message.mentions or message.role_mentions or message.reference is not None:
            return False
        if message.id == thread.id:
            # A post begins with its question.
            self._answered.setdefault(thread.id, False)
        return not await self._was_answered(me, thread, asker, message)

    def _thread_of(self, me: int, message: discord.Message) -> discord.Thread | None:
        channel = message.channel
        if not isinstance(channel, discord.Thread):
            return None
        return channel if self.is_forum_post(channel) or (self._reading and channel.owner_id == me) else None

    async def _asker_of(self, thread: discord.Thread) -> int | None:
        """Return who asked: a forum post's author, else who is known, or in the ledger, as the first in the thread."""
        if self.is_forum_post(thread):
            return thread.owner_id
        if thread.id not in self._askers:
            try:
                found = await asyncio.to_thread(asker_in, self._service, PLATFORM, str(thread.id))
            except AskwellError as error:
                log.warning("a message in thread %s passes by, since the ledger can't say who asked there: %s", thread.id, error)
                return None
            if found is None or not found.isdecimal():
                return None
            self._askers[thread.id] = int(found)
        return self._askers[thread.id]

    async def _was_answered(self, me: int, thread: discord.Thread, asker: int, message: discord.Message) -> bool:
        """Return whether a person has answered since the asker last named us; where that can't be read, as if one had."""
        if thread.id not in self._answered:
            try:
                self._answered[thread.id] = await self._find_answer(me, thread, asker, message)
            except REFUSED as error:
                log.warning("a follow-up in thread %s passes by, since what came before can't be read: %s", thread.id, in_one_line(error))
                return True
        return self._answered[thread.id]

    async def _find_answer(self, me: int, thread: discord.Thread, asker: int, message: discord.Message) -> bool:
        async for earlier in thread.history(limit=LOOKED_THROUGH, before=message):
            if earlier.author.id == asker and is_for(me, earlier):
                return False
            if earlier.author.id != asker and is_answer(earlier):
                return True
        return False


def is_answer(message: discord.Message) -> bool:
    """Return whether a message of another person may answer the asker; a thumb or a thank-you doesn't."""
    said = bool(message.content.strip() or message.attachments)
    return is_by_person(message) and said and (not message.content.strip() or no_question(message.content) is None)
