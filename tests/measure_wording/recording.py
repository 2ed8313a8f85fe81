"""A recording of a model's replies, each under the hash of its prompt; a prompt without one is noted as missing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage

from bot.wording.prompt.judging import SYSTEM as JUDGING
from bot.wording.prompt.templates import UNDERSTAND, prompt_file
from knowledge.errors import UsageError
from knowledge.files import write_atomically
from knowledge.json_lines import read_json_lines

UNDERSTANDING, WRITING, JUDGING_A_DRAFT, EXAM = "understand", "write", "judge", "exam"
# The prompts that are kept in words. What a judge was shown follows from the draft and its notes, so its hash is enough.
KEPT = {UNDERSTANDING, WRITING}
ID_CHARS = 12

# Roles and texts, in their order.
Messages = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Asked:
    """A prompt: the step of the chain that it belongs to, and its messages."""

    step: str
    messages: Messages

    @property
    def id(self) -> str:
        """Return the name of the prompt: its step and the hash of its messages."""
        return f"{self.step}-{hash_of(json.dumps(self.messages))}"

    @property
    def request(self) -> str:
        """Return the last message: what this prompt alone asks."""
        return self.messages[-1][1]


@dataclass
class Recording:
    """The replies of one folder, by the prompts' ids; `drafts` are put in the place of recorded ones.

    `waiting` are new replies, which are taken in when their prompt is asked. `missing` are the prompts that were asked and have no reply,
    in their order. Of the question at hand `used` are the prompts by their step, and `lacks` is the step that has no reply.
    """

    folder: Path
    prompts: dict[str, Asked] = field(default_factory=dict)
    replies: dict[str, str] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    missing: dict[str, Asked] = field(default_factory=dict)
    used: dict[str, Asked] = field(default_factory=dict)
    lacks: str = ""

    def begin(self) -> None:
        """Begin a question, or a sheet of the exam."""
        self.used, self.lacks = {}, ""

    def reply_to(self, messages: Sequence[BaseMessage], *, exam: bool = False) -> str | None:
        """Return the reply to a prompt; None if there is none.

        Of one question only the first such prompt is missing: those after it are other ones once it has a reply.
        """
        step = EXAM if exam else step_of(messages[0].text)
        asked = Asked(step, tuple((each.type, each.text) for each in messages))
        self.used[step] = asked
        if asked.id in self.waiting:
            self.take(asked, self.waiting.pop(asked.id))
        reply = self.drafts.get(asked.id) or self.replies.get(asked.id)
        if reply is None and not self.lacks:
            self.lacks = step
            self.missing[asked.id] = asked
        return reply

    def take(self, asked: Asked, reply: str) -> None:
        """Take in a reply."""
        self.replies[asked.id] = reply
        if asked.step in KEPT:
            self.prompts[asked.id] = asked

    def save(self) -> None:
        """Write the recording, every text of it once."""
        texts: dict[str, str] = {}
        rows = []
        for name, reply in self.replies.items():
            row: dict[str, Any] = {"id": name}
            if name in self.prompts:
                row["messages"] = [[role, hash_of(text)] for role, text in self.prompts[name].messages]
                texts |= {hash_of(text): text for _, text in self.prompts[name].messages}
            rows.append(row | {"reply": reply})
        write_json_lines(self.folder / "texts.jsonl", ({"text": text, "id": name} for name, text in texts.items()))
        write_json_lines(self.folder / "replies.jsonl", rows)


def hash_of(text: str) -> str:
    """Return the beginning of a text's SHA-256."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:ID_CHARS]


def step_of(rules: str) -> str:
    """Return the step of the chain whose prompts have these rules."""
    return {prompt_file(UNDERSTAND).rules: UNDERSTANDING, prompt_file().rules: WRITING, JUDGING: JUDGING_A_DRAFT}[rules]


def write_json_lines(path: Path, rows: Iterable[Any]) -> None:
    """Write a file of JSON lines in one step.

    Raises:
        UsageError: it can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise UsageError(f"can't write {path}: {error.strerror}") from error


def read_recording(folder: Path) -> Recording:
    """Read a recording; an empty one if the folder has none.

    Raises:
        UsageError: a file of it can't be read, or is damaged.
    """
    recording = Recording(folder)
    if not (folder / "replies.jsonl").exists():
        return recording
    texts = {str(row["id"]): str(row["text"]) for row in read_json_lines(folder / "texts.jsonl", with_keys("id", "text"))}
    for row in read_json_lines(folder / "replies.jsonl", with_keys("id", "reply")):
        name = row["id"]
        recording.replies[name] = row["reply"]
        if "messages" in row:
            asked = Asked(name.partition("-")[0], tuple((role, texts.get(text, "")) for role, text in row["messages"]))
            if asked.id != name:
                raise UsageError(f"{folder}: the prompt of {name} is not the one that it was recorded for")
            recording.prompts[name] = asked
    return recording


def with_keys(*keys: str) -> Callable[[Any], dict[str, Any]]:
    """Return what takes a row if it has these keys, with text under each."""

    def parse(row: Any) -> dict[str, Any]:
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in keys):
            raise ValueError(f"needs an object with {' and '.join(map(repr, keys))}")
        return row

    return parse
