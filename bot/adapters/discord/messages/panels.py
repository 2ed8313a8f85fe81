"""One message of an answer as a value, and its layout in Discord's components: a coloured frame, and buttons below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import discord
from discord.ui import ActionRow, Button, Container, Item, LayoutView, Separator, TextDisplay

# Source: Discord's API, "components reference": 40 components a message, and 5 buttons a row.
PER_ROW = 5
# Source: Discord's documentation, "text display" and "using message components": 4000 characters over all texts of a message.
MOST_TEXT = 4_000

T = TypeVar("T")


@dataclass(frozen=True)
class Link:
    """A button that opens a web page."""

    label: str
    url: str


@dataclass(frozen=True)
class Panel:
    """One message: its text, the small print below that, links, and buttons; `colour` is the frame's, as 0xRRGGBB."""

    text: str
    small: str = ""
    colour: int | None = None
    links: tuple[Link, ...] = ()
    buttons: tuple[Item[Any], ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the texts in their order."""
        return tuple(text for text in (self.text, self.small) if text)


def layout(panel: Panel) -> LayoutView:
    """Lay a panel out; each sending needs a layout of its own."""
    frame: Container[LayoutView] = Container(accent_colour=panel.colour)
    if panel.text:
        frame.add_item(TextDisplay(panel.text))
    if panel.text and panel.small:
        frame.add_item(Separator(spacing=discord.SeparatorSpacing.small))
    if panel.small:
        frame.add_item(TextDisplay(panel.small))
    for links in rows(panel.links):
        frame.add_item(ActionRow(*(Button(label=link.label, url=link.url) for link in links)))
    view = LayoutView(timeout=None).add_item(frame)
    for buttons in rows(panel.buttons):
        view.add_item(ActionRow(*buttons))
    return view


def rows(things: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield things in rows as long as Discord's."""
    for start in range(0, len(things), PER_ROW):
        yield things[start : start + PER_ROW]
