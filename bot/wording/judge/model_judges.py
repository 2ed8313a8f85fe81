"""The kinds of judges: a chat model that reads a whole draft, and models that read one claim at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.wording.judge.judgement import Judgement, Ruling
from knowledge.errors import PlatformError, UsageError
from knowledge.words import content_stems

if TYPE_CHECKING:
    from bot.wording.prompt.assemble import Prompt

# A classifier's chance from which on it finds a claim supported.
SUPPORTED = 0.5
# A model that reads all notes together doesn't say which it means; the likeliest are named, and no more than these.
MOST_NAMED = 2

# Sends a prompt to the judge's model and returns the reply.
Ask = Callable[["Prompt"], str]
# Say of a claim and notes: whether they support it; how likely; the label of natural-language inference and the note that gave it.
Says = Callable[[str, Sequence[str]], bool]
Chance = Callable[[str, Sequence[str]], float]
Infers = Callable[[str, Sequence[str]], tuple[str, int | None]]


class OffForm(PlatformError):
    """The judge's model answered, and its reply is no judgement."""


@dataclass(frozen=True)
class ChatJudge:
    """A chat model that judges a draft in one call; a prompt may take `budget_tokens` at most."""

    name: str
    ask: Ask
    budget_tokens: int

    def judge(self, asked: Sequence[str], notes: Sequence[str], sentences: Sequence[str]) -> list[Judgement]:
        """Judge every sentence of a draft; see `Judge`."""
        # LangChain takes seconds to import, and most installations have no judge.
        from bot.wording.prompt.judging import judging_prompt, read_judgements  # noqa: PLC0415

        prompt = judging_prompt(asked, notes, sentences)
        if prompt.tokens > self.budget_tokens:
            room = f"{prompt.tokens} tokens and has room for {self.budget_tokens}"
            raise UsageError(f"the judge's prompt may take {room}: set ASKWELL_MODEL_CONTEXT higher")
        reply = self.ask(prompt)
        try:
            return read_judgements(reply, notes=len(notes), sentences=len(sentences))
        except PlatformError as error:
            raise OffForm(f"{self.name}: {error}") from error


@dataclass(frozen=True)
class ClaimJudge:
    """A model that says of one claim at a time whether the notes, read as one document, support it."""

    name: str
    says: Says

    def judge(self, asked: Sequence[str], notes: Sequence[str], sentences: Sequence[str]) -> list[Judgement]:
        """Judge every sentence of a draft; see `Judge`."""
        return [
            Judgement(Ruling.SUPPORTED, nearest_notes(sentence, notes))
            if self.says(with_question(sentence, asked), notes)
            else Judgement(Ruling.UNSUPPORTED, (), f"{self.name} doesn't find it in the notes")
            for sentence in sentences
        ]


@dataclass(frozen=True)
class InferenceJudge:
    """An entailment model: single notes entail or contradict a sentence, or all together entail it."""

    name: str
    infers: Infers

    def judge(self, asked: Sequence[str], notes: Sequence[str], sentences: Sequence[str]) -> list[Judgement]:
        """Judge every sentence of a draft; see `Judge`."""
        return [self._one(sentence, with_question(sentence, asked), notes) for sentence in sentences]

    def _one(self, sentence: str, claim: str, notes: Sequence[str]) -> Judgement:
        label, row = self.infers(claim, notes)
        if label == "contradiction" and row is not None:
            return Judgement(Ruling.CONTRADICTED, (row + 1,), f"the note says “{notes[row]}”")
        if label == "entailment":
            return Judgement(Ruling.SUPPORTED, nearest_notes(sentence, notes) if row is None else (row + 1,))
        return Judgement(Ruling.UNSUPPORTED, (), f"{self.name} finds it in no note")


def says_by_chat(ask: Ask) -> Says:
    """Return what asks a MiniCheck model on a server of a claim."""

    def says(claim: str, notes: Sequence[str]) -> bool:
        from bot.wording.prompt.judging import document_prompt, read_yes_or_no  # noqa: PLC0415

        reply = ask(document_prompt(" ".join(notes), claim))
        try:
            return read_yes_or_no(reply)
        except PlatformError as error:
            raise OffForm(str(error)) from error

    return says


def says_by_chance(chance: Chance) -> Says:
    """Return what asks a classifier of a claim."""
    return lambda claim, notes: chance(claim, notes) > SUPPORTED


def nearest_notes(sentence: str, notes: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers, from 1, of the notes that share most words with a sentence; none if none shares any, as in another language.

    >>> nearest_notes("The tide turns at noon.", ["Boats wait.", "At noon the tide turns."])
    (2,)
    >>> nearest_notes("Mittags kippt die Flut.", ["Boats wait.", "At noon the tide turns."])
    ()
    """
    left = set(content_stems(sentence))
    stems = [frozenset(content_stems(note)) for note in notes]
    named: list[int] = []
    while len(named) < min(MOST_NAMED, len(notes)):
        row = max(range(len(notes)), key=lambda each: len(left & stems[each]))
        if not left & stems[row]:
            break
        named.append(row + 1)
        left -= stems[row]
    return tuple(named)


def with_question(sentence: str, asked: Sequence[str]) -> str:
    """Return a sentence as a claim by itself: one that opens with a verdict together with the question that it answers.

    >>> with_question("No, at noon.", ["does the tide turn at nine?"])
    'Asked “does the tide turn at nine?”, the answer is: No, at noon.'
    """
    opening = sentence.lstrip("*_ ").partition(" ")[0].rstrip(",.:;!*_").lower()
    if opening not in {"yes", "no", "true", "false"} or not asked:
        return sentence
    stems = set(content_stems(sentence))
    question = max(asked, key=lambda each: len(stems & set(content_stems(each))))
    return f"Asked “{question}”, the answer is: {sentence}"
