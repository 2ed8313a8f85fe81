"""Attacks on the desk, by name: each is carried out over a real socket, and none gets anything.

Over all tables there are sixty and more, which a test counts.
"""

from __future__ import annotations

import datetime as dt
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from httpx2 import Response

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.entering.attempts import MOST_FAILED, FailedAttempts
from bot.adapters.desk.entering.by_account.discord_login import DiscordLogin, DiscordRoles
from bot.adapters.desk.entering.by_account.forum_login import ForumGroups, ForumLogin
from bot.adapters.desk.entering.by_account.login_ways import Logins
from bot.adapters.desk.entering.fence import MAX_BODY_BYTES, OVER_TLS
from bot.adapters.desk.entering.mentor_sessions import IDLE_LASTS, SESSION_LASTS
from bot.adapters.desk.entering.one_time_links import LINK_LASTS, OneTimeLinks
from bot.ledger.database import Ledger
from bot.ledger.tables import ReviewRow
from bot.values import Status
from tests.adapters.desk.browsing import Browser
from tests.adapters.desk.conftest import Clock
from tests.adapters.desk.fake_discord import CLIENT_ID, CLIENT_SECRET, FakeDiscord
from tests.adapters.desk.fake_forum import API_KEY, API_USER, SECRET, FakeForum
from tests.adapters.desk.served_desk import Surfer, on_a_socket, place
from tests.collected import failing
from tests.discord_stand_in.payloads import GUILD, MENTOR_ROLE
from tests.review.asked import asked

SCRIPT = '<script>alert(1)</script>"><img src=x onerror=alert(1)> [x](javascript:alert(1)) {{7*7}}'
FORM = "application/x-www-form-urlencoded"


@dataclass
class World:
    """The desk with both ways to sign in, a waiting question, Ada who is in by a link, and Eve who isn't."""

    desk: Desk
    discord: FakeDiscord
    forum: FakeForum
    clock: Clock
    ada: Surfer
    eve: Surfer
    number: int

    @property
    def address(self) -> tuple[str, int]:
        """Return where the desk listens."""
        parts = urlsplit(self.desk.url)
        return str(parts.hostname), int(parts.port or 0)

    def enter(self, surfer: Surfer, name: str = "Ada", **more: str) -> Response:
        """Use a new link up."""
        return surfer.client.post("/enter", data={"link": self.desk.links.make(self.desk.now()), "name": name} | more)

    def is_shut(self, answered: Response) -> None:
        """Check that an answer refuses, and that Eve is still outside."""
        assert answered.status_code in {303, 400, 401, 403, 404, 405, 413, 421, 422}, answered.status_code
        assert answered.status_code != 303 or answered.headers["location"].startswith("/enter")
        assert not self.eve.is_in()

    def raw(self, request: bytes) -> bytes:
        """Send bytes as they are, and return the head of the answer."""
        with socket.create_connection(self.address, timeout=10) as connection:
            try:
                connection.sendall(request)
                return b"".join(iter(lambda: connection.recv(65_536), b""))
            except ConnectionError:
                # The desk has had enough of it.
                return b"HTTP/1.1 400 "


@pytest.fixture
def world(desk: Desk, ledger: Ledger, clock: Clock) -> Iterator[World]:
    with FakeDiscord() as discord, FakeForum() as forum, on_a_socket(desk), Surfer(desk) as ada, Surfer(desk) as eve:
        discord.redirect_uri = f"{desk.url}/enter/discord/back"
        discord.join("1", "ada_l", nick="Ada D")
        forum.join("ada", 11, "mentors")
        roles = DiscordRoles(int(GUILD), int(MENTOR_ROLE), api_url=discord.api_url)
        groups = ForumGroups(forum.url, ["mentors"], api_key=API_KEY, api_user=API_USER)
        login = DiscordLogin(roles, CLIENT_ID, CLIENT_SECRET, authorize_url=discord.authorize_url)
        desk.logins = Logins({"discord": login, "discourse": ForumLogin(groups, SECRET)}, {"discord": roles, "discourse": groups})
        number = asked(ledger, text=f"why? {SCRIPT}", status=Status.HANDED_OVER)
        made = World(desk, discord, forum, clock, ada, eve, number)
        made.enter(ada)
        yield made


