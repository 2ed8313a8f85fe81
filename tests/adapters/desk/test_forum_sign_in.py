"""Signing in with the forum: DiscourseConnect, the groups that may enter, and answers that the forum didn't give."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.entering.attempts import FailedAttempts
from bot.adapters.desk.entering.by_account.forum_login import ForumGroups, ForumLogin
from bot.adapters.desk.entering.by_account.login_ways import Logins
from bot.adapters.desk.entering.by_account.role_checks import CHECKED_FOR, UNCHECKED_FOR
from tests.adapters.desk.conftest import Clock
from tests.adapters.desk.fake_forum import API_KEY, API_USER, SECRET, FakeForum, sign
from tests.adapters.desk.served_desk import Surfer, on_a_socket, place


@pytest.fixture
def forum(desk: Desk) -> Iterator[FakeForum]:
    """A forum with Ada, who is in a group of mentors, and Eve, who is in another, and the desk, on real sockets."""
    with FakeForum() as fake, on_a_socket(desk):
        fake.join("ada", 11, "Course_Mentors")
        fake.join("eve", 12, "course_mentors_of_old")
        use(desk, fake, API_KEY)
        yield fake


def use(desk: Desk, fake: FakeForum, api_key: str | None) -> None:
    """Let mentors sign in with the forum."""
    groups = ForumGroups(fake.url, ["course_mentors", "staff"], api_key=api_key, api_user=API_USER)
    desk.logins = Logins({"discourse": ForumLogin(groups, SECRET)}, {"discourse": groups})


def begun(surfer: Surfer) -> tuple[str, str]:
    """Begin a sign-in; return its nonce and where the forum sends the browser back."""
    asked = parse_qs(urlsplit(surfer.get("/enter/discourse").headers["location"]).query)
    said = parse_qs(base64.b64decode(asked["sso"][0]).decode())
    return said["nonce"][0], said["return_sso_url"][0]


def test_a_mentor_of_the_forum_signs_in_and_decides_under_their_username(desk: Desk, forum: FakeForum) -> None:
    with Surfer(desk) as ada:
        assert "Sign in with the forum" in ada.go("/").text
        assert place(ada.go("/enter/discourse?to=/log%3Fmentor%3DBob")) == "/log?mentor=Bob"
        assert ada.mentor() == "ada"


def test_who_is_in_no_group_of_mentors_is_told_so_and_is_not_in(desk: Desk, forum: FakeForum) -> None:
    forum.person = "eve"
    with Surfer(desk) as eve:
        refused = eve.go("/enter/discourse")
        assert refused.status_code == 403 and "in no group of mentors" in refused.text
        assert not eve.is_in()


def test_an_answer_that_the_forum_did_not_sign_or_not_for_this_try_opens_nothing(desk: Desk, forum: FakeForum) -> None:
    back = f"{desk.url}/enter/discourse/back"

    def payload_of(said: str) -> str:
        return base64.b64encode(said.encode()).decode()

    with Surfer(desk) as eve:

        def opens(query: str) -> bool:
            answered = eve.get(f"/enter/discourse/back?{query}")
            # How often one may fail is tested elsewhere.
            desk.attempts = FailedAttempts()
            return answered.status_code != 403 or eve.is_in()

        plain = payload_of("nonce={}&external_id=11&username=ada&groups=course_mentors")
        answers: list[Callable[[str], str]] = [
            lambda nonce: "",
            lambda nonce: f"sso={quote(plain)}",
            lambda nonce: f"sso={quote(plain)}&sig=",
            lambda nonce: f"sso={quote(plain)}&sig={'0' * 64}",
            lambda nonce: f"sso={quote(plain)}&sig={sign(plain, 'another secret')}",
            lambda nonce: f"sso=%C3%A9&sig={'0' * 64}",
            lambda nonce: f"sso={'A' * 30_000}&sig={sign('A' * 30_000)}",
            lambda nonce: f"sso=%21%21&sig={sign('!!')}",
            lambda nonce: forum.signed("another nonce", back),
            lambda nonce: forum.signed("", back),
            lambda nonce: forum.signed(nonce, back, failed="true"),
            lambda nonce: forum.signed(nonce, back, external_id=""),
            lambda nonce: forum.signed(nonce, back, groups=""),
            lambda nonce: forum.signed(nonce, back, groups="course_mentors2,xcourse_mentors"),
            lambda nonce: forum.signed(nonce, back).replace("sig=", "sig=0"),
        ]
        for make in answers:
            nonce, _ = begun(eve)
            assert not opens(make(nonce)), make(nonce)
        nonce, _ = begun(eve)
        right = forum.signed(nonce, back)
        assert eve.go(f"/enter/discourse/back?{right}").status_code == 200 and eve.is_in()
    with Surfer(desk) as again:
        assert again.get(f"/enter/discourse/back?{right}").status_code == 403
        begun(again)
        assert again.get(f"/enter/discourse/back?{right}").status_code == 403
        assert not again.is_in()


def test_who_leaves_the_group_or_gives_their_username_up_is_out_within_minutes(desk: Desk, forum: FakeForum, clock: Clock) -> None:
    with Surfer(desk) as ada, Surfer(desk) as mia:
        forum.join("mia", 13, "staff")
        ada.go("/enter/discourse")
        forum.person = "mia"
        mia.go("/enter/discourse")
        clock.at += CHECKED_FOR
        assert [ada.is_in(), mia.is_in()] == [True, True]
        forum.join("ada", 11)
        forum.join("mia", 14, "staff")
        clock.at += CHECKED_FOR
        assert [ada.is_in(), mia.is_in()] == [False, False]


def test_without_a_key_or_with_the_forum_away_a_session_goes_on_for_half_an_hour(desk: Desk, forum: FakeForum, clock: Clock) -> None:
    for api_key in (None, "a wrong key", API_KEY):
        use(desk, forum, api_key)
        forum.is_away = False
        with Surfer(desk) as ada:
            ada.go("/enter/discourse")
            forum.is_away = api_key == API_KEY
            clock.at += CHECKED_FOR
            assert ada.is_in()
            clock.at += UNCHECKED_FOR - CHECKED_FOR
            assert not ada.is_in()
