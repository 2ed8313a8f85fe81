"""An answer as each platform would send it, for the desk's preview of a card."""

from __future__ import annotations

from collections.abc import Sequence

from bot.adapters.discord.messages.panels import Panel
from bot.adapters.discord.messages.render import panels
from bot.adapters.discourse.posting.post_text import MARK, post_text
from bot.values import Answer
from knowledge.reading.card import Source


def platform_texts(answer: Answer, sources: Sequence[Source]) -> dict[str, list[str]]:
    """Return the messages of an answer by the name of the platform, in the platform's own Markdown."""
    post = MARK.sub("", post_text(answer, [source.markdown() for source in sources], key="preview"))
    return {"Discord": [in_markdown(panel) for panel in panels(answer, sources)], "Discourse": [post]}


def in_markdown(panel: Panel) -> str:
    """Return a message of components as one text, its links at the end."""
    return "\n\n".join([*panel.texts, *(f"[{link.label}](<{link.url}>)" for link in panel.links)])
