"""A page of the documentation is what Discord shows from a learner's question to the card that answers the next, over two restarts."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import open_library
from bot.ledger.database import Ledger
from bot.service import Service
from bot.settings import PROJECT, Settings
from index.encoder.embedding import Encoder
from index.encoder.model_files import EmbeddingModel
from index.evaluate.labelled_questions import QUESTIONS
from index.search.library import Library
from index.store.build import build
from knowledge.short_line import short_line
from tests.adapters.discord.test_mentors_loop import states
from tests.adapters.discord.test_review_channel import CHOSEN, GRACE
from tests.conftest import KNOWLEDGE
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import in_discord
from tests.discord_stand_in.payloads import GENERAL, LEARNER, ME, REVIEW, Payload, user

PAGE = PROJECT / "docs" / "mentors" / "there-and-back-in-discord.md"
# The transcript on the page.
SHOWN = re.compile(r"(?<=```text\n).*?(?=```)", re.DOTALL)
QUESTION = "does LoRA+ need another loss?"
AGAIN = "do I need another loss for LoRA+?"
RIGHT = (
    "LoRA+ needs no other loss than LoRA. It trains the same two low-rank matrices, and gives the matrix B a larger learning rate than the "
    "matrix A."
)
LABELLED = 40
# Opening the real library and measuring take seconds on a busy machine.
PATIENCE_S = 120.0
# A longer line of a message is cut on the page.
LINE_CHARS = 150
NAMES = {LEARNER: "ada", "5": "grace", "7": "lin", ME: "Askwell"}
# What is another one in every run.
VARIABLE = (
    (re.compile(r"\b[0-9]{15,}\b"), "…"),
    (re.compile(r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}\b"), "…"),
    (re.compile(r"commit [0-9a-f]{10}"), "commit …"),
    (re.compile(r"(?<=year: )20[0-9]{2}(?=, url: .https://mentors)|(?<=\(Grace, )20[0-9]{2}"), "…"),
)


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    """Return a git repository of the real cards."""
    folder = Path(shutil.copytree(KNOWLEDGE, tmp_path / "knowledge", ignore=shutil.ignore_patterns("*.py", "__pycache__")))
    as_grace = ["-c", "user.name=Grace", "-c", "user.email=grace@example.org"]
    for command in (["init", "-q"], ["add", "-A"], [*as_grace, "commit", "-q", "-m", "The cards"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


class Transcript:
    """What Discord shows after each step, as lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._shown: dict[str, str] = {}

    def step(self, title: str) -> None:
        """Begin a step."""
        self.lines += ["", f"== {title}"] if self.lines else [f"== {title}"]

    def see(self, discord: StandIn) -> None:
        """Write down which messages are new, changed or gone."""
        now = {number: shown(one) for number, one in sorted(discord.messages.items(), key=lambda each: int(each[0]))}
        for number, text in now.items():
            if text != self._shown.get(number):
                how = ", changed" if number in self._shown else ""
                self.lines += [f"[{place(discord.messages[number])}{how}] {text}"]
        self.lines += [f"[review, gone] {text.splitlines()[2].strip()}" for number, text in self._shown.items() if number not in now]
        self._shown = now

    def form(self, discord: StandIn, opened: Payload) -> None:
        """Write down the fields of a form."""
        given = discord.people.forms[opened["id"]]
        for label in given["components"]:
            field = label["component"]
            chosen = [each["label"] for each in field.get("options", ()) if each.get("default")]
            line = short_line(str(field.get("value") or ", ".join(chosen)), LINE_CHARS)
            self.lines.append(f"[form] {given['title']} · {label['label']}: {line}".rstrip())

    def __str__(self) -> str:
        text = "\n".join(self.lines)
        for pattern, instead in VARIABLE:
            text = pattern.sub(instead, text)
        return text.replace("```", "'''").replace("\u200b", "") + "\n"


def place(message: Payload) -> str:
    """Return where a message is seen."""
    if message.get("flags", 0) & 64:
        return "only grace sees" if message["channel_id"] == REVIEW else "only ada sees"
    return {GENERAL: "general", REVIEW: "review"}.get(message["channel_id"], "thread")


def shown(message: Payload) -> str:
    """Return a message as a person reads it: who wrote it, its text, and its buttons."""
    written, buttons = [message["content"]] if message["content"] else [], []
    for part in parts(message["components"]):
        written += [part["content"]] if part.get("content") else []
        buttons += [f"[{part.get('label') or part.get('placeholder')}]"] if part["type"] in {2, 3} else []
    text = "\n".join(written)
    for number, name in NAMES.items():
        text = text.replace(f"<@{number}>", f"@{name}")
    lines = [line if len(line) <= LINE_CHARS else f"{line[:LINE_CHARS].rsplit(' ', 1)[0]} […]" for line in text.splitlines() if line]
    return "\n    ".join([f"{NAMES[message['author']['id']]}:", *lines, *([" ".join(buttons)] if buttons else [])])


def parts(components: list[Payload]) -> Iterator[Payload]:
    """Yield the parts of a message, however deep they are nested."""
    for part in components:
        yield part
        yield from parts(part.get("components", []))
        yield from parts([part["accessory"]] if "accessory" in part else [])


