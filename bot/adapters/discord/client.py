"""The connection to Discord: its intents, its start and its failures."""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import discord
import yarl
from discord.backoff import ExponentialBackoff
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapters.courier import Courier
from bot.adapters.discord.asking.addressing import is_for
from bot.adapters.discord.asking.following_up import FollowUpButton
from bot.adapters.discord.asking.missed import catch_up, keep_noting, now_as_mark, read_mark, write_mark
from bot.adapters.discord.asking.own_threads import OwnThreads
from bot.adapters.discord.asking.privately import ShowButton
from bot.adapters.discord.asking.respond import NOT_NOW
from bot.adapters.discord.choices import Choices
from bot.adapters.discord.clicking.buttons import AnswerButton
from bot.adapters.discord.clicking.desk_links import desk_link
from bot.adapters.discord.clicking.own_data_buttons import OwnDataButton
from bot.adapters.discord.clicking.rest_buttons import RestButton
from bot.adapters.discord.cog import Asking, ask_about, make_it_a_card, use_as_the_answer
from bot.adapters.discord.guarded_events import guard_events
from bot.adapters.discord.messages.carriers import PLATFORM
from bot.adapters.discord.messages.deliver import carry_out
from bot.adapters.discord.messages.improve import Improvements
from bot.adapters.discord.messages.send import post
from bot.adapters.discord.refusals import REFUSED, in_one_line
from bot.adapters.discord.registration import register_commands
from bot.adapters.discord.review_channel.card_buttons import AsButton, PromoteButton
from bot.adapters.discord.review_channel.plan_buttons import MustNotSelect, PlannedCards, WriteButton
from bot.adapters.discord.review_channel.reply_offers import UseReplyButton
from bot.adapters.discord.review_channel.review_board import ReviewBoard
from bot.adapters.discord.review_channel.review_buttons import ReviewButton, UndoButton
from bot.adapters.discord.review_channel.take_back_button import TakeBackButton
from bot.adapters.discord.shared import Shared
from bot.adapters.discord.timing import Timing
from bot.adapters.health_files import keep_touching, remove_file
from bot.service import Service
from knowledge.errors import PlatformError, TurnedAway

TOKEN_REFUSED = "Discord refuses the bot's token: check ASKWELL_DISCORD_TOKEN (docs/operators/discord.md says where to get it)"
INTENT_REFUSED = (
    "Discord refuses the message content intent: turn it on under Bot in the developer portal, or unset "
    "ASKWELL_DISCORD_READ_THREADS and ASKWELL_DISCORD_FORUMS"
)
# Source: Discord's gateway close codes: authentication failed.
AUTHENTICATION_FAILED = 4004
# Source: Discord's API, "get current user guilds": so many at once.
MOST_SERVERS = 200


