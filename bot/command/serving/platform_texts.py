"""An answer as each platform would send it, for the desk's preview of a card."""

from __future__ import annotations

from collections.abc import Sequence

from bot.adapters.discord.messages.render import messages
from bot.adapters.discourse.posting.post_text import MARK, post_text
from bot.values import Answer


def platform_texts(answer: Answer, sources: Sequence[str]) -> dict[str, list[str]]:
    """Return the messages of an answer by the name of the platform, in the platform's own Markdown."""
    post = MARK.sub("", post_text(answer, sources, key="preview"))
    return {"Discord": messages(answer, sources), "Discourse": [post]}
