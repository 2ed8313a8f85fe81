"""The queue of questions, and the dossier of one, as lines for a terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot.command.reviewing.lines import claimant, colon, commit, moment, plain, quoted
from bot.ledger.tables import OWED
from bot.review.dossier import Dossier, ShownAnswer
from bot.review.queue.triage import Queue, Waiting
from bot.review.queue.worth import span
from knowledge.short_line import short_line

GROUPS_SHOWN = 8
NUMBERS_SHOWN = 10
PASSAGE_CHARS = 400


def queue_text(found: Queue, now: dt.datetime) -> str:
    """Render the queue: how much waits, and the questions, that of most worth first."""
    head = total_line(found)
    if not found.listed:
        return f"{head}\n\nNone of them is what you look for." if found.total else head
    more = [f"{found.unlisted} more {'entry' if found.unlisted == 1 else 'entries'}: --most N lists so many."] if found.unlisted else []
    return "\n\n".join([head, *("\n".join(waiting_lines(each, now)) for each in found.listed), *more])


def total_line(found: Queue) -> str:
    """Return how many questions wait, in which groups, and how many messages are left out."""
    nothing = "1 message that asks nothing is" if found.left_out == 1 else f"{found.left_out} messages that ask nothing are"
    left = f" {nothing} left out (--all)." if found.left_out else ""
    if not found.total:
        return f"No question waits for a mentor.{left}"
    biggest = ", ".join(f"{plain(each.name)} ({len(each.numbers)})" for each in found.groups[:GROUPS_SHOWN] if len(each.numbers) > 1)
    more = f": {biggest}{', …' if len(found.groups) > GROUPS_SHOWN else ''}" if biggest else ""
    waits = "1 question waits" if found.total == 1 else f"{found.total} questions wait"
    groups = "1 group" if len(found.groups) == 1 else f"{len(found.groups)} groups"
    return f"{waits}, in {groups}{more}.{left}"


def groups_text(found: Queue) -> str:
    """Render the groups of the queue, each with its questions."""
    rows = [f"{len(each.numbers):>5}  {plain(each.name)}: {numbers_text(each.numbers)}" for each in found.groups]
    return "\n".join([total_line(found), "", *rows]) if rows else total_line(found)


def numbers_text(numbers: Sequence[int]) -> str:
    """Return the first of some numbers."""
    return ", ".join(map(str, numbers[:NUMBERS_SHOWN])) + (", …" if len(numbers) > NUMBERS_SHOWN else "")


def waiting_lines(each: Waiting, now: dt.datetime, *, whole: bool = False) -> Iterator[str]:
    """Yield the lines of one question of the queue, its answer in one line or `whole`, for who is to confirm it."""
    marks = ["STALE"] if each.stale else []
    marks += [f"claimed by {claimant(each.claimed_by, each.claimed_until)}"] if each.claimed_by else []
    head = f"{each.question_id:>5}  worth {each.worth:.1f}, waiting for {span(now - each.since)}, {each.platform}"
    yield " · ".join([head, *marks])
    yield f"       {quoted(each.text)}"
    yield f"       why: {'; '.join(plain(reason) for reason in each.reasons)}"
    if each.cards:
        said = "" if each.confidence is None else f" (confidence {each.confidence:.2f})"
        yield f"       nearest: {plain(each.cards[0].title)} [{each.cards[0].slug}]{said}"
    if each.answer_shown and whole:
        yield "       shown:"
        yield from indented(each.answer_shown)
    elif each.answer_shown:
        yield f"       shown: {short_line(plain(each.answer_shown), PASSAGE_CHARS)}"
    if each.asks_if_settled:
        yield f"       does it settle the question? askwell review near {each.question_id} yes|no --as NAME"
    if each.refused:
        yield "       a mentor said that it doesn't settle the question"
    if each.cluster:
        named = f" ({plain(each.name)})" if each.name else ""
        yield f"       {len(each.cluster)} like it{named}: {numbers_text(each.cluster)}"
    if each.in_group:
        yield f"       group: {plain(each.group)}, with {len(each.in_group)} more: {numbers_text(each.in_group)}"


def dossier_text(found: Dossier, now: dt.datetime) -> str:
    """Render all that is known about one question."""
    blocks = [
        head_lines(found, now),
        titled("Before it", conversation_lines(found)),
        *(answer_lines(each) for each in found.answers),
        titled("Nearest cards", evidence_lines(found)),
        titled("Learners say", (f"{moment(each.at)} {each.kind}{colon(each.reason)}" for each in found.feedback)),
        titled("Decisions", review_lines(found)),
        titled("Mentors disagree", disagreement_lines(found)),
        titled("Messages", delivery_lines(found)),
        titled(
            "Promoted",
            (
                f"{each.promotion_id:>5} {moment(each.at)} {each.kind}:{each.slug} by {plain(each.mentor)}, {each.state}"
                f"{commit(each.commit)}{colon(each.note)}"
                for each in found.promotions
            ),
        ),
        titled("Like it", (f"{each.question_id:>5} ({each.decision or 'open'}) {quoted(each.text)}" for each in found.like)),
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines)


def conversation_lines(found: Dossier) -> Iterator[str]:
    """Yield the conversation before the question: what was asked, and what was answered."""
    for asked, said in found.conversation:
        yield from (f"> {line}".rstrip() for line in plain(asked).splitlines())
        yield from (f"  {line}".rstrip() for line in plain(said).splitlines())


def head_lines(found: Dossier, now: dt.datetime) -> list[str]:
    """Return the question and its state."""
    where = f"{plain(found.platform)}, {plain(found.place)}, {moment(found.asked_at)}"
    lines = [f"Question {found.question_id}, {found.status.replace('_', ' ')}; {where}", *indented(found.text)]
    lines += ["The learner asks for a person."] if found.wants_person else []
    if found.claimed_by and found.claimed_until and found.claimed_until > now:
        lines.append(f"Claimed by {claimant(found.claimed_by, found.claimed_until)}.")
    return lines


def answer_lines(each: ShownAnswer) -> list[str]:
    """Return one answer with its origin and its states."""
    by = " ".join(part for part in (each.composer, each.model or "") if part)
    passed = " → ".join(f"{state.state} {moment(state.at)}" for state in each.passings)
    message = f"; message {plain(each.sent_as)}" if each.sent_as else ""
    lines = [
        f"Answer {each.answer_id}{' (in force)' if each.in_force else ''}: {each.status.replace('_', ' ')}, {by}, "
        f"confidence {each.confidence:.2f}{message}",
        f"    {passed}",
        *indented(each.text),
    ]
    lines += [f"    cited: {', '.join(each.cited)}"] if each.cited else []
    lines += [f"    check: {check_words(check)}" for check in each.checks]
    return lines


def check_words(check: dict[str, Any]) -> str:
    """Return a check's verdict with its sentence and reason; for a whole draft, also the model that wrote it."""
    if check.get("open"):
        return f"partly answered{colon(str(check['open']))}"
    by = f" (by {plain(str(check['model']))})" if check.get("model") else ""
    if check.get("check"):
        return " ".join(plain(str(value)) for value in check.values())
    return (
        plain(str(check.get("verdict") or check.get("draft") or ""))
        + by
        + "".join(colon(str(check[key])) for key in ("sentence", "why") if check.get(key))
    )


