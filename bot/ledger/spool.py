"""The spool: events acknowledged while the ledger is away, one a line, on disk before a learner sees an answer."""

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
from bot.ledger.questions import FOLLOW_UP_WITHIN
from bot.ledger.spool_events import ANSWER, QUESTION, SENT, Event, belongs_to, enter_batch, enter_singly, parse_event, rejects_event
from bot.values import Answer
from knowledge.errors import LedgerUnavailable
from knowledge.files import PRIVATE, append_line, replace_lines, sync_folder, write_durably

log = logging.getLogger(__name__)

# Events are appended to the first file, which is renamed before it's read, so that nothing is appended to it then.
PENDING = "pending.jsonl"
CLAIMED = "entering-{}.jsonl"
# Events that can't be entered are kept for a person to look at.
ASIDE = "aside-{}.txt"
APPENDING, ENTERING = "appending.lock", "entering.lock"
LOCK_EVERY_S = 0.01
# Large enough to spread the cost of a commit, small enough for short transactions.
BATCH = 100


@dataclass
class Spooled:
    """A question of this process of which the spool has the question or the answer."""

    place: str
    author: str
    text: str
    at: dt.datetime
    answered: bool = False


class Spool:
    """The folder of spooled events, shared by processes, and which questions of this process are in it.

    What writes an event raises OSError if that is not on the disk.
    """

    def __init__(self, home: Path, *, batch: int = BATCH) -> None:
        self.folder = home / "spool"
        self._batch = batch
        self._spooled: dict[tuple[str, str], Spooled] = {}
        self._lock = threading.Lock()

    def question(self, *, platform: str, message_id: str, place: str, author: str, text: str, now: dt.datetime) -> None:
        """Write a question down."""
        # The author comes early, so that even half a line says whose it is.
        self._append(
            {"event": QUESTION, "platform": platform, "author": author, "message_id": message_id, "place": place, "text": text},
            now,
        )
        with self._lock:
            self._spooled[platform, message_id] = Spooled(place, author, text, now)

    def answer(self, result: Answer, *, platform: str, message_id: str, author: str, index_name: str, now: dt.datetime) -> None:
        """Write an answer down; its question is in the spool or in the ledger."""
        vector = None if result.vector is None else base64.b64encode(result.vector).decode()
        event = {"event": ANSWER, "platform": platform, "author": author, "message_id": message_id, "index_name": index_name}
        self._append(event | {"answer": result.model_dump(mode="json"), "vector": vector, "evidence": list(result.evidence)}, now)
        with self._lock:
            spooled = self._spooled.setdefault((platform, message_id), Spooled("", author, "", now))
            spooled.answered = True

    def sent(
        self, sent_as: str, *, platform: str = "", message_id: str = "", author: str = "", question_id: int | None = None, now: dt.datetime
    ) -> None:
        """Write down which message carries an answer; the question is named by its message, or by its number in the ledger."""
        event = {"event": SENT, "platform": platform, "author": author, "message_id": message_id, "question_id": question_id}
        self._append(event | {"sent_as": sent_as}, now)

    def holds(self, platform: str, message_id: str) -> bool:
        """Return whether this process has spooled a message that the ledger doesn't fully have yet."""
        with self._lock:
            return (platform, message_id) in self._spooled

    def turns_before(self, *, platform: str, place: str, author: str, now: dt.datetime, most: int) -> list[str]:
        """Return the questions of a learner in a place since the ledger went away, oldest first."""
        with self._lock:
            turns = [
                one.text
                for (its_platform, _), one in self._spooled.items()
                if (its_platform, one.place, one.author) == (platform, place, author) and one.text and one.at >= now - FOLLOW_UP_WITHIN
            ]
        return turns[-most:] if most > 0 else []

    def enter(self, ledger: Ledger) -> int:
        """Enter all spooled events into the ledger, each once; return how many were new to it.

        If this fails or is killed in the middle, the next call goes on. While another process does it, there is nothing to do.

        Raises:
            LedgerUnavailable: the ledger is still away.
            OSError: the spool can't be read.
        """
        if not any(self.folder.glob("*.jsonl")):
            self._drop_entered(None)
            return 0
        try:
            with self.held(wait=False):
                return sum(self._enter_file(ledger, path) for path in self._claim_files())
        except Timeout:
            return 0

    @contextlib.contextmanager
    def held(self, *, wait: bool = True) -> Iterator[None]:
        """Keep all processes from entering events until the block ends."""
        with self._locked(ENTERING, wait=wait):
            yield

    def forget(self, user: str, platform: str | None = None) -> int:
        """Remove a person's events, set aside or not; return how many. Call this while the spool is `held`."""
        removed = 0
        with self._locked(APPENDING):
            for path in sorted([*self.folder.glob("*.jsonl"), *self.folder.glob("aside-*.txt")]):
                lines = path.read_bytes().splitlines(keepends=True)
                kept = [line for line in lines if not belongs_to(line, user, platform)]
                if len(kept) < len(lines):
                    removed += len(lines) - len(kept)
                    replace_lines(path, kept)
        with self._lock:
            for key in [key for key, one in self._spooled.items() if one.author == user and platform in {None, key[0]}]:
                del self._spooled[key]
        return removed

    def purge(self, before: dt.datetime) -> None:
        """Remove events that were set aside before a moment; all others are entered long before they are that old."""
        for path in self.folder.glob("aside-*.txt"):
            if path.stat().st_mtime < before.timestamp():
                path.unlink()

    def _append(self, event: Event, now: dt.datetime) -> None:
        with self._locked(APPENDING):
            append_line(self.folder / PENDING, json.dumps(event | {"at": now.isoformat()}).encode())

    def _claim_files(self) -> list[Path]:
        """Rename the pending file; return all files to be entered, those that a kill left behind first."""
        with self._locked(APPENDING):
            pending = self.folder / PENDING
            if pending.exists():
                pending.rename(self.folder / CLAIMED.format(f"{time.time_ns():020d}"))
                sync_folder(self.folder)
        return sorted(self.folder.glob(CLAIMED.format("*")))

    def _enter_file(self, ledger: Ledger, path: Path) -> int:
        read = [(line, parse_event(line)) for line in path.read_bytes().split(b"\n") if line.strip()]
        aside = [line for line, event in read if event is None]
        events = [(line, event) for line, event in read if event is not None]
        entered = 0
        for start in range(0, len(events), self._batch):
            batch = events[start : start + self._batch]
            try:
                entered += enter_batch(ledger, [event for _, event in batch])
            except (LedgerUnavailable, KeyError, TypeError, ValueError) as error:
                if isinstance(error, LedgerUnavailable) and not rejects_event(error):
                    raise
                new, refused = enter_singly(ledger, batch)
                entered += new
                aside += refused
        if aside:
            self._set_aside(aside)
        path.unlink()
        sync_folder(self.folder)
        self._drop_entered([event for _, event in events])
        return entered

    def _set_aside(self, lines: Sequence[bytes]) -> None:
        path = self.folder / ASIDE.format(f"{time.time_ns():020d}")
        write_durably(path, b"\n".join(lines) + b"\n", mode=PRIVATE)
        number = len(lines)
        log.error("%d spooled event%s can't be entered into the ledger: kept in %s", number, "" if number == 1 else "s", path)

    def _drop_entered(self, events: Sequence[Event] | None) -> None:
        """Drop from memory the answered questions that the ledger has now; None means everything that was spooled."""
        with self._lock:
            # A question that is still being answered stays, so that its message is not answered twice.
            answered = {key for key, one in self._spooled.items() if one.answered}
            if events is not None:
                answered &= {(event["platform"], event["message_id"]) for event in events if event["event"] == ANSWER}
            for key in answered:
                del self._spooled[key]

    @contextlib.contextmanager
    def _locked(self, name: str, *, wait: bool = True) -> Iterator[None]:
        """Hold one of the spool's locks, against the threads of this process as much as against other processes."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(self.folder / name, timeout=-1 if wait else 0, mode=PRIVATE, poll_interval=LOCK_EVERY_S):
            yield
