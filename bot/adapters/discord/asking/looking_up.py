"""The commands that look something up: a card by its title, and how to use Askwell."""

from __future__ import annotations

import discord
from discord.app_commands import Choice

from bot.adapters.discord.messages.render import SMALL, prose, without_previews
from bot.adapters.discord.messages.send import defer, whisper
from bot.adapters.discord.messages.split import split
from bot.service import Service
from knowledge.reading.card import Slug
from knowledge.words import words

# Source: Discord's API, "autocomplete": up to 25 choices, each with a name of up to 100 characters.
MOST_CHOICES = 25
MOST_NAME = 100
NO_SUCH_CARD = "There is no such explanation. Choose one from the list that appears while you type."
HOW_TO = """\
**Ask** by mentioning me in a channel, by a direct message, or with `/ask` (`private: True` shows the answer to you alone). \
On anybody's message, **Apps → Ask about this message** asks what it asks, before you alone.
**Go on** by replying to my message or mentioning me in the thread: "simpler", "an example", "are you sure?", "quiz me".
**Say what you think of an answer** with the buttons below it. "Ask a mentor" puts your question before a person.
**A draft** was put together from the mentors' explanations; *confirmed*, *corrected* and *withdrawn* are mentors' decisions, \
and you are told if yours changes.
`/concept` shows an explanation by its name. `/my-questions` shows, exports or removes what I keep of you; `/privacy` says what that is."""


def concepts(service: Service, typed: str) -> list[Choice[str]]:
    """Return the cards that fit what was typed so far: those whose title begins so, then those that have its words."""
    wanted = typed.strip().lower()
    cards = sorted(service.library.base.cards.values(), key=lambda card: card.title.lower())
    begins = [card for card in cards if card.title.lower().startswith(wanted)]
    has = [card for card in cards if card not in begins and all(word in card.title.lower() for word in words(wanted))]
    return [Choice(name=card.title[:MOST_NAME], value=card.slug) for card in [*begins, *has][:MOST_CHOICES]]


async def show_concept(service: Service, interaction: discord.Interaction, named: str) -> None:
    """Show a card's short answer and sources to whoever asked; its name may be typed without a choice from the list."""
    if not await defer(interaction, private=True):
        return
    cards = service.library.base.cards
    card = cards.get(Slug(named)) or next((each for each in cards.values() if each.title.lower() == named.strip().lower()), None)
    if card is None:
        await whisper(interaction, [NO_SUCH_CARD])
        return
    sources = [f"{SMALL}Source: {without_previews(source.markdown())}" for source in card.sources]
    await whisper(interaction, split("\n".join([f"**{prose(card.title)}**\n\n{prose(card.short_answer)}\n", *sources])))


async def show_how_to(interaction: discord.Interaction) -> None:
    """Show how to use Askwell."""
    if await defer(interaction, private=True):
        await whisper(interaction, [HOW_TO])
