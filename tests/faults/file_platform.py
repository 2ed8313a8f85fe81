"""A platform in a file: what it shows, told apart by key, survives whoever posts there."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.review.outbox.send_and_retry import Delivery
from bot.values import Answer
from knowledge.errors import PlatformError
from tests.faults.world import append, rows


@dataclass
class Shown:
    """One message as people see it now."""

    key: str
    kind: str
    message_id: str
    text: str
    note: str
    state: str


@dataclass
class FilePlatform:
    """Takes messages and their changes; a repeat under a known key is the message that is there already, and is counted.

    With `chance` it fails now and then, sometimes after it has taken the message: the sender can't tell.
    """

    path: Path
    chance: random.Random | None = None
    passing: Callable[[str], None] = lambda _: None
    keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys = {row["key"]: row["name"] for row in rows(self.path) if row["event"] == "new"}

    def post(self, key: str, kind: str, place: str, about: str, answer: Answer | None, note: str = "") -> str:
        """Show a new message; return its name."""
        self.passing("message")
        if key in self.keys:
            append(self.path, {"event": "repeat", "key": key})
            return self.keys[key]
        name = f"{place}/{len(self.keys) + 1}"
        append(self.path, {"event": "new", "key": key, "name": name, "kind": kind, "about": about, "note": note} | shown(kind, answer))
        self.keys[key] = name
        self.passing("message")
        return name

    def send(self, delivery: Delivery) -> str | None:
        """Send a delivery."""
        self.fail("before")
        name: str | None = None
        if delivery.kind == "edit":
            assert delivery.target in self.keys.values(), f"{delivery.key} changes {delivery.target}, which nobody posted"
            change = {"event": "edit", "key": delivery.key, "name": delivery.target, "note": delivery.note}
            self.passing("message")
            append(self.path, change | shown("edit", delivery.answer))
            self.passing("message")
        else:
            about = str(delivery.question_id)
            name = self.post(delivery.key, delivery.kind, delivery.place, about, delivery.answer, delivery.note)
        self.fail("after")
        return name

    def fail(self, when: str) -> None:
        """Fail once in a while."""
        if self.chance is not None and self.chance.random() < 0.05:
            raise PlatformError(f"the connection broke {when} the platform took it")


def shown(kind: str, answer: Answer | None) -> dict[str, Any]:
    """Return what a message shows of an answer; a word to the asker doesn't repeat it."""
    if answer is None or kind == "tell":
        return {"text": "", "state": ""}
    return {"text": answer.answer, "state": answer.state.value}


def messages(path: Path) -> dict[str, Shown]:
    """Return all messages by name, as they stand after all changes."""
    found: dict[str, Shown] = {}
    for row in rows(path):
        if row["event"] == "new":
            found[row["name"]] = Shown(row["key"], row["kind"], row["about"], row["text"], row["note"], row["state"])
        elif row["event"] == "edit":
            message = found[row["name"]]
            message.text, message.note, message.state = row["text"], row["note"], row["state"]
    return found
