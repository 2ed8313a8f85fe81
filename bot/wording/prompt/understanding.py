"""The prompt that turns a conversation into the questions that are asked, and the reply to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from bot.values import CleanText
from bot.wording.prompt.assemble import STOP, Prompt, base_text, exchange_tokens, filled_request, fixed_tokens, messages_of, shortened
from bot.wording.prompt.replies import read_reply, schema_of
from bot.wording.prompt.templates import UNDERSTAND, prompt_file
from index.search.query import is_foreign
from knowledge.errors import UsageError

MOST_QUESTIONS = 3
MOST_QUESTION_CHARS = 300
ENGLISH = "English"
# The learner has an answer already, and a model that thinks longer about what was asked won't write one in time.
SHARE_OF_TIME = 0.4

QuestionText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]


class AskedReply(BaseModel):
    """The reply of the model that understands."""

    questions: Annotated[list[QuestionText], Field(min_length=1)]
    language: str = ENGLISH


@dataclass(frozen=True)
class Understood:
    """The questions of a message, each clear by itself and in English, and the language that its learner writes in."""

    questions: tuple[str, ...]
    language: str = ENGLISH

    @property
    def english(self) -> bool:
        """Return whether the learner writes in English."""
        return self.language.lower() in {"english", "en"}


def understanding_prompt(turns: tuple[CleanText, ...], *, budget_tokens: int) -> Prompt:
    """Build the prompt that asks what a conversation's last turn asks.

    Raises:
        UsageError: the budget is too small, even for a message that was shortened.
    """
    file = prompt_file(UNDERSTAND)
    request = filled_request(file, shortened(turns, budget_tokens))
    messages = messages_of(file, file.shots, request)
    cost = fixed_tokens(file, request) + sum(exchange_tokens(*shot) for shot in file.shots)
    if cost > budget_tokens:
        raise UsageError(f"a prompt of {budget_tokens} tokens has no room for what is asked: set ASKWELL_MODEL_CONTEXT higher")
    return Prompt(file.version, messages, base_text(messages), (), (), STOP, cost, schema_of(AskedReply), SHARE_OF_TIME)


def read_understood(reply: str) -> Understood:
    """Read the reply to that prompt.

    Raises:
        PlatformError: it names no question.
    """
    read = read_reply(reply, AskedReply)
    questions = [" ".join(question.split())[:MOST_QUESTION_CHARS] for question in read.questions]
    language = read.language.strip() or ENGLISH
    return Understood(tuple(dict.fromkeys(questions))[:MOST_QUESTIONS], language)


def as_read(question: str) -> Understood:
    """Return what the curated answer's reading understood: one question, in whatever language."""
    return Understood((question,), "" if is_foreign(question) else ENGLISH)
