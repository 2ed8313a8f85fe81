"""The waits and intervals of the Discord adapter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Seconds; tests shorten them.

    `guild_ready_s` is how long discord.py waits for one more server before it counts as ready. `delivery_timeout_s` is less than the
    ledger's claim on a delivery, so that no other process sends it meanwhile. Of the three seconds that Discord gives a click, the
    ledger may take `ledger_s` before a form is opened without it. A thread that can't be opened within `thread_s`, because Discord limits
    how many there may be, is not waited for any longer, and for `no_threads_s` no further one
    is tried in that channel; `note_every_s` is how often the last message seen is written down, `review_every_s`
    how often the review channel is brought up to date.
    """

    deliver_every_s: float = 3.0
    delivery_timeout_s: float = 60.0
    guild_ready_s: float = 2.0
    touch_every_s: float = 15.0
    ledger_s: float = 1.5
    thread_s: float = 3.0
    no_threads_s: float = 60.0
    note_every_s: float = 5.0
    review_every_s: float = 15.0
