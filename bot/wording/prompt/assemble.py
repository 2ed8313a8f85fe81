"""A prompt is assembled from system text, few-shot examples, notes and question, within a budget of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from bot.values import Answer, CleanText
from bot.wording.prompt import notes
from bot.wording.prompt.budget import cut, inert, tokens
from bot.wording.prompt.few_shot import choose_examples, compared_text
from bot.wording.prompt.notes import Part
from bot.wording.prompt.templates import PromptFile, prompt_file
from index.search.library import Library
from knowledge.errors import Refused, UsageError
from knowledge.reading.card import Card, Example, Slug

# The most earlier messages, and the shares of the budget that each of them and the question may take.
EARLIER = 3
EARLIER_SHARE = 0.04
QUESTION_SHARE = 0.25
# This many mistakes, those nearest to the question, go in before the rest of the cards.
NEAREST_MISTAKES = 3
# A server's chat template adds a few tokens to each message.
MESSAGE_TOKENS = 10
# OpenAI takes four at most. A small model begins another answer or another example after its own.
STOP = ("</answer>", "<answer>", "<example>", "<notes>")


@dataclass(frozen=True)
class Prompt:
    """The prompt for one question.

    `messages` are for a chat model; `text` is the same for a base model, which continues it until one of `stop`. The card behind the
    citation [1] is the first of `notes`; `examples` are the names of the few-shot examples; `tokens` is the most that all takes. `form` is
    the JSON schema of the reply, if it has one.
    """

    version: str
    messages: tuple[BaseMessage, ...]
    text: str
    examples: tuple[str, ...]
    notes: tuple[Slug, ...]
    stop: tuple[str, ...]
    tokens: int
    form: dict[str, Any] | None = None


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


def build(turns: tuple[CleanText, ...], answer: Answer, library: Library, examples: Sequence[Example], *, budget_tokens: int) -> Prompt:
    """Build the prompt for a conversation's last turn from the cards that were cited and retrieved for it.

    `examples` are those of the knowledge folder, and approved answers in the same form.

    Raises:
        Refused: there is no card to compose an answer from.
        UsageError: the budget is too small for even the best card, or the prompt file is broken.
    """
    file = prompt_file()
    cards = notes.cards_for(answer, library.base)
    if not cards:
        raise Refused("no card was retrieved for this question, so there is nothing that a model may say")
    conversation = shortened(turns, budget_tokens)
    purse = Purse(budget_tokens - fixed_tokens(file, conversation))
    chosen = choose(offers(cards, turns, library, choose_examples(turns, library, examples)), file, purse)
    if not chosen.parts:
        raise UsageError(f"a prompt of {budget_tokens} tokens has no room for a card: set ASKWELL_MODEL_CONTEXT higher")
    request = filled_request(file, notes.markdown(chosen.parts), conversation)
    # The example most like the question goes last, next to it.
    shots = [(each, example_request(file, each)) for each in reversed(chosen.examples)]
    return Prompt(
        version=file.version,
        messages=(SystemMessage(file.fill("System")), *spoken(shots), HumanMessage(request)),
        text=base_text(file, shots, request),
        examples=tuple(each.name for each, _ in shots),
        notes=tuple(card.slug for number, card in enumerate(cards, start=1) if any(part.note == number for part in chosen.parts)),
        stop=STOP,
        tokens=budget_tokens - purse.left,
    )


@dataclass(frozen=True)
class PromptParts:
    """Parts of notes and examples that fit the budget, the best examples first."""

    parts: list[Part]
    examples: list[Example]


def choose(offered: Iterator[Part | Example], file: PromptFile, purse: Purse) -> PromptParts:
    """Take parts and examples in their order, as far as the budget goes."""
    taken: list[Part] = []
    shown: list[Example] = []
    numbers: list[int] = []
    for offer in offered:
        if isinstance(offer, Example):
            cost = example_tokens(file, offer)
            if purse.pays(cost):
                shown.append(offer)
        elif offer.kind is notes.PartKind.SHORT_ANSWER:
            # A note's number is its place, so after one that does not fit there can be no other.
            if offer.note == len(numbers) + 1 and purse.pays(offer.tokens):
                numbers.append(offer.note)
                taken.append(offer)
        elif offer.note in numbers and purse.pays(offer.tokens):
            taken.append(offer)
    return PromptParts(taken, shown)


def offers(cards: Sequence[Card], turns: tuple[str, ...], library: Library, examples: Sequence[Example]) -> Iterator[Part | Example]:
    """Yield all that a prompt may hold, the most important first."""
    found = library.search(compared_text(turns))
    numbered = list(enumerate(cards, start=1))
    mistakes = notes.mistakes(numbered, found)
    yield notes.short_answer(*numbered[0])
    yield from notes.facts(*numbered[0], found)
    yield from examples[:1]
    for number, card in numbered[1:]:
        yield notes.short_answer(number, card)
    yield from mistakes[:NEAREST_MISTAKES]
    yield from examples[1:2]
    for number, card in numbered[1:]:
        yield from notes.facts(number, card, found)
    yield from notes.contrasts(cards, library.base)
    yield from examples[2:3]
    yield from sorted([*mistakes[NEAREST_MISTAKES:], *notes.paragraphs(numbered, found)], key=lambda part: -part.fit)
    yield from examples[3:]


def shortened(turns: Sequence[str], budget_tokens: int) -> list[str]:
    """Return the last few messages of a conversation, inert, none so long that it leaves no room for the notes."""
    earlier = [cut(inert(turn), int(budget_tokens * EARLIER_SHARE)) for turn in turns[-1 - EARLIER : -1]]
    return [*(turn for turn in earlier if turn.strip()), cut(inert(turns[-1]), int(budget_tokens * QUESTION_SHARE))]


def fixed_tokens(file: PromptFile, conversation: Sequence[str]) -> int:
    """Return the tokens of the prompt without notes and examples, as messages or as one text, whichever is more."""
    around = max(tokens(file.fill("System")) + 2 * MESSAGE_TOKENS, tokens(file.fill("Base", examples="", request="")))
    return around + tokens(filled_request(file, "", conversation))


def example_tokens(file: PromptFile, example: Example) -> int:
    """Return the most tokens that one example takes."""
    marks = tokens(file.fill("Base example", request="", answer=""))
    return tokens(example_request(file, example)) + tokens(example.answer) + max(marks, 2 * MESSAGE_TOKENS)


def filled_request(file: PromptFile, noted: str, conversation: Sequence[str]) -> str:
    """Fill the part of the prompt that examples and the question share."""
    earlier = ""
    if len(conversation) > 1:
        earlier = file.fill("Earlier", messages="\n".join(f"- {turn}" for turn in conversation[:-1])) + "\n"
    return file.fill("Request", notes=noted, earlier=earlier, question=conversation[-1])


def example_request(file: PromptFile, example: Example) -> str:
    """Return an example's notes and question in the shape of the real ones."""
    return filled_request(file, inert(example.notes), [inert(turn) for turn in example.turns])


def spoken(shots: Sequence[tuple[Example, str]]) -> Iterator[BaseMessage]:
    """Yield examples as what a learner and the assistant said."""
    for example, request in shots:
        yield HumanMessage(request)
        yield AIMessage(inert(example.answer))


def base_text(file: PromptFile, shots: Sequence[tuple[Example, str]], request: str) -> str:
    """Return the whole prompt as one text that ends where the answer begins."""
    shown = [file.fill("Base example", request=each, answer=inert(example.answer)) + "\n\n" for example, each in shots]
    return file.fill("Base", examples="".join(shown), request=request) + "\n"
