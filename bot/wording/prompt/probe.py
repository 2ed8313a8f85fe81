"""The smallest prompt, which shows that a model answers."""

from __future__ import annotations

from langchain_core.messages import HumanMessage

from bot.wording.prompt.assemble import Prompt
from bot.wording.prompt.budget import tokens


def probe() -> Prompt:
    """Return a question that every model answers with something."""
    text = "Say yes."
    return Prompt("probe-1", (HumanMessage(text),), text + "\n", (), (), (), tokens(text))
