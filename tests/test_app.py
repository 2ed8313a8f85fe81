"""The service with a broken index or ledger: a learner notices as little as possible."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.app import no_progress, open_earlier, open_latest, open_library, open_wording
from bot.ledger.database import Ledger
from bot.ledger.tables import AnswerRow, QuestionRow
from bot.record import Incoming
from bot.service import Service
from bot.settings import Settings
from bot.values import TURNS_READ, Answer, CleanText, Kept, Status
from index.encoder.batching import SharedEncoder
from index.search.library import Library
from index.search.reader import plain_weights
from index.store.build import build
from index.store.generations import current_name
from knowledge.errors import IndexUnusable
from tests.collected import at_once
from tests.full_disk import no_room
from tests.index.fakes import DIMENSION, MODEL, CountingEncoder

FRANCE = "Which bus goes to the harbour on Sundays?"
Read = Callable[[], Library]


@pytest.fixture
def settings(tmp_path: Path, small: Path) -> Settings:
    return Settings(_env_file=None, home=tmp_path / "home", knowledge_dir=small)


@pytest.fixture
def read(settings: Settings) -> Read:
    encoder = CountingEncoder()
    return lambda: open_library(settings, MODEL, encoder, SharedEncoder(encoder.encode), plain_weights(DIMENSION))


def flip_a_byte(index: Path) -> None:
    vectors = index / current_name(index) / "passages.faiss"
    content = vectors.read_bytes()
    vectors.write_bytes(content[:-1] + bytes([content[-1] ^ 255]))


def test_a_judge_that_cannot_be_loaded_costs_one_line_and_no_answer(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    (settings.home / "judge").mkdir(parents=True)
    given = {"model": "openai:x", "model_base_url": "http://127.0.0.1:9/v1", "judge": f"minicheck:{settings.home / 'judge'}"}
    wording = open_wording(settings.model_copy(update=given))
    assert wording is not None
    wording.writer.close()
    (record,) = caplog.records
    assert record.getMessage().startswith("drafts are not judged: the MiniCheck model")


def test_a_flipped_byte_in_the_index_costs_one_line_and_a_build(settings: Settings, read: Read, caplog: pytest.LogCaptureFixture) -> None:
    encoder = CountingEncoder()
    whole = open_latest(settings, MODEL, encoder, read, no_progress)
    flip_a_byte(settings.index_dir)
    library = open_latest(settings, MODEL, encoder, read, no_progress)
    assert library.name == whole.name
    assert len(library.passages) == len(library.vectors)
    (record,) = caplog.records
    assert "is rebuilt" in record.getMessage()
    assert "wrong checksum" in record.getMessage()
    assert "\n" not in record.getMessage()


def test_a_damaged_index_that_cannot_be_written_again_is_one_line(settings: Settings, read: Read) -> None:
    open_latest(settings, MODEL, CountingEncoder(), read, no_progress)
    flip_a_byte(settings.index_dir)
    with no_room(), pytest.raises(IndexUnusable, match=r"can't be written to .*File too large") as caught:
        open_latest(settings, MODEL, CountingEncoder(), read, no_progress)
    with pytest.raises(IndexUnusable, match=r"can't be written to .*File too large"):
        open_earlier(read, caught.value)


def test_a_home_that_no_index_can_be_written_to_is_one_line_before_any_card_is_embedded(settings: Settings, read: Read) -> None:
    settings.home.write_text("no folder", encoding="utf-8")
    encoder = CountingEncoder()
    with pytest.raises(IndexUnusable, match=r"the index can't be written to .* is no folder"):
        open_latest(settings, MODEL, encoder, read, no_progress)
    assert encoder.embedded == []


def test_when_the_new_index_cannot_be_written_the_earlier_one_is_served_with_one_line(
    settings: Settings, read: Read, caplog: pytest.LogCaptureFixture
) -> None:
    earlier = open_latest(settings, MODEL, CountingEncoder(), read, no_progress)
    (settings.knowledge_dir / "two" / "masks.md").unlink()
    with no_room(), pytest.raises(IndexUnusable, match="can't be written") as caught:
        open_latest(settings, MODEL, CountingEncoder(), read, no_progress)
    assert open_earlier(read, caught.value).name == earlier.name
    (record,) = caplog.records
    assert "File too large" in record.getMessage()
    assert "\n" not in record.getMessage()


def test_an_earlier_index_of_another_model_is_not_served(settings: Settings, read: Read) -> None:
    build(settings.index_dir, settings.knowledge_dir, CountingEncoder, replace(MODEL, sha256="1" * 64))
    error = IndexUnusable("the index can't be written")
    with pytest.raises(IndexUnusable, match="the index can't be written"):
        open_earlier(read, error)


def test_only_the_last_few_turns_of_a_conversation_are_read_with_or_without_a_ledger(service: Service, ledger: Ledger) -> None:
    turns = ("What is masked language modelling?", *["thanks"] * (TURNS_READ - 1), "Can you give me an example of it?")
    asking = Service(service.library, ledger)
    for number, turn in enumerate(turns):
        entered = asking.ask(Incoming("p", str(number), "here", "ann", turn))
    alone = service.answer(turns, hands_over=True)
    assert entered is not None
    assert (entered.answer, entered.confidence) == (alone.answer, alone.confidence)
    assert alone.answer == service.answer(turns[-1:], hands_over=True).answer
    assert alone.answer != service.answer(turns[:1] + turns[-1:], hands_over=True).answer


class Interrupted(Service):
    """Does something between a question's entry and its answer's."""

    def __init__(self, service: Service, ledger: Ledger, meanwhile: Callable[[], object]) -> None:
        super().__init__(service.library, ledger)
        self.meanwhile = meanwhile

    def reply(self, turns: tuple[CleanText, ...], *, hands_over: bool | Kept, library: Library | None = None) -> Answer:
        self.meanwhile()
        return super().reply(turns, hands_over=hands_over, library=library)


class Killed(Exception):
    pass


def rows(ledger: Ledger) -> tuple[int, int]:
    with ledger.transaction() as session:
        return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in (QuestionRow, AnswerRow))  # type: ignore[return-value]


def test_an_answer_that_cannot_be_written_down_is_given_all_the_same(
    service: Service, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    def lose_the_answers() -> None:
        with ledger.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE answer")

    result = Interrupted(service, ledger, lose_the_answers).ask(Incoming("p", "1", "here", "ann", "Is pretraining supervised?"))
    assert result is not None
    assert result.status is Status.ANSWERED
    assert result.question_id is not None
    (record,) = caplog.records
    assert "not written down" in record.getMessage()
    assert "\n" not in record.getMessage()


def test_a_message_whose_answering_was_killed_is_answered_when_it_comes_again(service: Service, ledger: Ledger) -> None:
    incoming = Incoming("p", "1", "here", "ann", "Is pretraining supervised?")

    def die() -> None:
        raise Killed

    with pytest.raises(Killed):
        Interrupted(service, ledger, die).ask(incoming)
    assert rows(ledger) == (1, 0)
    again = Service(service.library, ledger)
    result = again.ask(incoming)
    assert result is not None
    assert result.status is Status.ANSWERED
    assert again.ask(incoming) is None
    assert rows(ledger) == (1, 1)


def test_of_several_that_answer_one_message_at_once_one_gives_its_answer(service: Service, ledger: Ledger) -> None:
    together = threading.Barrier(4)
    asking = Interrupted(service, ledger, together.wait)
    incoming = Incoming("p", "1", "here", "ann", "Is pretraining supervised?")
    results = at_once(4, lambda _: asking.ask(incoming))
    assert sum(result is not None for result in results) == 1
    assert rows(ledger) == (1, 1)


def test_a_terminal_promises_no_answer_that_cannot_come_there(service: Service, ledger: Ledger) -> None:
    asking = Service(service.library, ledger)
    here = asking.ask(Incoming("console", "1", "here", "console", FRANCE))
    there = asking.ask(Incoming("discord", "1", "there", "ann", FRANCE))
    assert here is not None
    assert there is not None
    assert here.status is there.status is Status.HANDED_OVER
    assert here.answer.endswith(f"Your question is kept for the mentors (number {here.question_id}).")
    assert "A mentor has been asked" not in here.answer
    assert "A mentor has been asked" in there.answer
    unrecorded = Service(service.library, None).ask(Incoming("console", "2", "here", "console", FRANCE))
    assert unrecorded is not None
    assert "not recorded" in unrecorded.answer
