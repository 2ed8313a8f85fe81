"""What happens in the stand-in, as it reads in Discord, and the page that shows it: a test that finds the page untrue fails."""

from __future__ import annotations

import os
import re

from bot.settings import PROJECT
from index.evaluate.bench import section
from tests.discord_stand_in.components import BUTTON, as_read, walk
from tests.discord_stand_in.payloads import LEARNER, ME, Payload

PAGE = PROJECT / "docs/learners/discord-transcripts.md"
TO_WRITE = "WRITE_TRANSCRIPTS"


class Transcript:
    """The lines of one scenario, in their order."""

    def __init__(self, heading: str) -> None:
        self.heading = heading
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        """Say what happens beside the messages."""
        self.lines += [f"*{text}*", ""]

    def say(self, who: str, text: str, where: str = "") -> None:
        """Let somebody say something."""
        self.lines += [f"**{who}**{where}:", "", "```text", as_people_read(text), "```", ""]

    def show(self, message: Payload, where: str = "") -> None:
        """Show a message, with its buttons, as it is now."""
        who = "Askwell" if message["author"]["id"] == ME else message["author"]["username"]
        private = ", visible to ada alone" if message["flags"] & 1 << 6 else ""
        self.say(who, as_read(message), f"{', ' * bool(where)}{where}{private}")
        labels = [each["label"] for each in walk(message.get("components") or []) if each["type"] == BUTTON]
        self.lines += [" ".join(f"`[{label}]`" for label in labels), ""] if labels else []

    def hold(self) -> None:
        """Fail if the page says something else; with WRITE_TRANSCRIPTS in the environment, write it there instead."""
        wanted = f"## {self.heading}\n\n" + "\n".join(self.lines).rstrip() + "\n"
        page = PAGE.read_text(encoding="utf-8")
        shown = section(page, self.heading)
        if os.environ.get(TO_WRITE):
            page = page.replace(shown, wanted) if shown else f"{page.rstrip()}\n\n{wanted}"
            PAGE.write_text(page, encoding="utf-8")
        else:
            assert shown == wanted, f"docs/learners/discord-transcripts.md is not true any more: run this test with {TO_WRITE}=1"


def as_people_read(text: str) -> str:
    """Put names in the place of ids, and small text without its mark."""
    text = re.sub(r"<(https?://[^>]+)>", r"\1", text.replace(f"<@{LEARNER}>", "@ada").replace(f"<@{ME}>", "@Askwell"))
    return re.sub(r"^-# ", "", re.sub(r"\d{17,20}", "…", text), flags=re.MULTILINE)
