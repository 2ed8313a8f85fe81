"""The prompts that have a model put a mentor's answer into a card, and the replies to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from bot.wording.prompt.assemble import STOP, Prompt, base_text, exchange_tokens, filled_request, fixed_tokens, messages_of, shortened
from bot.wording.prompt.notes import Note, shown
from bot.wording.prompt.replies import read_reply, schema_of
from bot.wording.prompt.templates import FOLDER, prompt_file
from knowledge.errors import UsageError

# What a card says, and how it's found: in two calls, since a reply has to be short.
BODY, HEAD = FOLDER / "card.md", FOLDER / "card_head.md"


def up_to(**most: int) -> Any:
    """Return a bound that a server with schemas keeps a model to, so that a reply ends in time; a longer reply is read all the same."""
    return Field(json_schema_extra=dict(most))


class NamedParagraph(BaseModel):
    """A paragraph of the explanation under its name."""

    name: Annotated[str, up_to(maxLength=50)]
    text: Annotated[str, up_to(maxLength=320)]


class BodyReply(BaseModel):
    """What the card says."""

    title: Annotated[str, up_to(maxLength=60)] = ""
    short_answer: Annotated[str, Field(min_length=1), up_to(maxLength=400)]
    explanation: Annotated[list[NamedParagraph], up_to(maxItems=3)] = []


class BeliefReply(BaseModel):
    """A wrong belief and its correction."""

    belief: Annotated[str, up_to(maxLength=150)]
    correction: Annotated[str, up_to(maxLength=250)]


class HeadReply(BaseModel):
    """How the card is asked for, and what any right answer says."""

    asked_as: Annotated[list[Annotated[str, up_to(maxLength=100)]], up_to(maxItems=6)] = []
    key_facts: Annotated[list[Annotated[str, up_to(maxLength=150)]], up_to(maxItems=4)] = []
    misconceptions: Annotated[list[BeliefReply], up_to(maxItems=1)] = []


def body_prompt(turns: Sequence[str], notes: Sequence[Note], *, budget_tokens: int) -> Prompt:
    """Build the prompt for a card's short answer and explanation.

    Raises:
        UsageError: the budget is too small, or the prompt file is broken.
    """
    return card_prompt(BODY, BodyReply, turns, notes, budget_tokens)


def head_prompt(turns: Sequence[str], notes: Sequence[Note], *, budget_tokens: int) -> Prompt:
    """Build the prompt for a card's phrasings, key facts and misconceptions.

    Raises:
        UsageError: the budget is too small, or the prompt file is broken.
    """
    return card_prompt(HEAD, HeadReply, turns, notes, budget_tokens)


def card_prompt(path: Path, form: type[BaseModel], turns: Sequence[str], notes: Sequence[Note], budget_tokens: int) -> Prompt:
    """Fill one of the two prompt files with all notes: a card that leaves out a part of the answer unread would be wrong."""
    file = prompt_file(path)
    noted = "\n".join(f"[{number}] {shown(note.text)}" for number, note in enumerate(notes, start=1))
    request = filled_request(file, shortened(turns, budget_tokens), notes=noted)
    cost = fixed_tokens(file, request) + sum(exchange_tokens(*shot) for shot in file.shots)
    if cost > budget_tokens:
        raise UsageError(f"the answer takes {cost} tokens in a prompt that has room for {budget_tokens}: set ASKWELL_MODEL_CONTEXT higher")
    messages = messages_of(file, file.shots, request)
    return Prompt(file.version, messages, base_text(messages), (), tuple(notes), STOP, cost, schema_of(form))


def read_body(reply: str) -> BodyReply:
    """Read the reply to `body_prompt`.

    Raises:
        PlatformError: it has another form.
    """
    return read_reply(reply, BodyReply)


def read_head(reply: str) -> HeadReply:
    """Read the reply to `head_prompt`.

    Raises:
        PlatformError: it has another form.
    """
    return read_reply(reply, HeadReply)
