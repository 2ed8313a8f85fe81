"""The lines after a decision: what was done, what will be sent to learners, and how to undo it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from bot.command.reviewing.lines import counted, plain, quoted
from bot.review.decisions.outcomes import DECIDED, UNHEARD, Outcome, QueuedMessage
from bot.review.outbox.delivery_rows import NOT_REACHED_LATER, DeliveryKind

SENT_AS = {
    DeliveryKind.POST: "the answer as a new message",
    DeliveryKind.EDIT: "a change of the message that they have",
    DeliveryKind.TELL: "a message to them",
}


def outcome_lines(found: Outcome) -> list[str]:
    """Return the lines on a decision: what was done, what will be sent, and how to undo it."""
    numbers = [each.question_id for each in found.questions]
    lines = [f"{counted('Question', numbers)} {DECIDED[found.decision]} by {plain(found.mentor)}: decision {found.review_id}."]
    lines += [f"    with it {each.question_id:>5} {quoted(each.text)}" for each in found.questions[1:]]
    lines += [f"Question {each.question_id} had {plain(each.replaced)}, which this replaces." for each in found.questions if each.replaced]
    by = shlex.quote(found.mentor)
    lines += [
        f"To have it answered so from now on: askwell review promote {each.question_id} --as phrasing:{each.passage_of} --by {by}"
        for each in found.questions
        if each.passage_of
    ]
    if found.decision not in UNHEARD:
        away = [each.question_id for each in found.questions if each.platform in NOT_REACHED_LATER]
        lines += delivery_plan_lines(found.queued, [number for number in numbers if number not in away])
        if away:
            lines.append(f"Nothing will be sent for {counted('question', away)}, asked in a terminal, where nobody can be reached later.")
    undo = f"askwell review undo {found.review_id} --as {shlex.quote(found.mentor)}"
    lines.append(f"To undo it{', until it is delivered' if found.queued else ''}: {undo}")
    return lines


def delivery_plan_lines(owed: Sequence[QueuedMessage], numbers: Sequence[int]) -> list[str]:
    """Return the lines on what will be sent to the askers of some questions, one for all who get the same."""
    alike: dict[tuple[str, str], list[int]] = {}
    for number in numbers:
        rows = [each for each in owed if each.question_id == number]
        what = " and ".join(SENT_AS[each.kind] + (f" ({quoted(each.note)})" if each.note else "") for each in rows)
        alike.setdefault((rows[0].platform if rows else "", what), []).append(number)
    return [
        f"To be sent to {askers(its)} on {platform}: {what}." if what else f"Nothing will be sent to {askers(its)}."
        for (platform, what), its in alike.items()
    ]


def askers(numbers: Sequence[int]) -> str:
    """Return the askers of some questions in words for a sentence."""
    return f"the asker{'s' if len(numbers) > 1 else ''} of {counted('question', numbers)}"
