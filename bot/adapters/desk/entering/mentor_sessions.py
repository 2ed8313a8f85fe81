"""Sessions: which browser is which mentor, until when, and what they are told next."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field

from bot.adapters.desk.entering.by_account.accounts import Account

# A working day; and a break for lunch in it.
SESSION_LASTS = dt.timedelta(hours=12)
IDLE_LASTS = dt.timedelta(hours=2)
# The most forms of a session that are remembered as sent, and sessions at all.
FORMS_KEPT = 500
MOST_SESSIONS = 1_000


@dataclass(frozen=True)
class Told:
    """One thing that a mentor is told on the next page; `undo` is the decision that a button there undoes."""

    text: str
    kind: str = "done"
    undo: int | None = None


@dataclass
class MentorSession:
    """One browser of one mentor; without an account, they chose their name themselves. `checked_at` is when the account was a mentor's."""

    mentor: str
    csrf: str
    until: dt.datetime
    seen_at: dt.datetime
    account: Account | None
    checked_at: dt.datetime
    told: list[Told] = field(default_factory=list)
    sent_forms: dict[str, None] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    checking: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def is_csrf(self, token: str) -> bool:
        """Return whether a form comes from a page of this session."""
        return hmac.compare_digest(token.encode(), self.csrf.encode())

    def tell(self, told: Told) -> None:
        """Show this on the next page."""
        with self.lock:
            self.told.append(told)

    def take_told(self) -> list[Told]:
        """Return what is to be shown now, and forget it."""
        with self.lock:
            told, self.told = self.told, []
            return told

    def takes_form(self, form_id: str) -> bool:
        """Return True for the first time that a form is sent; a form without an id may be sent again and again."""
        with self.lock:
            if not form_id:
                return True
            if form_id in self.sent_forms:
                return False
            self.sent_forms[form_id] = None
            while len(self.sent_forms) > FORMS_KEPT:
                self.sent_forms.pop(next(iter(self.sent_forms)))
            return True

    def gives_back_form(self, form_id: str) -> None:
        """Let a form be sent again, since what it asked for was refused."""
        with self.lock:
            self.sent_forms.pop(form_id, None)


class MentorSessions:
    """All sessions of a running desk; they end with it. Only hashes of the cookies are kept."""

    def __init__(self) -> None:
        self._sessions: dict[bytes, MentorSession] = {}
        self._lock = threading.Lock()

    def begin(self, mentor: str, now: dt.datetime, account: Account | None = None) -> str:
        """Begin a session and return its cookie."""
        cookie = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions = {key: each for key, each in self._sessions.items() if is_live(each, now)}
            while len(self._sessions) >= MOST_SESSIONS:
                self._sessions.pop(min(self._sessions, key=lambda key: self._sessions[key].seen_at))
            self._sessions[hashed(cookie)] = MentorSession(mentor, secrets.token_urlsafe(32), now + SESSION_LASTS, now, account, now)
        return cookie

    def find(self, cookie: str, now: dt.datetime) -> MentorSession | None:
        """Return the live session of a cookie, None if there is none."""
        found = self._sessions.get(hashed(cookie))
        if found is None or not is_live(found, now):
            return None
        found.seen_at = now
        return found

    def end(self, cookie: str) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(hashed(cookie), None)

    def end_all_of(self, mentor: str) -> int:
        """End all sessions of a mentor, on every device; return how many."""
        with self._lock:
            gone = [key for key, each in self._sessions.items() if each.mentor == mentor]
            for key in gone:
                del self._sessions[key]
        return len(gone)


def is_live(session: MentorSession, now: dt.datetime) -> bool:
    """Return whether a session has neither run out nor been left alone for too long."""
    return now < session.until and now - session.seen_at < IDLE_LASTS


def hashed(cookie: str) -> bytes:
    """Return the hash under which a cookie's session is kept."""
    return hashlib.sha256(cookie.encode()).digest()
