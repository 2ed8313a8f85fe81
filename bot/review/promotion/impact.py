"""What a change of the cards would do: past and labelled questions, answered with the cards as they are and as they would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.answering.answer import answer
from bot.answering.message.turn import STANDS
from bot.answering.thread import leaning
from bot.ledger.questions import turns_of
from bot.ledger.tables import RECEIVED, QuestionRow
from bot.review.promotion.phrase import beginning
from bot.values import Question, Status
from index.evaluate.labelled_questions import QUESTIONS, Labelled, read_labelled
from index.search.library import Library

PAST_MOST = 400
EXAMPLES_MOST = 20
SHOWN_CHARS = 90
DECLINED = "declined"
OUTCOMES: WeakKeyDictionary[Library, dict[tuple[str, ...], str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Past:
    """One question asked before, by its number in the ledger, or a labelled one with the cards that settle it (none: to be declined)."""

    text: str
    number: int | None = None
    turns: tuple[str, ...] = ()
    slugs: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Change:
    """One question that would be answered otherwise: from which card before and after, `declined` for none."""

    text: str
    before: str
    after: str
    number: int | None = None


@dataclass(frozen=True)
class Kind:
    """Changes of one kind: how many, and the first of them."""

    count: int = 0
    examples: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Impact:
    """What a change would do: how many questions were asked again, and which would come out otherwise.

    `lost` and `won` are among the labelled: right before and wrong after, and the other way round.
    """

    past: int = 0
    labelled: int = 0
    moved: Kind = field(default_factory=Kind)
    answered: Kind = field(default_factory=Kind)
    declined: Kind = field(default_factory=Kind)
    lost: Kind = field(default_factory=Kind)
    won: Kind = field(default_factory=Kind)

    def row(self) -> dict[str, Any]:
        """Return it as the ledger keeps it: the counts, and questions by their numbers alone, never by their texts."""
        kept: dict[str, Any] = {"past": self.past, "labelled": self.labelled}
        for name in KINDS:
            kind: Kind = getattr(self, name)
            kept[name] = {
                "count": kind.count,
                "examples": [{key: value for key, value in asdict(each).items() if key != "text"} for each in kind.examples if each.number],
            }
        return kept


KINDS = {
    "moved": "answered from another card",
    "answered": "declined before, answered then",
    "declined": "answered before, declined then",
    "lost": "labelled: right before, wrong then",
    "won": "labelled: wrong before, right then",
}


def past_questions(session: Session, *, most: int = PAST_MOST) -> list[Past]:
    """Return the newest questions that were answered or handed over, each once: one that leans on its conversation with its turns."""
    rows = session.execute(
        select(QuestionRow.id, QuestionRow.text)
        .where(QuestionRow.status.not_in([RECEIVED, Status.ASKED_BACK.value]))
        .order_by(QuestionRow.id.desc())
        .limit(most * 3)
    )
    found: dict[tuple[str, ...], Past] = {}
    for number, text in rows:
        turns = turns_of(session, number) if leaning(text) > STANDS else ()
        turns = turns if len(turns) > 1 else ()
        found.setdefault(tuple(turn.strip().lower() for turn in turns or (text,)), Past(text, number, turns))
        if len(found) == most:
            break
    return list(found.values())


def labelled_questions(regression: Path, folder: Path = QUESTIONS / "held_out") -> list[Past]:
    """Return the questions of the evaluation set and of the regression file, where there is one.

    Raises:
        UsageError: a line of either can't be read.
    """
    rows: list[Labelled] = [row for path in sorted(folder.glob("*.jsonl")) for row in read_labelled(path)]
    if regression.exists() and regression.stat().st_size:
        rows += read_labelled(regression)
    return [Past(row.conversation[-1], None, row.conversation, tuple(row.slugs)) for row in rows]


def impact(questions: Sequence[Past], before: Library, after: Library) -> Impact:
    """Answer questions with both libraries and say what differs."""
    warm(questions, before)
    kinds: dict[str, list[Change]] = {name: [] for name in KINDS}
    for question in questions:
        turns = question.turns or (question.text,)
        was, then = remembered(turns, before), outcome(turns, after)
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
        len(questions) - labelled, labelled, **{name: Kind(len(each), tuple(each[:EXAMPLES_MOST])) for name, each in kinds.items()}
    )


def warm(questions: Sequence[Past], library: Library) -> None:
    """Embed all that will be searched in one batch; the library's encoder remembers it."""
    texts = [view for question in questions for turn in (question.turns or (question.text,)) for view in library.read(turn)[1]]
    if texts:
        library.encode(list(dict.fromkeys(texts)))


def remembered(turns: tuple[str, ...], library: Library) -> str:
    """Return the outcome with the library that answers now, which is asked the same with every plan and never changes."""
    known = OUTCOMES.setdefault(library, {})
    if turns not in known:
        known[turns] = outcome(turns, library)
    return known[turns]


def outcome(turns: tuple[str, ...], library: Library) -> str:
    """Return the card that a question is answered from, `declined` if it's not answered."""
    result = answer(Question(turns, hands_over=False), library)
    return str(result.cards[0].slug) if result.status is Status.ANSWERED and result.cards else DECLINED


def text(found: Impact) -> str:
    """Render an impact for a mentor: the counts, and below each the questions."""
    lines = [f"Asked again: {found.past} past questions and {found.labelled} labelled ones."]
    for name, words in KINDS.items():
        kind: Kind = getattr(found, name)
        lines.append(f"{kind.count:5} {words}")
        for each in kind.examples:
            number = f"{each.number}: " if each.number else ""
            lines.append(f"        {number}{beginning(each.text, SHOWN_CHARS)!r}: {each.before} -> {each.after}")
        if kind.count > len(kind.examples):
            lines.append(f"        and {kind.count - len(kind.examples)} more")
    return "\n".join(lines)


def regression_file(home: Path) -> Path:
    """Return where the regression cases lie: in the home, since learners' words go into git only by a card."""
    return home / "regression.jsonl"
