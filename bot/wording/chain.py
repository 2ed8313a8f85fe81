"""The way from a curated answer to a model's, as a chain of LangChain: understand, find, then write and check, or choose."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any

from langchain_core.runnables import Runnable, RunnableLambda, RunnablePassthrough

from bot.answering.compose import pieces as parts
from bot.answering.compose.sections import MAX_WORDS, NOT_SO, PASSAGES, prose_words
from bot.values import Answer, Composer, FoundCard, Piece, Status
from bot.wording.check.certain_rules import ground_of
from bot.wording.check.draft_check import check_draft, rows
from bot.wording.judge.judgement import Judge
from bot.wording.model.chat_model import Writer
from bot.wording.prompt.assemble import Prompt
from bot.wording.prompt.choosing import Choosing, choosing_prompt, read_choice
from bot.wording.prompt.drafting import build
from bot.wording.prompt.few_shot import choose_examples
from bot.wording.prompt.notes import Offered, offered
from bot.wording.prompt.understanding import Understood, as_read, read_understood, understanding_prompt
from bot.wording.worded import Worded
from index.search.library import Found, Library
from knowledge.errors import AskwellError
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Example

log = logging.getLogger(__name__)

# The values that a chain passes on, by name: `curated`, then `understood`, `founds`, `passages` and so on.
Work = dict[str, Any]


@dataclass(frozen=True)
class Steps:
    """The steps of the chain over one library; `judge` is None unless one has passed the course's exam. `laps` are times by step, in ms."""

    writer: Writer
    judge: Judge | None
    library: Library
    examples: Sequence[Example]
    laps: dict[str, float] = field(default_factory=dict)

    def chain(self) -> Runnable[Work, Worded]:
        """Return the chain; it takes the curated answer as `curated`."""
        ask = RunnableLambda(self.writer.write)
        understand = RunnableLambda(self.understanding) | ask | RunnableLambda(read_understood)
        as_today = RunnableLambda(self.read_as_today)
        understood = (
            as_today
            if self.writer.completes
            else understand.with_fallbacks([as_today], exceptions_to_handle=(AskwellError,), exception_key="failed")
        )
        write = RunnablePassthrough.assign(prompt=RunnableLambda(self.drafting)) | RunnablePassthrough.assign(
            draft=self.timed("model", itemgetter("prompt") | ask)
        )
        choose = RunnablePassthrough.assign(choosing=RunnableLambda(self.choosing)) | RunnablePassthrough.assign(
            reply=self.timed("model", itemgetter("choosing") | RunnableLambda(lambda choosing: choosing.prompt) | ask)
        )
        return (
            RunnablePassthrough.assign(understood=self.timed("understand", understood))
            | RunnablePassthrough.assign(founds=RunnableLambda(self.found))
            | RunnablePassthrough.assign(passages=RunnableLambda(self.passages))
            | (choose | RunnableLambda(self.chosen) if self.judge is None else write | RunnableLambda(self.checked))
        )

    def timed(self, step: str, inner: Runnable[Any, Any]) -> Runnable[Any, Any]:
        """Return a step that notes how long it took."""

        def run(work: Any) -> Any:
            started = time.perf_counter()
            try:
                return inner.invoke(work)
            finally:
                self.laps[step] = round((time.perf_counter() - started) * 1000, 2)

        return RunnableLambda(run)

    def understanding(self, work: Work) -> Prompt:
        """Return the prompt that asks what is asked."""
        return understanding_prompt(work["curated"].turns, budget_tokens=self.writer.budget_tokens)

    def read_as_today(self, work: Work) -> Understood:
        """Return the question as the curated answer read it."""
        if "failed" in work:
            log.info("a message is read as without a model: %s", work["failed"])
        return as_read(work["curated"].question)

    def found(self, work: Work) -> list[Found]:
        """Search for each question."""
        return self.library.search_all(work["understood"].questions)

    def passages(self, work: Work) -> list[Offered]:
        """Return the passages for all questions, the best first."""
        return offered(work["founds"], work["curated"].pieces, self.library.base)

    def drafting(self, work: Work) -> Prompt:
        """Return the prompt for an answer in the model's words."""
        turns = work["curated"].turns
        examples = choose_examples(turns, self.library, self.examples)
        return build(turns, work["passages"], examples, budget_tokens=self.writer.budget_tokens)

    def choosing(self, work: Work) -> Choosing:
        """Return the prompt that asks for a choice."""
        return choosing_prompt(work["curated"].turns, work["passages"], budget_tokens=self.writer.budget_tokens)

    def checked(self, work: Work) -> Worded:
        """Check a draft, and return the answer that is left of it, or the curated one."""
        assert self.judge is not None, "without a judge the model chooses"
        curated, prompt, understood, draft = work["curated"], work["prompt"], work["understood"], work["draft"]
        started = time.perf_counter()
        # A translation has the learner's words; in English the model may have added some of its own.
        learner = curated.turns if understood.english else (*curated.turns, *understood.questions)
        ground = ground_of(prompt.notes, learner, self.library, english=understood.english)
        noted: Work = {"prompt": prompt.version, "examples": prompt.examples}
        try:
            checked = check_draft(draft, understood.questions, ground, self.judge)
        except AskwellError as error:
            log.warning("the curated answer is kept, since a draft was not judged: %s", error)
            whole = {"draft": "thrown away", "why": f"not judged: {error}", "model": self.writer.name}
            return Worded(curated.model_copy(update=noted | {"checks": (whole,)}), passed=False, draft=draft)
        self.laps["check"] = round((time.perf_counter() - started) * 1000, 2)
        if curated.status is Status.NEAR and checked.open_points:
            checked = replace(checked, text="", why="part of the question stays open, so the nearest passage stays for a mentor to look at")
        noted["checks"] = rows(checked, ground, self.writer.name)
        if checked.passed:
            noted["status"] = Status.ANSWERED
            cards = cards_with(curated, checked.cited, work["founds"], self.library.base)
            noted |= {"answer": checked.text, "composer": Composer.MODEL, "model": self.writer.name, "cited": checked.cited, "cards": cards}
        return Worded(curated.model_copy(update=noted), passed=checked.passed, draft=draft)

    def chosen(self, work: Work) -> Worded:
        """Return the answer out of the passages that the model chose; the curated one where it chose none, or the same."""
        curated, choosing, reply = work["curated"], work["choosing"], work["reply"]
        chosen = read_choice(reply, choosing)
        pieces = composed_of(chosen, curated.pieces)
        names = ", ".join(f"{piece.slug} ({piece.name})" for piece in chosen)
        text = "\n\n".join(piece.text for piece in pieces)
        passed = bool(pieces) and text != curated.answer
        outcome = "chosen" if passed else "none"
        whole = {"draft": outcome, "why": f"chose {names or 'no passage'}", "model": self.writer.name}
        noted: Work = {"prompt": choosing.prompt.version, "checks": (whole,)}
        if passed:
            cited = tuple(dict.fromkeys(piece.slug for piece in pieces))
            cards = cards_with(curated, cited, work["founds"], self.library.base)
            # The words are the mentors' own, so it stays a curated answer.
            noted |= {"answer": text, "cited": cited, "cards": cards, "pieces": tuple(pieces)}
        return Worded(curated.model_copy(update=noted), passed=passed)


