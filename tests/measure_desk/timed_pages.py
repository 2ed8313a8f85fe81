"""The desk's pages as a mentor opens them, one after the other and all of them again, each timed over its socket."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2
import numpy as np
from sqlalchemy import select

from bot.adapters.desk.web_app import SHOWN
from bot.ledger.database import Ledger
from bot.ledger.questions import enter_answer, enter_question
from bot.ledger.tables import QuestionRow
from bot.values import Answer, FoundCard, Status
from knowledge.reading.card import Slug

FIELD = re.compile(r'name="(csrf|form_id|seen|as_of)" value="([^"]*)"')


@dataclass
class Mentor:
    """A mentor at a desk that listens, whose every page is timed. Units: the times are in milliseconds."""

    browser: httpx2.Client
    ledger: Ledger
    questions: int
    slugs: list[str]
    taken: dict[str, list[float]] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def open(self, name: str, path: str, **posted: str) -> httpx2.Response:
        """Open a page or send a form, and note how long it took."""
        started = time.perf_counter()
        answered = self.browser.post(path, data=posted) if posted else self.browser.get(path)
        taken = (time.perf_counter() - started) * 1000
        if answered.status_code not in {200, 204, 303}:
            raise AssertionError(f"{path}: {answered.status_code} {answered.text[:400]}")
        self.taken.setdefault(name, []).append(taken)
        return answered

    def look_around(self, round_: int) -> None:
        """Open every page once, while questions come in."""
        for pattern in SHOWN:
            for name, path in ADDRESSES[pattern](self, round_):
                self.hear_a_question()
                self.open(name, path)

    def decide(self, round_: int) -> None:
        """Decide on the first question of the queue from its page, and on two that are ticked; each time the next page follows."""
        self.hear_a_question()
        to = self.browser.get("/next").headers["location"]
        fields = dict(FIELD.findall(self.browser.get(to).text))
        answered = self.open("a decision, then the next question", f"{to}/decide", decision="answer", text=f"So it is, {round_}.", **fields)
        self.open("the question after a decision", answered.headers["location"])
        page = self.browser.get("/?kind=unsure").text
        ticked = re.findall(r'name="ticked" value="(\d+)"', page)[:1]
        self.open("a decision in the queue", "/decide", decision="confirm", ticked=ticked[0], **dict(FIELD.findall(page)))

    def hear_a_question(self) -> None:
        """Enter a question and its answer, as another process does while a mentor reads."""
        number, now = next(self.numbers), dt.datetime.now(dt.UTC)
        with self.ledger.transaction() as session:
            like = session.scalars(select(QuestionRow).where(QuestionRow.id == 1 + 97 * number % self.questions)).one()
            text, vector = like.text, like.vector
            row = enter_question(session, platform="discord", message_id=f"new-{number}", place="guild/1", author="1", text=text, now=now)
            if row is None:
                raise AssertionError("the question was there already")
            slug = self.slugs[number % len(self.slugs)]
            status = (Status.ANSWERED, Status.HANDED_OVER, Status.NEAR)[number % 3]
            cards = (FoundCard(slug=Slug(slug), title=slug, score=0.7),)
            answer = Answer(question=text, status=status, answer="So.", confidence=0.7, cards=cards, vector=vector)
            enter_answer(session, row.id, answer, index_name="index", now=now)


Addresses = Callable[[Mentor, int], list[tuple[str, str]]]


def alone(path: str) -> Addresses:
    """Return the address of a page that has only one."""
    return lambda _mentor, _round: [(path, path)]


def some_question(mentor: Mentor, round_: int, end: str = "") -> str:
    """Return the address of a question's page, another one in each round."""
    return f"/questions/{1 + (mentor.questions * (2 * round_ + 1) // 61) % mentor.questions}{end}"


def ticked(mentor: Mentor) -> str:
    """Return the first numbers of the queue."""
    return ",".join(re.findall(r'name="ticked" value="(\d+)"', mentor.browser.get("/").text)[:3])


def some_card(mentor: Mentor, round_: int) -> str:
    """Return the address of a card's page, another one in each round."""
    return f"/knowledge/{mentor.slugs[31 * round_ % len(mentor.slugs)]}"


def draft(mentor: Mentor, round_: int) -> str:
    """Open a card in the editor, and return the address of its draft."""
    card = some_card(mentor, round_)
    fields = dict(FIELD.findall(mentor.browser.get(card).text))
    return str(mentor.browser.post(f"{card}/edit", data=fields).headers["location"])


def some_commit(mentor: Mentor, round_: int) -> str:
    """Return the address of a commit that changed a card."""
    found = re.search(r'href="(/knowledge/[^"]+/commits/[^"]+)"', mentor.browser.get(some_card(mentor, round_)).text)
    assert found is not None
    return found[1]


# Every page of the desk is in here: a page that is not fails the benchmark.
ADDRESSES: dict[str, Addresses] = {
    "/": lambda mentor, round_: [
        ("/", "/"),
        ("/?kind=near", "/?kind=near"),
        ("/?text=", "/?text=loss"),
        ("/?card=", f"/?card={mentor.slugs[round_ % len(mentor.slugs)]}"),
        ("/?most=120", "/?most=120"),
    ],
    "/next": lambda mentor, round_: [("/next", "/next"), ("/next?besides=", "/next?kind=near&besides=1")],
    "/questions/{number:int}": lambda mentor, round_: [("/questions/N", some_question(mentor, round_))],
    "/questions/{number:int}/promote": lambda mentor, round_: [("/questions/N/promote", some_question(mentor, round_, "/promote"))],
    "/drafts/{draft}": lambda mentor, round_: [("/drafts/ID", draft(mentor, round_))],
    "/drafts/{draft}/progress": lambda mentor, round_: [("/drafts/ID/progress", draft(mentor, round_) + "/progress")],
    "/gather": lambda mentor, round_: [("/gather?questions=", f"/gather?questions={ticked(mentor)}")],
    "/promotions/{number:int}": lambda mentor, round_: [("/promotions/N", f"/promotions/{1 + round_}")],
    "/import": alone("/import"),
    "/import/progress": alone("/import/progress"),
    # An imported draft is a file of its own, and its page reads nothing else.
    "/import/{name}": lambda mentor, round_: [],
    "/knowledge": lambda mentor, round_: [("/knowledge", "/knowledge"), ("/knowledge?text=", "/knowledge?text=who+makes+labels")],
    "/knowledge/map": lambda mentor, round_: [("/knowledge/map", "/knowledge/map")],
    "/knowledge/{slug}/commits/{commit}": lambda mentor, round_: [("/knowledge/SLUG/commits/ID", some_commit(mentor, round_))],
    "/knowledge/{slug}": lambda mentor, round_: [("/knowledge/SLUG", some_card(mentor, round_))],
    "/try": alone("/try"),
    "/insight": alone("/insight"),
    "/insight/{chart}.csv": lambda mentor, round_: [("/insight/CHART.csv", "/insight/concepts.csv")],
    "/log": alone("/log"),
    "/account": alone("/account"),
}


def quantile_ms(taken: list[float], share: float) -> float:
    """Return the time within which a share of the pages came."""
    return float(np.quantile(taken, share))
