"""A disk that is full costs at most the newest change, says so in one line, and leaves nothing half-written."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.breaker import Breaker
from bot.ledger.database import Ledger
from bot.ledger.tables import PromotionRow, QuestionRow
from bot.record import Incoming, Record
from bot.review.promotion.apply import carry_out
from bot.review.promotion.make_plan import make_plan
from bot.review.promotion.plan import Plan, PromotedQuestion
from bot.service import Service
from bot.values import Status
from index.store.generations import load
from knowledge.checking.rules import check
from knowledge.errors import IndexUnusable, KnowledgeError
from tests.faults.checks import TODAY
from tests.faults.story import mentors_words
from tests.faults.world import World, asked_in, git, made, opened
from tests.full_disk import no_room
from tests.review.asked import NOW, asked
from tests.review.cards import snapshot

DISK_MB = 6


class SmallDisk:
    """A disk of a few megabytes; where none may be mounted, a limit to what a file may hold."""

    def __init__(self, folder: Path, *, mounted: bool) -> None:
        self.folder = folder
        self.mounted = mounted

    @contextmanager
    def full(self, left: int = 0) -> Iterator[None]:
        """Fill the disk for a while, but for some bytes."""
        if not self.mounted:
            with no_room(left):
                yield
            return
        ballast = self.folder / "ballast"
        with ballast.open("wb", buffering=0) as file:
            for size in (65536, 4096, 1):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:
                    continue
        if left:
            os.truncate(ballast, ballast.stat().st_size - left)
        try:
            yield
        finally:
            ballast.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
    mounted = hasattr(os, "geteuid") and os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    yield SmallDisk(folder, mounted=mounted)
    if mounted:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def world(disk: SmallDisk, tmp_path: Path) -> World:
    """A world whose home and course lie on the small disk."""
    return made(disk.folder / "world", f"sqlite:///{disk.folder / 'world/home/ledger.sqlite3'}", 1)


@pytest.fixture
def service(world: World) -> Iterator[Service]:
    service = opened(world)
    assert service.ledger is not None
    assert service.record is not None
    service.record = Record(service.ledger, service.record.spool, Breaker(failures=1, pause_s=0))
    yield service
    service.ledger.close()


def whole(ledger: Ledger) -> bool:
    """Return whether the database is intact."""
    with sqlite3.connect(str(ledger.engine.url.database)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]


@pytest.mark.slow
def test_questions_are_answered_and_each_is_written_down_or_named_in_a_line(
    disk: SmallDisk, world: World, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    assert service.ledger is not None
    # Long enough that what the files have room for by chance is soon used up.
    messages = [asked_in(world, 0, place) for place in range(60)]
    long = [Incoming(each.platform, each.message_id, each.conversation, each.author, each.text + " why" * 1500) for each in messages]
    with disk.full():
        answers = [service.ask(each) for each in long]
    assert all(answer is not None and answer.answer for answer in answers)
    lines = warnings_in(caplog)
    lost = {each.message_id for each in messages if any(f"question {each.message_id} of" in line for line in lines)}
    assert len(lost) > 20
    assert all("\n" not in line for line in lines)
    service.enter_spooled()
    assert whole(service.ledger)
    with service.ledger.transaction() as session:
        kept = set(session.scalars(select(QuestionRow.message_id)))
    assert kept | lost == {each.message_id for each in messages}
    after = service.ask(asked_in(world, 1, 0))
    assert after is not None
    assert after.question_id is not None, "there is room again"


def test_an_index_that_finds_no_room_is_not_published_and_the_one_before_is_served(disk: SmallDisk, world: World, service: Service) -> None:
    before = service.library.name
    card = world.knowledge / "one" / "labels.md"
    text = card.read_text(encoding="utf-8")
    with disk.full():
        card.rename(card.with_suffix(".away"))
        with pytest.raises(IndexUnusable) as caught:
            service.refresh()
        assert "\n" not in str(caught.value)
        assert load(world.settings.index_dir).name == before == service.library.name
        answer = service.answer(("what are labels?",), hands_over=False)
        assert answer.cited == ("labels",)
    service.refresh()
    assert service.library.name != before
    card.write_text(text, encoding="utf-8")
    service.refresh()
    assert load(world.settings.index_dir).name == service.library.name == before
    assert not list(world.settings.index_dir.glob(".staging-*"))


QUESTION = "what is quantization good for?"


def promotion(world: World, service: Service) -> Plan:
    """Plan a new card out of what a mentor wrote."""
    assert service.ledger is not None
    # Its write-ahead log goes when it's closed, which is not to make room later.
    service.ledger.close()
    question = PromotedQuestion(1, QUESTION, None, mentors_words("quantization", "7"))
    return make_plan("new:quantization", question, library=service.library, knowledge=world.knowledge, mentor="Ada", today=TODAY)


def test_a_card_that_finds_no_room_is_not_there_at_all(disk: SmallDisk, world: World, service: Service, tmp_path: Path) -> None:
    if not disk.mounted:
        pytest.skip("no disk can be mounted here, and a limit to files stops the ledger too")
    made_before = promotion(world, service)
    before = snapshot(world.knowledge)
    # The ledger has room: it lies elsewhere.
    ledger = Ledger(f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}")
    ledger.upgrade()
    assert asked(ledger, text=QUESTION, status=Status.HANDED_OVER) == 1
    with disk.full(), pytest.raises(KnowledgeError, match="No space left") as caught:
        carry_out(ledger, made_before, knowledge=world.knowledge, home=world.home, now=NOW)
    assert "\n" not in str(caught.value)
    assert snapshot(world.knowledge) == before
    assert git(world, "status", "--porcelain") == ""
    with ledger.transaction() as session:
        assert session.scalars(select(PromotionRow.state)).all() == ["failed"]
    assert carry_out(ledger, promotion(world, service), knowledge=world.knowledge, home=world.home, now=NOW).commit
    ledger.close()


def test_a_commit_that_finds_no_room_is_a_note_and_the_card_stays(disk: SmallDisk, world: World, service: Service, tmp_path: Path) -> None:
    if not disk.mounted:
        pytest.skip("no disk can be mounted here")
    ledger = Ledger(f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}")
    ledger.upgrade()
    assert asked(ledger, text=QUESTION, status=Status.HANDED_OVER) == 1
    made_before = promotion(world, service)
    # One page for the card, one for beyond.yaml's successor.
    with disk.full(left=8192):
        done = carry_out(ledger, made_before, knowledge=world.knowledge, home=world.home, now=NOW)
    assert done.commit is None
    assert "not committed" in done.note
    assert "\n" not in done.note
    assert (world.knowledge / made_before.path).read_text(encoding="utf-8") == made_before.text
    assert check(world.knowledge, today=TODAY)[1] == []
    git(world, "fsck", "--no-progress")
    assert not list((world.course / ".git").rglob("*.lock"))
    with ledger.transaction() as session:
        assert session.scalar(select(func.count()).select_from(PromotionRow)) == 1
    ledger.close()