def composed_of(chosen: Sequence[Piece], curated: Sequence[Piece]) -> list[Piece]:
    """Return the chosen pieces and, as far as there is room, the curated answer's; none if none was chosen.

    The correction of what the question wrongly took for granted stays first.
    """
    if not chosen:
        return []
    kept = [piece for piece in curated if piece.text.startswith(NOT_SO)]
    most = len(kept) + max(len(chosen), PASSAGES)
    for piece in (*chosen, *curated):
        if len(kept) < most and piece.key not in {each.key for each in kept}:
            room = prose_words([*kept, piece]) <= MAX_WORDS
            if not kept or (room and not parts.says_again(piece, kept)):
                kept.append(piece)
    return kept


def cards_with(curated: Answer, cited: Sequence[str], founds: Sequence[Found], base: KnowledgeBase) -> tuple[FoundCard, ...]:
    """Return the retrieved cards of an answer, those that another reading of the question found among them if they are cited."""
    known = {card.slug for card in curated.cards}
    chances: dict[str, float] = {}
    for found in founds:
        for hit in found.hits:
            chances[hit.slug] = max(chances.get(hit.slug, 0.0), min(hit.score, 1.0))
    more = [slug for slug in base.cards if slug in cited and slug not in known]
    return (*curated.cards, *(FoundCard(slug=slug, title=base.cards[slug].title, score=round(chances.get(slug, 0.0), 4)) for slug in more))
