"""All that is kept of one person: shown to them, exported for them, or removed by them."""

from __future__ import annotations

import json
from pathlib import Path

from bot.forgetting import forget_everywhere
from bot.ledger.own_questions import feedback_of_person, questions_of
from bot.review.outbox.send_and_retry import answer_of
from bot.review.question_state import known_question, newest_answer
from bot.service import Service
from bot.values import Answer, State
from knowledge.errors import UsageError
from knowledge.short_line import short_line

SHOWN = 20
LINE_CHARS = 160
NOTHING_KEPT = "I have no questions of yours."
FORGOTTEN = "Done: your questions, the answers to them and what you said of answers are removed ({count} questions)."
STATES = {State.CONFIRMED: ", confirmed", State.CORRECTED: ", corrected", State.WITHDRAWN: ", withdrawn"}


def own_questions(service: Service, platform: str, person: str) -> str:
    """Return a person's last questions, a line each.

    Raises:
        UsageError: there is no ledger.
        LedgerUnavailable: it can't be read now.
    """
    with service.kept_ledger().transaction() as session:
        found = questions_of(session, platform, person)
        lines = [
            f"- {row.asked_at:%Y-%m-%d}: {short_line(row.text, LINE_CHARS)} *({row.status.replace('_', ' ')}"
            f"{STATES.get(State(answers[-1].state), '') if answers else ''})*"
            for row, answers in found[:SHOWN]
        ]
    if not lines:
        return NOTHING_KEPT
    older = f"\n- and {len(found) - SHOWN} older" if len(found) > SHOWN else ""
    return f"I keep {len(found)} question{'s' * (len(found) != 1)} of yours:\n" + "\n".join(lines) + older


def own_export(service: Service, platform: str, person: str) -> bytes:
    """Return everything that is kept of a person, as JSON.

    Raises:
        UsageError: there is no ledger.
        LedgerUnavailable: it can't be read now.
    """
    with service.kept_ledger().transaction() as session:
        questions = [
            {
                "asked_at": row.asked_at.isoformat(),
                "message": row.message_id,
                "text": row.text,
                "status": row.status,
                "answers": [
                    {"at": each.created_at.isoformat(), "text": each.text, "state": each.state, "composer": each.composer}
                    for each in answers
                ],
            }
            for row, answers in questions_of(session, platform, person)
        ]
        said = [{"at": row.at.isoformat(), "kind": row.kind, "reason": row.reason} for row in feedback_of_person(session, platform, person)]
    kept = {"platform": platform, "account": person, "questions": questions, "feedback": said}
    return json.dumps(kept, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def forget_own(service: Service, home: Path | None, platform: str, person: str) -> str:
    """Remove all that is kept of a person; return what was done.

    Raises:
        UsageError: there is no ledger.
        LedgerUnavailable: it can't be written now; doing the same again finishes it.
    """
    if home is None:
        raise UsageError("this runs without a home, so nothing is kept")
    gone = forget_everywhere(service.kept_ledger(), home, person, platform)
    return FORGOTTEN.format(count=gone.questions) if gone.anything else NOTHING_KEPT


def answer_to(service: Service, question_id: int) -> Answer:
    """Return the newest answer to a question.

    Raises:
        UsageError: there is no such question, or it has no answer.
        LedgerUnavailable: the ledger can't be read now.
    """
    with service.kept_ledger().transaction() as session:
        question = known_question(session, question_id)
        answer = newest_answer(session, question_id)
        if answer is None:
            raise UsageError(f"question {question_id} has no answer")
        return answer_of(answer, question)
