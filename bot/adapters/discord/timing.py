"""The waits and intervals of the Discord adapter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Seconds; tests shorten them.

    `guild_ready_s` is how long discord.py waits for one more server before it counts as ready. `delivery_timeout_s` is less than the
    ledger's claim on a delivery, so that no other process sends it meanwhile. Of the three seconds that Discord gives a click, the
    ledger may take `ledger_s` before a form is opened without it.
    """

    deliver_every_s: float = 3.0
    delivery_timeout_s: float = 60.0
    guild_ready_s: float = 2.0
    touch_every_s: float = 15.0
    ledger_s: float = 1.5
