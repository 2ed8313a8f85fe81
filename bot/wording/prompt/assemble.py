"""A prompt is assembled from a file's texts, few-shot examples and what a learner wrote, as messages and as one text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import BaseMessage, SystemMessage
from langchain_core.prompts import ChatPromptTemplate, FewShotChatMessagePromptTemplate

from bot.wording.prompt.budget import cut, inert, tokens
from bot.wording.prompt.notes import Note
from bot.wording.prompt.templates import PromptFile

# The most earlier messages, and the shares of the budget that each of them and the question may take.
EARLIER = 3
EARLIER_SHARE = 0.04
QUESTION_SHARE = 0.25
# A server's chat template, or the marks of the one text, add a few tokens to each message.
MESSAGE_TOKENS = 14
# OpenAI takes four at most. A small model begins another answer or another example after its own.
STOP = ("</answer>", "<answer>", "<example>", "<notes>")
# An example is one exchange before the question.
EXCHANGE = ChatPromptTemplate.from_messages([("human", "{request}"), ("ai", "{reply}")])


@dataclass(frozen=True)
class Prompt:
    """The prompt for one call.

    `messages` are for a chat model; `text` is the same for a base model, which continues it until one of `stop`. The note behind the
    citation [1] is the first of `notes`; `examples` are the names of the few-shot examples; `tokens` is the most that all takes. `form` is
    the JSON schema of the reply, if it has one, and `share_of_time` the part of the model's time that the call may take.
    """

    version: str
    messages: tuple[BaseMessage, ...]
    text: str
    examples: tuple[str, ...]
    notes: tuple[Note, ...]
    stop: tuple[str, ...]
    tokens: int
    form: dict[str, Any] | None = None
    share_of_time: float = 1.0


@dataclass
class Purse:
    """The rest of a budget of tokens."""

    left: int

    def pays(self, cost: int) -> bool:
        """Take the cost, unless it is more than the rest."""
        if cost > self.left:
            return False
        self.left -= cost
        return True


def messages_of(file: PromptFile, shots: Sequence[tuple[str, str]], request: str) -> tuple[BaseMessage, ...]:
    """Return the rules, the examples as what a learner and the assistant said, and the request."""
    few = FewShotChatMessagePromptTemplate(
        examples=[{"request": asked, "reply": reply} for asked, reply in shots], example_prompt=EXCHANGE, input_variables=[]
    )
    chat = ChatPromptTemplate.from_messages([SystemMessage(file.rules), few, ("human", "{request}")])
    return tuple(chat.invoke({"request": request}).to_messages())


def base_text(messages: Sequence[BaseMessage]) -> str:
    """Return messages as one text that ends where the answer begins."""
    rules, *shots, request = [message.text for message in messages]
    shown = [
        f"<example>\n{asked}\n<answer>\n{reply}\n</answer>\n</example>\n\n" for asked, reply in zip(shots[::2], shots[1::2], strict=True)
    ]
    return f"{rules}\n\n{''.join(shown)}{request}\n<answer>\n"


def shortened(turns: Sequence[str], budget_tokens: int) -> list[str]:
    """Return the last few messages of a conversation, inert, none so long that it leaves no room for the notes."""
    earlier = [cut(inert(turn), int(budget_tokens * EARLIER_SHARE)) for turn in turns[-1 - EARLIER : -1]]
    return [*(turn for turn in earlier if turn.strip()), cut(inert(turns[-1]), int(budget_tokens * QUESTION_SHARE))]


def filled_request(file: PromptFile, conversation: Sequence[str], **noted: str) -> str:
    """Fill the part of the prompt that examples and the question share."""
    earlier = ""
    if len(conversation) > 1:
        earlier = file.fill("Earlier", messages="\n".join(f"- {turn}" for turn in conversation[:-1])) + "\n"
    return file.fill("Request", earlier=earlier, question=conversation[-1], **noted)


def exchange_tokens(asked: str, reply: str) -> int:
    """Return the most tokens that one example takes."""
    return tokens(asked) + tokens(reply) + 2 * MESSAGE_TOKENS


def fixed_tokens(file: PromptFile, request: str) -> int:
    """Return the most tokens of a prompt without its examples."""
    return tokens(file.rules) + tokens(request) + 2 * MESSAGE_TOKENS
