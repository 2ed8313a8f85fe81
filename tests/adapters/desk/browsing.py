"""A mentor's browser in a test: it keeps the cookie and sends forms as the pages have them."""

from __future__ import annotations

import re
from html import unescape

from httpx2 import Response
from starlette.testclient import TestClient

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.web_app import web_app

URL = "http://127.0.0.1:8765"


class Browser:
    """A browser at the desk; `read` is the page that it shows."""

    def __init__(self, desk: Desk, mentor: str | None = "Ada") -> None:
        self.desk = desk
        self.client = TestClient(web_app(desk), base_url=URL, follow_redirects=False, client=("127.0.0.1", 50000))
        if mentor is not None:
            entered = self.enter(mentor)
            assert entered.status_code == 303, entered.text

    def enter(self, mentor: str, link: str | None = None) -> Response:
        """Open a one-time link and give a name."""
        return self.client.post("/enter", data={"link": self.desk.links.make(self.desk.now()) if link is None else link, "name": mentor})

    def get(self, path: str) -> Response:
        """Open a page."""
        return self.client.get(path)

    def read(self, path: str, status: int = 200) -> str:
        """Return the text of a page, its entities as letters."""
        found = self.get(path)
        assert found.status_code == status, found.text
        return unescape(found.text)

    def csrf(self) -> str:
        """Return the token in the forms of this session."""
        return field_of(self.get("/account").text, "csrf")

    def post(self, path: str, **fields: object) -> Response:
        """Send a form."""
        data = {"csrf": self.csrf()} | {name: each if isinstance(each, list) else str(each) for name, each in fields.items()}
        return self.client.post(path, data=data)

    def follow(self, answered: Response) -> str:
        """Return the text of the page that an answer sends the browser to."""
        assert answered.status_code == 303, answered.text
        return self.read(answered.headers["location"])


def field_of(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return unescape(found[1])
