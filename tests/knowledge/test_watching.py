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
from bot.review.promotion.plan import plan
from bot.review.promotion.plans import Asked
from bot.service import Service
from bot.settings import Settings
from index.encoder.batching import SharedEncoder
from index.encoder.embedding import Encoder
from index.encoder.model_files import EmbeddingModel
from index.search.library import Library
from knowledge import watching
from knowledge.errors import KnowledgeError
from knowledge.reading.card import Slug
from knowledge.watching import EVERY_S, REST_OF_TIME, Following, Signature, signature, watch
from tests.conftest import KNOWLEDGE
from tests.review.cards import ANSWER, NOW, TODAY

SLUG = Slug("is-pretraining-supervised")
QUESTION = ("Is pretraining supervised?",)
MARK = "Marked by the test of watching."


def soon(holds: Callable[[], bool], *, within_s: float = 5.0) -> bool:
    """Say whether something comes true in time."""
    end = time.monotonic() + within_s
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


def edit(knowledge: Path, old: str, new: str) -> str:
    path = next(knowledge.glob(f"cards/*/{SLUG}.md"))
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text


def test_an_edited_card_is_served_within_five_seconds_and_a_slip_keeps_its_last_good_form(
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
        time.sleep(0.5)
    assert len(caplog.records) == 1, [record.getMessage() for record in caplog.records]
    assert f"{SLUG}.md" in caplog.records[0].getMessage()
    assert "\n" not in caplog.records[0].getMessage()
    assert running.library.base.cards[SLUG] == second.base.cards[SLUG]
    assert running.answer(QUESTION, hands_over=False).cards[0].slug == SLUG

    # Mended, it is served again.
    edit(knowledge, f"slug: [{SLUG}\n", f"slug: {SLUG}\n")
    edit(knowledge, MARK, f"{MARK} Twice.")
    assert soon(lambda: "Twice." in running.library.base.cards[SLUG].short_answer)


def test_a_promotion_by_another_thread_is_served_without_being_told_of(running: Service, knowledge: Path, tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    ledger.upgrade()
    asked = Asked(7, "how does the zebra tokenizer cut rare words into pieces?", None, ANSWER)
    made = plan("new:zebra-tokenizer", asked, library=running.library, knowledge=knowledge, mentor="Ada", today=TODAY)
    promoting = threading.Thread(target=carry_out, args=(ledger, made), kwargs={"knowledge": knowledge, "home": tmp_path, "now": NOW})
    promoting.start()
    promoting.join()
    assert soon(lambda: made.slug in running.library.base.cards, within_s=20.0)
    assert running.answer((asked.text,), hands_over=False).cards[0].slug == made.slug
    ledger.close()


def test_an_edit_waits_for_two_looks_which_take_less_than_a_second() -> None:
    served, edited = frozenset({("one/labels.md", 1, 1)}), frozenset({("one/labels.md", 2, 2)})
    calls: list[int] = []
    following = Following(lambda: calls.append(1), served, 20.0)
    following.look(edited)
    assert calls == []
    following.look(edited)
    following.look(edited)
    assert calls == [1]
    # The rest of two seconds is left for the indexing.
    assert 2 * EVERY_S < 1


def test_looking_at_a_large_folder_takes_a_small_part_of_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []

    def costly(directory: Path) -> Signature:
        looks.append(time.monotonic())
        end = time.thread_time() + 0.03
        while time.thread_time() < end:
            pass
        return frozenset()

    monkeypatch.setattr(watching, "signature", costly)
    stop = watch(tmp_path, lambda: None, served=frozenset(), every_s=0.01)
    assert soon(lambda: len(looks) >= 2)
    stop.set()
    assert looks[1] - looks[0] >= 0.03 * REST_OF_TIME


def test_a_look_that_others_keep_waiting_does_not_make_the_next_one_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []

    def waiting(directory: Path) -> Signature:
        looks.append(time.monotonic())
        time.sleep(1.0)
        return frozenset()

    monkeypatch.setattr(watching, "signature", waiting)
    stop = watch(tmp_path, lambda: None, served=frozenset(), every_s=0.01)
    assert soon(lambda: len(looks) >= 2, within_s=10.0)
    stop.set()
    assert looks[1] - looks[0] < REST_OF_TIME / 2


def test_a_folder_that_still_changes_is_left_alone_until_it_rests(tmp_path: Path) -> None:
    (tmp_path / "group").mkdir()
    called = threading.Event()
    stop = watch(tmp_path, called.set, served=signature(tmp_path), every_s=0.1)
    for number in range(20):
        (tmp_path / "group" / "card.md").write_text("x" * number, encoding="utf-8")
        time.sleep(0.03)
    assert not called.is_set()
    assert called.wait(5)
    stop.set()


def test_a_refresh_that_fails_is_said_in_one_line_and_the_next_change_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "group").mkdir()
    calls: list[int] = []

    def refresh() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise KnowledgeError("no readable card")

    with caplog.at_level(logging.WARNING):
        stop = watch(tmp_path, refresh, served=signature(tmp_path), every_s=0.05)
        (tmp_path / "group" / "card.md").write_text("x", encoding="utf-8")
        assert soon(lambda: len(calls) == 1 and bool(caplog.records))
        (tmp_path / "group" / "card.md").write_text("xyz", encoding="utf-8")
        assert soon(lambda: len(calls) == 2)
        stop.set()
    assert [record.getMessage() for record in caplog.records] == ["the changed cards are not served yet: no readable card"]


def test_a_refresh_that_fails_is_tried_again_after_a_while_and_not_said_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "group").mkdir()
    calls: list[int] = []

    def refresh() -> None:
        calls.append(1)
        if len(calls) < 3:
            raise OSError(28, "No space left on device")

    before = signature(tmp_path)
    (tmp_path / "group" / "card.md").write_text("x", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        stop = watch(tmp_path, refresh, served=before, every_s=0.02, retry_s=0.1)
        assert soon(lambda: len(calls) == 3)
        time.sleep(0.3)
        stop.set()
    assert len(calls) == 3, "what is served is not made again"
    assert [record.getMessage() for record in caplog.records] == [
        "the changed cards are not served yet: [Errno 28] No space left on device"
    ]


def test_an_edit_made_while_the_cards_were_read_is_not_missed(tmp_path: Path) -> None:
    (tmp_path / "group").mkdir()
    before = signature(tmp_path)
    (tmp_path / "group" / "card.md").write_text("x", encoding="utf-8")
    called = threading.Event()
    stop = watch(tmp_path, called.set, served=before, every_s=0.02)
    assert called.wait(5)
    stop.set()


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
