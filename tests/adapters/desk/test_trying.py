"""A question tried at the desk in each of the ways to answer, and kept only where a mentor wants that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from bot.adapters.desk.desk_parts import Desk
from bot.ledger.database import Ledger
from bot.ledger.tables import DeliveryRow, QuestionRow
from bot.settings import Settings
from bot.wording.model.chat_model import open_writer
from bot.wording.word import Wording
from tests.adapters.desk.browsing import Browser, field_of
from tests.adapters.desk.conftest import Clock
from tests.model_servers.openai_stand_in import openai_server
from tests.model_servers.stand_in import Reply, Request
from tests.wording.fake_judge import FakeJudge

TEXT = "what are labels?"


def questions(ledger: Ledger) -> list[tuple[str, str]]:
    with ledger.transaction() as session:
        return [(row.platform, row.text) for row in session.query(QuestionRow).order_by(QuestionRow.id)]


@contextmanager
def with_model(desk: Desk, *, failing: bool = False) -> Iterator[list[str]]:
    """Give a desk a model that says what it's asked to do, and yield what that was."""
    steps: list[str] = []

    def reply(request: Request) -> Reply:
        rules = str(request.body["messages"][0]["content"])
        step = "understand" if "what is asked" in rules else "choose" if "Choose the passages" in rules else "write"
        steps.append(step)
        if failing:
            return Reply("", status=400)
        said = {"understand": '{"questions": ["What are labels?"], "language": "English"}', "choose": '{"passages": [1]}'}
        return Reply(said.get(step, "Labels are written down by people who look at the data [1]."))

    with openai_server(reply) as server:
        writer = open_writer(Settings(_env_file=None, model="openai:test", model_base_url=server.url, model_api_key="key"))
        assert writer is not None
        desk.service.wording = Wording(writer, desk.knowledge, desk.home, judge=lambda _: FakeJudge())
        yield steps
        writer.close()


def test_each_way_asks_the_model_for_no_more_than_it_says(ada: Browser, desk: Desk, ledger: Ledger) -> None:
    with with_model(desk) as steps:
        assert 'value="words"' in ada.read("/try") and 'value="model"' in ada.read("/try")
        assert "How was this answered?" in ada.post("/try", text=TEXT, way="cards").text
        assert steps == []
        chosen = ada.post("/try", text=TEXT, way="words").text
        assert "How was this answered?" in chosen and "choose" in steps and "write" not in steps
        steps.clear()
        written = ada.post("/try", text=TEXT, way="model").text
        assert "write" in steps and "test" in written
        together = ada.post("/try", text=TEXT, way="all").text
        assert all(f'aria-labelledby="a-{way}"' in together for way in ("cards", "words", "model"))
    assert questions(ledger) == []


def test_a_model_that_fails_leaves_the_mentors_words_with_the_reason(ada: Browser, desk: Desk) -> None:
    with with_model(desk, failing=True):
        page = ada.post("/try", text=TEXT, way="model")
    assert page.status_code == 200
    assert "How was this answered?" in page.text and "What became of each sentence" in page.text


def test_a_trial_is_kept_as_the_mentors_question_only_where_that_is_ticked_and_once(desk: Desk, ledger: Ledger, clock: Clock) -> None:
    # The service enters questions by the time of day.
    clock.at = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    ada = Browser(desk)
    ada.post("/try", text=TEXT, way="cards")
    assert questions(ledger) == []
    form_id = field_of(ada.read("/try"), "form_id")
    kept = ada.post("/try", text="how do ovens bake bread?", way="cards", keep=1, form_id=form_id)
    assert "It's kept as" in kept.text and "/questions/1" in kept.text
    assert ada.post("/try", text="how do ovens bake bread?", way="cards", keep=1, form_id=form_id).status_code == 409
    assert questions(ledger) == [("desk", "how do ovens bake bread?")]
    assert "how do ovens bake bread?" in ada.read("/questions/1")
    told = ada.follow(ada.post("/questions/1/decide", decision="answer", text="They heat the dough. The water in it turns to steam."))
    assert "Asked where nobody can be reached later." in told
    with ledger.transaction() as session:
        assert session.query(DeliveryRow).count() == 0


def test_what_was_said_before_is_read_with_the_question(ada: Browser) -> None:
    page = ada.post("/try", text="and why?", before="what are labels?\n\nhm", way="cards").text
    assert "what are labels?" in page and "How was this answered?" in page
