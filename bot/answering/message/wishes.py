"""Wishes about an explanation are granted: simpler, deeper, a question to check oneself, or a hint first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from bot.answering.compose import pieces as parts
from bot.answering.compose.sayings import either
from bot.answering.compose.sections import MAX_WORDS, Composed, Shown
from bot.answering.message.form import Form, read_form
from bot.answering.thread import own_words
from bot.values import Piece
from index.search.library import Found
from index.store.passages import prose
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card
from knowledge.reading.course import Course
from knowledge.sentences import sentences
from knowledge.words import any_of, any_word, content_stems, stem, words


class Wish(StrEnum):
    """A wish about the explanation before a message, or about a card that the message names."""

    SIMPLER = "simpler"
    DEEPER = "deeper"
    CHECK = "check"


OF_WHAT = {
    Wish.SIMPLER: "Gladly, but there is nothing before this that I could put more simply. What is it about?",
    Wish.DEEPER: "Gladly, but there is nothing before this that I could go deeper into. What is it about?",
    Wish.CHECK: "Gladly. Which topic shall I ask you about{example}?",
}
TRY_IT = "*Try it in your own words, and I'll show you the card's answer to compare with.*"
COMPARE = "Compare yours with the card's answer:"
NO_DEEPER = "That was all that the card explains about it. Further reading is in its sources{related}."
HINT = (
    "This looks like graded work, so here is a hint first. It is about **{title}**. Ask yourself:\n\n{question}\n\n"
    "*Say \"show me\" for the explanation.*"
)  # fmt: skip
SIMPLER = any_of(
    r"\bsimpl(?:er|y|ify|ified)\b|\bin simple\b|\bplain(?:er)? (?:english|words|language|terms)\b|\bplainly\b",
    r"\beli ?5\b|\blike i(?:'?m| am)(?: a)? (?:five|5|child|kid|beginner|dummy)\b|\bfor dummies\b|\bdumb (?:it|that|this) down\b",
    r"\beasier (?:words|way|terms|please)\b|\btoo (?:complicated|technical|hard|complex|dense|much)\b|\bin (?:other|fewer) words\b",
    r"^\W*(?:even )?(?:easier|shorter)\b",
)
DEEPER = any_of(
    r"\bdeeper\b|\bin (?:more |greater )?(?:depth|detail)\b|\bmore (?:details?|detailed|depth|technical|in-depth)\b|\belaborate\b",
    r"\bthe (?:math|maths|mathematics|formula|formulas|equation|equations|theory)\b|\bmathematically\b|\btell me more\b|\bgo on\b",
    r"\bmore (?:about|on) (?:it|this|that)\b|^\W*(?:and )?more\W*(?:please)?\W*$|\bexpand on\b|\bunder the hood\b",
)
CHECK = any_of(
    r"(?<!will )(?<!going to )(?<!gonna )(?<!might )(?<!could )\b(?:quiz|test|examine) me\b|\bcheck[ -](?:yourself|myself)\b",
    r"^\W*(?:can you |please |let me |i want to )*check (?:my|our) (?:understanding|knowledge)(?: (?:of|on) [\w -]{2,40})?\W*$",
    r"\bask me (?:a|an|one|some|another)\b[\w ]{0,20}\b(?:questions?|exercises?)\b|\blet me (?:test|check) myself\b",
    r"\bgive me (?:a|an|one|some|another)? ?(?:quiz|test|practice|check|control|exercise|exercises)\b",
)
SHOW = re.compile(
    r"^\W*(?:ok(?:ay)?|please|just|yes|now|can you|could you|i give up|no idea|idk)?\W*(?:please |just )?"
    r"(?:(?:show|tell|give)(?: (?:me|us))?(?: (?:it|that|the (?:answers?|explanations?|solutions?)))?(?: now)?"
    r"|i give up|reveal(?: it)?|the answers?)(?:,? please)?\W*$",
    re.IGNORECASE,
)
GRADED = any_of(
    r"\b(?:home ?work|assignments?|problem set|pset|worksheet|course ?work|take-home|graded|mid-?term|final exam)\b",
    r"\b(?:my|the|our|an?|this|on|for) (?:exam|test paper|exam paper|quiz)\b(?! me)",
    r"\bdue (?:tonight|today|tomorrow|by|on|at|in)\b|\bquestion \d+ (?:of|on|from|in)\b|\b(?:worth|for) \d+ (?:marks|points)\b",
    r"\bhausaufgabe|\bdevoirs?\b|\bdeberes\b|\bдомашн|作业",
)
# Words of wishes that name no topic.
WISH_WORDS = frozenset(
    stem(word)
    for word in words(
        """simpler simply simplify simple plain plainer plainly english words language terms eli5 five child kid beginner dummy dummies dumb
        down easier shorter short too complicated technical hard complex dense fewer other put say explain even deeper depth detail details
        detailed greater elaborate math maths mathematics formula formulas equation equations theory mathematically go expand hood quiz test
        examine check myself yourself understanding knowledge learning practice question questions exercise exercises give ask topic bit
        little way want like need show know tell try please make easy version summary summarize again one now ready i'm 5"""
    )
)
ATTEMPT_STARTS = re.compile(
    r"^\W*(?:what|how|why|who|whose|when|where|explain|tell|show me (?:an?|some)|give me|can you|could you|compare|define)\b", re.IGNORECASE
)
GUESS_WORDS = 12
MATHS = re.compile(r"=|\blog\b|\bln\b|\bexp\b|\bformula|\bminus\b|\bsum\b|\d\.\d")
FENCED = re.compile(r"```.*?```", re.DOTALL)
MOST_EXAMPLE_WORDS = 60