Attack = Callable[[World], None]


# Script in every field.


def harmless(page: str) -> None:
    """Check that a page shows what was typed as text."""
    assert "alert(1)" in page, "the page doesn't show it"
    assert "<script>alert" not in page and "<img src=x" not in page and 'href="javascript' not in page and " 49" not in page


def in_decision(decision: str) -> Attack:
    def attack(world: World) -> None:
        world.ada.post(f"/questions/{world.number}/decide", decision=decision, text=f"An answer. {SCRIPT}", reason=SCRIPT)
        # Raw HTML is refused in an answer; the page of that shows it too.
        refused = world.ada.post(f"/questions/{world.number}/decide", decision="answer", text=SCRIPT)
        for page in (world.ada.get(f"/questions/{world.number}").text, world.ada.get("/log").text, refused.text):
            harmless(page)

    return attack


def in_page(path: str) -> Attack:
    return lambda world: harmless(world.ada.get(path + quote(SCRIPT.replace("/", ""), safe="")).text)


def in_form(path: str, **fields: str) -> Attack:
    return lambda world: harmless(world.ada.post(path, **{"text": SCRIPT} | fields).text)


def in_name_by_link(world: World) -> None:
    world.enter(world.eve, SCRIPT[:120])
    harmless(world.eve.get("/").text)


def in_name_of_account(world: World) -> None:
    world.discord.members["1"]["nick"] = SCRIPT[:110]
    world.eve.go("/enter/discord")
    harmless(world.eve.get("/account").text)


def in_refused_name(world: World) -> None:
    link = world.desk.links.make(world.desk.now())
    harmless(world.eve.client.post("/enter", data={"link": link, "name": SCRIPT + "\n" + "x" * 200}).text)


def in_text_after_the_session(world: World) -> None:
    harmless(world.eve.client.post("/try", data={"csrf": "x", "text": SCRIPT}).text)


def in_draft(world: World) -> None:
    opened = world.ada.post("/knowledge/labels/edit").headers["location"]
    text = "---\nslug: labels\ntitle: Labels\n---\n## Short answer\n" + SCRIPT
    world.ada.post(opened, action="check", text=text)
    harmless(world.ada.get(opened).text)


SCRIPTS: dict[str, Attack] = {
    "script in a question": lambda world: harmless(world.ada.get("/").text),
    "script in the reason of a decline": in_decision("decline"),
    "script in the reason of a second opinion": in_decision("second_opinion"),
    "script in the search of the queue": in_page("/?text="),
    "script in the search of cards": in_page("/knowledge?text="),
    "script in the log's mentor": in_page("/log?mentor="),
    "script in a card's address": in_page("/knowledge/"),
    "script in a group's name": in_page("/?group=x&text="),
    "script in a trial": in_form("/try", way="cards"),
    "script in a preview": in_form("/preview"),
    "script in a decision that there is not": in_form("/questions/1/decide", decision="x"),
    "script in a draft that is gone": in_form("/drafts/x", action="check"),
    "script in a draft": in_draft,
    "script in a typed name": in_name_by_link,
    "script in an account's name": in_name_of_account,
    "script in a name that is refused": in_refused_name,
    "script in a text that came too late": in_text_after_the_session,
}


# Forms that are not the session's own.


def forged(path: str = "/questions/1/decide", *, headers: dict[str, str] | None = None, token: str | None = None) -> Attack:
    def attack(world: World) -> None:
        bob = Surfer(world.desk)
        world.enter(bob, "Bob")
        tokens = {None: world.ada.csrf(), "of Bob": bob.csrf()}
        csrf = tokens.get(token, token or "")
        data = {"decision": "decline", "reason": "off topic", "everywhere": "1"} | ({} if token == "none" else {"csrf": csrf})
        assert world.ada.client.post(path, data=data, headers=headers or {}).status_code == 403
        assert world.ada.is_in()
        bob.client.close()

    return attack


