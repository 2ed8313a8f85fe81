"""Signing in with Discord: the account decides under its own name, for as long as it has the mentors' role."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from jsonschema import Draft202012Validator

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.entering.by_account.discord_login import DiscordLogin, DiscordRoles
from bot.adapters.desk.entering.by_account.login_ways import TRY_LASTS, Logins
from bot.adapters.desk.entering.by_account.role_checks import CHECKED_FOR, UNCHECKED_FOR
from bot.ledger.database import Ledger
from bot.values import Status
from tests.adapters.desk.conftest import Clock
from tests.adapters.desk.fake_discord import BOT_TOKEN, CLIENT_ID, CLIENT_SECRET, FakeDiscord
from tests.adapters.desk.served_desk import Surfer, on_a_socket, place
from tests.discord_stand_in.description import description
from tests.discord_stand_in.payloads import GUILD, MENTOR_ROLE
from tests.review.asked import asked


@pytest.fixture
def discord(desk: Desk) -> Iterator[FakeDiscord]:
    """Discord, with Ada and Bob who are mentors and Eve who isn't, and the desk that it signs in to, on real sockets."""
    with FakeDiscord() as fake, on_a_socket(desk):
        fake.redirect_uri = f"{desk.url}/enter/discord/back"
        fake.join("1", "ada_l", nick="Ada")
        fake.join("2", "bob")
        fake.join("3", "eve", roles=("7",))
        use(desk, fake)
        yield fake


def use(desk: Desk, fake: FakeDiscord, bot_token: str | None = None) -> None:
    """Let mentors sign in with Discord; their roles are asked with a bot's token, or with their own."""
    roles = DiscordRoles(int(GUILD), int(MENTOR_ROLE), bot_token=bot_token, api_url=fake.api_url)
    login = DiscordLogin(roles, CLIENT_ID, CLIENT_SECRET, authorize_url=fake.authorize_url)
    desk.logins = Logins({"discord": login}, {"discord": roles})


def test_a_mentor_signs_in_with_discord_and_decides_under_the_name_that_they_have_there(
    desk: Desk, discord: FakeDiscord, ledger: Ledger
) -> None:
    number = asked(ledger, status=Status.HANDED_OVER)
    with Surfer(desk) as ada:
        assert "Sign in with Discord" in ada.go("/").text
        assert place(ada.go("/enter/discord")) == "/"
        assert ada.mentor() == "Ada"
        assert ada.post(f"/questions/{number}/decide", decision="decline", reason="not of this course").status_code == 303
        log = ada.get("/log").text
        assert "Ada</a>" in log and "decline, desk<" in log
        assert "by your account on Discord, ada_l" in ada.get("/account").text


def test_the_calls_are_those_that_discord_describes_and_ask_for_no_more_than_membership(desk: Desk, discord: FakeDiscord) -> None:
    with Surfer(desk) as ada:
        sent = parse_qs(urlsplit(ada.get("/enter/discord").headers["location"]).query)
        assert sent["scope"] == ["identify guilds.members.read"]
        assert sent["code_challenge_method"] == ["S256"] and len(sent["code_challenge"][0]) == 43
        ada.go("/enter/discord")
    assert [(each.method, each.path) for each in discord.requests] == [
        ("POST", "/oauth2/token"),
        ("GET", f"/users/@me/guilds/{GUILD}/member"),
    ]
    described = description()
    if described is None:
        pytest.skip("Discord's description isn't here")
    assert described.problems(discord.requests[1]) == []
    for schema in ("PrivateGuildMemberResponse", "GuildMemberResponse"):
        checked = Draft202012Validator({"$ref": f"urn:discord#/components/schemas/{schema}"}, registry=described.registry)
        found = discord.members["1"]["user"]
        assert [error.message for error in checked.iter_errors(discord.members["1"] | {"user": {k: found[k] for k in found}})] == []


def test_after_signing_in_the_page_is_shown_that_was_asked_for(desk: Desk, discord: FakeDiscord, ledger: Ledger) -> None:
    number = asked(ledger, status=Status.HANDED_OVER)
    with Surfer(desk) as ada:
        entrance = ada.go(f"/questions/{number}?kind=waiting")
        (way,) = re.findall(r'href="(/enter/discord[^"]*)"', entrance.text)
        assert place(ada.go(way)) == f"/questions/{number}?kind=waiting"


