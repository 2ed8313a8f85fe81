"""The parts of the adapter that its reactions to Discord's events share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from bot.adapters.discord.asking.handled import Handled
from bot.adapters.discord.asking.own_threads import OwnThreads
from bot.adapters.discord.manners.admission import Admission
from bot.adapters.discord.messages.improve import Improvements
from bot.adapters.discord.timing import Timing
from bot.adapters.discord.told_once import ToldOnce
from bot.service import Service


@dataclass(frozen=True)
class Shared:
    """The service, and what is known of messages, threads and permissions since the start."""

    service: Service
    improvements: Improvements
    threads: OwnThreads
    timing: Timing
    admission: Admission = field(default_factory=Admission)
    questions_per_hour: int = 0
    # One lock for each person who is asking now.
    asking: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    handled: Handled = field(default_factory=Handled)
    told: ToldOnce = field(default_factory=ToldOnce)
    # Channels in which Discord limits threads, with the loop's time until which none is tried.
    limited: dict[int, float] = field(default_factory=dict)
