"""Discord's OAuth2: whoever has the mentors' role in the course's server may enter, and for as long as they have it."""

from __future__ import annotations

import hmac
import logging
import threading
from collections.abc import Mapping
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client

from bot.adapters.desk.entering.by_account.accounts import Account
from bot.adapters.desk.entering.by_account.login_ways import CALL_TIMEOUT_S, LoginTry, NoMentor
from knowledge.errors import PlatformError, Refused

log = logging.getLogger(__name__)

# Source: Discord's developer documentation, "OAuth2", "API reference".
API_URL = "https://discord.com/api/v10"
AUTHORIZE_URL = "https://discord.com/oauth2/authorize"
SCOPES = "identify guilds.members.read"
# Source: Discord's developer documentation, "user agent": other clients may be blocked.
HEADERS = {"User-Agent": "DiscordBot (askwell, 1)", "Accept": "application/json"}
MOST_TOKENS = 1_000
DENIED = "Discord says that you did not agree: nothing was done, and you can try again."
NOT_OURS = "Discord's answer doesn't belong to a sign-in that was begun in this browser: begin again from here."
NO_ROLE = "Your account in Discord doesn't have the mentors' role in the course's server. Ask who runs the course, then try again."
NO_MEMBER = "Your account in Discord isn't in the course's server."


class DiscordRoles:
    """Who has the mentors' role: asked with the bot's token where there is one, otherwise with what the mentor allowed at sign-in."""

    def __init__(self, guild: int, role: int, *, bot_token: str | None = None, api_url: str | None = None) -> None:
        self.guild = guild
        self.role = role
        self.api_url = (api_url or API_URL).rstrip("/")
        self._bot_token = bot_token
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()

    def remember(self, account_id: str, token: str) -> None:
        """Keep what a mentor allowed, in memory, if there is no bot to ask instead."""
        if self._bot_token is None:
            with self._lock:
                self._tokens.pop(account_id, None)
                self._tokens[account_id] = token
                while len(self._tokens) > MOST_TOKENS:
                    self._tokens.pop(next(iter(self._tokens)))

    def is_mentor(self, account: Account) -> bool | None:
        """Return whether an account has the role now, None if Discord doesn't say."""
        token = self._tokens.get(account.platform_id)
        if self._bot_token is not None:
            path, authorization = f"/guilds/{self.guild}/members/{account.platform_id}", f"Bot {self._bot_token}"
        elif token is not None:
            path, authorization = f"/users/@me/guilds/{self.guild}/member", f"Bearer {token}"
        else:
            return None
        try:
            with httpx2.Client(headers=HEADERS, timeout=CALL_TIMEOUT_S) as client:
                answered = client.get(self.api_url + path, headers={"Authorization": authorization})
            if answered.status_code == httpx2.codes.NOT_FOUND:
                return False
            if self._bot_token is None and answered.status_code == httpx2.codes.UNAUTHORIZED:
                # The mentor has taken back in Discord what they allowed.
                return False
            answered.raise_for_status()
            return has_role(answered.json(), self.role)
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            log.warning("Discord doesn't say who has the mentors' role: %s", in_one_line(error))
            return None


class DiscordLogin:
    """The sign-in: authorization code with PKCE; of the person it reads their membership in the course's server and no more."""

    platform = "discord"

    def __init__(self, roles: DiscordRoles, client_id: int, client_secret: str, *, authorize_url: str = AUTHORIZE_URL) -> None:
        self._roles = roles
        self._client_id = client_id
        self._client_secret = client_secret
        self._authorize_url = authorize_url

    def _client(self, back: str) -> OAuth2Client:
        return OAuth2Client(
            str(self._client_id),
            self._client_secret,
            scope=SCOPES,
            redirect_uri=back,
            code_challenge_method="S256",
            headers=HEADERS,
            timeout=CALL_TIMEOUT_S,
        )

    def address(self, tried: LoginTry, back: str) -> str:
        """Return Discord's page that asks for consent; who gave it before is not asked once more."""
        with self._client(back) as client:
            url, _ = client.create_authorization_url(self._authorize_url, state=tried.state, code_verifier=tried.verifier, prompt="none")
            return str(url)

    def account(self, answer: Mapping[str, str], tried: LoginTry, back: str) -> Account:
        """Return the mentor's account."""
        if not hmac.compare_digest(answer.get("state", "").encode(), tried.state.encode()):
            raise Refused(NOT_OURS)
        if answer.get("error") == "access_denied":
            raise Refused(DENIED)
        if "error" in answer or not answer.get("code"):
            raise Refused(NOT_OURS)
        api_url = self._roles.api_url
        try:
            with self._client(back) as client:
                token = client.fetch_token(f"{api_url}/oauth2/token", code=answer["code"], code_verifier=tried.verifier)
                answered = client.get(f"{api_url}/users/@me/guilds/{self._roles.guild}/member")
            if answered.status_code == httpx2.codes.NOT_FOUND:
                raise NoMentor(NO_MEMBER)
            answered.raise_for_status()
            member: Mapping[str, Any] = answered.json()
            account = account_of(member)
            is_mentor = has_role(member, self._roles.role)
        except OAuthError as error:
            log.warning("Discord did not take a sign-in: %s", in_one_line(error))
            raise Refused(NOT_OURS) from None
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            raise PlatformError(f"Discord can't be asked who you are ({in_one_line(error)}): try again in a moment") from None
        if not is_mentor:
            raise NoMentor(NO_ROLE)
        self._roles.remember(account.platform_id, str(token["access_token"]))
        return account


def account_of(member: Mapping[str, Any]) -> Account:
    """Return the account of a member of the server, under the name that they have there."""
    user = member["user"]
    handle = str(user["username"])
    return Account("discord", str(user["id"]), str(member.get("nick") or user.get("global_name") or handle), handle)


def has_role(member: Mapping[str, Any], role: int) -> bool:
    """Return whether a member of the server has a role; who has not passed the server's rules yet has none in effect."""
    return not member.get("pending") and str(role) in {str(each) for each in member["roles"]}


def in_one_line(error: Exception) -> str:
    """Return an error in one line, without an address, which may have a code in it."""
    if isinstance(error, httpx2.HTTPStatusError):
        return f"status {error.response.status_code}"
    if isinstance(error, httpx2.HTTPError):
        return type(error).__name__
    if isinstance(error, OAuthError):
        return str(error.error)
    return f"{type(error).__name__} in what it answered"
