"""How what the ledger owes to Discord gets there: fetched in a thread every few seconds, sent on the client's own loop."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging

import discord

from bot.adapters.discord.clicking.clicks import PLATFORM
from bot.adapters.discord.messages.deliver import carry_out
from bot.adapters.discord.messages.improve import Improvements
from bot.review.outbox.deliveries import Delivery
from bot.service import Service
from knowledge.errors import AskwellError, PlatformError

log = logging.getLogger(__name__)

EVERY_S = 3.0
# Less than the ledger lets one process have a delivery for, so that no other sends it meanwhile.
TIMEOUT_S = 60.0
# How long a delivery under way may take when the connection is closed; after that it's sent again by the next process, with its key.
GRACE_S = 5.0
STOPPING = "Askwell is being stopped"


class Courier:
    """Carries out what is owed to Discord, one delivery after the other, until stopped."""

    def __init__(self, client: discord.Client, service: Service, improvements: Improvements) -> None:
        self._client = client
        self._service = service
        self._improvements = improvements
        self._loop = asyncio.get_running_loop()
        self._sending: concurrent.futures.Future[str] | None = None
        self._round: asyncio.Future[int] | None = None
        self._stopping = False
        self._failing = ""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Begin no delivery any more, and let the one under way end."""
        self._stopping = True
        self._task.cancel()
        if self._round is None or self._round.done():
            return
        await asyncio.wait({self._round}, timeout=GRACE_S)
        if self._sending is not None:
            self._sending.cancel()
        await asyncio.wait({self._round}, timeout=GRACE_S)

    async def _run(self) -> None:
        await self._client.wait_until_ready()
        while True:
            self._round = asyncio.ensure_future(asyncio.to_thread(self._service.deliver, PLATFORM, self.send))
            # Not awaited itself, so that a thread at work is not lost sight of when this is cancelled.
            await asyncio.wait({self._round})
            arrived = 0 if self._failed(self._round.exception()) else self._round.result()
            await asyncio.sleep(0 if arrived else EVERY_S)

    def _failed(self, error: BaseException | None) -> bool:
        """Log a round that failed: a ledger that is away once, until it's back; a fault of ours with its traceback."""
        if error is None:
            self._failing = ""
        elif not isinstance(error, AskwellError):
            log.error("sending what is owed to Discord failed", exc_info=error)
        elif str(error) != self._failing:
            self._failing = str(error)
            log.warning("what is owed to Discord waits: %s", error)
        return error is not None

    def send(self, delivery: Delivery) -> str:
        """Carry one delivery out; called in the thread that took it from the ledger.

        Raises:
            Refused: Discord will never take it.
            PlatformError: Discord may take it another time.
        """
        if self._stopping:
            raise PlatformError(STOPPING)
        carried = carry_out(self._client, self._service, self._improvements, delivery)
        self._sending = asyncio.run_coroutine_threadsafe(carried, self._loop)
        try:
            return self._sending.result(TIMEOUT_S)
        except concurrent.futures.CancelledError:
            raise PlatformError(STOPPING) from None
        except TimeoutError:
            self._sending.cancel()
            raise PlatformError(f"Discord did not take it within {TIMEOUT_S:.0f} s") from None
