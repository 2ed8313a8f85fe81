"""Manners: where Askwell answers, whom, how much, and when it tells."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot.background.recovery import answer_unanswered
from bot.ledger.database import Ledger
from bot.ledger.tables import AnswerRow, DeliveryRow, QuestionRow
from bot.review.decisions import decide
from bot.review.outbox.quiet_hours import QuietHours, read_quiet_hours
from bot.values import Answer, Status
from index.search.library import Library
from knowledge.errors import UsageError
from knowledge.reading.course import Course
from tests.adapters.discord.test_mentors_loop import CURATED, Canned, by_ada, carried, read, states
from tests.adapters.discord.test_missed import continued
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import FakeService, answered, in_discord
from tests.discord_stand_in.components import as_read
from tests.discord_stand_in.payloads import DIRECT, FORUM, GENERAL, LEARNER, ME, MENTOR_ROLE, REVIEW, ROOM, thread, user

MESSAGES = "/channels/[0-9]+/messages"
IN_GENERAL = frozenset({int(GENERAL)})
LISTED_ROLE = frozenset({int(MENTOR_ROLE)})
WHERE = f"I answer questions in <#{GENERAL}>. Please ask me there."
WHO = "I answer people who have the role **Mentors**. Whoever runs this server can give it to you."


class InCourse(Canned):
    """A service that gives one answer to everything, and knows the words of a course."""

    def __init__(self, ledger: Ledger, given: Answer | None = None) -> None:
        super().__init__(ledger, given or answered(CURATED, None))
        self.library = cast(Library, SimpleNamespace(name="index-1", base=SimpleNamespace(course=Course())))


async def test_where_the_course_lists_no_channel_a_person_reads_once_where_to_ask() -> None:
    service = FakeService()
    async with in_discord(service, channels=IN_GENERAL) as discord:
        elsewhere = await discord.say(f"<@{ME}> Is pretraining supervised?", channel=ROOM)
        await discord.until(lambda: discord.channels.seen(ROOM) == [WHERE])
        await discord.say(f"<@{ME}> Hello?", channel=ROOM)
        await discord.say(f"<@{ME}> And MLM?")
        await discord.say(f"<@{ME}> In private?", channel=DIRECT)
        await discord.wait_for("POST", f"/channels/{DIRECT}/messages")
        await discord.say(f"<@{ME}> And for me?", channel=ROOM, author=user("5", "grace"))
        await discord.until(lambda: len(discord.channels.seen(ROOM)) == 2)
    assert [one.text for one in service.incoming] == ["And MLM?", "In private?"]
    told = discord.recorded("POST", f"/channels/{ROOM}/messages")[0].body
    assert told["message_reference"]["message_id"] in {elsewhere["id"], int(elsewhere["id"])}
    assert discord.channels.notified == []


async def test_threads_and_categories_count_with_the_channel_that_is_listed() -> None:
    service = FakeService()
    discord = StandIn()
    discord.channels.channels[ROOM]["parent_id"] = "900"
    discord.channels.channels["900"] = discord.channels.channels[ROOM] | {"id": "900", "type": 4, "name": "Week 1", "parent_id": None}
    async with in_discord(service, discord, channels=frozenset({int(GENERAL), 900})):
        asked = await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.wait_for("POST", f"/channels/{asked['id']}/messages")
        await discord.say(f"<@{ME}> And MLM?", channel=asked["id"])
        await discord.say(f"<@{ME}> And CLM?", channel=ROOM)
        await discord.wait_for("POST", f"/channels/{ROOM}/messages")
        await discord.say(f"<@{ME}> And here?", channel=REVIEW)
        await discord.until(lambda: bool(discord.channels.seen(REVIEW)))
    assert [one.text for one in service.incoming] == ["Is pretraining supervised?", "And MLM?", "And CLM?"]
    (told,) = discord.channels.seen(REVIEW)
    assert told == f"I answer questions in the channels of **Week 1** or in <#{GENERAL}>. Please ask me there."


async def test_a_listed_forum_is_answered_beside_the_listed_channels_and_a_post_in_no_listed_place_passes_by() -> None:
    service = FakeService()
    async with in_discord(service, channels=IN_GENERAL, forums=frozenset({int(FORUM)})) as discord:
        post = await discord.post_in_forum("Is pretraining supervised?", "Or not?")
        await discord.wait_for("POST", f"/channels/{post['id']}/messages")
    assert len(service.incoming) == 1


async def test_in_a_thread_of_which_the_bot_was_not_told_a_question_is_answered_in_doubt() -> None:
    service, discord = FakeService(), StandIn()
    async with in_discord(service, discord, channels=IN_GENERAL):
        discord.threads["900"] = thread("900", "Question", ROOM, LEARNER)
        await discord.say(f"<@{ME}> Is pretraining supervised?", channel="900")
        await discord.wait_for("POST", "/channels/900/messages")
    assert len(service.incoming) == 1


@pytest.mark.parametrize("command", ["ask", "ask privately", "menu"])
async def test_a_command_elsewhere_tells_its_user_alone_where_to_ask(command: str) -> None:
    service = FakeService()
    async with in_discord(service, channels=IN_GENERAL) as discord:
        for _ in range(2):
            if command == "menu":
                message = await discord.say("Is pretraining supervised?", channel=ROOM, names_us=False)
                used = await discord.people.use_on("Ask about this message", message)
            else:
                used = await discord.use("ask", channel=ROOM, question="Is MLM supervised?", private=command == "ask privately")
            await discord.until(lambda used=used: discord.people.whispered(used) == [WHERE])  # type: ignore[misc]
    assert service.incoming == []
    assert discord.channels.seen(ROOM) == [WHERE, WHERE]


async def test_only_people_with_a_listed_role_are_answered_also_in_direct_messages_and_after_an_absence() -> None:
    service, discord = FakeService(), StandIn()
    told: list[str] = []
    async with in_discord(service, discord, asking_roles=LISTED_ROLE, ready=lambda: told.append("ready")):
        await discord.until(lambda: bool(told))
        await discord.say(f"<@{ME}> Without?")
        await discord.until(lambda: discord.channels.seen(GENERAL) == [WHO])
        await discord.say("Without, directly?", channel=DIRECT)
        await discord.until(lambda: discord.channels.seen(DIRECT) == [WHO])
        await discord.say(f"<@{ME}> With?", roles=[MENTOR_ROLE])
        await discord.say("With, directly?", channel=DIRECT, roles=[MENTOR_ROLE])
        await discord.until(lambda: len(service.incoming) == 2)
        # What comes out of a channel's history says nothing of roles.
        await discord.say(f"<@{ME}> With, meanwhile?", unheard=True, roles=[MENTOR_ROLE])
        await discord.gateway.invalidate()
        await discord.until(lambda: len(service.incoming) == 3)
        discord.is_member = False
        await discord.say("No member any more?", channel=DIRECT, roles=[MENTOR_ROLE])
        await discord.say(f"<@{ME}> Last?", roles=[MENTOR_ROLE])
        await discord.until(lambda: len(service.incoming) == 4)
    assert [one.text for one in service.incoming] == ["With?", "With, directly?", "With, meanwhile?", "Last?"]


async def test_whose_roles_cannot_be_read_is_answered() -> None:
    service, discord = FakeService(), StandIn()
    discord.refuse("GET", "/guilds/.*/members/.*", 403, 50001, "Missing Access")
    async with in_discord(service, discord, asking_roles=LISTED_ROLE):
        await discord.say("Is pretraining supervised?", channel=DIRECT)
        await discord.wait_for("POST", f"/channels/{DIRECT}/messages")
    assert len(service.incoming) == 1


async def test_beyond_the_limit_a_question_is_kept_its_author_reads_when_and_it_is_answered_then(ledger: Ledger) -> None:
    service = InCourse(ledger)
    async with in_discord(service, questions_per_hour=2) as discord:
        for number in range(4):
            await discord.say(f"<@{ME}> Is pretraining supervised, number {number}?")
        await discord.until(lambda: len(discord.channels.seen(GENERAL)) == 2)
        await discord.say(f"<@{ME}> And for me?", author=user("5", "grace"))
        await discord.say(f"<@{ME}> thanks!")
        await discord.wait_for("POST", MESSAGES, count=6)
        await discord.until(lambda: len([one for one in sent_as(ledger) if one]) == 4)
    first, second = discord.channels.seen(GENERAL)
    assert first.startswith("You had 2 answers within the hour")
    turns = [int(text.split("<t:")[1].split(":R>")[0]) for text in (first, second)]
    now = dt.datetime.now(dt.UTC)
    assert all(now + dt.timedelta(minutes=58) < dt.datetime.fromtimestamp(turn, dt.UTC) <= now + dt.timedelta(hours=1) for turn in turns)

    def recovered(minutes: int) -> int:
        moment = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
        return answer_unanswered(service, ledger, dt.timedelta(minutes=2), moment, {"discord": 2})

    assert recovered(30) == 0
    assert recovered(61) == 2
    make_due(ledger)
    async with in_discord(service, continued(discord), questions_per_hour=2) as later:
        await later.until(lambda: states(ledger) == {"sent"})
    # Each got its thread, though the process that heard it is gone.
    held = [one["id"] for one in discord.messages.values() if one["content"].endswith(("number 2?", "number 3?"))]
    assert [len(later.channels.seen(thread)) for thread in held] == [1, 1]


def make_due(ledger: Ledger) -> None:
    """Let the time come for which deliveries wait."""
    with ledger.transaction() as session:
        session.execute(update(DeliveryRow).values(due_at=dt.datetime.now(dt.UTC)))


def sent_as(ledger: Ledger) -> list[str | None]:
    return list(read(ledger, lambda session: list(session.scalars(select(AnswerRow.sent_as)))))


async def test_of_one_person_who_asks_for_help_or_a_mentor_nothing_is_held_back(ledger: Ledger) -> None:
    service = InCourse(ledger)
    async with in_discord(service, questions_per_hour=1) as discord:
        for text in ("Is pretraining supervised?", "I want to kill myself", "can I talk to a mentor?"):
            await discord.say(f"<@{ME}> {text}")
        await discord.until(lambda: len([one for one in sent_as(ledger) if one]) == 3)
    assert discord.channels.seen(GENERAL) == []


async def test_a_held_question_is_answered_as_it_reads_by_then_and_a_deleted_one_is_gone(ledger: Ledger) -> None:
    service = InCourse(ledger)

    def texts() -> list[str]:
        return list(read(ledger, lambda session: list(session.scalars(select(QuestionRow.text).order_by(QuestionRow.id)))))

    async with in_discord(service, questions_per_hour=1) as discord:
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        edited, deleted = [await discord.say(f"<@{ME}> {text}") for text in ("And MML?", "And CLM?")]
        await discord.until(lambda: len(discord.channels.seen(GENERAL)) == 2)
        await discord.rewrite(edited, f"<@{ME}> And MLM?")
        await discord.delete(deleted)
        await discord.until(lambda: texts() == ["Is pretraining supervised?", "And MLM?"])


@pytest.mark.parametrize(("private", "place"), [(False, GENERAL), (True, DIRECT)])
async def test_a_command_beyond_the_limit_is_kept_too(private: bool, place: str, ledger: Ledger) -> None:
    service = InCourse(ledger)
    async with in_discord(service, questions_per_hour=1) as discord:
        await discord.use("ask", question="Is pretraining supervised?", private=private)
        await discord.until(lambda: carried(ledger) is not None)
        await discord.use("ask", question="And MLM?", private=private)
        await discord.until(lambda: any("within the hour" in as_read(one) for one in discord.messages.values()))
        later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=61)
        assert answer_unanswered(service, ledger, dt.timedelta(minutes=2), later, {"discord": 1}) == 1
        make_due(ledger)
        await discord.until(lambda: states(ledger) == {"sent"})
    (answer,) = [text for text in discord.channels.seen(place) if text.startswith("> And MLM?") and "within the hour" not in text]
    assert CURATED in answer


def quiet_now() -> QuietHours:
    """Return hours around this moment."""
    now = dt.datetime.now(dt.UTC)
    return QuietHours((now - dt.timedelta(hours=1)).time(), (now + dt.timedelta(hours=1)).time(), dt.UTC)


async def test_in_quiet_hours_a_question_is_answered_and_its_message_changes_but_nobody_is_told_until_they_end(ledger: Ledger) -> None:
    service = InCourse(ledger)
    service.quiet_hours = quiet_now()

    def due() -> dict[str, tuple[str, dt.datetime]]:
        rows = read(ledger, lambda session: [(row.kind, row.state, row.due_at) for row in session.scalars(select(DeliveryRow))])
        return {kind: (state, due_at) for kind, state, due_at in rows}

    async with in_discord(service) as discord:
        message = await discord.say(f"<@{ME}> Who makes the labels?")
        await discord.until(lambda: carried(ledger) is not None)
        with ledger.transaction() as session:
            decide.withdraw(session, 1, **by_ada())
        await discord.until(
            lambda: due().get("tell", ("", dt.datetime.now(dt.UTC)))[1] > dt.datetime.now(dt.UTC) + dt.timedelta(minutes=50)
        )
        (shown,) = discord.channels.seen(message["id"])
        assert due()["edit"][0] == "sent"
        assert "withdrawn" in shown
        assert discord.channels.notified == []
        service.quiet_hours = None
        make_due(ledger)
        await discord.until(lambda: states(ledger) == {"sent"})
    assert [person for _, person in discord.channels.notified] == [LEARNER]


async def test_a_mentors_answer_waits_for_the_end_of_the_quiet_hours_too(ledger: Ledger) -> None:
    service = InCourse(ledger, answered("A mentor has been asked.", None, status=Status.HANDED_OVER, cited=()))
    service.quiet_hours = quiet_now()
    async with in_discord(service) as discord:
        message = await discord.say(f"<@{ME}> Who makes the labels?")
        await discord.until(lambda: carried(ledger) is not None)
        with ledger.transaction() as session:
            decide.answer(session, 1, text="Nobody does.", **by_ada())
        later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=50)
        put_off = select(DeliveryRow.id).where(DeliveryRow.kind == "post", DeliveryRow.due_at > later)
        await discord.until(lambda: read(ledger, lambda session: session.scalar(put_off)) is not None)
        assert len(discord.channels.seen(message["id"])) == 1


@pytest.mark.parametrize(
    ("written", "at", "until"),
    [
        ("22:00-07:00 Europe/Berlin", "2026-01-01T20:59+00:00", None),
        ("22:00-07:00 Europe/Berlin", "2026-01-01T21:00+00:00", "2026-01-02T06:00+00:00"),
        ("22:00-07:00 Europe/Berlin", "2026-07-02T04:59+00:00", "2026-07-02T05:00+00:00"),
        ("22:00-7:00", "2026-01-01T07:00+00:00", None),
        ("12:30 - 13:30 Asia/Kolkata", "2026-01-01T07:30+00:00", "2026-01-01T08:00+00:00"),
    ],
)
def test_quiet_hours_end_at_their_time_in_the_courses_zone(written: str, at: str, until: str | None) -> None:
    quiet = read_quiet_hours(written)
    assert quiet is not None
    found = quiet.until(dt.datetime.fromisoformat(at))
    assert found == (None if until is None else dt.datetime.fromisoformat(until))
    assert isinstance(quiet.zone, ZoneInfo)


@pytest.mark.parametrize("written", ["at night", "22-7", "25:00-07:00", "22:00-07:00 Mars/Base", "22:00-22:00", "22:00-07:00 ../etc"])
def test_quiet_hours_that_are_none_are_refused_in_one_line(written: str) -> None:
    with pytest.raises(UsageError, match="ASKWELL_QUIET_HOURS"):
        read_quiet_hours(written)
