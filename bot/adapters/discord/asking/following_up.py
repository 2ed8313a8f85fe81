"""Follow-ups to an answer of `/ask`, by a button and a form: Discord shows no bot the replies to such answers."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, Self

import discord
from discord.ui import Button, DynamicItem, Item, Label, Modal, TextInput, View

from bot.adapters.discord.clicking.buttons import buttons
from bot.adapters.discord.clicking.clicks import typed_values
from bot.adapters.discord.refusals import REFUSED, in_one_line
from bot.values import Answer

log = logging.getLogger(__name__)

LABEL = "Follow up"
TITLE = "Ask on"
PROMPT = "What else would you like to know?"
MOST_TYPED = 2_000
FORM_ID = re.compile(r"askwell:further:(?P<how>open|private)")


class FollowUpButton(DynamicItem[Button[View]], template=r"askwell:follow:(?P<how>open|private)"):
    """Opens the form; the follow-up is answered as openly as the answer was."""

    def __init__(self, how: str) -> None:
        super().__init__(Button(label=LABEL, style=discord.ButtonStyle.primary, custom_id=f"askwell:follow:{how}"))
        self.how = how

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str], /) -> Self:
        """Make the clicked button out of its custom_id."""
        del interaction, item
        return cls(match["how"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Open the form."""
        try:
            await interaction.response.send_modal(follow_up_form(self.how))
        except REFUSED as error:
            log.warning("Discord did not take the form for interaction %s: %s", interaction.id, in_one_line(error))


def follow_up_form(how: str) -> Modal:
    """Return the form for a follow-up."""
    form = Modal(title=TITLE, custom_id=f"askwell:further:{how}")
    text = TextInput[Modal](style=discord.TextStyle.paragraph, custom_id="text", max_length=MOST_TYPED)
    return form.add_item(Label(text=PROMPT, component=text))


def ask_buttons(answer: Answer, how: str = "open") -> list[Item[Any]]:
    """Return the buttons under an answer to `/ask`: those of any answer, and the one to ask on."""
    return [*buttons(answer), FollowUpButton(how)]


def follow_up_in(interaction: discord.Interaction) -> tuple[str, str] | None:
    """Return how openly a filled-in form asks on, and its text; None if the interaction is no such form."""
    sent: Mapping[str, Any] = interaction.data or {}
    form = FORM_ID.fullmatch(str(sent.get("custom_id", "")))
    if interaction.type is not discord.InteractionType.modal_submit or form is None:
        return None
    return form["how"], "\n".join(typed_values(sent.get("components", ())))