def by_get(world: World) -> None:
    fields = f"csrf={world.ada.csrf()}&decision=decline&reason=x"
    assert world.ada.get(f"/questions/{world.number}/decide?{fields}").status_code == 405
    assert world.ada.get(f"/leave?csrf={world.ada.csrf()}").status_code == 405
    assert world.ada.is_in()


def twice(world: World) -> None:
    fields = {"decision": "decline", "reason": "off topic", "form_id": "one"}
    assert world.ada.post(f"/questions/{world.number}/decide", **fields).status_code == 303
    assert world.ada.post(f"/questions/{world.number}/decide", **fields).status_code == 409


def in_another_form(kind: str, body: bytes) -> Attack:
    def attack(world: World) -> None:
        answered = world.ada.client.post("/questions/1/decide", content=body, headers={"content-type": kind})
        assert answered.status_code == 400

    return attack


def token_in_the_address(world: World) -> None:
    answered = world.ada.client.post(f"/questions/{world.number}/decide?csrf={world.ada.csrf()}", data={"decision": "confirm"})
    assert answered.status_code == 403


FORMS: dict[str, Attack] = {
    "a form without a token": forged(token="none"),
    "a form with an empty token": forged(token=""),
    "a form with a guessed token": forged(token="A" * 43),
    "a form with another mentor's token": forged(token="of Bob"),
    "a form from another site": forged(headers={"origin": "https://evil.example"}),
    "a form from a page without an origin": forged(headers={"origin": "null"}),
    "a form from another port of this host": forged(headers={"origin": "http://127.0.0.1:1"}),
    "a form that a browser says is cross-site": forged(headers={"sec-fetch-site": "cross-site"}),
    "a form from a sister site": forged(headers={"sec-fetch-site": "same-site"}),
    "signing somebody out from another site": forged("/leave", headers={"origin": "https://evil.example"}),
    "a link made from another site": forged("/account/link", headers={"origin": "https://evil.example"}),
    "a token in the address": token_in_the_address,
    "a decision by an address alone": by_get,
    "JSON in the place of a form": in_another_form("application/json", b'{"decision": "confirm"}'),
    "plain text in the place of a form": in_another_form("text/plain", b"decision=confirm"),
    "a multipart form": in_another_form("multipart/form-data; boundary=x", b"--x\r\n\r\n--x--"),
    "a form sent twice": twice,
}


# Links and sessions.


def used_link(world: World) -> None:
    link = world.desk.links.make(world.desk.now())
    first = Surfer(world.desk)
    assert first.client.post("/enter", data={"link": link, "name": "Bob"}).status_code == 303
    first.client.close()
    world.is_shut(world.eve.client.post("/enter", data={"link": link, "name": "Eve"}))


def expired_link(world: World) -> None:
    link = world.desk.links.make(world.desk.now() - LINK_LASTS)
    world.is_shut(world.eve.client.post("/enter", data={"link": link, "name": "Eve"}))


def foreign_link(world: World) -> None:
    link = OneTimeLinks(b"another key").make(world.desk.now())
    world.is_shut(world.eve.client.post("/enter", data={"link": link, "name": "Eve"}))


def link_for_another(world: World) -> None:
    """Change who a link names."""
    world.eve.go("/enter/discord")
    found = re.search(r'enter\?link=([^"]+)"', world.eve.post("/account/link").text)
    assert found is not None
    world.eve.post("/leave")
    for place_of in range(0, len(found[1]), 7):
        changed = found[1][:place_of] + ("A" if found[1][place_of] != "A" else "B") + found[1][place_of + 1 :]
        assert world.desk.links.read(changed, world.desk.now()) is None
    world.is_shut(world.eve.client.post("/enter", data={"link": found[1][:-6] + "AAAAAA", "name": "Eve"}))


def login_try_as_link(world: World) -> None:
    world.eve.get("/enter/discord")
    stolen = str(world.eve.client.cookies[world.desk.login_cookie])
    world.is_shut(world.eve.client.post("/enter", data={"link": stolen, "name": "Eve"}))


def guessed_links(world: World) -> None:
    for _ in range(MOST_FAILED):
        world.is_shut(world.eve.client.post("/enter", data={"link": "guess", "name": "Eve"}))
    assert world.enter(world.eve, "Eve").status_code == 429
    assert world.eve.get("/enter/discord").status_code == 429


