"""Two scenarios as they read in Discord, and as docs/learners/discord-transcripts.md shows them: a forum post, a private answer shown."""

from __future__ import annotations

from bot.ledger.database import Ledger
from bot.review.decisions import decide
from bot.review.decisions.mentor_text import mentor_answer
from bot.values import Answer
from tests.adapters.discord.test_mentors_loop import Canned, by_ada, carried, states
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import answered, in_discord
from tests.discord_stand_in.payloads import DIRECT, EPHEMERAL, FORUM, GENERAL, MANAGE_THREADS, ME, USUAL_RIGHTS, Payload, user
from tests.discord_stand_in.transcript import Transcript

SAID = (
    "Pretraining is self-supervised: each next token of the text is the target, so nobody has to label anything. "
    "Every prediction is compared with that token, and the loss measures how little probability it got."
)
BETTER = SAID.replace("nobody has to label anything", "no person makes labels for it")
GRACE = user("5", "grace")


def explained() -> Answer:
    return answered(SAID, None)


def own_in(discord: StandIn, channel: str) -> list[Payload]:
    """Return the bot's messages in a channel, in their order."""
    return [one for one in discord.messages.values() if one["channel_id"] == channel and one["author"]["id"] == ME]


def tags(discord: StandIn, post: str) -> str:
    """Return the names of a post's tags."""
    named = {tag["id"]: tag["name"] for tag in discord.channels.channels[FORUM]["available_tags"]}
    return ", ".join(named[tag] for tag in discord.threads[post]["applied_tags"])


async def test_a_forum_post_reads_as_the_learners_page_shows_it(ledger: Ledger) -> None:
    shown = Transcript("A forum post")
    discord = StandIn(rights=USUAL_RIGHTS | MANAGE_THREADS)
    async with in_discord(Canned(ledger, explained()), discord, forums=frozenset({int(FORUM)})):
        post = await discord.post_in_forum("Is pretraining supervised?", "Somebody has to say what is right, no?", tags=["75"])
        await discord.until(lambda: tags(discord, post["id"]) == "Answered, Draft, Week 1" and carried(ledger) is not None)
        shown.note(f"ada opens the post “Is pretraining supervised?”; a moment later its tags are {tags(discord, post['id'])}.")
        shown.show(post)
        shown.show(own_in(discord, post["id"])[0])
        with ledger.transaction() as session:
            decide.confirm(session, 1, **by_ada())
        await discord.until(lambda: tags(discord, post["id"]) == "Answered, Confirmed, Week 1" and states(ledger) == {"sent"})
        shown.note(f"A mentor confirms the answer. The message changes in its place, and the tags are {tags(discord, post['id'])}.")
        shown.show(own_in(discord, post["id"])[0])
        helped = await discord.say("For me it helped to look at the loss.", channel=post["id"], names_us=False, author=GRACE)
        further = await discord.say("Thank you both! And what is different in fine-tuning?", channel=post["id"], names_us=False)
        shown.show(helped)
        shown.show(further)
        other = await discord.post_in_forum("What is a token?", "A word?")
        await discord.until(lambda: len(own_in(discord, other["id"])) == 1)
        assert len(own_in(discord, post["id"])) == 1
        shown.note("A person has answered, so Askwell keeps quiet until ada mentions it.")
    shown.hold()


async def test_a_private_answer_that_is_shown_reads_as_the_learners_page_shows_it(ledger: Ledger) -> None:
    shown = Transcript("Asked in private, and shown to all")
    async with in_discord(Canned(ledger, explained())) as discord:
        used = await discord.use("ask", question="Is pretraining supervised?", private=True)
        await discord.until(lambda: bool(discord.people.whispered(used)) and carried(ledger) is not None)
        shown.note("ada uses /ask question: Is pretraining supervised? private: True")
        private = discord.messages[discord.acknowledged[used["token"]]]
        shown.show(private)
        await discord.click(private, "Show to all")
        await discord.until(lambda: any(not one["flags"] & EPHEMERAL for one in own_in(discord, GENERAL)))
        await discord.until(lambda: str(carried(ledger)).startswith(GENERAL))
        shown.note("ada clicks “Show to all”. The channel then has:")
        (public,) = [one for one in own_in(discord, GENERAL) if not one["flags"] & EPHEMERAL]
        shown.show(public)
        with ledger.transaction() as session:
            decide.correct(session, 1, replacement=mentor_answer(BETTER), **by_ada())
        await discord.until(lambda: states(ledger) == {"sent"})
        shown.note("A mentor corrects the answer. The message in the channel changes in its place:")
        shown.show(public)
        shown.note("Who asked in private hears of it in private:")
        (told,) = own_in(discord, DIRECT)
        shown.show(told, "in a direct message")
    shown.hold()