def wish_of(turn: str) -> Wish | None:
    """Return the wish of a message; None if it asks for something else.

    >>> wish_of("can you put it more simply?").value
    'simpler'
    >>> wish_of("Is rye simpler than wheat?") is None
    True
    """
    if CHECK.search(turn):
        return Wish.CHECK
    if topic_words(turn):
        return None
    return Wish.SIMPLER if SIMPLER.search(turn) else Wish.DEEPER if DEEPER.search(turn) else None


def topic_words(turn: str) -> set[str]:
    """Return the stems of a message that are not part of a wish."""
    return own_words(turn) - WISH_WORDS


def topic_of(turn: str) -> str:
    """Return the topic of a wish to be quizzed: the message without the words of the wish."""
    return re.sub(r"\s+", " ", CHECK.sub(" ", turn)).strip(" ?.!,:")


def of_what(wish: Wish, course: Course) -> str:
    """Ask which explanation a wish is about."""
    example = f": for example {either(idea.name for idea in course.ideas)}" if course.ideas else ""
    return OF_WHAT[wish].format(example=example)


@lru_cache(maxsize=8)
def not_graded(not_homework: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of what the field calls an assignment and no teacher gives: "the label assignment"."""
    return re.compile(rf"\b{any_word(not_homework)}\b", re.IGNORECASE)


def is_graded(turn: str, course: Course) -> bool:
    """Return whether a message looks like graded work.

    >>> is_graded("this is question 3 of my assignment: does salt kill yeast?", Course())
    True
    """
    return bool(GRADED.search(not_graded(course.not_homework).sub(" ", turn)))


def tries_yes_or_no(turns: Sequence[str]) -> bool:
    """Return whether the last turn is a bare yes or no to a question of ours, which elsewhere is small talk."""
    return len(turns) > 1 and wish_of(turns[-2]) is Wish.CHECK and bool({"yes", "yep", "no", "right"} & set(words(turns[-1])))


def wants_shown(turn: str) -> bool:
    """Return whether a message wants the explanation that a hint replaced."""
    return bool(SHOW.match(turn))


def tries(turn: str, course: Course) -> bool:
    """Return whether a message after a question of ours tries an answer or gives up; a new question does neither."""
    if wants_shown(turn):
        return True
    if wish_of(turn) is not None or ATTEMPT_STARTS.match(turn):
        return False
    # "True." tries; "True or false: the loss counts every token." is an item of its own.
    if read_form(turn, course) in {Form.BLANK, Form.QUIZ} and len(content_stems(turn)) > 1:
        return False
    return "?" not in turn or len(turn.split()) <= GUESS_WORDS


def check_piece(card: Card) -> Piece:
    """Return the card's question to check oneself by, its answer under a spoiler."""
    return Piece(card.slug, "check_yourself", card.check_yourself, 1.0)


def unasked(card: Card, base: KnowledgeBase, shown: Shown) -> Card:
    """Return the card, or the first neighbour whose question was not asked if the card's question was."""
    near = [base.cards[slug] for slug in (card.slug, *card.confused_with, *card.related) if slug in base.cards]
    return next((each for each in near if check_piece(each).key not in shown), card)


def check_question(card: Card) -> Composed:
    """Ask the card's question."""
    piece = check_piece(card)
    return Composed(f"**Check yourself: {card.title}**\n\n{piece.text}\n\n{TRY_IT}", (piece,))


def halves_of_check(card: Card) -> tuple[str, str]:
    """Return the card's question and its answer without the spoiler."""
    question, _, answer = card.check_yourself.partition("||")
    return question.strip(), answer.replace("||", "").strip()


def after_attempt(card: Card, found: Found, shown: Shown) -> Composed:
    """Answer an attempt with the card's answer, and with the short answer if it was not shown yet."""
    _, answer = halves_of_check(card)
    piece = Piece(card.slug, "check_answer", answer, 1.0)
    short = parts.short_answer(card, found)
    more = () if short.key in shown else (short,)
    return Composed("\n\n".join([f"{COMPARE} {answer}", *(each.text for each in more)]), (piece, *more))


def hint(card: Card) -> Composed:
    """Point to the concept by its question, without the answer."""
    question, _ = halves_of_check(card)
    return Composed(HINT.format(title=card.title, question=question), (Piece(card.slug, "hint", question, 1.0),))


def simpler(card: Card, before: str, found: Found) -> Composed:
    """Return the plainest sentences of the short answer and one example, shorter than the explanation before."""
    most = len(before.split())
    first, *rest = sentences(prose(card.short_answer))
    plainest = min(rest, key=hardness, default="")
    fenced = FENCED.search(card.example)
    block = "" if fenced is None else fenced.group(0)
    texts = [" ".join(filter(None, (first, plainest))), first]
    short_example = f"For example:\n{block}" if block and len(block.split()) <= MOST_EXAMPLE_WORDS else ""
    choices = [[text, short_example] if short_example else [text] for text in texts] + [[text] for text in texts]
    chosen = next((each for each in choices if sum(len(text.split()) for text in each) < most), [first])
    piece = replaced_text(parts.short_answer(card, found), chosen[0])
    pieces = (piece, replaced_text(parts.example(card, found), chosen[1])) if len(chosen) > 1 else (piece,)
    return Composed("\n\n".join(chosen), pieces)


def replaced_text(piece: Piece, text: str) -> Piece:
    """Return a part of a piece under its own name, so that the whole piece still counts as unread."""
    return Piece(piece.slug, f"{piece.name}:plain", text, piece.fit)


def hardness(sentence: str) -> float:
    """Return how hard a sentence is to read: long words, many words, brackets, figures and capitals."""
    said = words(sentence)
    odd = len(re.findall(r"[()`=]|\d|\b[A-Z]{2,}", sentence))
    return sum(len(word) for word in said) / max(1, len(said)) + len(said) / 6 + odd


def deeper(turn: str, card: Card, base: KnowledgeBase, found: Found, shown: Shown) -> Composed:
    """Return paragraphs and corrections of a card that this conversation has not shown, those with formulas first if asked for."""
    pieces = sorted(parts.paragraphs(card, found), key=lambda piece: piece.name) + parts.corrections(card, found)
    if re.search(r"math|formula|equation", turn, re.IGNORECASE):
        pieces.sort(key=lambda piece: not MATHS.search(piece.text))
    left = [piece for piece in pieces if piece.key not in shown]
    chosen: list[Piece] = []
    for piece in left:
        if not chosen or sum(each.length for each in chosen) + piece.length <= MAX_WORDS:
            chosen.append(piece)
    if not chosen:
        neighbours = [base.cards[slug].title for slug in (*card.confused_with, *card.related)[:2] if slug in base.cards]
        related = ", and close to it are " + " and ".join(f"**{title}**" for title in neighbours) if neighbours else ""
        return Composed(NO_DEEPER.format(related=related), (parts.short_answer(card, found),))
    return Composed("\n\n".join(piece.text for piece in chosen), tuple(chosen))


def granted(wish: Wish, turn: str, card: Card, *, base: KnowledgeBase, found: Found, shown: Shown, before: str) -> Composed:
    """Grant a wish about a card; `before` is the last explanation."""
    if wish is Wish.CHECK:
        return check_question(unasked(card, base, shown))
    return simpler(card, before, found) if wish is Wish.SIMPLER else deeper(turn, card, base, found, shown)


def is_check(pieces: Sequence[Piece]) -> bool:
    """Return whether an answer was a card's question to the learner."""
    return len(pieces) == 1 and pieces[0].name == "check_yourself"
