"""Posts in the forums that a course lists: answered without a mention, tagged, and left to people once one has answered."""

from __future__ import annotations

from bot.ledger.database import Ledger
from bot.review.decisions import decide
from bot.values import Status
from tests.adapters.discord.test_mentors_loop import CURATED, Canned, by_ada, carried, states
from tests.adapters.discord.test_rewritten import Echoing
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import FakeService, answered, in_discord
from tests.discord_stand_in.payloads import FORUM, MANAGE_THREADS, USUAL_RIGHTS, user

MESSAGES = "/channels/[0-9]+/messages"
FORUMS = frozenset({int(FORUM)})
ANSWERED, DRAFT, WAITING, CONFIRMED, WEEK = "71", "72", "73", "74", "75"
GRACE = user("5", "grace")


def tagging() -> StandIn:
    return StandIn(rights=USUAL_RIGHTS | MANAGE_THREADS)


async def test_a_post_is_answered_by_its_title_and_text_and_its_tags_follow_the_mentors(ledger: Ledger) -> None:
    service = Canned(ledger, answered(CURATED, None))
    async with in_discord(service, tagging(), forums=FORUMS) as discord:
        post = await discord.post_in_forum("Who makes the labels?", "I mean in pretraining.", tags=[WEEK])
        await discord.until(lambda: discord.threads[post["id"]]["applied_tags"] == [ANSWERED, DRAFT, WEEK])
        await discord.until(lambda: carried(ledger) is not None)
        with ledger.transaction() as session:
            decide.confirm(session, 1, **by_ada())
        await discord.until(lambda: states(ledger) == {"sent"})
        await discord.until(lambda: discord.threads[post["id"]]["applied_tags"] == [ANSWERED, CONFIRMED, WEEK])
    (text,) = discord.channels.seen(post["id"])
    assert text.startswith("> Who makes the labels? I mean in pretraining.")
    assert "Confirmed" in text


async def test_an_edited_post_is_still_read_under_its_title(ledger: Ledger) -> None:
    service = Echoing(ledger, answered("", None))
    async with in_discord(service, tagging(), forums=FORUMS) as discord:
        post = await discord.post_in_forum("Who makes the labels?", "I mean in pretraning.")
        await discord.until(lambda: carried(ledger) is not None)
        await discord.rewrite(discord.messages[post["id"]], "I mean in pretraining.", names_us=False)
        await discord.until(lambda: "About: Who makes the labels?\nI mean in pretraining." in discord.channels.seen(post["id"])[0])
        await discord.until(lambda: states(ledger) == {"sent"})


async def test_a_post_that_waits_for_a_mentor_says_so_by_its_tag(ledger: Ledger) -> None:
    service = Canned(ledger, answered("A mentor has been asked.", None, status=Status.HANDED_OVER, cited=()))
    async with in_discord(service, tagging(), forums=FORUMS) as discord:
        post = await discord.post_in_forum("Which GPU?", "For finetuning.")
        await discord.until(lambda: discord.threads[post["id"]]["applied_tags"] == [WAITING])
        await discord.until(lambda: carried(ledger) is not None)
        with ledger.transaction() as session:
            decide.answer(session, 1, text="Any with 24 GB.", **by_ada())
        await discord.until(lambda: states(ledger) == {"sent"})
    assert discord.threads[post["id"]]["applied_tags"] == [ANSWERED, CONFIRMED]


async def test_the_author_goes_on_without_a_mention_until_a_person_answers_and_others_are_not_heard() -> None:
    service = FakeService()
    async with in_discord(service, forums=FORUMS) as discord:
        post = await discord.post_in_forum("Is pretraining supervised?", "")
        await discord.wait_for("POST", MESSAGES)
        await discord.say("And MLM?", channel=post["id"], names_us=False)
        await discord.wait_for("POST", MESSAGES, count=2)
        await discord.say("It is self-supervised, like all language modelling.", channel=post["id"], names_us=False, author=GRACE)
        await discord.say("Thank you, and why is that so?", channel=post["id"], names_us=False)
        other = await discord.post_in_forum("What is a token?", "A word?")
        await discord.wait_for("POST", f"/channels/{other['id']}/messages")
    assert [one.text for one in service.incoming] == ["Is pretraining supervised?", "And MLM?", "What is a token?\nA word?"]


async def test_posts_in_other_forums_pass_by_and_a_missing_right_to_tag_costs_no_answer() -> None:
    service = FakeService()
    async with in_discord(service, forums=frozenset({7}), read_threads=True) as discord:
        await discord.post_in_forum("Is pretraining supervised?", "Or not?")
        await discord.say("Is anybody here?", names_us=False)
    assert service.incoming == []
    async with in_discord(service, forums=FORUMS) as discord:
        await discord.post_in_forum("Is pretraining supervised?", "Or not?")
        await discord.wait_for("POST", MESSAGES)
        await discord.wait_for("PATCH", "/channels/[0-9]+", status=403)
    assert len(service.incoming) == 1
