"""The form of a new card: its short name, its title, its folder, its words, and its question in other words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import discord
from discord.ui import Label, Modal, Select, TextInput

from bot.adapters.discord.review_channel.review_forms import MOST_OPTIONS, MOST_TYPED
from bot.review.card_work.cards_by_button import CardWords, Possible
from bot.review.promotion.new_card import TITLE_MAX_CHARS
from bot.review.promotion.phrasings import phrasings_typed

CARD_FORM_ID = re.compile(r"askwell:card:(?P<question>[0-9]{1,10})")
SLUG_CHARS = 60
ALSO_CHARS = 1000


@dataclass(frozen=True)
class TypedCard:
    """A filled-in form of a new card."""

    slug: str
    words: CardWords

    def __str__(self) -> str:
        return "\n".join(part for part in (self.slug, self.words.title, self.words.text, *self.words.also) if part)


def card_form(found: Possible) -> Modal:
    """Return the form of a new card for an answer; a longer answer than a form holds is taken as it was sent."""
    asked = found.question
    form = Modal(title="A new card", custom_id=f"askwell:card:{asked.number}")
    slug = TextInput[Modal](custom_id="slug", max_length=SLUG_CHARS, placeholder="kv-cache-size")
    form.add_item(Label(text="Its short name", description="Lower-case letters, figures and hyphens", component=slug))
    title = TextInput[Modal](custom_id="title", required=False, max_length=TITLE_MAX_CHARS)
    form.add_item(Label(text="Its title", description="Without one, it's made of the short name", component=title))
    if found.groups:
        folders = [
            discord.SelectOption(label=name, value=name, default=not place) for place, name in enumerate(found.groups[:MOST_OPTIONS])
        ]
        form.add_item(Label(text="Its folder", component=Select[Modal](custom_id="group", options=folders)))
    if len(asked.answer) <= MOST_TYPED:
        text = TextInput[Modal](style=discord.TextStyle.paragraph, custom_id="text", max_length=MOST_TYPED, default=asked.answer)
        form.add_item(Label(text="Its words", description="They begin with 2 to 4 sentences that stand alone", component=text))
    also = TextInput[Modal](style=discord.TextStyle.paragraph, custom_id="also", required=False, max_length=ALSO_CHARS)
    form.add_item(Label(text="Its question in other words", description="One a line, as learners have asked it", component=also))
    return form


def typed_card(sent: Mapping[str, Any]) -> TypedCard:
    """Read a filled-in form."""
    fields: dict[str, str] = {}
    for label in sent.get("components", ()):
        field = label.get("component") or {}
        fields[str(field.get("custom_id"))] = str(field.get("value") or next(iter(field.get("values") or ()), "")).strip()
    also = tuple(phrasings_typed(fields.get("also", "")))
    return TypedCard(fields.get("slug", ""), CardWords(fields.get("title", ""), fields.get("group", ""), fields.get("text", ""), also))
