"""The ways to sign in with an account: what each platform has to say of a person, and what a browser carries meanwhile."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.adapters.desk.entering.by_account.accounts import Account
from bot.adapters.desk.entering.signed_tokens import SignedTokens
from knowledge.errors import Refused

# Time for a password and a second factor. Source: Discourse keeps its own nonce for as long (DiscourseConnectBase.nonce_expiry_time).
TRY_LASTS = dt.timedelta(minutes=10)
# A call to a platform that takes longer has failed.
CALL_TIMEOUT_S = 8.0


class NoMentor(Refused):
    """The person is known, and is no mentor."""


@dataclass(frozen=True)
class LoginTry:
    """One try to sign in: by its state the answer is recognized, by its verifier (PKCE) whoever began it."""

    state: str
    verifier: str
    to: str


class LoginWay(Protocol):
    """One platform that signs mentors in."""

    platform: str

    def address(self, tried: LoginTry, back: str) -> str:
        """Return where the browser is sent; it comes back to `back`."""

    def account(self, answer: Mapping[str, str], tried: LoginTry, back: str) -> Account:
        """Return the mentor's account out of what the browser brought back.

        Raises:
            NoMentor: they may not enter.
            Refused: the answer isn't one to this try.
            PlatformError: the platform can't be asked.
        """


class RoleCheck(Protocol):
    """One platform that says whether an account is still a mentor's."""

    def is_mentor(self, account: Account) -> bool | None:
        """Return whether it is, None if the platform doesn't say now."""


@dataclass
class Logins:
    """All ways to sign in with an account that a desk has, and who says later whether it's still a mentor's."""

    ways: Mapping[str, LoginWay] = field(default_factory=dict)
    checks: Mapping[str, RoleCheck] = field(default_factory=dict)
    tries: SignedTokens = field(default_factory=lambda: SignedTokens(secrets.token_bytes(32), "login", TRY_LASTS))

    def begin(self, platform: str, to: str, now: dt.datetime) -> tuple[LoginTry, str]:
        """Return a new try, and the cookie that carries it."""
        tried = LoginTry(secrets.token_urlsafe(32), secrets.token_urlsafe(48), to)
        return tried, self.tries.make(now, way=platform, state=tried.state, verifier=tried.verifier, to=tried.to)

    def take(self, platform: str, cookie: str, now: dt.datetime) -> LoginTry | None:
        """Return the try that a cookie carries, once; None if it carries none to this platform that is still open."""
        said = self.tries.use(cookie, now)
        if said is None or said.words["way"] != platform:
            return None
        return LoginTry(said.words["state"], said.words["verifier"], said.words["to"])
