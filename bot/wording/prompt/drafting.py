"""The prompt for an answer in the model's own words: rules, examples, notes and question, within a budget of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.values import CleanText
from bot.wording.prompt import notes
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
from bot.wording.prompt.budget import inert
from bot.wording.prompt.notes import Offered
from bot.wording.prompt.templates import PromptFile, prompt_file
from knowledge.errors import Refused, UsageError
from knowledge.reading.card import Example

# So many passages go in before the next example.
AT_A_TIME = 4


def build(turns: tuple[CleanText, ...], passages: Sequence[Offered], examples: Sequence[Example], *, budget_tokens: int) -> Prompt:
    """Build the prompt for a conversation's last turn out of passages and examples, the best first.

    Raises:
        Refused: there is no passage to compose an answer from.
        UsageError: the budget is too small for even one passage, or the prompt file is broken.
    """
    file = prompt_file()
    if not passages:
        raise Refused("no card was retrieved for this question, so there is nothing that a model may say")
    conversation = shortened(turns, budget_tokens)
    purse = Purse(budget_tokens - fixed_tokens(file, filled_request(file, conversation, notes="")))
    taken: list[Offered] = []
    shots: dict[str, tuple[str, str]] = {}
    for offer in offers(passages, examples):
        if isinstance(offer, Offered):
            taken += [offer] if purse.pays(notes.passage_tokens(offer)) else []
        else:
            shot = example_request(file, offer), inert(offer.answer)
            shots |= {offer.name: shot} if purse.pays(exchange_tokens(*shot)) else {}
    if not taken:
        raise UsageError(f"a prompt of {budget_tokens} tokens has no room for a card: set ASKWELL_MODEL_CONTEXT higher")
    noted = notes.in_order(taken)
    # The example most like the question goes last, next to it.
    names = tuple(reversed(shots))
    messages = messages_of(file, [shots[name] for name in names], filled_request(file, conversation, notes=notes.markdown(noted)))
    return Prompt(file.version, messages, base_text(messages), names, noted, STOP, budget_tokens - purse.left)


def offers(passages: Sequence[Offered], examples: Sequence[Example]) -> Iterator[Offered | Example]:
    """Yield all that a prompt may hold, the most important first: a few passages and an example, in turn."""
    for start in range(0, max(len(passages), AT_A_TIME * len(examples)), AT_A_TIME):
        yield from passages[start : start + AT_A_TIME]
        yield from examples[start // AT_A_TIME : start // AT_A_TIME + 1]


def example_request(file: PromptFile, example: Example) -> str:
    """Return an example's notes and question in the shape of the real ones."""
    return filled_request(file, [inert(turn) for turn in example.turns], notes=inert(example.notes))
