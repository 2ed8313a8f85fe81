"""A world for processes to be killed in: a knowledge folder in git, a home, a ledger, a platform, and what was acknowledged."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.app import no_progress, open_latest, open_library
from bot.ledger.database import BUSY_TIMEOUT_MS, Ledger
from bot.ledger.spool import Spool
from bot.record import Incoming
from bot.service import Service
from bot.settings import Settings
from index.learned.reader_weights import ReaderWeights
from index.search.library import Library
from index.search.reader import plain_weights
from tests.conftest import card_text
from tests.index.fakes import DIMENSION, MODEL, CountingEncoder

PLATFORM = "discord"
KNOWN = ("labels", "targets and goals", "masks of every kind", "batches and epochs")
# Nothing is said of these in the cards: questions about them are handed over, and mentors make cards of them.
UNKNOWN = (
    "quantization", "dropout", "momentum", "pruning", "distillation", "beam search", "perplexity", "warmup", "checkpointing",
    "sharding", "overfitting", "regularization", "tokenizers", "embeddings", "attention", "convolutions",
)  # fmt: skip
ASKED = (
    "what are {}?", "how do {} help a model?", "why would anybody use {} at all?", "who came up with {}, and what for?",
    "when is {} worth its trouble in a small project?", "my network learns nothing since I tried {}, what now?",
    "is there a rule of thumb for {} with text?", "what goes wrong first with {} on a laptop?",
)  # fmt: skip
# What a question is about besides, so that no two are alike.
WITH = ("gradients", "vocabularies", "speech", "layers", "images", "robots", "poems", "proteins", "graphs", "maps", "prices", "games")
HOOKS = ("pre-commit", "commit-msg", "post-commit", "reference-transaction")
# Each run of a hook is counted; at the chosen one the process is killed, and git too if it's to go down with it.
HOOK = """#!/bin/sh
[ -n "$FAULTS_HOOKS" ] || exit 0
echo "$0 $1" >> "$FAULTS_HOOKS"
[ "$(wc -l < "$FAULTS_HOOKS")" = "$FAULTS_HOOK_AT" ] || exit 0
kill -9 "$FAULTS_PID"
[ "$FAULTS_WITH_GIT" = yes ] && kill -9 "$PPID"
exit 0
"""


@dataclass(frozen=True)
class World:
    """The paths of one world; `seed` determines its questions and decisions."""

    root: Path
    url: str
    seed: int

    @property
    def settings(self) -> Settings:
        return Settings(_env_file=None, home=self.root / "home", knowledge_dir=self.root / "course" / "knowledge", database_url=self.url)

    @property
    def course(self) -> Path:
        return self.root / "course"

    @property
    def knowledge(self) -> Path:
        return self.course / "knowledge"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def platform(self) -> Path:
        return self.root / "platform.jsonl"

    @property
    def acknowledged(self) -> Path:
        return self.root / "acknowledged.jsonl"

    @property
    def log(self) -> Path:
        return self.root / "log.txt"

    @property
    def hooks(self) -> Path:
        return self.root / "hooks.txt"


def made(root: Path, url: str, seed: int) -> World:
    """Make a world in an empty folder."""
    world = World(root, url, seed)
    for about in KNOWN:
        slug = about.split()[0]
        path = world.knowledge / ("one" if slug < "m" else "two") / f"{slug}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(card_text(slug, about, {"labels": "targets", "targets": "labels"}.get(slug, "")), encoding="utf-8")
    contrasts = "- between: [labels, targets]\n  difference: Labels are written down, and targets are aimed at.\n"
    topics = "".join(
        f"- topic: {about}\n  asked_as: {json.dumps([form.format(about) for form in ASKED])}\n  pointer: See elsewhere.\n"
        for about in UNKNOWN[:3]
    )
    for name, text in {"contrasts/all.yaml": contrasts, "beyond.yaml": topics, "glossary.yaml": "máscara: mask\n"}.items():
        (world.knowledge / name).parent.mkdir(exist_ok=True)
        (world.knowledge / name).write_text(text, encoding="utf-8")
    git(world, "init", "--quiet", "--initial-branch=main")
    git(world, "add", ".")
    git(world, "-c", "user.name=A", "-c", "user.email=a@b.invalid", "commit", "--quiet", "-m", "The first cards")
    for hook in HOOKS:
        path = world.course / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(HOOK, encoding="utf-8")
        path.chmod(0o755)
    return world


def git(world: World, *words: str) -> str:
    """Run git in a world, with no hook counted."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FAULTS_")}
    done = subprocess.run(["git", "-C", world.course, *words], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
    return done.stdout.strip()


def weights() -> ReaderWeights:
    """Return numbers by which a question near a phrasing is answered, others are shown the nearest, and the rest are handed over."""
    return replace(plain_weights(DIMENSION), near_from=0.2)


def opened(world: World, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Service:
    """Make ready to answer as `bot.app.open_service` does, with the stand-in for the embedding model."""
    settings, encoder, numbers = world.settings, CountingEncoder(), weights()
    ledger = Ledger(settings.ledger_url, busy_timeout_ms=busy_timeout_ms)
    ledger.upgrade()

    def read() -> Library:
        return open_library(settings, MODEL, encoder, weights=numbers)

    def latest() -> Library:
        return open_latest(settings, MODEL, encoder, read, no_progress)

    service = Service(latest(), ledger, latest, Spool(settings.home))
    service.enter_spooled()
    return service


def asked_in(world: World, life: int, place: int) -> Incoming:
    """Return a learner's message, the same each time the platform sends it."""
    chance = random.Random(f"{world.seed} {life} {place}")
    about = chance.choice(KNOWN if chance.random() < 0.5 else UNKNOWN)
    author = chance.choice(("ann", "bob", "eve"))
    text = f"{chance.choice(ASKED).format(about)} I mean with {chance.choice(WITH)} and {chance.choice(WITH)}, take {life}-{place}."
    return Incoming(PLATFORM, f"m{life}-{place}", f"thread-of-{author}", author, text)


# As they were before `points` counts them: a platform's own disk is not what fails here.
write, fsync = os.write, os.fsync


def append(path: Path, row: dict[str, Any]) -> None:
    """Put a line on the disk before anything else happens."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        write(descriptor, json.dumps(row).encode() + b"\n")
        fsync(descriptor)
    finally:
        os.close(descriptor)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Read the lines that were written whole."""
    if path.exists():
        for line in path.read_bytes().split(b"\n")[:-1]:
            yield json.loads(line)