class Askwell(commands.Bot):
    """The connection: the fewest intents, mentions off, no messages or members cached, commands registered on start."""

    def __init__(
        self,
        service: Service,
        *,
        choices: Choices,
        ready: Callable[[], None] | None,
        timing: Timing,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents(reads_content=choices.reads_content),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            guild_ready_timeout=timing.guild_ready_s,
        )
        guard_events(self)
        self.service = service
        self.timing = timing
        self.choices = choices
        self.on_first_ready = ready
        self.beside: list[asyncio.Task[None]] = []
        self.improvements = Improvements(service)
        self.shared = Shared(
            service,
            self.improvements,
            OwnThreads(service, reading=choices.read_threads, forums=choices.forums),
            timing,
            admission=choices.admission,
            questions_per_hour=choices.questions_per_hour,
        )
        self.missed_since: int | None = None
        self.looking_back: asyncio.Task[Any] | None = None
        self.courier: Courier | None = None
        self.board: ReviewBoard | None = None
        self.planned = PlannedCards()

    async def setup_hook(self) -> None:
        """Add the cog and the buttons, register the commands, start the courier and the health file."""
        await self.add_cog(Asking(self, self.shared))
        self.tree.add_command(ask_about)
        if self.choices.mentor_role is not None:
            self.tree.add_command(use_as_the_answer)
            self.tree.add_command(make_it_a_card)
            self.tree.add_command(desk_link)
        self.add_dynamic_items(AnswerButton, RestButton, FollowUpButton, OwnDataButton, ShowButton, ReviewButton, UndoButton)
        self.add_dynamic_items(PromoteButton, AsButton, WriteButton, MustNotSelect, TakeBackButton, UseReplyButton)
        self.courier = Courier(
            PLATFORM,
            self.service,
            partial(carry_out, self, self.service, self.improvements, named=self.choices.mentors_named),
            every_s=self.timing.deliver_every_s,
            timeout_s=self.timing.delivery_timeout_s,
            ready=self.wait_until_ready,
        )
        if self.choices.review_channel is not None and self.service.ledger is not None:
            self.board = ReviewBoard(self, self.service, self.choices, self.timing.review_every_s)
            self.shared.told.tell = self.board.say
        await register_commands(self.tree, self.choices.guild)
        if self.choices.health_file is not None:
            self.beside.append(asyncio.create_task(self.keep_alive(self.choices.health_file)))
        self.shared.handled.start_at(read_mark(self.choices.seen_file) or now_as_mark())
        if self.choices.seen_file is not None:
            self.beside.append(asyncio.create_task(keep_noting(self.shared.handled, self.choices.seen_file, self.timing.note_every_s)))

    async def on_connect(self) -> None:
        """Note up to where messages were heard: a new session tells nothing of those between the last one and itself."""
        if self.missed_since is None and (mark := self.shared.handled.mark) is not None:
            self.missed_since = mark
            self.shared.handled.hold(mark)

    async def on_ready(self) -> None:
        """Call `ready` once, and look for what was asked before each new session."""
        first, self.on_first_ready = self.on_first_ready, None
        if first is not None:
            first()
        since, self.missed_since = self.missed_since, None
        if since is None or self.user is None:
            return
        looked = False
        self.looking_back = asyncio.current_task()
        try:
            if self.choices.look_back_hours:
                await catch_up(self.shared, self, self.user.id, since, hours=self.choices.look_back_hours)
            looked = True
        finally:
            self.looking_back = None
            if looked or self.missed_since is not None:
                self.shared.handled.release(since)
            else:
                # After a fault the mark is held, once, so that the next session looks again.
                self.missed_since = since

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave messages to the cog, since there are no text commands."""

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log a fault of ours with its traceback, and tell the learner."""
        await super().on_error(event_method, *args, **kwargs)
        message = args[0] if args else None
        if isinstance(message, discord.Message) and self.user is not None and is_for(self.user.id, message):
            await post(message.channel, [NOT_NOW], replies_to=message)

    async def keep_alive(self, path: Path) -> None:
        """Touch the health file while Discord acknowledges our heartbeats."""
        await self.wait_until_ready()
        await keep_touching(path, lambda: math.isfinite(self.latency), self.timing.touch_every_s)

    async def close(self) -> None:
        """Stop what runs beside the connection, and let messages under way be sent."""
        for task in [*self.beside, *filter(None, [self.looking_back])]:
            task.cancel()
        if self.choices.health_file is not None:
            remove_file(self.choices.health_file)
        if self.board is not None:
            self.board.stop()
        if self.courier is not None:
            await self.courier.stop()
        await self.improvements.stop()
        write_mark(self.shared.handled, self.choices.seen_file)
        await self.stop_getting_ready()
        await super().close()

    async def stop_getting_ready(self) -> None:
        """Cancel the task that waits for one more server: discord.py leaves it behind, and it fails without a connection.

        Once may not be enough: Python 3.11's `wait_for` ignores a cancel that comes together with the server.
        """
        waiting = self._connection._ready_task
        while waiting is not None and not waiting.done():
            waiting.cancel()
            await asyncio.wait({waiting}, timeout=0.1)


class SoonAgain(ExponentialBackoff[Any]):
    """The waits before reconnecting, half a minute at most, so that learners are answered within a minute of an outage's end."""

    def __init__(self) -> None:
        super().__init__()
        # The longest wait is two to this power, in seconds; discord.py's own is 17 minutes.
        self._max = 5


@dataclass(frozen=True)
class Login:
    """A bot as Discord knows it: its name, whether it may read the text of all messages, its application, and its rights by server."""

    name: str
    reads_all: bool
    application: int
    rights: Mapping[str, discord.Permissions]


def intents(*, reads_content: bool = False) -> discord.Intents:
    """Return the fewest intents: `guilds` for channels, threads and permissions, `messages` for mentions and direct messages.

    Source: Discord's gateway documentation, "message content intent": messages that mention the app come with their text without it.
    With `reads_content`, that privileged intent is added, so that follow-ups in our own threads and posts in forums need no mention.
    """
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = True
    wanted.dm_messages = True
    wanted.message_content = reads_content
    return wanted


