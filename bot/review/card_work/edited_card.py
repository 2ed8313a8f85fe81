"""Plans for texts of cards that a mentor edits by hand, with the same check and the same impact as a promotion."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from bot.review.promotion import edit_card
from bot.review.promotion.make_plan import Basis, with_problems
from bot.review.promotion.new_card import confirmed, is_draft
from bot.review.promotion.plan import Plan, PromotedQuestion, PromotionKind, sha256
from knowledge.errors import KnowledgeError, Refused, UsageError
from knowledge.reading.card_file import Problem, card_paths, parse_card
from knowledge.reading.template import a_year_after

MAX_CARD_CHARS = 100_000
REVIEW_BY = re.compile(r"^(review_by:[ \t]*)\d{4}-\d{2}-\d{2}(?=[ \t]*\r?$)", re.MULTILINE)
# An edit is made for no question.
NO_QUESTION = PromotedQuestion(0, "")


def plan_of_edit(basis: Basis, slug: str) -> Plan:
    """Return a plan that leaves a card as its file is now, for a mentor to edit.

    Raises:
        UsageError: there is no such card.
        KnowledgeError: its file can't be read.
    """
    place = next((path for path in card_paths(basis.knowledge) if path.stem == slug), None)
    if place is None:
        raise UsageError(f"there is no card '{slug}'")
    path = place.relative_to(basis.knowledge).as_posix()
    content = file_now(basis.knowledge, path)
    return Plan(PromotionKind.EDIT, slug, path, decoded(content, path), sha256(content), "", NO_QUESTION, basis.mentor)


def plan_of_confirmation(basis: Basis, slug: str) -> Plan:
    """Return a plan that takes the marks of a model's draft off a card, since a mentor has read it and confirms its wording.

    Raises:
        UsageError: there is no such card.
        Refused: it's no draft.
        KnowledgeError: its file can't be read.
    """
    plan = plan_of_edit(basis, slug)
    if not is_draft(plan.text):
        raise Refused(f"{plan.path} is no model's draft, or was confirmed already")
    return with_text(basis, plan, confirmed(plan.text))


def with_text(basis: Basis, plan: Plan, text: str) -> Plan:
    """Return a plan with another text, its diff and its problems; its impact is not measured yet.

    Raises:
        UsageError: the text is too long for a card.
        Refused: the file was changed since the plan was made.
        KnowledgeError: the file can't be read.
    """
    if len(text) > MAX_CARD_CHARS:
        raise UsageError(f"a card has at most {MAX_CARD_CHARS:,} characters, and this one has {len(text):,}")
    kept = text.replace("\r\n", "\n").rstrip() + "\n"
    old = file_now(basis.knowledge, plan.path)
    if was_changed(plan, old):
        raise Refused(f"{plan.path} was changed meanwhile")
    if b"\r\n" in old:
        # A browser sends one kind of line end; the file keeps its own.
        kept = kept.replace("\n", "\r\n")
    return with_problems(basis, replace(plan, text=kept, mentor=basis.mentor), old)


def read_again(basis: Basis, slug: str) -> Plan:
    """Return a plan that moves the date by which a card is to be read again a year on from today, and changes nothing else.

    Raises:
        UsageError: there is no such card.
        Refused: its date is not on a line of its own, or is that far away already.
        KnowledgeError: the file can't be read.
    """
    plan = plan_of_edit(basis, slug)
    text, changed = REVIEW_BY.subn(rf"\g<1>{a_year_after(basis.today)}", plan.text, count=1)
    if not changed:
        raise Refused(f"{plan.path}: the date of 'review_by' is not on a line of its own: edit the card")
    if text == plan.text:
        raise Refused(f"'{slug}' was read today already")
    return with_text(basis, plan, text)


def over_the_file_now(basis: Basis, plan: Plan) -> Plan:
    """Return a plan as one that was made of the file as it is now: its author has seen that text."""
    old = file_now(basis.knowledge, plan.path)
    return replace(plan, before=sha256(old) if old else "")


def was_changed(plan: Plan, now: bytes) -> bool:
    """Return whether a file is another one than the plan was made of."""
    return (sha256(now) if now else "") != plan.before


def text_of_file(basis: Basis, plan: Plan) -> str:
    """Return the text of a plan's file as it is now, empty if there is none.

    Raises:
        KnowledgeError: it can't be read.
    """
    return decoded(file_now(basis.knowledge, plan.path), plan.path)


def reading_problems(text: str, path: str) -> list[Problem]:
    """Return what keeps a text from being read as a card: the quick part of the check."""
    return parse_card(edit_card.plain(text), path=path)[1]


def file_now(knowledge: Path, path: str) -> bytes:
    """Return a file's content, empty if there is no file.

    Raises:
        KnowledgeError: it can't be read.
    """
    try:
        return (knowledge / path).read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise KnowledgeError(f"{path}: can't be read: {error.strerror or error}") from error


def decoded(content: bytes, path: str) -> str:
    """Return a file's text.

    Raises:
        KnowledgeError: it's no text.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{path}: can't be read: {error}") from error
