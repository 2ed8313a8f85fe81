"""What a mentor is shown of one question: plain values, none of them a row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from bot.review.dossier.disagreements import Disagreement


@dataclass(frozen=True)
class PassedState:
    """A state that an answer went into."""

    state: str
    at: dt.datetime
    review_id: int | None


@dataclass(frozen=True)
class ShownAnswer:
    """One answer with all that is known of how it came about; `in_force` is the one that the learner has or is to get."""

    answer_id: int
    text: str
    status: str
    state: str
    composer: str
    model: str | None
    prompt: str | None
    examples: tuple[str, ...]
    confidence: float
    cards: tuple[dict[str, Any], ...]
    cited: tuple[str, ...]
    checks: tuple[dict[str, Any], ...]
    evidence: tuple[dict[str, Any], ...]
    created_at: dt.datetime
    sent_as: str | None
    passings: tuple[PassedState, ...]
    in_force: bool


@dataclass(frozen=True)
class ShownFeedback:
    """What a learner said of an answer; `by_asker` says whether it was the one who asked."""

    kind: str
    reason: str
    at: dt.datetime
    answer_id: int | None
    by_asker: bool


@dataclass(frozen=True)
class ShownReview:
    """One decision; `undone_at` is None as long as it stands."""

    review_id: int
    mentor: str
    decision: str
    reason: str
    source: str
    at: dt.datetime
    undone_at: dt.datetime | None
    answer_id: int | None
    result_id: int | None
    of_review_id: int | None


@dataclass(frozen=True)
class ShownDelivery:
    """One message that is owed, or was."""

    delivery_id: int
    kind: str
    state: str
    review_id: int | None
    note: str
    attempts: int
    due_at: dt.datetime
    sent_at: dt.datetime | None
    error: str


@dataclass(frozen=True)
class ShownPromotion:
    """One card that came of the question."""

    promotion_id: int
    mentor: str
    kind: str
    slug: str
    state: str
    commit: str | None
    note: str
    at: dt.datetime


@dataclass(frozen=True)
class LikeQuestion:
    """Another question that is like this one; `decision` is the mentor's word that settled it, None where it's open."""

    question_id: int
    text: str
    status: str
    decision: str | None


@dataclass(frozen=True)
class Dossier:
    """One question with its conversation, its answers, and what learners and mentors said; all in the order in which it happened.

    `claimed_by` is who claimed it last, until `claimed_until`, which may be over. `disagreements` are the decisions of one
    mentor against another's. `like` are the questions like it, nearest first, those still open before those settled.
    """

    question_id: int
    text: str
    platform: str
    place: str
    asked_at: dt.datetime
    status: str
    wants_person: bool
    turns_before: tuple[str, ...]
    answers: tuple[ShownAnswer, ...]
    feedback: tuple[ShownFeedback, ...]
    reviews: tuple[ShownReview, ...]
    deliveries: tuple[ShownDelivery, ...]
    promotions: tuple[ShownPromotion, ...]
    like: tuple[LikeQuestion, ...]
    claimed_by: str | None
    claimed_until: dt.datetime | None
    disagreements: tuple[Disagreement, ...]
