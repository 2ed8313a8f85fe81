"""A forum that is a DiscourseConnect provider, on a real socket: it computes as Discourse does.

Source: Discourse's lib/discourse_connect_base.rb, lib/discourse_connect_provider.rb and SessionController#sso_provider.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

API_KEY, API_USER = "a key of the forum", "askwell"
SECRET = "a secret of the provider"


class FakeForum:
    """A forum whose settings name one site that may ask; the person in `person` is signed in there."""

    def __init__(self) -> None:
        self.person = "ada"
        self.users: dict[str, dict[str, Any]] = {}
        self.domain = "127.0.0.1"
        self.is_away = False
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, location, content = fake.answer(self.path, self.headers.get("Api-Key"), self.headers.get("Api-Username"))
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *_: object) -> None:  # noqa: A002
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> FakeForum:
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()

    def join(self, username: str, user_id: int, *groups: str) -> None:
        """Let a person join the forum."""
        names = ("trust_level_0", *groups)
        self.users[username] = {"id": user_id, "username": username, "name": "Any Name", "groups": [{"name": each} for each in names]}

    def answer(self, target: str, key: str | None, user: str | None) -> tuple[int, str, bytes]:
        """Answer one request."""
        parts = urlsplit(target)
        if self.is_away:
            return 503, "", b"{}"
        if parts.path == "/session/sso_provider":
            asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            return self.provide(asked.get("sso", ""), asked.get("sig", ""))
        if parts.path.startswith("/u/"):
            if (key, user) != (API_KEY, API_USER):
                return 403, "", b'{"errors": ["invalid_api_credentials"]}'
            found = self.users.get(parts.path.removeprefix("/u/").removesuffix(".json"))
            return (404, "", b"{}") if found is None else (200, "", json.dumps({"user": found}).encode())
        return 404, "", b"{}"

    def provide(self, sso: str, sig: str) -> tuple[int, str, bytes]:
        """Send the browser back with who is signed in, if a site that may ask signed the question."""
        asked = parse_qs(base64.b64decode(sso).decode())
        (back,) = asked["return_sso_url"]
        if urlsplit(back).hostname != self.domain or sign(sso) != sig:
            return 422, "", b'{"errors": ["bad signature"]}'
        return 302, f"{back}?{self.signed(asked['nonce'][0], back)}", b""

    def signed(self, nonce: str, back: str, **changed: str) -> str:
        """Return the answer about the person, as Discourse puts it behind the address."""
        user = self.users[self.person]
        said = {
            "admin": "false",
            "email": f"{user['username']}@example.org",
            "external_id": str(user["id"]),
            "groups": ",".join(each["name"] for each in user["groups"]),
            "moderator": "false",
            "name": user["name"],
            "nonce": nonce,
            "return_sso_url": back,
            "username": user["username"],
        } | changed
        payload = base64.b64encode(urlencode(said).encode()).decode()
        return f"sso={quote_plus(payload)}&sig={sign(payload)}"


def sign(payload: str, secret: str = SECRET) -> str:
    """Sign as Discourse does."""
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
