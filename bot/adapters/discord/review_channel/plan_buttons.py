"""A promotion's plan before a mentor's eyes, and the buttons below it: write it, or first mark what it must not answer."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Self

import discord
from discord.ui import Button, DynamicItem, Item, Select, View

from bot.adapters.discord.messages.send import defer, whisper
from bot.adapters.discord.review_channel.card_clicks import attempt
from bot.adapters.discord.review_channel.clicking_mentor import is_mentor, refuse
from bot.adapters.discord.review_channel.plan_words import plan_text, written_text
from bot.adapters.discord.review_channel.review_forms import MOST_OPTION_CHARS, MOST_OPTIONS
from bot.adapters.discord.review_channel.take_back_button import take_back_row
from bot.review.card_work.cards_by_button import Workshop, must_not_answer, write_card_of
from bot.review.promotion.plan import Plan
from knowledge.short_line import short_line

PLAN_GONE = "This plan was carried out already, or is gone with a restart. Nothing was written by this click: make the plan again."
# A mentor who goes on to other plans has left the first ones.
PLANS_KEPT = 50


class PlannedCards:
    """The newest plans that mentors have seen and not carried out, each under a key that a button can carry; a restart forgets them."""

    def __init__(self) -> None:
        self._plans: OrderedDict[str, Plan] = OrderedDict()

    def put(self, plan: Plan) -> str:
        """Keep a plan; return its key."""
        key = secrets.token_hex(8)
        self._plans[key] = plan
        while len(self._plans) > PLANS_KEPT:
            self._plans.popitem(last=False)
        return key

    def find(self, key: str) -> Plan | None:
        """Return a plan, None if it's no longer here."""
        return self._plans.get(key)

    def take(self, key: str) -> Plan | None:
        """Return a plan that nobody can take a second time, None if it's no longer here."""
        return self._plans.pop(key, None)


class WriteButton(DynamicItem[Button[View]], template=r"askwell:write:(?P<key>[0-9a-f]{16})"):
    """Carries a plan out."""

    def __init__(self, key: str) -> None:
        super().__init__(Button(label="Write it", style=discord.ButtonStyle.success, custom_id=f"askwell:write:{key}"))
        self.key = key

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str], /) -> Self:
        """Make the clicked button out of its custom_id."""
        del interaction, item
        return cls(match["key"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Write the card, and say so to the mentor and in the review channel."""
        client, now = interaction.client, dt.datetime.now(dt.UTC)
        if not is_mentor(interaction, client.choices.mentor_role):
            await refuse(interaction)
            return
        plan = client.planned.take(self.key)
        if plan is None:
            if await defer(interaction, private=True):
                await whisper(interaction, [PLAN_GONE])
            return
        done = await attempt(client, interaction, lambda work: write_card_of(work, plan, now=now))
        if done is None:
            return
        words, row = written_text(plan, done), take_back_row(done.promotion_id)
        await whisper(interaction, [words], view=row)
        if client.board is not None:
            client.board.say(words, take_back_row(done.promotion_id))


class MustNotSelect(DynamicItem[Select[View]], template=r"askwell:mustnot:(?P<key>[0-9a-f]{16})"):
    """Marks the questions beside a new card's that it must not answer."""

    def __init__(self, key: str, item: Select[View]) -> None:
        super().__init__(item)
        self.key = key

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str], /) -> Self:
        """Make the select that was used out of its custom_id."""
        del interaction
        return cls(match["key"], item)  # type: ignore[arg-type]

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the plan with these marks; the one before stays as it was."""
        client, numbers = interaction.client, tuple(sorted(map(int, self.item.values)))

        def marked(_: Workshop) -> Plan | None:
            plan = client.planned.find(self.key)
            return None if plan is None else must_not_answer(plan, numbers)

        await show_plan(client, interaction, marked)


async def show_plan(client: Any, interaction: discord.Interaction, make: Callable[[Workshop], Plan | None], *, text: str = "") -> None:
    """Make a plan and show it with the button that writes it, if nothing is in its way; `text` is what the mentor typed for it."""

    def made(work: Workshop) -> tuple[Plan | None]:
        return (make(work),)

    found = await attempt(client, interaction, made, text)
    if found is None:
        return
    (plan,) = found
    if plan is None:
        await whisper(interaction, [PLAN_GONE])
        return
    await whisper(interaction, [plan_text(plan)], view=plan_row(client, plan, client.planned.put(plan)))


def plan_row(client: Any, plan: Plan, key: str) -> View:
    """Return what a mentor can do with a plan."""
    view = View(timeout=None)
    if not plan.problems:
        view.add_item(WriteButton(key))
    if client.choices.desk_url:
        view.add_item(desk_button(client, plan.question.number))
    if plan.impact.siblings.examples and not plan.problems:
        view.add_item(MustNotSelect(key, beside_select(key, plan)))
    return view


def beside_select(key: str, plan: Plan) -> Select[View]:
    """Return the choice among the questions beside a new card's; those are chosen that it must not answer."""
    options = [
        discord.SelectOption(label=short_line(each.text, MOST_OPTION_CHARS), value=str(number), default=each.text in plan.must_not)
        for number, each in enumerate(plan.impact.siblings.examples[:MOST_OPTIONS], 1)
    ]
    words = "Questions that it must not answer"
    return Select(custom_id=f"askwell:mustnot:{key}", placeholder=words, min_values=0, max_values=len(options), options=options)


def desk_button(client: Any, question_id: int) -> Button[View]:
    """Return the link to the desk's page on what a question's answer could become, with the whole diff and the editor."""
    return Button(label="At the desk", url=f"{client.choices.desk_url}/questions/{question_id}/promote")