def taken_name(world: World) -> None:
    world.eve.go("/enter/discord")
    world.eve.post("/leave")
    for name in ("Ada D", "ada d", " Ada D "):
        world.is_shut(world.enter(world.eve, name))


def with_cookie(cookie: Callable[[World], str]) -> Attack:
    def attack(world: World) -> None:
        world.eve.client.cookies.set(world.desk.cookie, cookie(world))
        world.is_shut(world.eve.get("/"))

    return attack


def after_signing_out(world: World) -> str:
    stolen = str(world.ada.client.cookies[world.desk.cookie])
    world.ada.post("/leave")
    return stolen


def after_signing_out_elsewhere(world: World) -> str:
    stolen = str(world.ada.client.cookies[world.desk.cookie])
    phone = Surfer(world.desk)
    world.enter(phone)
    phone.post("/leave", everywhere="1")
    phone.client.close()
    return stolen


def after(lasts: dt.timedelta) -> Callable[[World], str]:
    def stolen(world: World) -> str:
        world.clock.at += lasts
        return str(world.ada.client.cookies[world.desk.cookie])

    return stolen


def fixed_session(world: World) -> None:
    """A cookie that the attacker chose is not the session that the victim begins."""
    world.ada.client.cookies.clear()
    world.ada.client.cookies.set(world.desk.cookie, "chosen")
    world.enter(world.ada)
    world.eve.client.cookies.set(world.desk.cookie, "chosen")
    world.is_shut(world.eve.get("/"))


def another_mentors_draft(world: World) -> None:
    opened = world.ada.post("/knowledge/labels/edit").headers["location"]
    world.enter(world.eve, "Bob")
    assert world.eve.get(opened).status_code == 410
    assert world.eve.post(opened, action="discard").status_code == 410
    assert world.ada.get(opened).status_code == 200


SESSIONS: dict[str, Attack] = {
    "a link used twice": used_link,
    "an expired link": expired_link,
    "a link of another desk": foreign_link,
    "a link with another name in it": link_for_another,
    "a try to sign in used as a link": login_try_as_link,
    "guessing links": guessed_links,
    "the name of an account, typed": taken_name,
    "a cookie stolen before signing out": with_cookie(after_signing_out),
    "a cookie stolen before signing out everywhere": with_cookie(after_signing_out_elsewhere),
    "a cookie of a session left alone": with_cookie(after(IDLE_LASTS)),
    "a cookie of yesterday": with_cookie(after(SESSION_LASTS)),
    "a forged cookie": with_cookie(lambda _: "A" * 43),
    "an empty cookie": with_cookie(lambda _: ""),
    "a link in the place of a cookie": with_cookie(lambda world: world.desk.links.make(world.desk.now())),
    "a session fixed beforehand": fixed_session,
    "another mentor's draft": another_mentors_draft,
}


# Signing in with an account.


def back_from_discord(world: World, surfer: Surfer) -> str:
    """Begin to sign in, agree, and return the address at which the browser comes back."""
    asks = surfer.get("/enter/discord").headers["location"]
    return str(surfer.get(asks).headers["location"])


def changed(name: str, value: str) -> Attack:
    """Come back from Discord with one parameter changed."""

    def attack(world: World) -> None:
        address = back_from_discord(world, world.eve)
        given = {each: values[0] for each, values in parse_qs(urlsplit(address).query).items()} | {name: value}
        world.is_shut(world.eve.get("/enter/discord/back", params=given))

    return attack


def anothers_answer(world: World) -> None:
    """The victim's browser is led to the attacker's answer, to work in the attacker's name."""
    address = back_from_discord(world, world.ada)
    world.is_shut(world.eve.get(address))


def replayed_answer(world: World) -> None:
    address = back_from_discord(world, world.ada)
    cookie = world.ada.client.cookies[world.desk.login_cookie]
    world.ada.go(address)
    world.eve.client.cookies.set(world.desk.login_cookie, cookie)
    world.is_shut(world.eve.get(address))


