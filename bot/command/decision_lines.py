"""What a mentor reads after a decision: what was done, what learners are owed for it, and how to undo it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from bot.command.lines import counted, plain, quoted
from bot.review.decisions.outcomes import Outcome, QueuedMessage
from bot.review.outbox.delivery_rows import NOT_REACHED_LATER, DeliveryKind

SENT_AS = {
    DeliveryKind.POST: "the answer as a new message",
    DeliveryKind.EDIT: "a change of the message that they have",
    DeliveryKind.TELL: "a message to them",
}
DECIDED = {
    "confirm": "confirmed",
    "correct": "corrected",
    "answer": "answered",
    "decline": "declined",
    "withdraw": "withdrawn",
    "second_opinion": "left open for a second opinion",
}


def done_lines(found: Outcome) -> list[str]:
    """Say what a decision came to: what was done, who is owed what, and how to undo it."""
    numbers = [each.question_id for each in found.questions]
    lines = [f"{counted('Question', numbers)} {DECIDED[found.decision]} by {plain(found.mentor)}: decision {found.review_id}."]
    lines += [f"    with it {each.question_id:>5} {quoted(each.text)}" for each in found.questions[1:]]
    if found.decision != "second_opinion":
        away = [each.question_id for each in found.questions if each.platform in NOT_REACHED_LATER]
        lines += owed_lines(found.queued, [number for number in numbers if number not in away])
        if away:
            lines.append(f"Nothing is owed for {counted('question', away)}, asked in a terminal: nobody can be reached there later.")
    undo = f"askwell review undo {found.review_id} --as {shlex.quote(found.mentor)}"
    lines.append(f"To undo it{', until it is delivered' if found.queued else ''}: {undo}")
    return lines


def owed_lines(owed: Sequence[QueuedMessage], numbers: Sequence[int]) -> list[str]:
    """Say what the learners of some questions are owed, and on which platform; what is owed alike is said once."""
    alike: dict[tuple[str, str], list[int]] = {}
    for number in numbers:
        rows = [each for each in owed if each.question_id == number]
        what = " and ".join(SENT_AS[each.kind] + (f" ({quoted(each.note)})" if each.note else "") for each in rows)
        alike.setdefault((rows[0].platform if rows else "", what), []).append(number)
    return [
        f"Owed to {askers(its)} on {platform}: {what}." if what else f"Nothing is owed to {askers(its)}."
        for (platform, what), its in alike.items()
    ]


def askers(numbers: Sequence[int]) -> str:
    """Return who asked some questions, as a sentence has them."""
    return f"the asker{'s' if len(numbers) > 1 else ''} of {counted('question', numbers)}"