def test_who_has_not_the_role_or_is_not_in_the_server_is_told_so_and_is_not_in(desk: Desk, discord: FakeDiscord) -> None:
    discord.join("4", "new", pending=True)
    for person, words in (("3", "mentors' role"), ("9", "isn't in the course"), ("4", "mentors' role")):
        discord.person = person
        with Surfer(desk) as eve:
            refused = eve.go("/enter/discord")
            assert refused.status_code == 403 and words in refused.text.replace("&#39;", "'")
            assert not eve.is_in()


def test_who_does_not_agree_is_not_in_and_may_try_again(desk: Desk, discord: FakeDiscord) -> None:
    discord.agrees = False
    with Surfer(desk) as ada:
        assert "you did not agree" in ada.go("/enter/discord").text
        discord.agrees = True
        assert place(ada.go("/enter/discord")) == "/"


def test_discord_being_away_is_said_and_lets_nobody_in(desk: Desk, discord: FakeDiscord) -> None:
    with Surfer(desk) as ada:
        back = ada.get(ada.get("/enter/discord").headers["location"]).headers["location"]
        discord.is_away = True
        refused = ada.get(back)
        assert refused.status_code == 503 and "try again" in refused.text
        assert not ada.is_in()


def test_an_answer_of_another_browser_a_second_time_or_with_another_state_opens_nothing(desk: Desk, discord: FakeDiscord) -> None:
    with Surfer(desk) as ada, Surfer(desk) as eve:
        back = ada.get(ada.get("/enter/discord").headers["location"]).headers["location"]
        # The victim's browser is led to an answer that the attacker began: it has no try, or one of its own.
        assert eve.get(back).status_code == 403
        eve.get("/enter/discord")
        assert eve.get(back).status_code == 403
        assert not eve.is_in()
        assert ada.go(back).status_code == 200 and ada.is_in()
        again = Surfer(desk)
        assert again.get(back).status_code == 403
        again.client.close()


def test_a_sign_in_that_took_too_long_begins_again(desk: Desk, discord: FakeDiscord, clock: Clock) -> None:
    with Surfer(desk) as ada:
        back = ada.get(ada.get("/enter/discord").headers["location"]).headers["location"]
        clock.at += TRY_LASTS
        assert "longer than ten minutes" in ada.get(back).text
        assert not ada.is_in()


def test_a_try_in_a_cookie_is_good_once_even_with_a_new_code(desk: Desk, discord: FakeDiscord) -> None:
    with Surfer(desk) as ada:
        asks = ada.get("/enter/discord").headers["location"]
        kept = ada.client.cookies[desk.login_cookie]
        ada.go(asks)
        ada.client.cookies.set(desk.login_cookie, kept)
        assert ada.get(ada.get(asks).headers["location"]).status_code == 403


@pytest.mark.parametrize("bot_token", [None, BOT_TOKEN])
def test_a_role_that_is_taken_away_ends_all_sessions_within_minutes(
    desk: Desk, discord: FakeDiscord, clock: Clock, bot_token: str | None
) -> None:
    use(desk, discord, bot_token)
    with Surfer(desk) as ada, Surfer(desk) as phone, Surfer(desk) as bob:
        ada.go("/enter/discord")
        phone.go("/enter/discord")
        discord.person = "2"
        bob.go("/enter/discord")
        discord.members["1"]["roles"] = ["7"]
        assert ada.is_in()
        clock.at += CHECKED_FOR
        # A decision comes too late too, and what was typed is given back.
        assert [each.is_in() for each in (ada, phone, bob)] == [False, False, True]
        del discord.members["2"]
        clock.at += CHECKED_FOR
        late = bob.client.post("/try", data={"csrf": "x", "text": "what I typed"})
        assert late.status_code == 401 and "what I typed" in late.text