async def run(
    service: Service,
    *,
    token: str,
    api_url: str | None,
    gateway_url: str | None,
    choices: Choices | None = None,
    ready: Callable[[], None] | None = None,
    timing: Timing | None = None,
) -> None:
    """Answer in Discord until cancelled.

    Raises:
        TurnedAway: the token or the message content intent is refused.
        PlatformError: Discord can't be reached, or it closes the connection for good.
    """
    chosen = choices or Choices()
    if chosen.health_file is not None:
        remove_file(chosen.health_file)
    point_at(api_url, gateway_url)
    vars(discord.client)["ExponentialBackoff"] = SoonAgain
    logging.getLogger("discord.client").addFilter(without_traceback)
    async with Askwell(service, choices=chosen, ready=ready, timing=timing or Timing()) as client:
        await log_in(client, token.strip())
        await stay_connected(client)


async def check_login(token: str, api_url: str | None, *, servers: bool = False) -> Login:
    """Log in at Discord's REST API alone, which counts against no limit of identifies; ask for the rights in the `servers` if wanted.

    Raises:
        TurnedAway: the token is refused.
        PlatformError: Discord can't be reached.
    """
    point_at(api_url, None)
    async with discord.Client(intents=intents()) as client:
        await log_in(client, token.strip())
        flags = client.application_flags
        reads_all = flags.gateway_message_content or flags.gateway_message_content_limited
        try:
            # discord.py's own objects leave the rights out.
            found = await client.http.get_guilds(MOST_SERVERS) if servers else []
        except REFUSED as error:
            raise PlatformError(f"Discord can't be reached at {Route.BASE}: {in_one_line(error)}") from None
        # Source: Discord's API, "get current user guilds": the rights of the bot's roles, without what a channel takes or adds.
        rights = {each["name"]: discord.Permissions(int(each["permissions"])) for each in found}
        return Login("" if client.user is None else client.user.name, reads_all, client.application_id or 0, rights)


def point_at(api_url: str | None, gateway_url: str | None) -> None:
    """Point discord.py at other servers; it has only these two names for that, and ignores the API's own gateway."""
    # Voice is not used, so nobody needs warnings about it.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    if api_url:
        Route.BASE = api_url.rstrip("/")
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


async def log_in(client: discord.Client, token: str) -> None:
    """Log in at Discord's REST API and set the client up.

    Raises:
        TurnedAway: the token is refused.
        PlatformError: it can't be reached, or what answers there is not Discord's API.
    """
    if not re.fullmatch(r"[!-~]+", token):
        raise TurnedAway(TOKEN_REFUSED)
    try:
        await client.login(token)
    except discord.LoginFailure:
        raise TurnedAway(TOKEN_REFUSED) from None
    except REFUSED as error:
        raise PlatformError(f"Discord can't be reached at {Route.BASE}: {in_one_line(error)}") from None
    except (TypeError, KeyError) as error:
        raise PlatformError(f"what answers at {Route.BASE} is not Discord's API: {in_one_line(error)}") from None


async def stay_connected(client: Askwell) -> None:
    """Listen at the gateway, with reconnects, until closed.

    Raises:
        TurnedAway: the token or the message content intent is refused.
        PlatformError: Discord closes the connection for good, or the gateway was never reached.
    """
    try:
        await client.connect()
    except discord.PrivilegedIntentsRequired:
        raise TurnedAway(INTENT_REFUSED) from None
    except discord.ConnectionClosed as error:
        if error.code == AUTHENTICATION_FAILED:
            raise TurnedAway(TOKEN_REFUSED) from None
        raise TurnedAway(f"Discord closed the connection for good (code {error.code})") from None
    except AttributeError as error:
        # discord.py 2.7 trips over its own missing socket when the very first connection fails, instead of trying again.
        if client.ws is not None:
            raise
        raise PlatformError(f"Discord's gateway can't be reached at {DiscordWebSocket.DEFAULT_GATEWAY}") from error


def without_traceback(record: logging.LogRecord) -> bool:
    """Turn discord.py's traceback at every lost connection into one line."""
    if record.exc_info and record.exc_info[1] is not None and str(record.msg).startswith("Attempting a reconnect"):
        record.msg = f"{record.msg} ({in_one_line(record.exc_info[1]).replace('%', '%%')})"
        record.exc_info = None
    return True
