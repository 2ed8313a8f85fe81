"""Who gets into the desk, for how long, and what is refused at the door."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.entering.attempts import MOST_FAILED, WITHIN
from bot.adapters.desk.entering.fence import MAX_BODY_BYTES, POLICY
from bot.adapters.desk.entering.mentor_sessions import IDLE_LASTS, SESSION_LASTS
from bot.adapters.desk.entering.one_time_links import KEY_FILE, LINK_LASTS, OneTimeLinks, read_key
from bot.adapters.desk.web_app import POSTED, SHOWN
from bot.backup import home_files
from knowledge.errors import UsageError
from tests.adapters.desk.browsing import Browser
from tests.adapters.desk.conftest import Clock
from tests.collected import failing


def filled(path: str) -> str:
    """Return an address that a pattern stands for."""
    for name, value in {"number:int": "1", "slug": "labels", "draft": "x", "chart": "days"}.items():
        path = path.replace("{" + name + "}", value)
    return path


def test_without_a_session_every_page_and_every_form_leads_to_the_entrance(desk: Desk) -> None:
    stranger = Browser(desk, None)

    def leads_to_the_entrance(method: str, path: str) -> None:
        answered = stranger.client.request(method, filled(path))
        assert answered.status_code == 303
        # A page is shown after entering; a form is not sent by itself.
        wanted = "/enter" if method == "POST" or path == "/" else f"/enter?to={quote(filled(path))}"
        assert answered.headers["location"] == wanted

    assert failing(leads_to_the_entrance, [*(("GET", path) for path in SHOWN), *(("POST", path) for path in POSTED)]) == {}
    assert stranger.get("/enter").status_code == 401


def test_a_link_opens_the_desk_once_and_looking_at_it_does_not_use_it_up(desk: Desk) -> None:
    first, second = Browser(desk, None), Browser(desk, None)
    link = desk.links.make(desk.now())
    for _ in range(3):
        assert "Your name" in first.read(f"/enter?link={link}")
    assert first.enter("Ada", link).status_code == 303
    assert first.get("/").status_code == 200
    assert second.enter("Bob", link).status_code == 403
    assert second.get(f"/enter?link={link}").status_code == 403
    assert second.get("/").status_code == 303


def test_a_link_that_is_late_forged_cut_or_of_another_key_opens_nothing(desk: Desk, clock: Clock) -> None:
    stranger = Browser(desk, None)
    link = desk.links.make(desk.now())
    forged = [link[:-1], link[:-4] + "AAAA", "B" + link[1:], "", "x", "é", "A" * 5_000, OneTimeLinks(b"another key").make(desk.now())]
    assert [stranger.enter("Eve", each).status_code for each in forged] == [403] * len(forged)
    clock.at += LINK_LASTS
    assert stranger.enter("Ada", link).status_code == 403


def test_a_link_made_with_the_key_in_the_home_opens_the_desk_and_not_after_another_start(desk: Desk) -> None:
    link = OneTimeLinks(read_key(desk.home)).make(desk.now())
    assert (desk.home / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert Browser(desk, None).enter("Ada", link).status_code == 303
    (desk.home / KEY_FILE).unlink()
    with pytest.raises(UsageError, match="no desk was started"):
        read_key(desk.home)


def test_a_backup_has_no_key_that_would_open_the_desk(desk: Desk) -> None:
    (desk.home / "other.key").write_text("kept", encoding="utf-8")
    kept = [name for name, _ in home_files(desk.home, desk.ledger)]
    assert "other.key" in kept and KEY_FILE not in kept


def test_after_some_failed_attempts_even_an_open_link_has_to_wait(desk: Desk, clock: Clock) -> None:
    stranger = Browser(desk, None)
    for _ in range(MOST_FAILED):
        assert stranger.enter("Eve", "guess").status_code == 403
    assert stranger.enter("Ada").status_code == 429
    assert stranger.get("/enter?link=guess").status_code == 429
    clock.at += WITHIN
    assert stranger.enter("Ada").status_code == 303


@pytest.mark.parametrize("name", ["", "   ", "a" * 129, "Ada\nBob", "Ada\x00"])
def test_a_name_that_is_none_is_asked_for_again_and_the_link_stays_open(desk: Desk, name: str) -> None:
    browser = Browser(desk, None)
    link = desk.links.make(desk.now())
    assert browser.enter(name, link).status_code == 400
    assert browser.enter("Ada", link).status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites_and_over_tls_bound_to_the_host(desk: Desk) -> None:
    plain = Browser(desk, None).enter("Ada").headers["set-cookie"]
    assert "HttpOnly" in plain and "SameSite=strict" in plain and "Secure" not in plain
    desk.url = "https://desk.example.org"
    secure = Browser(desk, None).enter("Ada").headers["set-cookie"]
    assert secure.startswith("__Host-") and "Secure" in secure and "Domain" not in secure


def test_the_home_has_no_cookie_and_the_desk_keeps_only_its_hash(ada: Browser, desk: Desk) -> None:
    cookie = ada.client.cookies[desk.cookie]
    assert cookie not in repr(desk.sessions.__dict__)
    assert not [path for path in desk.home.rglob("*") if path.is_file() and cookie.encode() in path.read_bytes()]


def test_a_session_ends_after_a_day_of_work_or_a_long_pause(desk: Desk, clock: Clock) -> None:
    browser = Browser(desk)
    clock.at += IDLE_LASTS - dt.timedelta(minutes=1)
    assert browser.get("/").status_code == 200
    clock.at += IDLE_LASTS
    assert browser.get("/").status_code == 303
    again = Browser(desk)
    for _ in range(int(SESSION_LASTS / dt.timedelta(hours=1)) - 1):
        clock.at += dt.timedelta(hours=1)
        assert again.get("/").status_code == 200
    clock.at += dt.timedelta(hours=1)
    assert again.get("/").status_code == 303


def test_a_text_sent_after_the_session_ended_is_given_back_and_not_to_another_site(ada: Browser, clock: Clock) -> None:
    data = {"csrf": ada.csrf(), "decision": "answer", "text": "A long <answer>."}
    clock.at += dt.timedelta(hours=3)
    late = ada.client.post("/questions/1/decide", data=data)
    assert late.status_code == 401
    assert "A long &lt;answer&gt;." in late.text and "Your session has ended" in late.text
    elsewhere = ada.client.post("/questions/1/decide", data=data, headers={"origin": "https://evil.example"})
    assert (elsewhere.status_code, elsewhere.headers["location"]) == (303, "/enter")


def test_a_cookie_that_was_stolen_before_signing_out_opens_nothing_after_it(ada: Browser, desk: Desk) -> None:
    thief = Browser(desk, None)
    thief.client.cookies.set(desk.cookie, ada.client.cookies[desk.cookie])
    assert thief.get("/").status_code == 200
    assert ada.post("/leave").status_code == 303
    assert thief.get("/").status_code == 303
    assert ada.get("/").status_code == 303


def test_signing_out_everywhere_ends_only_the_sessions_of_that_name(ada: Browser, desk: Desk) -> None:
    phone, bob = Browser(desk, "Ada"), Browser(desk, "Bob")
    ada.post("/leave", everywhere=1)
    assert [each.get("/").status_code for each in (ada, phone, bob)] == [303, 303, 200]


def test_entering_again_ends_the_session_that_this_browser_had(ada: Browser, desk: Desk) -> None:
    thief = Browser(desk, None)
    thief.client.cookies.set(desk.cookie, ada.client.cookies[desk.cookie])
    assert ada.enter("Bob").status_code == 303
    assert thief.get("/").status_code == 303
    assert "Bob" in ada.read("/")


def test_a_mentor_makes_a_link_for_another_and_it_is_shown_once(ada: Browser, desk: Desk) -> None:
    shown = ada.post("/account/link").text
    link = shown.partition("enter?link=")[2].partition('"')[0]
    assert "enter?link=" not in ada.read("/account")
    assert Browser(desk, None).enter("Bob", link).status_code == 303


def test_no_form_is_taken_without_the_sessions_own_token_or_from_another_site(ada: Browser, desk: Desk) -> None:
    bobs = Browser(desk, "Bob").csrf()

    def is_refused(path: str) -> None:
        for token in ({"text": "x"}, {"csrf": ""}, {"csrf": bobs}, {"csrf": "é"}):
            assert ada.client.post(filled(path), data=token).status_code == 403
        own = {"csrf": ada.csrf()}
        for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
            assert ada.client.post(filled(path), data=own, headers=headers).status_code == 403

    assert failing(is_refused, [(path,) for path in POSTED]) == {}
    assert ada.get("/").status_code == 200


def test_an_origin_that_is_no_address_is_refused_and_is_no_fault(ada: Browser) -> None:
    data = {"csrf": ada.csrf(), "text": "what I typed"}
    for path in ("/enter", "/try"):
        assert ada.client.post(path, data=data, headers={"origin": "http://["}).status_code == 403


def test_a_form_of_an_older_session_gives_back_what_was_typed(ada: Browser) -> None:
    refused = ada.client.post("/try", data={"csrf": "of another session", "text": "what I typed"})
    assert refused.status_code == 403
    assert "what I typed" in refused.text


def test_a_form_from_the_desks_own_page_is_taken_where_the_browser_names_its_origin(ada: Browser) -> None:
    sent = ada.client.post("/try", data={"csrf": ada.csrf(), "way": "cards"}, headers={"origin": "http://127.0.0.1:8765"})
    assert sent.status_code == 200


def test_a_page_under_another_name_for_this_machine_reads_nothing(ada: Browser) -> None:
    for host in ("evil.example", "evil.example:8765", "127.0.0.1.evil.example", ""):
        assert ada.client.get("/", headers={"host": host}).status_code == 421
    for host in ("localhost:8765", "127.0.0.1:1", "[::1]:8765"):
        assert ada.client.get("/", headers={"host": host}).status_code == 200


def test_every_answer_says_what_a_browser_may_do_with_it(ada: Browser) -> None:
    paths = ["/", "/nowhere", "/enter?link=x", "/questions/99", "/static/desk.css", "/healthz"]
    for answered in [*map(ada.get, paths), ada.client.get("/", headers={"host": "evil.example"}), ada.client.put("/")]:
        assert answered.headers["content-security-policy"] == POLICY
        assert answered.headers["x-content-type-options"] == "nosniff"
        assert answered.headers["referrer-policy"] == "same-origin"
    assert "unsafe" not in POLICY
    assert ada.get("/").headers["cache-control"] == "no-store"


def test_no_page_has_script_or_style_in_its_text_that_the_policy_would_stop(ada: Browser) -> None:
    for path in ("/", "/knowledge", "/knowledge/labels", "/try", "/insight", "/log", "/account"):
        page = ada.get(path).text
        assert "<style" not in page and " style=" not in page and " onclick=" not in page
        assert page.count("<script") == page.count('<script src="/static/desk.js" defer></script>') == 1


def test_a_huge_form_is_refused_whether_it_says_its_size_or_not(ada: Browser) -> None:
    huge = b"text=" + b"x" * MAX_BODY_BYTES
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert ada.client.post("/try", content=huge, headers=kind).status_code == 413
    assert ada.client.post("/try", content=iter([huge, huge]), headers=kind).status_code == 413
    assert ada.client.post("/try", content=b"x", headers=kind | {"content-length": "-1"}).status_code == 413
    assert ada.client.post("/try", content=b"&".join(b"a=1" for _ in range(2_000)), headers=kind).status_code == 400


def test_bytes_that_are_no_form_are_refused_in_a_clear_page(ada: Browser) -> None:
    for content, kind in (
        (b"{}", "application/json"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"--x\r\n", "multipart/form-data"),
    ):
        answered = ada.client.post("/try", content=content, headers={"content-type": kind})
        assert answered.status_code == 400
        assert "Go to the queue" in answered.text


def test_static_files_are_those_of_the_desk_and_no_others(ada: Browser) -> None:
    assert ada.get("/static/desk.js").status_code == 200
    for path in ("/static/../web_app.py", "/static/%2e%2e/web_app.py", "/static/..%2fdesk_parts.py", "/static//etc/passwd"):
        assert ada.get(path).status_code == 404


def test_the_health_pages_need_no_session_and_have_counts_alone(desk: Desk, small: Path) -> None:
    stranger = Browser(desk, None)
    assert stranger.get("/healthz").text == "ok\n"
    assert stranger.get("/readyz").json()["ready"]
    assert "askwell_waiting_questions 0.0" in stranger.get("/metrics").text
