"""The desk's OpenAPI description: it names every address, and requests made out of it find no fault and no answer that it doesn't name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import APIOperation
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from bot.adapters.desk.api_description import plain
from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.web_app import web_app
from bot.ledger.database import Ledger
from bot.values import Status
from tests.adapters.desk.served_desk import Surfer, on_a_socket
from tests.review.asked import asked
from tests.review.cards import snapshot

EXAMPLES = 5


def test_every_address_of_the_desk_is_described_with_words(desk: Desk) -> None:
    app = web_app(desk).app
    assert isinstance(app, Starlette)
    routes = {(method.lower(), plain(each.path)) for each in app.routes if isinstance(each, Route) for method in each.methods or ()}
    assert {each.path for each in app.routes if isinstance(each, Mount)} == {"/static"}
    with on_a_socket(desk), Surfer(desk) as stranger:
        described = stranger.get("/openapi.json").json()
    found = {(method, path) for path, each in described["paths"].items() for method in each}
    assert found == {(method, path) for method, path in routes if method != "head"}
    assert [path for path, each in described["paths"].items() for one in each.values() if len(one["summary"]) < 10] == []
    assert described["servers"] == [{"url": desk.url}]


@pytest.mark.slow
def test_requests_made_out_of_the_description_find_no_fault_and_only_answers_that_it_names(desk: Desk, ledger: Ledger, small: Path) -> None:
    asked(ledger, status=Status.HANDED_OVER)
    before = snapshot(small)
    with on_a_socket(desk), Surfer(desk) as ada:
        ada.client.post("/enter", data={"link": desk.links.make(desk.now()), "name": "Ada"})
        schema = schemathesis.openapi.from_dict(ada.get("/openapi.json").json())
        count = 0
        for result in schema.get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()
            count += 1
            tried_out(operation, desk)
        assert count > 25
        assert ada.is_in()
    assert snapshot(small) == before


def tried_out(operation: APIOperation[Any, Any, Any, Any], desk: Desk) -> None:
    """Call one operation with generated values, in a session of its own and with its token."""
    with Surfer(desk) as surfer:
        surfer.client.post("/enter", data={"link": desk.links.make(desk.now()), "name": "Bob"})
        cookies, csrf = dict(surfer.client.cookies), surfer.csrf()

        @seed(1)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            if isinstance(case.body, dict) and "csrf" in case.body:
                case.body["csrf"] = csrf
            if operation.path == "/leave":
                # It would end the session of the calls that follow.
                case.body["csrf"] = "another"
            case.cookies = cookies
            answered = case.call(base_url=desk.url, allow_redirects=False)
            case.validate_response(
                answered,
                checks=[not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance],
            )

        call()