def stolen_code(world: World) -> None:
    """A code that was caught on its way is worth nothing without the verifier of the browser that asked for it."""
    code = parse_qs(urlsplit(back_from_discord(world, world.ada)).query)["code"][0]
    state = parse_qs(urlsplit(world.eve.get("/enter/discord").headers["location"]).query)["state"][0]
    world.is_shut(world.eve.get("/enter/discord/back", params={"code": code, "state": state}))


def forged_try(world: World) -> None:
    address = back_from_discord(world, world.eve)
    world.eve.client.cookies.clear()
    world.eve.client.cookies.set(world.desk.login_cookie, world.desk.links.make(world.desk.now()))
    world.is_shut(world.eve.get(address))


def try_for_another_platform(world: World) -> None:
    state = parse_qs(urlsplit(world.eve.get("/enter/discord").headers["location"]).query)["state"][0]
    world.is_shut(world.eve.get(f"/enter/discourse/back?{world.forum.signed(state, world.desk.url)}"))


def begun_by_another_site(world: World) -> None:
    answered = world.eve.get("/enter/discord", headers={"sec-fetch-site": "cross-site"})
    assert answered.headers["location"] == "/enter"
    assert world.desk.login_cookie not in world.eve.client.cookies


def from_forum(answer: Callable[[World, str, str], str]) -> Attack:
    """Come back from the forum with an answer made out of the nonce and the way back."""

    def attack(world: World) -> None:
        asked = parse_qs(urlsplit(world.eve.get("/enter/discourse").headers["location"]).query)
        answered = world.eve.get(world.forum.provide(asked["sso"][0], asked["sig"][0])[1].partition("?")[0])
        world.is_shut(answered)
        asked = parse_qs(urlsplit(world.eve.get("/enter/discourse").headers["location"]).query)
        right = parse_qs(urlsplit(world.forum.provide(asked["sso"][0], asked["sig"][0])[1]).query)
        world.is_shut(world.eve.get(f"/enter/discourse/back?{answer(world, right['sso'][0], right['sig'][0])}"))

    return attack


def replayed_nonce(world: World) -> None:
    begun = world.ada.get("/enter/discourse").headers["location"]
    address = world.ada.get(begun).headers["location"]
    assert world.ada.get(address).status_code == 200
    world.eve.get("/enter/discourse")
    world.is_shut(world.eve.get(address))
    world.is_shut(world.eve.get(address))


SIGN_INS: dict[str, Attack] = {
    "a wrong state": changed("state", "A" * 43),
    "an empty state": changed("state", ""),
    "a state beyond ASCII": changed("state", "é"),
    "a wrong code": changed("code", "A" * 30),
    "an error that Discord didn't say": changed("error", "<script>alert(1)</script>"),
    "another browser's answer": anothers_answer,
    "an answer used twice": replayed_answer,
    "a stolen code": stolen_code,
    "a forged try": forged_try,
    "a try for another platform": try_for_another_platform,
    "a sign-in begun by another site": begun_by_another_site,
    "a forged sso payload": from_forum(lambda _, sso, sig: f"sso={quote(sso[:-4] + 'AAAA')}&sig={sig}"),
    "an sso payload without a signature": from_forum(lambda _, sso, sig: f"sso={quote(sso)}"),
    "an sso payload with another's signature": from_forum(lambda _, sso, sig: f"sso={quote(sso)}&sig={'0' * 64}"),
    "our own sso question sent back": from_forum(lambda world, sso, sig: own_question(world)),
    "a replayed nonce": replayed_nonce,
}


def own_question(world: World) -> str:
    """Return a question of the desk to the forum, which the same secret signed."""
    return urlsplit(world.eve.get("/enter/discourse").headers["location"]).query


# Ways out of the desk, and requests that aren't a browser's.


def redirects_home(to: str) -> Attack:
    def attack(world: World) -> None:
        entered = world.enter(world.eve, "Eve", to=to)
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        assert world.eve.get("/enter", params={"to": to}).headers["location"] == "/"
        world.eve.post("/leave")
        assert place(world.eve.go(f"/enter/discord?to={quote(to, safe='')}")) == "/"

    return attack


