"""Discord's sign-in on a real socket: consent, codes used once, PKCE, and who has which role in the server.

Source: Discord's developer documentation, "OAuth2"; its OpenAPI description for the calls that are in it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.discord_stand_in import payloads
from tests.discord_stand_in.payloads import GUILD, MENTOR_ROLE
from tests.discord_stand_in.rest import Recorded

API = "/api/v10"
CLIENT_ID, CLIENT_SECRET = 1180351110224678913, "a secret of the application"
BOT_TOKEN = "a token of the bot"
SCOPES = "identify guilds.members.read"
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Grant:
    """What a person allowed: the code is used once, and the token tells who they are."""

    person: str
    challenge: str
    redirect_uri: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(20))
    is_used: bool = False


class FakeDiscord:
    """A server with members; the person in `person` sits before the browser, and `agrees` or not."""

    def __init__(self) -> None:
        self.redirect_uri = ""
        self.person, self.agrees = "1", True
        self.members: dict[str, dict[str, Any]] = {}
        self.grants: dict[str, Grant] = {}
        self.requests: list[Recorded] = []
        self.is_away = False
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answered("")

            def do_POST(self) -> None:
                self.answered(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

            def answered(self, body: str) -> None:
                status, headers, content = fake.answer(self.command, self.path, body, self.headers.get("Authorization") or "")
                self.send_response(status)
                for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(content))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *_: object) -> None:  # noqa: A002
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.api_url, self.authorize_url = self.url + API, f"{self.url}/oauth2/authorize"

    def __enter__(self) -> FakeDiscord:
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()

    def join(self, person: str, handle: str, *, nick: str | None = None, roles: tuple[str, ...] = (MENTOR_ROLE,), **more: Any) -> None:
        """Let a person into the server."""
        user = payloads.user(person, handle) | {"primary_guild": None}
        self.members[person] = payloads.member(user) | {"banner": None, "nick": nick, "roles": list(roles)} | more

    def answer(self, method: str, target: str, body: str, authorization: str) -> Answer:
        """Answer one request."""
        path, query = urlsplit(target).path, {name: values[-1] for name, values in parse_qs(urlsplit(target).query).items()}
        form = {name: values[-1] for name, values in parse_qs(body).items()}
        if self.is_away:
            answered = in_json(503, {"message": "upstream"})
        elif (method, path) == ("GET", "/oauth2/authorize"):
            return self.consent(query)
        elif (method, path) == ("POST", f"{API}/oauth2/token"):
            answered = self.token(form, authorization)
        elif (method, path) == ("GET", f"{API}/users/@me/guilds/{GUILD}/member"):
            person = next((each.person for each in self.grants.values() if authorization == f"Bearer {each.token}"), None)
            answered = in_json(401, {"message": "401: Unauthorized", "code": 0}) if person is None else self.member(person)
        elif method == "GET" and path.startswith(f"{API}/guilds/{GUILD}/members/"):
            refused = authorization != f"Bot {BOT_TOKEN}"
            answered = in_json(401, {"message": "401: Unauthorized", "code": 0}) if refused else self.member(path.rpartition("/")[2])
        else:
            answered = in_json(404, {"message": "404: Not Found", "code": 0})
        self.requests.append(Recorded(method, path.removeprefix(API), query, None, 0.0, answered[0]))
        return answered

    def consent(self, asked: dict[str, str]) -> Answer:
        """Ask the person, and send their browser back."""
        right = {"client_id": str(CLIENT_ID), "redirect_uri": self.redirect_uri, "response_type": "code", "scope": SCOPES}
        wrong = {name: asked.get(name) for name, value in right.items() if asked.get(name) != value}
        if wrong or not asked.get("state") or asked.get("code_challenge_method") != "S256":
            return in_json(400, wrong)
        back = {"state": asked["state"]}
        if self.agrees:
            back["code"] = secrets.token_urlsafe(20)
            self.grants[back["code"]] = Grant(self.person, asked["code_challenge"], asked["redirect_uri"])
        else:
            back |= {"error": "access_denied", "error_description": "The resource owner or authorization server denied the request"}
        return 302, {"Location": f"{self.redirect_uri}?{urlencode(back)}"}, b""

    def token(self, form: dict[str, str], authorization: str) -> Answer:
        """Give a token for a code."""
        basic = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if authorization != basic and (form.get("client_id"), form.get("client_secret")) != (str(CLIENT_ID), CLIENT_SECRET):
            return in_json(401, {"error": "invalid_client"})
        grant = self.grants.get(form.get("code", ""))
        if (
            grant is None
            or grant.is_used
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != grant.redirect_uri
            or challenge_of(form.get("code_verifier", "")) != grant.challenge
        ):
            return in_json(400, {"error": "invalid_grant", "error_description": 'Invalid "code" in request.'})
        grant.is_used = True
        made = {"token_type": "Bearer", "access_token": grant.token, "expires_in": 604800, "refresh_token": "r", "scope": SCOPES}
        return in_json(200, made)

    def member(self, person: str) -> Answer:
        """Return a member of the server."""
        found = self.members.get(person)
        return in_json(404, {"message": "Unknown Member", "code": 10007}) if found is None else in_json(200, found)


def challenge_of(verifier: str) -> str:
    """Return the challenge of a verifier (RFC 7636, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def in_json(status: int, said: Any) -> Answer:
    """Answer in JSON."""
    return status, {}, json.dumps(said).encode()
