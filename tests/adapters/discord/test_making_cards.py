"""A mentor's answer becomes a card without leaving Discord: what it changes is seen first, and it can be taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.adapters.discord.review_channel.card_buttons import NO_ANSWER_HERE
from bot.adapters.discord.review_channel.clicking_mentor import ONLY_MENTORS, YOURS
from bot.adapters.discord.review_channel.plan_buttons import PLAN_GONE
from bot.ledger.database import Ledger
from bot.ledger.tables import PromotionRow
from bot.values import Status
from tests.adapters.discord.test_mentors_loop import Canned, read
from tests.adapters.discord.test_review_channel import CHOSEN, EVE, GRACE, WAITING, board, labels, on_board, told
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import answered, in_discord
from tests.discord_stand_in.components import as_read
from tests.discord_stand_in.payloads import GENERAL, ME, Payload, user
from tests.review.cards import ANSWER, QUESTION, library_of, snapshot

DESK = "https://desk.example.org"


class AtWork(Canned):
    """The real service over a small folder of cards; what a learner asks is handed over."""

    def __init__(self, ledger: Ledger, knowledge: Path, home: Path) -> None:
        super().__init__(ledger, answered(WAITING, None, status=Status.HANDED_OVER, cited=()))
        self._reload = lambda: library_of(knowledge, home)
        self.refresh()


@pytest.fixture
def at_work(ledger: Ledger, small: Path, tmp_path: Path) -> tuple[AtWork, dict[str, Any]]:
    """Return a service, and the choices of whoever runs it."""
    home = tmp_path / "home"
    chosen = CHOSEN | {"knowledge": small, "home": home, "labelled": tmp_path / "none", "desk_url": DESK}
    return AtWork(ledger, small, home), chosen


async def whisper_of(discord: StandIn, interaction: Payload) -> Payload:
    """Wait for the private reply to an interaction; return it."""
    await told(discord, interaction)
    return discord.messages[discord.acknowledged[interaction["token"]]]


async def answered_by_grace(discord: StandIn, ledger: Ledger, text: str = ANSWER, question: str = QUESTION) -> Payload:
    """Let a learner ask and Grace answer; return the reply to her."""
    message = await discord.say(f"<@{ME}> {question}")
    await discord.until(lambda: len(board(discord)) == 1)
    opened = await discord.click(board(discord)[0], "Answer", **GRACE)
    await discord.until(lambda: opened["id"] in discord.people.forms)
    said = await whisper_of(discord, await discord.fill_in(opened, text, **GRACE))
    assert labels(said) == ["Undo", "Make it a card"], said["content"]
    await discord.until(lambda: len(discord.channels.seen(message["id"])) == 2)
    return said


async def planned_new(discord: StandIn, possible: Payload, *texts: str) -> Payload:
    """Fill the form of a new card in; return the reply."""
    opened = await discord.click(possible, "New card", **GRACE)
    await discord.until(lambda: opened["id"] in discord.people.forms)
    return await whisper_of(discord, await discord.fill_in(opened, *texts, **GRACE))


def linked(message: Payload) -> list[str]:
    return [each["url"] for row in message["components"] for each in row["components"] if "url" in each]


async def test_an_answer_becomes_a_new_card_after_its_plan_was_seen_and_is_taken_back(
    at_work: tuple[AtWork, dict[str, Any]], ledger: Ledger, small: Path
) -> None:
    service, chosen = at_work
    before = snapshot(small)
    async with in_discord(service, **chosen) as discord:
        said = await answered_by_grace(discord, ledger)
        possible = await whisper_of(discord, await discord.click(said, "Make it a card", **GRACE))
        assert "New card" in labels(possible)
        assert linked(possible) == [f"{DESK}/questions/1/promote"]
        plan = await planned_new(discord, possible, "tokens", "Tokens and words", ANSWER, "why does BPE split my word?\n\nsubwords how")
        assert plan["content"].startswith("**A new card `tokens`**, from question 1\n```diff\none/tokens.md\n+---\n")
        assert "Asked again with it: 1 past questions and 0 labelled ones." in plan["content"]
        assert (
            "- declined before, answered then: 1 (“how does a tokenizer cut rare words into pieces?” declined → tokens)" in plan["content"]
        )
        assert snapshot(small) == before
        written = await whisper_of(discord, await discord.click(plan, "Write it", **GRACE))
        assert written["content"].startswith("Question 1 has a new card, `tokens`, by Grace (not committed to git).")
        (card,) = small.rglob("tokens.md")
        assert 'title: "Tokens and words"' in card.read_text(encoding="utf-8")
        asked_as = f'asked_as:\n  - "{QUESTION}"\n  - "why does BPE split my word?"\n  - "subwords how"\n'
        assert asked_as in card.read_text(encoding="utf-8")
        assert 'A mentor\'s answer in this course", authors: "Grace"' in card.read_text(encoding="utf-8")
        assert "tokens" in service.library.base.cards
        public = await on_board(discord)
        assert public["content"] == written["content"]
        assert await told(discord, await discord.click(public, "Take it back", **EVE)) == ONLY_MENTORS
        back = await told(discord, await discord.click(public, "Take it back", **GRACE))
        assert back.startswith("Taken back by Grace: `tokens` is as if promotion 1 had not been.")
        await discord.until(lambda: "Taken back by Grace" in board(discord)[0]["content"])
    assert snapshot(small) == before
    assert "tokens" not in service.library.base.cards


@pytest.mark.parametrize(("label", "kind"), [("Phrasing of masks", "phrasing"), ("Add to masks", "amend")])
async def test_an_answer_becomes_a_phrasing_of_a_card_or_more_in_it(
    at_work: tuple[AtWork, dict[str, Any]], ledger: Ledger, small: Path, label: str, kind: str
) -> None:
    service, chosen = at_work
    card = next(small.rglob("masks.md"))
    async with in_discord(service, **chosen) as discord:
        said = await answered_by_grace(discord, ledger, question="how do I make masks of every kind by machine?")
        possible = await whisper_of(discord, await discord.click(said, "Make it a card", **GRACE))
        plan = await whisper_of(discord, await discord.click(possible, label, **GRACE))
        assert labels(plan) == ["Write it", "At the desk"]
        first = await discord.click(plan, "Write it", **GRACE)
        assert "`masks`, by Grace" in await told(discord, first)
        assert await told(discord, await discord.click(plan, "Write it", **GRACE)) == PLAN_GONE
    text = card.read_text(encoding="utf-8")
    assert ("how do I make masks of every kind by machine?" in text) == (kind == "phrasing")
    assert ("Rare words become several pieces" in text) == (kind == "amend")
    assert read(ledger, lambda session: [(row.kind, row.slug) for row in session.scalars(select(PromotionRow))]) == [(kind, "masks")]


async def test_a_form_that_makes_no_card_says_why_and_what_was_typed_comes_back(
    at_work: tuple[AtWork, dict[str, Any]], ledger: Ledger, small: Path
) -> None:
    service, chosen = at_work
    before = snapshot(small)
    async with in_discord(service, **chosen) as discord:
        said = await answered_by_grace(discord, ledger)
        possible = await whisper_of(discord, await discord.click(said, "Make it a card", **GRACE))
        refused = await planned_new(discord, possible, "Two Words", "Tokens", "My own words.")
        assert "is not a promotion" in refused["content"]
        assert refused["content"].endswith(f"{YOURS}\nTwo Words\nTokens\nMy own words.")
        refused = await planned_new(discord, possible, "labels")
        assert refused["content"].startswith("there is a card 'labels' already: choose another slug")
        opened = await discord.click(possible, "New card", **GRACE)
        await discord.until(lambda: opened["id"] in discord.people.forms)
        # She loses the role while she types.
        lost = await told(discord, await discord.fill_in(opened, "tokens", "Tokens", **GRACE | {"roles": []}))
        assert lost.startswith(f"{ONLY_MENTORS}\n\n{YOURS}\ntokens\nTokens\n{ANSWER[:20]}")
    assert snapshot(small) == before


async def test_only_mentors_make_cards_and_a_plan_does_not_outlive_a_restart(
    at_work: tuple[AtWork, dict[str, Any]], ledger: Ledger, small: Path
) -> None:
    service, chosen = at_work
    before = snapshot(small)
    async with in_discord(service, **chosen) as discord:
        said = await answered_by_grace(discord, ledger)
        assert await told(discord, await discord.click(said, "Make it a card", **EVE)) == ONLY_MENTORS
        possible = await whisper_of(discord, await discord.click(said, "Make it a card", **GRACE))
        assert await told(discord, await discord.click(possible, "New card", **EVE)) == ONLY_MENTORS
        plan = await planned_new(discord, possible, "tokens")
        assert await told(discord, await discord.click(plan, "Write it", **EVE)) == ONLY_MENTORS
    again = StandIn()
    again.channels.threads |= discord.threads
    again.channels.messages |= discord.messages
    async with in_discord(service, again, **chosen):
        assert await told(again, await again.click(plan, "Write it", **GRACE)) == PLAN_GONE
        # The buttons before it work as they did.
        possible = await whisper_of(again, await again.click(said, "Make it a card", **GRACE))
        assert "New card" in labels(possible)
    assert snapshot(small) == before


async def test_the_message_of_an_answer_has_a_menu_entry_that_makes_it_a_card_and_others_say_no(
    at_work: tuple[AtWork, dict[str, Any]], ledger: Ledger
) -> None:
    service, chosen = at_work
    async with in_discord(service, **chosen) as discord:
        await answered_by_grace(discord, ledger)
        carrier = next(one for one in discord.messages.values() if ANSWER[:30] in as_read(one) and one["author"]["id"] == ME)
        other = await discord.say("Hello.", names_us=False, author=user("7", "lin"))
        assert other["channel_id"] == GENERAL
        assert await told(discord, await discord.people.use_on("Make it a card", carrier, **EVE)) == ONLY_MENTORS
        assert await told(discord, await discord.people.use_on("Make it a card", other, **GRACE)) == NO_ANSWER_HERE
        possible = await whisper_of(discord, await discord.people.use_on("Make it a card", carrier, **GRACE))
        assert "New card" in labels(possible)
    menu = next(each for each in discord.commands[""] if each["name"] == "Make it a card")
    assert menu["default_member_permissions"] == str(1 << 13)


async def test_a_new_card_must_not_answer_what_a_mentor_marks_beside_it(
    at_work: tuple[AtWork, dict[str, Any]], ledger: Ledger, small: Path, tmp_path: Path
) -> None:
    service, chosen = at_work
    targets = next(small.rglob("targets.md"))
    targets.write_text(targets.read_text(encoding="utf-8").replace("title: About targets and goals", "title: Targets"), encoding="utf-8")
    service.refresh()
    text = "Labels of wood are cut by a program. They can be read by people, and they are counted after training."
    async with in_discord(service, **chosen) as discord:
        said = await answered_by_grace(discord, ledger, text, "who cuts about labels of wood with a saw at night by hand?")
        possible = await whisper_of(discord, await discord.click(said, "Make it a card", **GRACE))
        plan = await planned_new(discord, possible, "wooden-labels", "Wooden labels")
        (choice,) = [each for row in plan["components"] for each in row["components"] if each["type"] == 3]
        beside = choice["options"][0]["label"]
        marked = await whisper_of(discord, await discord.people.choose(plan, choice["custom_id"], ["1"], **GRACE))
        assert f"- must not answer: “{beside}”" in marked["content"]
        assert "has a new card" in await told(discord, await discord.click(marked, "Write it", **GRACE))
    assert beside in (tmp_path / "home" / "regression.jsonl").read_text(encoding="utf-8")
