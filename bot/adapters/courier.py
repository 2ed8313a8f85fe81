"""The courier: every few seconds it fetches a platform's due deliveries in a thread, and sends them on the client's loop."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from bot.review.outbox.send_and_retry import Delivery
from bot.service import Service
from knowledge.errors import AskwellError, PlatformError

log = logging.getLogger(__name__)

# A delivery under way may take so long when the connection is closed; after that, the next process sends it again with its key.
GRACE_S = 5.0
STOPPING = "Askwell is being stopped"


class Courier:
    """Sends the deliveries to one platform, one after the other, until stopped.

    `carry_out` sends one delivery and returns the name of the message that carries it; `ready` returns once the platform can be sent to.
    """

    def __init__(
        self,
        platform: str,
        service: Service,
        carry_out: Callable[[Delivery], Coroutine[Any, Any, str]],
        *,
        every_s: float,
        timeout_s: float,
        ready: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._platform = platform
        self._service = service
        self._carry_out = carry_out
        self._every_s = every_s
        self._timeout_s = timeout_s
        self._ready = ready
        self._loop = asyncio.get_running_loop()
        self._sending: concurrent.futures.Future[str] | None = None
        self._round: asyncio.Future[int] | None = None
        self._stopping = False
        self._failing = ""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Begin no further delivery, and let the one under way end."""
        self._stopping = True
        self._task.cancel()
        if self._round is None or self._round.done():
            return
        await asyncio.wait({self._round}, timeout=GRACE_S)
        if self._sending is not None:
            self._sending.cancel()
        await asyncio.wait({self._round}, timeout=GRACE_S)

    async def _run(self) -> None:
        if self._ready is not None:
            await self._ready()
        while True:
            self._round = asyncio.ensure_future(asyncio.to_thread(self._service.deliver, self._platform, self.send))
            # Not awaited directly, so that cancelling this task leaves the thread to be waited for.
            await asyncio.wait({self._round})
            arrived = 0 if self._failed(self._round.exception()) else self._round.result()
            await asyncio.sleep(0 if arrived else self._every_s)

    def _failed(self, error: BaseException | None) -> bool:
        """Log a failed round: a ledger that is away only once, a fault of ours with its traceback."""
        if error is None:
            self._failing = ""
        elif not isinstance(error, AskwellError):
            log.error("sending deliveries to %s failed", self._platform.capitalize(), exc_info=error)
        elif str(error) != self._failing:
            self._failing = str(error)
            log.warning("deliveries to %s wait: %s", self._platform.capitalize(), error)
        return error is not None

    def send(self, delivery: Delivery) -> str:
        """Send one delivery; called in the thread that took it from the ledger.

        Raises:
            Refused: the platform will never take it.
            PlatformError: the platform may take it another time.
        """
        if self._stopping:
            raise PlatformError(STOPPING)
        self._sending = asyncio.run_coroutine_threadsafe(self._carry_out(delivery), self._loop)
        try:
            return self._sending.result(self._timeout_s)
        except concurrent.futures.CancelledError:
            raise PlatformError(STOPPING) from None
        except TimeoutError:
            self._sending.cancel()
            raise PlatformError(f"{self._platform.capitalize()} did not take it within {self._timeout_s:g} s") from None
