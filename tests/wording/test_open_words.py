"""A model is asked what open words mean, once, and of no other message; whatever goes wrong is a kind word."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.door.care_speech import SENTENCES
from bot.service import Service
from bot.settings import Settings
from bot.values import Answer, Status
from bot.wording.model.chat_model import open_writer
from bot.wording.word import Wording
from tests.conftest import KNOWLEDGE
from tests.model_servers.openai_stand_in import openai_server
from tests.model_servers.stand_in import Reply, StandIn

OPEN_WORDS = "i keep the pills in my drawer, just in case"


def asked(service: Service, home: Path, reply: str | Reply, text: str = OPEN_WORDS, model: str = "openai:x") -> tuple[Answer, StandIn]:
    """Answer a message over a model that replies so."""
    with openai_server([reply]) as server:
        writer = open_writer(Settings(_env_file=None, model=model, model_base_url=server.url, model_retries=0, model_timeout_s=3))
        assert writer is not None
        over_model = Service(service.library, None, wording=Wording(writer, KNOWLEDGE, home))
        result = over_model.answer((text,), hands_over=True)
        writer.close()
    return result, server


def test_a_model_that_reads_danger_brings_a_person(service: Service, tmp_path: Path) -> None:
    result, server = asked(service, tmp_path, '{"meant": "self_harm"}')
    assert (result.status, result.cards) == (Status.HANDED_OVER, ())
    assert result.checks == ({"check": "care", "concern": "self_harm", "language": "en"},)
    assert result.answer.startswith(SENTENCES["en"].self_harm)
    assert OPEN_WORDS in server.requests[0].body["messages"][-1]["content"]


def test_a_model_that_reads_nothing_grave_leaves_the_answer_as_it_is(service: Service, tmp_path: Path) -> None:
    result, _ = asked(service, tmp_path, '{"meant": "nothing"}')
    assert SENTENCES["en"].strain not in result.answer


@pytest.mark.parametrize(
    "reply",
    [
        '{"meant": "strain"}',
        '{"meant": "joy"}',
        "I'm sorry to hear that.",
        "",
        Reply("", status=500),
        Reply(body=b"\x00"),
        Reply('{"meant": "nothing"}', delay_s=30),
    ],
)
def test_strain_an_odd_reply_and_a_server_that_is_late_or_away_are_a_kind_word(
    service: Service, tmp_path: Path, reply: str | Reply
) -> None:
    result, _ = asked(service, tmp_path, reply)
    assert result.answer.startswith(SENTENCES["en"].strain)


def test_a_base_model_is_not_asked(service: Service, tmp_path: Path) -> None:
    result, server = asked(service, tmp_path, "nothing", model="completion:x")
    assert result.answer.startswith(SENTENCES["en"].strain)
    assert server.requests == []


@pytest.mark.parametrize("text", ["what is span corruption?", "I want to kill myself", "thanks!", "this bug makes me want to die lol"])
def test_no_other_message_costs_a_call(service: Service, tmp_path: Path, text: str) -> None:
    result, server = asked(service, tmp_path, '{"meant": "nothing"}', text)
    assert server.requests == []
    assert result.answer == service.answer((text,), hands_over=True).answer
