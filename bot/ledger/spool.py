"""What was acknowledged while the ledger was away: one line an event in the home, on disk before a learner sees an answer."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import json
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from bot.ledger.database import Ledger
from bot.ledger.questions import LEANS_ON_FOR
from bot.ledger.spool_entries import ANSWER, QUESTION, SENT, Event, enter_batch, enter_singly, event_of, is_of, is_the_events_fault
from bot.values import Answer
from knowledge.errors import LedgerUnavailable
from knowledge.files import PRIVATE, append_line, replace_lines, sync_folder, write_durably

log = logging.getLogger(__name__)

# Events are appended to the first. It's renamed before it's read, so that nothing is appended to what is being entered.
PENDING = "pending.jsonl"
CLAIMED = "entering-{}.jsonl"
# What nobody can enter is kept for a person to look at.
ASIDE = "aside-{}.txt"
APPENDING, ENTERING = "appending.lock", "entering.lock"
LOCK_EVERY_S = 0.01
# Enough that a commit's wait for the disk doesn't count, few enough that a transaction is short.
BATCH = 100


@dataclass
class Told:
    """One question of this process that stands in the spool, or whose answer does."""

    place: str
    author: str
    text: str
    at: dt.datetime
    answered: bool = False


class Spool:
    """The folder of spooled events, shared by processes; and in memory which questions of this process are in it."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "spool"
        self._told: dict[tuple[str, str], Told] = {}
        self._lock = threading.Lock()

    def question(self, *, platform: str, message_id: str, place: str, author: str, text: str, now: dt.datetime) -> None:
        """Write a question down.

        Raises:
            OSError: it could not be written to the disk.
        """
        # The platform and the author come first, so that even half a line says whose it is.
        self._append(
            {"event": QUESTION, "platform": platform, "author": author, "message_id": message_id, "place": place, "text": text},
            now,
        )
        with self._lock:
            self._told[platform, message_id] = Told(place, author, text, now)

    def answer(self, result: Answer, *, platform: str, message_id: str, author: str, index_name: str, now: dt.datetime) -> None:
        """Write down what a question was answered with; the question itself is in the spool or in the ledger.

        Raises:
            OSError: it could not be written to the disk.
        """
        vector = None if result.vector is None else base64.b64encode(result.vector).decode()
        event = {"event": ANSWER, "platform": platform, "author": author, "message_id": message_id, "index_name": index_name}
        self._append(event | {"answer": result.model_dump(mode="json"), "vector": vector, "evidence": list(result.evidence)}, now)
        with self._lock:
            told = self._told.setdefault((platform, message_id), Told("", author, "", now))
            told.answered = True

    def sent(
        self, sent_as: str, *, platform: str = "", message_id: str = "", author: str = "", question_id: int | None = None, now: dt.datetime
    ) -> None:
        """Write down which message carries an answer; the question is named by its message, or by its number in the ledger.

        Raises:
            OSError: it could not be written to the disk.
        """
        event = {"event": SENT, "platform": platform, "author": author, "message_id": message_id, "question_id": question_id}
        self._append(event | {"sent_as": sent_as}, now)

    def holds(self, platform: str, message_id: str) -> bool:
        """Say whether this process took a message in and the ledger does not know all of it yet."""
        with self._lock:
            return (platform, message_id) in self._told

    def turns_before(self, *, platform: str, place: str, author: str, now: dt.datetime, most: int) -> list[str]:
        """Return what a learner asked in a place since the ledger has been away, oldest first."""
        with self._lock:
            turns = [
                told.text
                for (its_platform, _), told in self._told.items()
                if (its_platform, told.place, told.author) == (platform, place, author) and told.text and told.at >= now - LEANS_ON_FOR
            ]
        return turns[-most:] if most > 0 else []

    def enter(self, ledger: Ledger) -> int:
        """Enter all that was spooled into the ledger, each event once; return how many were news to it.

        If it fails in the middle, or the process is killed, the rest is there the next time. One process does this at a time; for
        another there is nothing to do meanwhile.

        Raises:
            LedgerUnavailable: the ledger is still away.
            OSError: the spool can't be read.
        """
        if not any(self.folder.glob("*.jsonl")):
            self._forget_told(None)
            return 0
        try:
            with self.held(wait=False):
                return sum(self._enter_file(ledger, path) for path in self._claimed())
        except Timeout:
            return 0

    @contextlib.contextmanager
    def held(self, *, wait: bool = True) -> Iterator[None]:
        """Let no process enter events until the block ends."""
        with self._locked(ENTERING, wait=wait):
            yield

    def forget(self, user: str, platform: str | None = None) -> int:
        """Remove a person's events, also those set aside; return how many. To be called while the spool is held."""
        removed = 0
        with self._locked(APPENDING):
            for path in sorted([*self.folder.glob("*.jsonl"), *self.folder.glob("aside-*.txt")]):
                lines = path.read_bytes().splitlines(keepends=True)
                kept = [line for line in lines if not is_of(line, user, platform)]
                if len(kept) < len(lines):
                    removed += len(lines) - len(kept)
                    replace_lines(path, kept)
        with self._lock:
            for key in [key for key, told in self._told.items() if told.author == user and platform in {None, key[0]}]:
                del self._told[key]
        return removed

    def purge(self, before: dt.datetime) -> None:
        """Remove what was set aside before a moment; everything else is entered into the ledger long before it's that old."""
        for path in self.folder.glob("aside-*.txt"):
            if path.stat().st_mtime < before.timestamp():
                path.unlink()

    def _append(self, event: Event, now: dt.datetime) -> None:
        with self._locked(APPENDING):
            append_line(self.folder / PENDING, json.dumps(event | {"at": now.isoformat()}).encode())

    def _claimed(self) -> list[Path]:
        """Take what is pending out of the way of those who append; return all files to be entered, those that a kill left first."""
        with self._locked(APPENDING):
            pending = self.folder / PENDING
            if pending.exists():
                pending.rename(self.folder / CLAIMED.format(f"{time.time_ns():020d}"))
                sync_folder(self.folder)
        return sorted(self.folder.glob(CLAIMED.format("*")))

    def _enter_file(self, ledger: Ledger, path: Path) -> int:
        read = [(line, event_of(line)) for line in path.read_bytes().split(b"\n") if line.strip()]
        aside = [line for line, event in read if event is None]
        events = [(line, event) for line, event in read if event is not None]
        entered = 0
        for start in range(0, len(events), BATCH):
            batch = events[start : start + BATCH]
            try:
                entered += enter_batch(ledger, [event for _, event in batch])
            except (LedgerUnavailable, KeyError, TypeError, ValueError) as error:
                if isinstance(error, LedgerUnavailable) and not is_the_events_fault(error):
                    raise
                news, refused = enter_singly(ledger, batch)
                entered += news
                aside += refused
        if aside:
            self._set_aside(aside)
        path.unlink()
        sync_folder(self.folder)
        self._forget_told([event for _, event in events])
        return entered

    def _set_aside(self, lines: Sequence[bytes]) -> None:
        path = self.folder / ASIDE.format(f"{time.time_ns():020d}")
        write_durably(path, b"\n".join(lines) + b"\n", mode=PRIVATE)
        number = len(lines)
        log.error("%d spooled event%s can't be entered into the ledger: kept in %s", number, "" if number == 1 else "s", path)

    def _forget_told(self, events: Sequence[Event] | None) -> None:
        """Leave to the ledger what it knows now; None stands for everything that was spooled."""
        with self._lock:
            # A question that is still being answered stays: its message must not be answered twice.
            answered = {key for key, told in self._told.items() if told.answered}
            if events is not None:
                answered &= {(event["platform"], event["message_id"]) for event in events if event["event"] == ANSWER}
            for key in answered:
                del self._told[key]

    @contextlib.contextmanager
    def _locked(self, name: str, *, wait: bool = True) -> Iterator[None]:
        """Hold one of the spool's locks, against the threads of this process as much as against other processes."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(self.folder / name, timeout=-1 if wait else 0, mode=PRIVATE, poll_interval=LOCK_EVERY_S):
            yield


def enter_spooled(ledger: Ledger, home: Path) -> int:
    """Enter what any process spooled in this home; return how many events were news to the ledger.

    Raises:
        LedgerUnavailable: the ledger is still away.
        OSError: the spool can't be read.
    """
    return Spool(home).enter(ledger)
