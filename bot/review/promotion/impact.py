"""The impact of a change to the cards: past and labelled questions, answered with the cards before and after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.answering.answer import answer
from bot.answering.follow_up import leaning
from bot.answering.message.find_passages import LEANS_LITTLE
from bot.door.clean_text import clean_text
from bot.ledger.questions import turns_of
from bot.ledger.tables import RECEIVED, QuestionRow
from bot.values import Question, Status
from index.evaluate.labelled_questions import QUESTIONS, Labelled, read_labelled
from index.search.library import Library
from knowledge.short_line import short_line

PAST_MOST = 400
EXAMPLES_MOST = 20
SHOWN_CHARS = 90
DECLINED = "declined"
OUTCOMES: WeakKeyDictionary[Library, dict[tuple[str, ...], str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class ReplayedQuestion:
    """A past question with its number in the ledger, or a labelled one with the cards that settle it (empty if it should be declined)."""

    text: str
    number: int | None = None
    turns: tuple[str, ...] = ()
    slugs: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Change:
    """One question that would be answered from another card; `declined` means no card."""

    text: str
    before: str
    after: str
    number: int | None = None


@dataclass(frozen=True)
class Changes:
    """The number of changes of one kind, and the first of them."""

    count: int = 0
    examples: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Impact:
    """The numbers of questions that were replayed, and those that would be answered differently.

    `lost` labelled questions would be answered rightly before and wrongly after; `won` ones the other way round.
    """

    past: int = 0
    labelled: int = 0
    moved: Changes = field(default_factory=Changes)
    answered: Changes = field(default_factory=Changes)
    declined: Changes = field(default_factory=Changes)
    lost: Changes = field(default_factory=Changes)
    won: Changes = field(default_factory=Changes)
    siblings: Changes = field(default_factory=Changes)

    def row(self) -> dict[str, Any]:
        """Return the impact as the ledger keeps it: counts, and questions by number only, since texts are personal."""
        kept: dict[str, Any] = {"past": self.past, "labelled": self.labelled}
        for name in KINDS:
            changes: Changes = getattr(self, name)
            kept[name] = {
                "count": changes.count,
                "examples": [
                    {key: value for key, value in asdict(each).items() if key != "text"} for each in changes.examples if each.number
                ],
            }
        return kept


KINDS = {
    "moved": "answered from another card",
    "answered": "declined before, answered then",
    "declined": "answered before, declined then",
    "lost": "labelled: right before, wrong then",
    "won": "labelled: wrong before, right then",
}
# The questions beside a new card's are numbered, so that a mentor can mark those that it must not answer.
SIBLINGS = "of the questions beside it answered from the new card; if one must not be, add --must-not with its number:"


def past_questions(session: Session, *, most: int = PAST_MOST) -> list[ReplayedQuestion]:
    """Return the newest questions that were answered or handed over, each once; one that leans on its conversation has its turns."""
    rows = session.execute(
        select(QuestionRow.id, QuestionRow.text)
        .where(QuestionRow.status.not_in([RECEIVED, Status.ASKED_BACK.value]))
        .order_by(QuestionRow.id.desc())
        .limit(most * 3)
    )
    found: dict[tuple[str, ...], ReplayedQuestion] = {}
    for number, text in rows:
        turns = turns_of(session, number) if leaning(text) > LEANS_LITTLE else ()
        turns = turns if len(turns) > 1 else ()
        found.setdefault(tuple(turn.strip().lower() for turn in turns or (text,)), ReplayedQuestion(text, number, turns))
        if len(found) == most:
            break
    return list(found.values())


def labelled_questions(regression: Path, folder: Path = QUESTIONS / "held_out") -> list[ReplayedQuestion]:
    """Return the questions of the evaluation set and of the regression file, if there is one.

    Raises:
        UsageError: a line of either can't be read.
    """
    rows: list[Labelled] = [row for path in sorted(folder.glob("*.jsonl")) for row in read_labelled(path)]
    if regression.exists() and regression.stat().st_size:
        rows += read_labelled(regression)
    return [ReplayedQuestion(row.conversation[-1], None, row.conversation, tuple(row.slugs)) for row in rows]


# Told how many of the questions were replayed.
Progress = Callable[[int], None]


def no_progress(_: int) -> None:
    """Show no progress."""


def impact(questions: Sequence[ReplayedQuestion], before: Library, after: Library, progress: Progress = no_progress) -> Impact:
    """Answer questions with both libraries and return what differs."""
    embed_all(questions, before)
    kinds: dict[str, list[Change]] = {name: [] for name in KINDS}
    for place, question in enumerate(questions):
        progress(place)
        turns = question.turns or (question.text,)
        was, then = outcome_now(turns, before), outcome(turns, after)
        if was != then:
            change = Change(question.text, was, then, question.number)
            kinds["answered" if was == DECLINED else "declined" if then == DECLINED else "moved"].append(change)
            if question.slugs is not None:
                right = question.slugs or (DECLINED,)
                if was in right and then not in right:
                    kinds["lost"].append(change)
                elif then in right and was not in right:
                    kinds["won"].append(change)
    labelled = sum(question.slugs is not None for question in questions)
    return Impact(
        len(questions) - labelled, labelled, **{name: Changes(len(each), tuple(each[:EXAMPLES_MOST])) for name, each in kinds.items()}
    )


def siblings_answered(texts: Sequence[str], slug: str, before: Library, after: Library) -> Changes:
    """Return which of some questions would newly be answered from a card."""
    embed_all([ReplayedQuestion(text) for text in texts], before)
    changes = [Change(text, outcome_now((text,), before), slug) for text in texts if outcome((text,), after) == slug]
    return Changes(len(changes), tuple(changes))


def embed_all(questions: Sequence[ReplayedQuestion], library: Library) -> None:
    """Embed all that will be searched in one batch; the library's encoder remembers the vectors."""
    texts = [view for question in questions for turn in (question.turns or (question.text,)) for view in library.read(turn)[1]]
    if texts:
        library.encode(list(dict.fromkeys(texts)))


