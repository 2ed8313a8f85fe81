"""Requests that no page of the desk makes: none causes a fault, and none decides anything."""

from __future__ import annotations

import itertools
from pathlib import Path
from urllib.parse import quote

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.web_app import POSTED, SHOWN
from bot.ledger.database import Ledger
from bot.ledger.tables import PromotionRow, ReviewRow
from bot.values import Status
from tests.adapters.desk.browsing import Browser
from tests.collected import failing
from tests.review.asked import asked
from tests.review.cards import snapshot

HOSTILE = (
    "", " ", "0", "-1", "1e9", "2147483648", "99999999999999999999", "٣", "null", "true", "[]", "{{7*7}}", "{%if%}", "%00", "\x00",
    "\x1b[2J", "../../etc/passwd", "..%2f..%2f", "' OR 1=1 --", '"; DROP TABLE question; --', "%", "_", "\\", "<script>alert(1)</script>",
    "javascript:x", "\u202eevil", "\ud7ff\ufffd", "é" * 500, "x" * 5_000, "a b\tc\r\nd", "new:", "new:labels", "edit:labels",
    "https://evil.example/",
)  # fmt: skip
PARAMETERS = ("text", "kind", "platform", "card", "mine", "most", "besides", "before", "mentor", "link", "x", "questions", "stale")
FIELDS = (
    "decision", "text", "reason", "card", "seen", "form_id", "also", "ticked", "release", "wanted", "kind", "slug", "title", "group",
    "facts", "action", "over", "way", "filter_kind", "filter_text", "name", "same_as", "as_of", "due", "wording", "answer", "must_not",
    "beside",
)  # fmt: skip


def places_of(path: str) -> list[str]:
    """Return addresses of a pattern, with what is there and with what can't be."""
    named = {
        "{number:int}": ("1", "999"),
        "{slug}": ("labels", *HOSTILE[15:23]),
        "{draft}": HOSTILE[11:20],
        "{chart}": ("days", "x", "%2e%2e"),
        "{name}": HOSTILE[11:20],
        "{commit}": HOSTILE[11:20],
    }
    path = path.replace("{slug}/commits", "labels/commits")
    (mark,) = [each for each in named if each in path] or ("",)
    return [path.replace(mark, quote(value, safe="%")) for value in named[mark]] if mark else [path]


def test_no_address_and_no_parameter_makes_a_fault(ada: Browser, ledger: Ledger) -> None:
    asked(ledger, status=Status.HANDED_OVER)

    def is_no_fault(path: str) -> None:
        assert ada.get(path).status_code < 500

    plain = [place for path in SHOWN for place in places_of(path)]
    asking = [path for path in SHOWN if "{" not in path]
    with_parameters = [f"{path}?{name}={quote(value)}" for path in asking for name in PARAMETERS for value in HOSTILE[::2]]
    assert failing(is_no_fault, [(path,) for path in [*plain, *with_parameters[::3]]]) == {}


def test_no_form_makes_a_fault_and_none_without_a_decision_decides_or_writes_anything(
    ada: Browser, desk: Desk, ledger: Ledger, small: Path
) -> None:
    number = asked(ledger, status=Status.HANDED_OVER)
    assert number == 1
    before = snapshot(small)
    csrf = ada.csrf()
    values = itertools.cycle(HOSTILE)

    def is_no_fault(path: str, turn: int) -> None:
        data = {"csrf": csrf} | {name: next(values) for name in FIELDS[turn % 3 :]}
        assert ada.client.post(path, data=data).status_code < 500

    places = [place for path in POSTED if path != "/leave" for place in places_of(path)]
    assert failing(is_no_fault, [(place, turn) for place in places for turn in range(5)]) == {}
    with ledger.transaction() as session:
        assert session.query(ReviewRow).count() == session.query(PromotionRow).count() == 0
    assert snapshot(small) == before
    assert ada.get("/").status_code == 200