def evidence_lines(found: Dossier) -> Iterator[str]:
    """Yield the cards near the question, from the newest answer of the assistant."""
    rows = next((each.evidence for each in reversed(found.answers) if each.evidence), ())
    for row in rows:
        yield f"{row.get('score', 0):.2f} {plain(str(row.get('title')))} [{row.get('slug')}]"
        for kind in ("phrasing", "misconception"):
            if row.get(kind):
                yield f"     {kind} ({row.get(f'{kind}_cosine') or 0:.2f}): {quoted(str(row[kind]))}"


def review_lines(found: Dossier) -> Iterator[str]:
    """Yield all decisions, including undone ones."""
    for each in found.reviews:
        undone = f" (undone {moment(each.undone_at)})" if each.undone_at else ""
        together = f", together with decision {each.of_review_id}" if each.of_review_id else ""
        yield (
            f"{each.review_id:>5} {moment(each.at)} {plain(each.mentor)}: {each.decision.replace('_', ' ')}, from {each.source}"
            f"{together}{undone}{colon(each.reason)}"
        )


def disagreement_lines(found: Dossier) -> Iterator[str]:
    """Yield the pairs of decisions that disagree."""
    for earlier, later in found.disagreements:
        yield (
            f"{plain(earlier.mentor)}: {earlier.decision}{colon(earlier.reason)}; then {plain(later.mentor)}: {later.decision}"
            f"{colon(later.reason)}; {plain(later.mentor)}'s is in force"
        )


def delivery_lines(found: Dossier) -> Iterator[str]:
    """Yield the messages that were or will be sent."""
    for each in found.deliveries:
        state = "to be sent" if each.state == OWED else each.state
        when = f" {moment(each.sent_at)}" if each.sent_at else ""
        tried = f", tried {each.attempts} times, again {moment(each.due_at)}" if each.state == OWED and each.attempts else ""
        why = f" ({plain(each.error)})" if each.error else ""
        yield f"{each.kind}: {state}{when}{tried}{why}{colon(each.note)}"


def titled(title: str, lines: Iterable[str]) -> list[str]:
    """Return a block with its title; nothing without lines."""
    block = [f"    {line}" for line in lines]
    return [f"{title}:", *block] if block else []


def indented(text: str) -> list[str]:
    """Return a text as an indented block."""
    return [f"    | {line}".rstrip() for line in plain(text).splitlines()]