def is_no_file(path: str) -> Attack:
    def attack(world: World) -> None:
        host, port = world.address
        cookie = f"{world.desk.cookie}={world.ada.client.cookies[world.desk.cookie]}"
        head = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
        answered = world.raw(head.encode())
        assert answered.split(b" ")[1] in {b"400", b"404"}, answered[:80]
        assert b"root:" not in answered and b"slug:" not in answered

    return attack


def under_another_host(host: str) -> Attack:
    def attack(world: World) -> None:
        assert world.ada.get("/", headers={"host": host}).status_code in {400, 421}

    return attack


def says_raw(request: str, *statuses: int) -> Attack:
    """Send a request byte by byte as written; `HOST` is the desk."""

    def attack(world: World) -> None:
        host, port = world.address
        answered = world.raw(request.replace("HOST", f"{host}:{port}").encode("latin-1"))
        assert int(answered.split(b" ")[1]) in statuses, answered[:80]
        assert not [line for line in answered.partition(b"\r\n\r\n")[0].splitlines() if line.lower().startswith(b"evil")]

    return attack


def huge(world: World) -> None:
    for content in (b"text=" + b"x" * MAX_BODY_BYTES, iter([b"text=", b"x" * MAX_BODY_BYTES])):
        assert world.ada.client.post("/try", content=content, headers={"content-type": FORM}).status_code == 413
    assert world.eve.client.post("/enter", content=iter([b"x" * MAX_BODY_BYTES] * 2), headers={"content-type": FORM}).status_code == 400


def many_fields(world: World) -> None:
    assert world.ada.client.post("/try", content=b"a=1&" * 2_000, headers={"content-type": FORM}).status_code == 400


def many_ticked(world: World) -> None:
    ticked = "&".join(f"ticked={number}" for number in range(1, 900))
    content = f"csrf={world.ada.csrf()}&decision=confirm&{ticked}".encode()
    assert world.ada.client.post("/decide", content=content, headers={"content-type": FORM}).status_code == 400


def other_methods(world: World) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"):
        assert world.ada.client.request(method, f"/questions/{world.number}/decide").status_code == 405
    assert world.ada.get("/").headers.get("access-control-allow-origin") is None


def believed_headers(world: World) -> None:
    """An address, a host and a scheme in forwarded headers are not believed of a stranger."""
    forged_headers = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "forwarded": "host=evil.example"}
    for number in range(MOST_FAILED):
        world.eve.client.post(
            "/enter", data={"link": "x", "name": "E"}, headers={"x-forwarded-for": f"203.0.113.{number}"} | forged_headers
        )
    assert world.enter(world.eve, "Eve").status_code == 429
    assert "evil" not in world.eve.get("/enter/discourse", headers=forged_headers).headers.get("location", "")


def in_a_frame(world: World) -> None:
    for path in ("/", "/enter", "/enter/discord", "/nowhere"):
        headers = world.ada.get(path).headers
        assert headers["x-frame-options"] == "DENY" and "frame-ancestors 'none'" in headers["content-security-policy"]


def formula_in_csv(world: World) -> None:
    asked(world.desk.ledger, text='=HYPERLINK("http://evil.example")', status=Status.HANDED_OVER)
    asked(world.desk.ledger, text='=HYPERLINK("http://evil.example")', status=Status.HANDED_OVER)
    found = world.ada.get("/insight/missing.csv")
    assert found.status_code in {200, 404}
    assert "\n=" not in found.text and not found.text.startswith("=")


