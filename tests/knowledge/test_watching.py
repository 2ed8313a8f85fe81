"""A running process follows the cards: an edit is served soon, a slip costs nothing and is said once."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.app import bring_up_to_date, open_library
from bot.ledger.database import Ledger
from bot.review.promotion.apply import carry_out
from bot.review.promotion.make_plan import make_plan
from bot.review.promotion.plan import PromotedQuestion
from bot.service import Service
from bot.settings import Settings
from index.encoder.batching import SharedEncoder
from index.encoder.embedding import Encoder
from index.encoder.model_files import EmbeddingModel
from index.search.library import Library
from knowledge.errors import KnowledgeError
from knowledge.reading.card import Slug
from knowledge.watching import Follower, Signature, signature, watch
from tests.conftest import KNOWLEDGE
from tests.review.asked import asked as enter
from tests.review.cards import ANSWER, NOW, TODAY

SLUG = Slug("is-pretraining-supervised")
QUESTION = ("Is pretraining supervised?",)
MARK = "Marked by the test of watching."
SERVED: Signature = frozenset({("one/labels.md", 1, 1)})
EDITED: Signature = frozenset({("one/labels.md", 2, 2)})
AGAIN: Signature = frozenset({("one/labels.md", 3, 3)})
FULL = OSError(28, "No space left on device")


def soon(holds: Callable[[], bool]) -> bool:
    """Wait until something comes true; a minute is for a machine that is short of processor time."""
    end = time.monotonic() + 60.0
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    return Path(shutil.copytree(KNOWLEDGE, tmp_path / "knowledge"))


@pytest.fixture
def running(home: Path, knowledge: Path, encoder: Encoder, model: EmbeddingModel) -> Iterator[Service]:
    """A service over a copy of the real cards that follows them."""
    settings = Settings(_env_file=None, home=home, knowledge_dir=knowledge)
    shared = SharedEncoder(encoder.encode)

    def latest() -> Library:
        bring_up_to_date(settings, model, lambda: encoder, lambda line: None)
        return open_library(settings, model, encoder, shared)

    before = signature(knowledge)
    service = Service(latest(), None, latest)
    stop = watch(knowledge, service.refresh, served=before)
    yield service
    stop.set()
    soon(lambda: "askwell-watch" not in {thread.name for thread in threading.enumerate()})


def edit(knowledge: Path, old: str, new: str) -> None:
    path = next(knowledge.glob(f"cards/*/{SLUG}.md"))
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_an_edited_card_is_served_and_a_slip_keeps_its_last_good_form(
    running: Service, knowledge: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = running.library
    edit(knowledge, "## Short answer\n", f"## Short answer\n\n{MARK} ")
    assert soon(lambda: running.library is not first)
    second = running.library
    assert second.base.cards[SLUG].short_answer.startswith(MARK)
    assert MARK not in first.base.cards[SLUG].short_answer, "an answer under way keeps the library that it began with"
    assert running.answer(QUESTION, hands_over=False).cards[0].slug == SLUG

    caplog.clear()
    with caplog.at_level(logging.WARNING):
        edit(knowledge, f"slug: {SLUG}\n", f"slug: [{SLUG}\n")
        assert soon(lambda: bool(caplog.records))
        assert soon(lambda: running.library is not second)
    assert len(caplog.records) == 1, [record.getMessage() for record in caplog.records]
    assert f"{SLUG}.md" in caplog.records[0].getMessage()
    assert "\n" not in caplog.records[0].getMessage()
    assert running.library.base.cards[SLUG] == second.base.cards[SLUG]

    # Mended, it is served again.
    edit(knowledge, f"slug: [{SLUG}\n", f"slug: {SLUG}\n")
    edit(knowledge, MARK, f"{MARK} Twice.")
    assert soon(lambda: "Twice." in running.library.base.cards[SLUG].short_answer)


def test_a_promotion_by_another_thread_is_served_without_being_told_of(running: Service, knowledge: Path, tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    ledger.upgrade()
    question = "how does the zebra tokenizer cut rare words into pieces?"
    asked = PromotedQuestion(enter(ledger, text=question), question, None, ANSWER)
    made = make_plan("new:zebra-tokenizer", asked, library=running.library, knowledge=knowledge, mentor="Ada", today=TODAY)
    promoting = threading.Thread(target=carry_out, args=(ledger, made), kwargs={"knowledge": knowledge, "home": tmp_path, "now": NOW})
    promoting.start()
    promoting.join()
    assert soon(lambda: made.slug in running.library.base.cards)
    assert running.answer((asked.text,), hands_over=False).cards[0].slug == made.slug
    ledger.close()


@pytest.fixture
def watched(small: Path) -> Iterator[Callable[..., None]]:
    """Watch the small folder until the test is over."""
    stops: list[threading.Event] = []

    def start(refresh: Callable[[], None], **settings: object) -> None:
        stops.append(watch(small, refresh, **settings))  # type: ignore[arg-type]

    yield start
    for stop in stops:
        stop.set()


def test_a_file_that_is_written_bit_by_bit_is_read_when_it_is_whole(small: Path, watched: Callable[..., None]) -> None:
    path = small / "two" / "more.md"
    read: list[int] = []
    watched(lambda: read.append(path.stat().st_size), served=signature(small))
    for number in range(1, 31):
        path.write_text("x" * number, encoding="utf-8")
        time.sleep(0.03)
    assert soon(lambda: bool(read))
    assert read == [30]


def test_an_edit_made_while_the_cards_were_read_is_not_missed(small: Path, watched: Callable[..., None]) -> None:
    before = signature(small)
    (small / "two" / "masks.md").write_text("edited while the model was loaded", encoding="utf-8")
    called = threading.Event()
    watched(called.set, served=before)
    assert called.wait(60)


def test_cards_in_a_folder_made_later_are_seen_and_so_is_a_folder_that_gets_another_name(small: Path, watched: Callable[..., None]) -> None:
    seen: list[Signature] = []
    watched(lambda: seen.append(signature(small)), served=signature(small))
    (small / "three").mkdir()
    (small / "three" / "more.md").write_text("x", encoding="utf-8")
    assert soon(lambda: bool(seen) and seen[-1] == signature(small))
    (small / "three").rename(small / "four")
    assert soon(lambda: seen[-1] == signature(small))


def test_a_folder_that_is_gone_for_a_moment_is_followed_again(
    small: Path, tmp_path: Path, watched: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    small.rename(tmp_path / "away")
    called = threading.Event()
    watched(called.set, served=frozenset())
    assert soon(lambda: bool(caplog.records))
    (tmp_path / "away").rename(small)
    assert called.wait(60)
    assert len(caplog.records) == 1
    assert "are not reported by the system" in caplog.records[0].getMessage()


def test_where_polling_is_forced_an_edit_is_seen_too(small: Path, watched: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "1")
    called = threading.Event()
    watched(called.set, served=signature(small))
    (small / "two" / "masks.md").write_text("edited", encoding="utf-8")
    assert called.wait(60)


@pytest.mark.parametrize("error", [KnowledgeError("no card"), FULL, RuntimeError("a fault\nof FAISS"), ValueError("bad")])
def test_a_refresh_that_failed_is_tried_again_and_logged_once_for_each_state_of_the_folder(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    failing = True
    calls: list[int] = []

    def refresh() -> None:
        calls.append(1)
        if failing:
            raise error

    follower = Follower(refresh, SERVED, retry_s=0.0)
    follower.look(SERVED)
    follower.try_again()
    assert calls == []
    follower.look(EDITED)
    follower.try_again()
    follower.try_again()
    assert (len(calls), len(caplog.records)) == (3, 1)
    follower.look(AGAIN)
    assert (len(calls), len(caplog.records)) == (4, 2)
    assert all("\n" not in record.getMessage() for record in caplog.records)
    failing = False
    follower.try_again()
    follower.try_again()
    follower.look(AGAIN)
    assert len(calls) == 5, "what is served is not refreshed again"


def test_a_refresh_that_failed_waits_before_it_is_tried_again_but_a_change_is_tried_at_once() -> None:
    calls: list[int] = []

    def refresh() -> None:
        calls.append(1)
        raise FULL

    follower = Follower(refresh, SERVED, retry_s=3600.0)
    for _ in range(3):
        follower.look(EDITED)
        follower.try_again()
    assert len(calls) == 1
    follower.look(AGAIN)
    assert len(calls) == 2


def test_a_change_that_failed_and_was_undone_is_not_tried_again() -> None:
    calls: list[int] = []

    def refresh() -> None:
        calls.append(1)
        raise FULL

    follower = Follower(refresh, SERVED, retry_s=0.0)
    follower.look(EDITED)
    follower.look(SERVED)
    follower.try_again()
    assert len(calls) == 1


def test_a_refresh_that_fails_is_tried_again_after_a_while_without_another_change(
    small: Path, watched: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []

    def refresh() -> None:
        calls.append(1)
        if len(calls) < 3:
            raise FULL

    before = signature(small)
    (small / "two" / "masks.md").write_text("x", encoding="utf-8")
    watched(refresh, served=before, retry_s=0.1)
    assert soon(lambda: len(calls) == 3)
    assert [record.getMessage() for record in caplog.records] == [
        "the changed cards are not served yet: [Errno 28] No space left on device"
    ]


def test_what_is_watched_is_cards_and_yaml_and_nothing_is_lost_when_the_folder_is_gone(small: Path) -> None:
    before = signature(small)
    (small / "notes.txt").write_text("not ours", encoding="utf-8")
    assert signature(small) == before
    for name in ("one/labels.md", "beyond.yaml", "terms/all.yaml"):
        earlier = signature(small)
        (small / name).write_text("other", encoding="utf-8")
        assert signature(small) != earlier, name
    shutil.rmtree(small)
    assert signature(small) == frozenset()