def restarted(before: StandIn) -> StandIn:
    """Return Discord as it is when a new process of the bot comes."""
    after = StandIn()
    after.channels.threads |= before.threads
    after.channels.messages |= before.messages
    return after


async def whispered(discord: StandIn, interaction: Payload) -> Payload:
    """Wait for the private reply to a click; return it."""
    await discord.until(lambda: bool(discord.people.whispered(interaction)), patience_s=PATIENCE_S)
    return discord.messages[discord.acknowledged[interaction["token"]]]


async def opened_by(discord: StandIn, message: Payload, label: str) -> Payload:
    """Click a button that opens a form; wait for the form."""
    clicked = await discord.click(message, label, **GRACE)
    await discord.until(lambda: clicked["id"] in discord.people.forms, patience_s=PATIENCE_S)
    return clicked


def in_review(discord: StandIn) -> list[Payload]:
    """Return what all mentors see in the review channel."""
    return [one for one in discord.messages.values() if one["channel_id"] == REVIEW and not one.get("token")]


async def asks(discord: StandIn, text: str, **who: Any) -> Payload:
    """Let a learner ask; wait for the answer in its thread, and return it."""
    asked = await discord.say(f"<@{ME}> {text}", **who)
    await discord.until(lambda: bool(discord.channels.seen(asked["id"])), patience_s=PATIENCE_S)
    return next(one for one in discord.messages.values() if one["channel_id"] == asked["id"] and one["author"]["id"] == ME)


async def wants_a_mentor(discord: StandIn, seen: Transcript) -> None:
    """Let Ada ask, and then ask for a mentor."""
    seen.step("ada asks, and the draft doesn't settle it")
    draft = await asks(discord, QUESTION)
    seen.see(discord)
    await whispered(discord, await discord.click(draft, "Ask a mentor"))
    await discord.until(lambda: any("asks for a person" in one["content"] for one in in_review(discord)), patience_s=PATIENCE_S)
    seen.see(discord)


async def corrects(discord: StandIn, seen: Transcript, ledger: Ledger) -> Payload:
    """Let Grace correct the draft; return what she sees then."""
    seen.step("Askwell is started again, and grace corrects the draft")
    await discord.wait_for("PATCH", f"/channels/{REVIEW}/messages/[0-9]+")
    form = await opened_by(discord, in_review(discord)[0], "Correct")
    seen.form(discord, form)
    decided = await whispered(discord, await discord.fill_in(form, RIGHT, **GRACE))
    await discord.until(lambda: states(ledger) == {"sent"} and not in_review(discord), patience_s=PATIENCE_S)
    seen.see(discord)
    return decided


async def promotes(discord: StandIn, seen: Transcript, decided: Payload) -> None:
    """Let Grace make a card of her answer."""
    seen.step("grace makes it a card")
    possible = await whispered(discord, await discord.click(decided, "Make it a card", **GRACE))
    seen.see(discord)
    form = await opened_by(discord, possible, "New card")
    seen.form(discord, form)
    plan = await whispered(discord, await discord.fill_in(form, "lora-plus", "LoRA+", **GRACE))
    seen.see(discord)
    await whispered(discord, await discord.click(plan, "Write it", **GRACE))
    await discord.until(lambda: bool(in_review(discord)), patience_s=PATIENCE_S)
    seen.see(discord)


async def test_the_page_is_what_discord_shows_from_a_question_to_the_card_that_answers_the_next(
    ledger: Ledger, home: Path, cards: Path, encoder: Encoder, model: EmbeddingModel, tmp_path: Path
) -> None:
    settings = Settings(_env_file=None, home=home, knowledge_dir=cards)
    labelled = tmp_path / "labelled"
    labelled.mkdir()
    some = (QUESTIONS / "held_out" / "in_scope.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)[:LABELLED]
    (labelled / "some.jsonl").write_text("".join(some), encoding="utf-8")
    chosen = CHOSEN | {"home": home, "knowledge": cards, "labelled": labelled, "desk_url": "https://desk.example.org"}
    seen = Transcript()

    def reloaded() -> Library:
        build(settings.index_dir, cards, lambda: encoder, model)
        return open_library(settings, model, encoder)

    def process() -> Service:
        return Service(open_library(settings, model, encoder), ledger, reloaded)

    async with in_discord(process(), **chosen) as first:
        await wants_a_mentor(first, seen)
    async with in_discord(process(), restarted(first), **chosen) as second:
        await promotes(second, seen, await corrects(second, seen, ledger))
    async with in_discord(process(), restarted(second), **chosen) as third:
        seen.step("Askwell is started again, and lin asks in other words")
        answered = shown(await asks(third, AGAIN, author=user("7", "lin")))
        seen.see(third)
    assert "gives the matrix B a larger learning rate" in answered
    assert [person for each in (first, second, third) for _, person in each.channels.notified if person == LEARNER] == [LEARNER]
    found = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "```text\n```"
    new = tmp_path / PAGE.name
    new.write_text(SHOWN.sub(lambda _: str(seen), found, count=1), encoding="utf-8")
    assert new.read_text(encoding="utf-8") == found, f"{PAGE.name} is no longer what Discord shows: {new} is"
