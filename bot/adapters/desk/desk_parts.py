"""The parts of a running desk that its pages share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.desk.entering.attempts import FailedAttempts
from bot.adapters.desk.entering.by_account.accounts import Account
from bot.adapters.desk.entering.by_account.login_ways import Logins
from bot.adapters.desk.entering.mentor_sessions import MentorSessions
from bot.adapters.desk.entering.one_time_links import OneTimeLinks
from bot.adapters.desk.showing.card_drafts import CardDrafts
from bot.adapters.desk.showing.kept_figures import KeptFigures
from bot.adapters.desk.showing.platform_look import PlatformTexts, no_platforms
from bot.adapters.desk.showing.thread_imports import ThreadImports
from bot.background.measures import Measures
from bot.ledger.database import Ledger
from bot.service import Service
from index.evaluate.labelled_questions import QUESTIONS
from index.search.library import Library


def utc_now() -> dt.datetime:
    """Return the time."""
    return dt.datetime.now(dt.UTC)


@dataclass
class Desk:
    """A running desk; `url` is its address as mentors reach it, without a slash at the end.

    The impact of a change to the cards is measured on the questions in `labelled`, besides past ones.
    """

    service: Service
    ledger: Ledger
    knowledge: Path
    home: Path
    url: str
    links: OneTimeLinks
    measures: Measures
    now: Callable[[], dt.datetime] = utc_now
    # The texts in which platforms send an answer, for the preview of a card.
    platform_texts: PlatformTexts = no_platforms
    labelled: Path = QUESTIONS / "held_out"
    logins: Logins = field(default_factory=Logins)
    sessions: MentorSessions = field(default_factory=MentorSessions)
    attempts: FailedAttempts = field(default_factory=FailedAttempts)
    drafts: CardDrafts = field(default_factory=CardDrafts)
    imports: ThreadImports = field(default_factory=ThreadImports)
    figures: KeptFigures = field(default_factory=KeptFigures)

    @property
    def library(self) -> Library:
        """Return the library that answers now."""
        return self.service.library

    @property
    def is_secure(self) -> bool:
        """Return whether mentors reach the desk over TLS."""
        return self.url.startswith("https://")

    @property
    def cookie(self) -> str:
        """Return the name of the session's cookie; with the prefix, browsers take it only over TLS and from this very host."""
        return "__Host-askwell-desk" if self.is_secure else "askwell-desk"

    @property
    def login_cookie(self) -> str:
        """Return the name of the cookie that carries a try to sign in."""
        return "__Host-askwell-login" if self.is_secure else "askwell-login"

    def link(self, account: Account | None = None) -> str:
        """Return a new one-time link: for the mentor of an account, or without one under a name of choice."""
        return self.links.address(self.url, self.now(), account)