def test_while_discord_is_away_a_session_goes_on_for_half_an_hour_and_a_wrong_bot_token_ends_nobodys_at_once(
    desk: Desk, discord: FakeDiscord, clock: Clock
) -> None:
    use(desk, discord, "another token")
    with Surfer(desk) as ada:
        ada.go("/enter/discord")
        clock.at += CHECKED_FOR
        assert ada.is_in()
        discord.is_away = True
        clock.at += UNCHECKED_FOR - CHECKED_FOR - dt.timedelta(seconds=1)
        assert ada.is_in()
        clock.at += dt.timedelta(seconds=1)
        assert not ada.is_in()


def test_a_role_is_asked_for_no_more_often_than_every_few_minutes(desk: Desk, discord: FakeDiscord, clock: Clock) -> None:
    with Surfer(desk) as ada:
        ada.go("/enter/discord")
        before = len(discord.requests)
        for _ in range(6):
            clock.at += CHECKED_FOR / 2
            assert ada.is_in()
        assert len(discord.requests) - before == 3


def test_what_the_mentor_took_back_in_discord_ends_their_session(desk: Desk, discord: FakeDiscord, clock: Clock) -> None:
    with Surfer(desk) as ada:
        ada.go("/enter/discord")
        discord.grants.clear()
        clock.at += CHECKED_FOR
        assert not ada.is_in()


def test_a_mentor_who_takes_anothers_name_in_discord_does_not_decide_under_it(desk: Desk, discord: FakeDiscord) -> None:
    with Surfer(desk) as ada, Surfer(desk) as bob:
        ada.go("/enter/discord")
        discord.members["2"]["nick"] = "Ada"
        discord.person = "2"
        bob.go("/enter/discord")
        assert (ada.mentor(), bob.mentor()) == ("Ada", "Ada (bob)")


def test_nobody_enters_by_a_link_under_the_name_of_an_account(desk: Desk, discord: FakeDiscord) -> None:
    with Surfer(desk) as ada, Surfer(desk) as eve:
        ada.go("/enter/discord")
        link = desk.links.make(desk.now())
        refused = eve.client.post("/enter", data={"link": link, "name": "ada"})
        assert refused.status_code == 400 and "signs in with an account" in refused.text
        assert eve.client.post("/enter", data={"link": link, "name": "Eve"}).status_code == 303
        assert eve.mentor() == "Eve"


def test_a_link_that_an_account_makes_opens_the_desk_for_that_account_alone(desk: Desk, discord: FakeDiscord, clock: Clock) -> None:
    with Surfer(desk) as ada, Surfer(desk) as phone:
        ada.go("/enter/discord")
        (link,) = re.findall(r'enter\?link=([^"]+)"', ada.post("/account/link").text)
        shown = phone.get(f"/enter?link={link}").text
        assert "<strong>Ada</strong>" in shown and "Your name" not in shown
        assert phone.client.post("/enter", data={"link": link, "name": "Bob"}).status_code == 303
        assert phone.mentor() == "Ada"
        discord.members["1"]["roles"] = []
        clock.at += CHECKED_FOR
        assert not phone.is_in()


def test_no_secret_of_a_sign_in_is_in_the_log_or_in_a_page(
    desk: Desk, discord: FakeDiscord, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot")
    with Surfer(desk) as ada:
        back = ada.get(ada.get("/enter/discord").headers["location"]).headers["location"]
        pages = [ada.get(back).text, ada.get(back).text, ada.go("/account").text]
        discord.is_away = True
        clock.at += CHECKED_FOR
        ada.go("/")
        (code,) = discord.grants
        secrets = [
            code,
            discord.grants[code].token,
            CLIENT_SECRET,
            *parse_qs(urlsplit(back).query)["state"],
            ada.client.cookies[desk.cookie],
        ]
        assert not [each for each in secrets if each in caplog.text or each in "".join(pages)]
        assert "Ada entered the desk (discord 1)" in caplog.text


def test_a_way_to_sign_in_that_is_not_set_up_is_no_page(desk: Desk, discord: FakeDiscord) -> None:
    with Surfer(desk) as eve:
        for path in ("/enter/discourse", "/enter/discourse/back?sso=x&sig=y", "/enter/x", "/enter/%2e%2e", "/enter/discord/x"):
            assert eve.get(path).status_code == 404, path
