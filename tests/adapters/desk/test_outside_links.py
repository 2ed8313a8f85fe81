"""Links from other sites, and the way back from them, in a real browser: only a browser keeps strict cookies back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.entering.by_account.discord_login import DiscordLogin, DiscordRoles
from bot.adapters.desk.entering.by_account.login_ways import Logins
from bot.ledger.database import Ledger
from bot.values import Status
from tests.adapters.desk.fake_discord import CLIENT_ID, CLIENT_SECRET, FakeDiscord
from tests.adapters.desk.served_desk import on_a_socket
from tests.adapters.desk.test_in_chromium import PATIENCE_MS, WIDE, a_mentor, chromium  # noqa: F401  a fixture
from tests.discord_stand_in.payloads import GUILD, MENTOR_ROLE
from tests.review.asked import asked


@pytest.fixture
def served(desk: Desk) -> Iterator[Desk]:
    with on_a_socket(desk):
        yield desk


@pytest.fixture
def elsewhere() -> Iterator[Any]:
    """A page of another site: for browsers, localhost isn't 127.0.0.1. It has the links that are put into it."""
    links: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = "".join(f'<p><a id="l{number}" href="{link}">a link</a>' for number, link in enumerate(links)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}/", links
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_a_link_on_another_site_opens_its_page_for_a_mentor_who_is_in(
    chromium: Any,  # noqa: F811
    served: Desk,
    elsewhere: Any,
    ledger: Ledger,
) -> None:
    number = asked(ledger, status=Status.HANDED_OVER)
    site, links = elsewhere
    links += [f"{served.url}/questions/{number}?kind=waiting", f"{served.url}/enter?to=https://evil.example/"]
    with a_mentor(chromium, served, "Ada", **WIDE) as ada:
        ada.page.goto(site)
        ada.page.click("#l0")
        ada.waits_for(f"/questions/{number}?kind=waiting")
        ada.page.goto(site)
        ada.page.click("#l1")
        ada.waits_for("/")
        assert "Queue" in ada.text()


@pytest.mark.slow
def test_who_is_not_in_signs_in_with_discord_and_is_led_to_the_page_of_the_link(
    chromium: Any,  # noqa: F811
    served: Desk,
    elsewhere: Any,
    ledger: Ledger,
) -> None:
    number = asked(ledger, status=Status.HANDED_OVER)
    site, links = elsewhere
    links.append(f"{served.url}/questions/{number}")
    with FakeDiscord() as discord:
        discord.redirect_uri = f"{served.url}/enter/discord/back"
        discord.join("1", "ada_l", nick="Ada")
        roles = DiscordRoles(int(GUILD), int(MENTOR_ROLE), api_url=discord.api_url)
        authorize_url = discord.authorize_url.replace("127.0.0.1", "localhost")
        served.logins = Logins({"discord": DiscordLogin(roles, CLIENT_ID, CLIENT_SECRET, authorize_url=authorize_url)}, {"discord": roles})
        page = chromium.new_context(**WIDE).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(site)
        page.click("#l0")
        page.click("text=Sign in with Discord")
        page.wait_for_url(f"{served.url}/questions/{number}", timeout=PATIENCE_MS)
        assert "Ada" in page.inner_text("header")
        cookies = {each["name"]: each for each in page.context.cookies()}
        assert set(cookies) == {"askwell-desk"}
        assert cookies["askwell-desk"]["sameSite"] == "Strict" and cookies["askwell-desk"]["httpOnly"]
        page.context.close()
