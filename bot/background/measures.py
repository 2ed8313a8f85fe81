"""The figures of a running process for Prometheus: answers and their times, and what waits for mentors; never a text or a name."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.review.stats.waiting import waiting
from bot.service import Service
from bot.values import Answer
from knowledge.errors import AskwellError

# An answer out of the cards takes some ten milliseconds.
SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
# Several scrapers together ask the ledger no more often than this.
ASKED_EVERY_S = 10.0


class Measures(Collector):
    """The figures of one process; `watch` gives it the service once that is open.

    `reason_not_ready` returns why the platform can't be answered now, empty if it can.
    """

    def __init__(self, platform: str, reason_not_ready: Callable[[], str]) -> None:
        self.platform = platform
        self.reason_not_ready = reason_not_ready
        self.service: Service | None = None
        self.why_closed = ""
        self._lock = threading.Lock()
        self._asked_at = -ASKED_EVERY_S
        self._waiting: tuple[int, float] | None = None
        self.registry = CollectorRegistry()
        self._answers = Counter("askwell_answers", "Answers given, by outcome.", ("platform", "status"), registry=self.registry)
        self._seconds = Histogram(
            "askwell_answer_seconds", "Time from a question to its answer.", ("platform",), buckets=SECONDS, registry=self.registry
        )
        self.registry.register(self)

    def watch(self, service: Service) -> None:
        """Count the answers of a service from now on, and ask its ledger what waits."""
        service.observe = self.count
        self.service = service

    def note_why_closed(self, reason: str) -> None:
        """Note why the service can't be opened now; empty if it can."""
        self.why_closed = reason

    def count(self, platform: str, result: Answer, took_s: float) -> None:
        """Count an answer; its time has the waits for the ledger in it, as a learner's has."""
        self._answers.labels(platform, result.status.value).inc()
        self._seconds.labels(platform).observe(took_s)

    def page(self) -> bytes:
        """Return all figures in Prometheus's text format."""
        return generate_latest(self.registry)

    def states(self) -> dict[str, bool]:
        """Return what this process needs, and whether that is well; what isn't configured isn't named."""
        found = {"platform": not self.reason_not_ready()}
        service = self.service
        if service is None:
            return found
        if service.record is not None:
            found["ledger"] = self._waiting_now(service) is not None
        if service.wording is not None:
            found["writer"] = service.wording.writer.answers
            found["judge"] = service.wording.judged
        return found

    def collect(self) -> Iterator[Metric]:
        """Yield the figures that are asked for when somebody looks."""
        up = GaugeMetricFamily("askwell_up", "1 if this part is well: platform, ledger, writer, judge.", labels=["part"])
        for part, well in self.states().items():
            up.add_metric([part], float(well))
        yield up
        service = self.service
        if service is not None and (found := self._waiting_now(service)) is not None:
            yield GaugeMetricFamily("askwell_waiting_questions", "Questions that wait for a mentor.", found[0])
            yield GaugeMetricFamily("askwell_waiting_oldest_seconds", "How long the oldest of them waits.", found[1])

    def describe(self) -> list[Metric]:
        """Name nothing beforehand, so that registering asks no ledger."""
        return []

    def _waiting_now(self, service: Service) -> tuple[int, float] | None:
        """Return how many questions wait and for how many seconds the oldest does; None while the ledger is away."""
        record = service.record
        if record is None:
            return None
        with self._lock:
            if time.monotonic() - self._asked_at >= ASKED_EVERY_S:
                self._waiting = None
                # While questions go into the spool, nobody else waits for the ledger either.
                if record.breaker.closed:
                    try:
                        with record.ledger.transaction(only_reads=True) as session:
                            self._waiting = waiting(session, dt.datetime.now(dt.UTC))
                    except AskwellError:
                        self._waiting = None
                self._asked_at = time.monotonic()
            return self._waiting
