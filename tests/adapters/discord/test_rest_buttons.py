"""More of an answer's cards in Discord, over the real cards and a real ledger, before whoever clicks."""

from __future__ import annotations

from bot.adapters.discord.clicking.clicks import FORGOTTEN
from bot.ledger.database import Ledger
from bot.ledger.retention_and_forgetting import forget
from bot.service import Service
from tests.adapters.discord.test_mentors_loop import carried, read
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import FakeService, in_discord
from tests.discord_stand_in.components import as_read, labels
from tests.discord_stand_in.payloads import EPHEMERAL, LEARNER, ME, Payload


async def shown(discord: StandIn, message: Payload, label: str) -> Payload:
    """Click a button, and return the message that only who clicked sees."""
    click = await discord.click(message, label, by="5")
    await discord.until(lambda: bool(discord.people.whispered(click)))
    return discord.messages[discord.acknowledged[click["token"]]]


async def test_more_an_example_and_a_reason_are_a_click_away_also_after_a_restart(service: Service, ledger: Ledger) -> None:
    asking = Service(service.library, ledger)
    async with in_discord(asking) as before:
        asked = await before.say(f"<@{ME}> what is loss masking?")
        await before.until(lambda: carried(ledger) is not None)
        answer = next(one for one in before.messages.values() if one["channel_id"] == asked["id"])
        assert labels(answer)[:3] == ["Helped", "Not quite", "More"]
        more = await shown(before, answer, "More")
    assert labels(more) == ["More", "An example", "Why?"]
    assert more["flags"] & EPHEMERAL
    async with in_discord(asking) as after:
        after.threads |= before.threads
        after.messages |= before.messages
        further = await shown(after, more, "More")
        example = await shown(after, further, "An example")
        why = await shown(after, example, "Why?")
        texts = [as_read(each) for each in (answer, more, further, example, why)]
        card = service.library.base.cards[asking.answer(("what is loss masking?",), hands_over=True).cited[0]]
        assert card.example in texts[3]
        assert len({text.split("\n\n")[0] for text in texts[:4]}) == 4
        assert labels(why) == ["More", "An example"]
        read(ledger, lambda session: forget(session, LEARNER, "discord"))
        assert as_read(await shown(after, answer, "More")) == FORGOTTEN


async def test_more_about_a_question_that_is_not_kept_says_so() -> None:
    service = FakeService()
    async with in_discord(service) as discord:
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        await discord.until(lambda: bool(service.refs))
        answer = next(one for one in discord.messages.values() if labels(one))
        assert as_read(await shown(discord, answer, "More")) == FORGOTTEN
