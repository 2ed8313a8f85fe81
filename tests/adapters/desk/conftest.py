"""A desk over three small cards, a ledger of its own, and a clock that a test can move."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.entering.one_time_links import OneTimeLinks, make_key
from bot.background.measures import Measures
from bot.command.serving.platform_texts import platform_texts
from bot.ledger.database import Ledger
from bot.service import Service
from tests.adapters.desk.browsing import URL, Browser
from tests.review.asked import NOW
from tests.review.cards import library_of


@dataclass
class Clock:
    """The time of a desk."""

    at: dt.datetime = NOW

    def __call__(self) -> dt.datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(ledger: Ledger, small: Path, tmp_path: Path, clock: Clock) -> Desk:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    for words in (("init", "-q"), ("add", "."), ("-c", "user.name=C", "-c", "user.email=c@example.org", "commit", "-qm", "The cards")):
        subprocess.run(["git", *words], cwd=small, check=True, capture_output=True)
    service = Service(library_of(small, home), ledger, lambda: library_of(small, home))
    measures = Measures("desk", lambda: "")
    measures.watch(service)
    labelled = tmp_path / "labelled"
    labelled.mkdir()
    rows = [("what are masks?", ["masks"]), ("how long do eggs boil", [])]
    lines = [{"id": text, "kind": "in_scope" if slugs else "out_of_scope", "question": text, "slugs": slugs} for text, slugs in rows]
    (labelled / "few.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return Desk(
        service,
        ledger,
        small,
        home,
        URL,
        OneTimeLinks(make_key(home)),
        measures,
        now=clock,
        labelled=labelled,
        platform_texts=platform_texts,
    )


@pytest.fixture
def ada(desk: Desk) -> Browser:
    """Ada's browser, signed in."""
    return Browser(desk)
