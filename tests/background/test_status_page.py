"""The status page: figures without a word of anybody, and readiness as a learner would judge it."""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.background.measures import Measures
from bot.background.status_page import page, serve_status, split_address
from bot.ledger.database import Ledger
from bot.record import Incoming
from bot.service import Service
from knowledge.errors import UsageError


class Platform:
    """A platform that is there or away."""

    why = ""

    def reason(self) -> str:
        return self.why


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def measures(platform: Platform, service: Service, ledger: Ledger) -> Measures:
    made = Measures("discord", platform.reason)
    made.watch(Service(service.library, ledger))
    return made


def figures(measures: Measures) -> dict[tuple[str, str], float]:
    """Return each figure by its name and the last of its labels."""
    families = text_string_to_metric_families(page(measures, "/metrics").body.decode())
    return {(each.name, next(reversed(each.labels.values()), "")): each.value for family in families for each in family.samples}


def test_answers_are_counted_by_outcome_with_their_times_and_what_waits_with_its_age(measures: Measures) -> None:
    assert measures.service is not None
    thought_ms = 0.0
    for number, text in enumerate(("Is pretraining supervised?", "Which bus goes to the harbour on Sundays?")):
        told = measures.service.ask(Incoming("discord", str(number), "here", "ann", text))
        assert told is not None
        thought_ms += told.timings_ms["total"]
        measures.service.ask(Incoming("discord", str(number), "here", "ann", text))
    found = figures(measures)
    assert found["askwell_answers_total", "answered"] == found["askwell_answers_total", "handed_over"] == 1
    assert found["askwell_answer_seconds_count", "discord"] == 2
    # A learner waits for the ledger, too.
    assert thought_ms < found["askwell_answer_seconds_sum", "discord"] * 1000 < 60_000
    assert found["askwell_waiting_questions", ""] == 1
    assert 0 <= found["askwell_waiting_oldest_seconds", ""] < 60
    assert found["askwell_up", "ledger"] == found["askwell_up", "platform"] == 1
    assert ("askwell_up", "writer") not in found
    text = page(measures, "/metrics").body.decode()
    assert "pretraining" not in text
    assert "ann" not in text


def test_it_is_ready_without_its_ledger_and_not_without_its_platform_or_its_cards(
    measures: Measures, platform: Platform, ledger: Ledger
) -> None:
    assert json.loads(page(measures, "/readyz").body) == {"ready": True, "parts": {"platform": True, "ledger": True}}
    platform.why = "not connected to Discord"
    reply = page(measures, "/readyz")
    assert reply.status == 503
    assert json.loads(reply.body)["why"] == "not connected to Discord"
    platform.why = ""
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE feedback")
        connection.exec_driver_sql("ALTER TABLE question RENAME TO gone")
    measures._asked_at -= 60
    reply = page(measures, "/readyz")
    assert reply.status == 200
    assert json.loads(reply.body)["parts"] == {"platform": True, "ledger": False}
    assert page(measures, "/healthz").status == 200
    assert page(Measures("discord", platform.reason), "/readyz").status == 503


@pytest.fixture
def served(measures: Measures) -> Iterator[str]:
    with serve_status("127.0.0.1:0", measures) as server:
        assert server is not None
        yield f"http://127.0.0.1:{server.server_address[1]}"


def test_it_is_served_over_http_and_a_taken_address_is_one_line(served: str, measures: Measures, caplog: pytest.LogCaptureFixture) -> None:
    with urllib.request.urlopen(f"{served}/metrics", timeout=5) as reply:
        assert reply.headers["Content-Type"].startswith("text/plain; version=")
        assert b"askwell_up" in reply.read()
    with pytest.raises(urllib.error.HTTPError, match="404") as caught:
        urllib.request.urlopen(f"{served}/", timeout=5)
    caught.value.close()
    with serve_status(served.removeprefix("http://"), measures) as second:
        assert second is None
    (record,) = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert "ASKWELL_STATUS_ADDRESS" in record.getMessage()


def test_it_can_be_off_and_what_is_no_address_is_one_line(measures: Measures) -> None:
    for off in ("off", None):
        with serve_status(off, measures) as server:
            assert server is None
    assert split_address("0.0.0.0:9464") == ("0.0.0.0", 9464)
    for wrong in ("9464", ":9464", "host:port", "host:99999"):
        with pytest.raises(UsageError, match=r"\AASKWELL_STATUS_ADDRESS is HOST:PORT.*\Z"):
            split_address(wrong)
