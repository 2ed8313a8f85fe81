"""The search for each question of a message, read with what the message says before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.answering.card_names import named_card
from bot.answering.compose.sections import Shown, fresh, piece_of
from bot.answering.follow_up import leaning, own_words
from bot.answering.message.conversation import Thread
from bot.answering.message.find_passages import ELSEWHERE, LEANS_LITTLE, is_alike, leaned_on, search
from bot.answering.message.split_questions import MOST_QUESTIONS, Asked, questions_in
from bot.values import Piece
from index.search.blending import mixed
from index.search.library import Found, Library
from index.search.reader import ReadPassage

# A question's chances come in equal parts from reading it alone and with what is said before it, and in this part from the whole message:
# of two to four questions' passages most are right so. Source: several.jsonl, public_kind.jsonl, in_scope.jsonl in index/labels/fit/.
SHARE_JOINT = 0.5
SHARE_WHOLE = 0.4
# A question that is as sure as this to be settled alone needs nothing that is said before it.
CLEAR_ALONE = 0.75
# A question that is like no passage is about something else if it has so many words of its own, and cards know a lower share of them.
OWN_WORDS = 4
KNOWN = 0.7


@dataclass(frozen=True)
class FoundFor:
    """One question of a message, the passages that may settle it, best first, and the chance that it's settled.

    It `is_elsewhere` if it is about something that the course doesn't speak of.
    """

    asked: Asked
    read: tuple[ReadPassage, ...]
    sure: float
    is_elsewhere: bool = False


def found_for_each(turn: str, whole: Found, library: Library, thread: Thread | None = None) -> list[FoundFor]:
    """Search for each of two to four questions of one message; nothing for any other number of them.

    `whole` was found for the message, `thread` is the conversation that it may lean on.
    """
    questions = questions_in(turn)
    if not 2 <= len(questions) <= MOST_QUESTIONS:
        return []
    if thread is not None and leaning(questions[0].own) > LEANS_LITTLE:
        before = leaned_on(thread)
        questions = [replace(each, setting=f"{before} {each.setting}".strip()) for each in questions]
    found = [found_with(each, library) for each in questions]
    return [found_for(asked, each, whole, library) for asked, each in zip(questions, found, strict=True)]


def found_for(asked: Asked, found: Found, whole: Found, library: Library) -> FoundFor:
    """Return what was found for a question, weighed with what was found for its message unless it only names a card."""
    read = found.read if named_card(asked.own, library) else mixed(found, whole, SHARE_WHOLE).read
    return FoundFor(asked, read, found.settled, is_elsewhere(asked, found))


def is_elsewhere(asked: Asked, found: Found) -> bool:
    """Return whether a question of several words is like no passage, most words in no card, or nearer to a topic beyond the course."""
    beyond = found.beyond is not None and found.settled < ELSEWHERE and not is_alike(found, found.beyond[1])
    unlike = not found.settled and len(own_words(asked.own)) >= OWN_WORDS and found.known_share < KNOWN
    return beyond or unlike


def found_with(asked: Asked, library: Library) -> Found:
    """Search for a question alone and together with what its message says before it."""
    alone = search(asked.own, library)
    # A question with a topic of its own that is like no passage is about something else, whatever stands before it.
    elsewhere = own_words(asked.own) and not alone.settled
    clear = alone.settled >= CLEAR_ALONE or named_card(asked.own, library) is not None
    if asked.whole == asked.own or elsewhere or clear:
        return alone
    return mixed(alone, library.search(asked.whole), SHARE_JOINT)


def pieces_for(founds: Sequence[FoundFor], library: Library, shown: Shown = frozenset()) -> list[Piece]:
    """Return the best piece for each question, in their order; questions with the same one are one question."""
    pieces = [fresh([piece_of(read, library.base) for read in each.read], shown)[0] for each in founds]
    return list({piece.key: piece for piece in pieces}.values())