REQUESTS: dict[str, Attack] = {
    "a redirect to another site": redirects_home("https://evil.example/"),
    "a redirect without a scheme": redirects_home("//evil.example/"),
    "a redirect by a backslash": redirects_home("/\\evil.example/"),
    "a redirect by a tab": redirects_home("/\t/evil.example/"),
    "a redirect to a script": redirects_home("javascript:alert(1)"),
    "a redirect that splits the header": redirects_home("/\r\nset-cookie: evil=1"),
    "a redirect round in a circle": redirects_home("/enter?to=/enter"),
    "a path out of the static files": is_no_file("/static/../web_app.py"),
    "an encoded path out of the static files": is_no_file("/static/..%2f..%2f..%2f..%2fetc/passwd"),
    "an absolute path in the static files": is_no_file("/static//etc/passwd"),
    "a path in a card's name": is_no_file("/knowledge/..%2f..%2f.git%2fconfig"),
    "a path in a draft's name": is_no_file("/drafts/..%2f..%2fdesk.key/progress"),
    "a path in a chart's name": is_no_file("/insight/..%2f..%2fetc%2fpasswd.csv"),
    "a null byte in a path": is_no_file("/static/desk.css%00.py"),
    "another host's name": under_another_host("evil.example"),
    "a host that begins like ours": under_another_host("127.0.0.1.evil.example"),
    "no host's name": says_raw("GET / HTTP/1.0\r\n\r\n", 400, 421),
    "two hosts' names": says_raw("GET / HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 400, 421),
    "another host in the request's line": says_raw(
        "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 400, 421
    ),
    "a header in a header": says_raw("GET /?text=%0d%0aevil:1 HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", 303),
    "a length that is none": says_raw("POST /try HTTP/1.1\r\nHost: HOST\r\nContent-Length: -1\r\nConnection: close\r\n\r\n", 400, 413),
    "two lengths": says_raw(
        "POST /try HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nContent-Length: 9\r\nConnection: close\r\n\r\nx", 400
    ),
    "a length and chunks": says_raw(
        "POST /enter HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n", 400
    ),
    "a huge header": says_raw(f"GET / HTTP/1.1\r\nHost: HOST\r\nX: {'x' * 200_000}\r\nConnection: close\r\n\r\n", 400, 431),
    "a huge form": huge,
    "a form of very many fields": many_fields,
    "very many questions ticked": many_ticked,
    "other methods": other_methods,
    "forwarded headers of a stranger": believed_headers,
    "the desk in a frame": in_a_frame,
    "a formula in a table": formula_in_csv,
}

TABLES = {"scripts": SCRIPTS, "forms": FORMS, "sessions": SESSIONS, "sign-ins": SIGN_INS, "requests": REQUESTS}


def test_there_are_sixty_attacks_and_more() -> None:
    names = [name for table in TABLES.values() for name in table]
    assert len(set(names)) == len(names) >= 60


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
def test_no_attack_gets_anything(world: World, table: str) -> None:
    def holds(name: str) -> None:
        world.desk.attempts = FailedAttempts()
        world.eve.client.cookies.clear()
        if not world.ada.is_in():
            world.ada.client.cookies.clear()
            world.enter(world.ada)
        TABLES[table][name](world)

    decided = decisions(world)
    assert failing(holds, [(name,) for name in TABLES[table]]) == {}
    # In the table of forms one is sent that is the session's own, and of scripts some have to be shown.
    assert table in {"forms", "scripts"} or decisions(world) == decided


def decisions(world: World) -> int:
    """Return how many decisions there are."""
    with world.desk.ledger.transaction() as session:
        return int(session.query(ReviewRow).count())


def test_over_tls_browsers_are_told_never_to_come_without_it(desk: Desk) -> None:
    assert "strict-transport-security" not in Browser(desk, None).get("/enter").headers
    desk.url = "https://desk.example.org"
    assert Browser(desk, None).get("/healthz").headers.items() >= OVER_TLS.items()


def test_a_named_proxy_is_believed_on_where_a_browser_is_and_counts_each_browser_by_itself(desk: Desk) -> None:
    with on_a_socket(desk, proxies=["10.0.0.0/8", "127.0.0.1"]), Surfer(desk) as proxy:

        def enters(link: str, address: str) -> int:
            return proxy.client.post("/enter", data={"link": link, "name": "Ada"}, headers={"x-forwarded-for": address}).status_code

        assert [enters("x", "203.0.113.7") for _ in range(MOST_FAILED + 1)] == [403] * MOST_FAILED + [429]
        # What a browser itself claims stands before the address that the proxy adds.
        assert enters("x", "198.51.100.1, 203.0.113.7") == 429
        assert enters(desk.links.make(desk.now()), "203.0.113.8") == 303
