"""The prompt that has a model choose passages instead of writing, and the reply to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from bot.values import CleanText, Piece
from bot.wording.prompt.assemble import (
    STOP,
    Prompt,
    Purse,
    base_text,
    exchange_tokens,
    filled_request,
    fixed_tokens,
    messages_of,
    shortened,
)
from bot.wording.prompt.budget import tokens
from bot.wording.prompt.notes import UNREAD, Offered, shown
from bot.wording.prompt.replies import read_reply, schema_of
from bot.wording.prompt.templates import CHOOSE, prompt_file
from knowledge.errors import PlatformError, Refused, UsageError

# A small model reads few passages well. What is much less likely to settle the question than the best is not shown: a bad choice among
# the rest costs little.
MOST_SHOWN = 8
LEAST_SHARE = 0.1
MOST_CHOSEN = 3
_NUMBER_LIST = re.compile(r"\A\W*\d+(?:\W+(?:and\W+)?\d+)*\W*\Z")


class ChoiceReply(BaseModel):
    """The reply of a model that chooses."""

    passages: list[int]


@dataclass(frozen=True)
class Choosing:
    """A prompt that shows passages, and these passages; number 1 is the first."""

    prompt: Prompt
    shown: tuple[Offered, ...]


def choosing_prompt(turns: tuple[CleanText, ...], passages: Sequence[Offered], *, budget_tokens: int) -> Choosing:
    """Build the prompt that asks which passages answer a conversation's last turn.

    Raises:
        Refused: there is no passage to choose from.
        UsageError: the budget is too small for even one passage, or the prompt file is broken.
    """
    file = prompt_file(CHOOSE)
    if not passages:
        raise Refused("no card was retrieved for this question, so there is nothing to choose from")
    conversation = shortened(turns, budget_tokens)
    cost = fixed_tokens(file, filled_request(file, conversation, notes="")) + sum(exchange_tokens(*shot) for shot in file.shots)
    purse = Purse(budget_tokens - cost)
    taken = tuple(each for each in likely(passages)[:MOST_SHOWN] if purse.pays(tokens(shown(each.piece.text)) + 6))
    if not taken:
        raise UsageError(f"a prompt of {budget_tokens} tokens has no room for a card: set ASKWELL_MODEL_CONTEXT higher")
    noted = "\n".join(f"[{number}] {shown(each.piece.text)}" for number, each in enumerate(taken, start=1))
    messages = messages_of(file, file.shots, filled_request(file, conversation, notes=noted))
    prompt = Prompt(file.version, messages, base_text(messages), (), (), STOP, budget_tokens - purse.left, schema_of(ChoiceReply))
    return Choosing(prompt, taken)


def likely(passages: Sequence[Offered]) -> list[Offered]:
    """Return the passages that are about as likely to settle one of their questions as the best one is."""
    best: dict[int, float] = {}
    for each in passages:
        for number in each.asked if each.piece.fit < UNREAD else ():
            best[number] = max(best.get(number, 0.0), each.piece.fit)
    return [
        each for each in passages if not each.asked or any(each.piece.fit >= LEAST_SHARE * best.get(number, 0.0) for number in each.asked)
    ]


def read_choice(reply: str, choosing: Choosing) -> list[Piece]:
    """Return the passages that a reply names, in its order.

    Raises:
        PlatformError: the reply is no list of their numbers.
    """
    # Small models leave the braces out.
    numbers = list(map(int, re.findall(r"\d+", reply))) if _NUMBER_LIST.match(reply) else read_reply(reply, ChoiceReply).passages
    if not all(1 <= number <= len(choosing.shown) for number in numbers):
        raise PlatformError(f"the model names a passage that there is not: {len(choosing.shown)} were shown")
    return [choosing.shown[number - 1].piece for number in dict.fromkeys(numbers)][:MOST_CHOSEN]