def outcome_now(turns: tuple[str, ...], library: Library) -> str:
    """Return the outcome with the library that answers now; it's remembered, since each plan asks for the same ones."""
    known = OUTCOMES.setdefault(library, {})
    if turns not in known:
        known[turns] = outcome(turns, library)
    return known[turns]


def outcome(turns: tuple[str, ...], library: Library) -> str:
    """Return the slug of the card that a question is answered from, `declined` if it isn't answered."""
    result = answer(Question(tuple(map(clean_text, turns)), hands_over=False), library)
    return str(result.cards[0].slug) if result.status is Status.ANSWERED and result.cards else DECLINED


def text(found: Impact) -> str:
    """Render an impact for a mentor: each count, and below it the questions."""
    lines = [f"Asked again: {found.past} past questions and {found.labelled} labelled ones."]
    for name, words in KINDS.items():
        changes: Changes = getattr(found, name)
        lines.append(f"{changes.count:5} {words}")
        for each in changes.examples:
            number = f"{each.number}: " if each.number else ""
            lines.append(f"        {number}{short_line(each.text, SHOWN_CHARS)!r}: {each.before} -> {each.after}")
        if changes.count > len(changes.examples):
            lines.append(f"        and {changes.count - len(changes.examples)} more")
    if found.siblings.count:
        lines.append(f"{found.siblings.count:5} {SIBLINGS}")
        lines += [
            f"{place:12}. {short_line(each.text, SHOWN_CHARS)!r}: {each.before} -> {each.after}"
            for place, each in enumerate(found.siblings.examples, start=1)
        ]
    return "\n".join(lines)


def regression_file(home: Path) -> Path:
    """Return the path of the regression cases; they are in the home because only a card takes learners' words into git."""
    return home / "regression.jsonl"
