"""Discourse's own single sign-on: whoever is in one of the mentors' groups may enter, and for as long as they are.

Source: Discourse's DiscourseConnect provider (lib/discourse_connect_base.rb, lib/discourse_connect_provider.rb).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl, quote, urlencode

import httpx2

from bot.adapters.desk.entering.by_account.accounts import Account
from bot.adapters.desk.entering.by_account.login_ways import CALL_TIMEOUT_S, LoginTry, NoMentor
from knowledge.errors import Refused

log = logging.getLogger(__name__)

PLATFORM = "discourse"
MAX_ANSWER_CHARS = 20_000
NOT_OURS = "The forum's answer doesn't belong to a sign-in that was begun in this browser: begin again from here."
NO_GROUP = "Your account on the forum is in no group of mentors. Ask who runs the course, then try again."


class ForumGroups:
    """Who is in the mentors' groups, asked with an API key of the forum."""

    def __init__(self, url: str, groups: Collection[str], *, api_key: str | None = None, api_user: str = "") -> None:
        self.url = url.rstrip("/")
        self.groups = frozenset(each.lower() for each in groups)
        self._headers = None if api_key is None else {"Api-Key": api_key, "Api-Username": api_user, "Accept": "application/json"}

    def has(self, groups: Collection[str]) -> bool:
        """Return whether one of these groups is a mentors'."""
        return not self.groups.isdisjoint(each.strip().lower() for each in groups)

    def is_mentor(self, account: Account) -> bool | None:
        """Return whether an account is in one of the groups now, None if the forum doesn't say or there is no key to ask with."""
        if self._headers is None:
            return None
        try:
            with httpx2.Client(headers=self._headers, timeout=CALL_TIMEOUT_S) as client:
                answered = client.get(f"{self.url}/u/{quote(account.handle, safe='')}.json")
            if answered.status_code == httpx2.codes.NOT_FOUND:
                # Deleted, or called otherwise now: they sign in again.
                return False
            answered.raise_for_status()
            user = answered.json()["user"]
            # A name that was given up may be another person's by now.
            return str(user["id"]) == account.platform_id and self.has([str(each["name"]) for each in user["groups"]])
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            log.warning("the forum doesn't say who is in the mentors' groups: %s", type(error).__name__)
            return None


class ForumLogin:
    """The sign-in: a signed question with a nonce to the forum, and its signed answer with the groups."""

    platform = PLATFORM

    def __init__(self, groups: ForumGroups, secret: str) -> None:
        self._groups = groups
        self._secret = secret.encode()

    def address(self, tried: LoginTry, back: str) -> str:
        """Return the forum's page that signs the person in, or sends them straight back if they are."""
        payload = base64.b64encode(urlencode({"nonce": tried.state, "return_sso_url": back}).encode())
        return f"{self._groups.url}/session/sso_provider?{urlencode({'sso': payload.decode(), 'sig': self._signature_of(payload)})}"

    def account(self, answer: Mapping[str, str], tried: LoginTry, back: str) -> Account:
        """Return the mentor's account."""
        del back
        said = self._read(answer.get("sso", ""), answer.get("sig", ""))
        if not hmac.compare_digest(said.get("nonce", "").encode(), tried.state.encode()) or said.get("failed") == "true":
            raise Refused(NOT_OURS)
        if not said.get("external_id") or not said.get("username"):
            raise Refused(NOT_OURS)
        if not self._groups.has(said.get("groups", "").split(",")):
            raise NoMentor(NO_GROUP)
        # The username, by which the forum's decisions go too: the other name is anybody's choice there.
        return Account(PLATFORM, said["external_id"], said["username"], said["username"])

    def _read(self, sso: str, signature: str) -> dict[str, str]:
        """Return what the forum signed.

        Raises:
            Refused: it didn't.
        """
        if len(sso) > MAX_ANSWER_CHARS or not sso.isascii():
            raise Refused(NOT_OURS)
        if not hmac.compare_digest(signature.encode(), self._signature_of(sso.encode()).encode()):
            raise Refused(NOT_OURS)
        try:
            return dict(parse_qsl(base64.b64decode(sso).decode(), keep_blank_values=True))
        except (binascii.Error, ValueError):
            raise Refused(NOT_OURS) from None

    def _signature_of(self, payload: bytes) -> str:
        return hmac.new(self._secret, payload, hashlib.sha256).hexdigest()
