"""Answers to quiz items: the option or verdict that the cards support, under a spoiler with the sentence that settles it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.compose.sections import MAX_WORDS, Composed, prose_words
from bot.answering.message.form import Item, choice_item
from bot.answering.quiz.choice import ALL, Chosen, choose
from bot.answering.statements.evidence import Told
from bot.answering.statements.verdict import judge
from bot.values import Piece
from index.search.library import Library
from index.store.passages import prose
from knowledge.sentences import sentences
from knowledge.words import any_of, content_stems

NO_OPTION = "*No card settles clearly which option is right, so I name none. This is what the cards say about it:*"
NO_VERDICT = "*No card says outright that this is so or not so, so I give no verdict. This is what the cards say about it:*"
# Items that want several options: naming one would be wrong.
SEVERAL_ASKED = any_of(
    r"\ball that (?:apply|are|is)\b|\b(?:select|mark|check|choose|pick|tick) (?:all|two|three)\b|\bwhich (?:two|three|ones)\b",
    r"\bwhich of (?:these|the following|them)(?: \w+)? (?:are|were|do|have|use|update|need|require|change|learn)\b",
)
# What is said of the options may have so many words.
MOST_WORDS = 100
# A longer list is no quiz.
MOST_OPTIONS = 8
MOST_OPTION_WORDS = 30
MOST_STEM_WORDS = 80
MOST_STATEMENT_SENTENCES = 2
YES_OR_TRUE = re.compile(r"\W*T?(?:true|yes|right|correct)\W*", re.IGNORECASE)
NO_OR_FALSE = re.compile(r"\W*F?(?:false|no|wrong|incorrect)\W*", re.IGNORECASE)
ASKS_FOR_VERDICT = re.compile(
    r"(?:\b(?:is|are) (?:it|this|that|the following)(?: statement)? )?\b(?:true|t)\s*(?:or|/)\s*(?:false|f)\b(?: that)?"
    r"|\bquiz\b|\bstatement\b(?=\W*:)",
    re.IGNORECASE,
)
QUOTED = re.compile(r"[\"“«„]([^\"”»“]{12,})[\"”»“]")


@dataclass(frozen=True)
class Lead:
    """The text before the explanation of an item, and the pieces of cards in it."""

    text: str
    pieces: tuple[Piece, ...] = ()


def settled_item(turn: str, explanation: Composed | None, library: Library) -> Composed | None:
    """Return the option or verdict that settles a quiz item, and its explanation as far as there is room; None if nothing settles it."""
    item = choice_item(turn)
    lead = of_choice(item, library) if item is not None and not two_sided(item) else of_statement(turn, item, library)
    if lead is None:
        return None
    return before(lead, () if explanation is None else explanation.pieces)


def unsettled_item(turn: str, explanation: Composed) -> Composed:
    """Say before the explanation that no option or verdict is named, if the message is a quiz item."""
    item = choice_item(turn)
    named_none = NO_VERDICT if item is None or two_sided(item) else NO_OPTION
    if not (statement_of(turn) if named_none is NO_VERDICT else item is not None and is_quiz(item)):
        return explanation
    return before(Lead(named_none), explanation.pieces)


def before(lead: Lead, explanation: Sequence[Piece]) -> Composed:
    """Put a lead before as many pieces of an explanation as there is room for."""
    room = MAX_WORDS - len(lead.text.split())
    most = max((most for most in range(len(explanation) + 1) if prose_words(explanation[:most]) <= room), default=0)
    pieces = tuple(explanation[:most]) or (() if lead.pieces else tuple(explanation[:1]))
    return Composed("\n\n".join([lead.text, *(piece.text for piece in pieces)]), (*pieces, *lead.pieces))


def of_statement(turn: str, item: Item | None, library: Library) -> Lead | None:
    """Return the verdict on the statement of an item, and why; None if there is none."""
    statement = statement_of(item.stem if item is not None else turn)
    verdict = judge(statement, library) if statement else None
    if verdict is None:
        return None
    named = ("True" if verdict.so else "False") if item is None else shown_side(item, so=verdict.so)
    return Lead(f"**Verdict:** ||**{named}.** {inline(verdict.why)}||", (piece_of(verdict.by),))


def two_sided(item: Item) -> bool:
    """Return whether the options are only true and false, or yes and no."""
    sides = [bool(YES_OR_TRUE.fullmatch(option)) - bool(NO_OR_FALSE.fullmatch(option)) for option in item.options]
    return sorted(sides) == [-1, 1]


def shown_side(item: Item, *, so: bool) -> str:
    """Return the option for a statement that is so, or is not so."""
    wanted = YES_OR_TRUE if so else NO_OR_FALSE
    return next(shown for shown, option in zip(item.shown, item.options, strict=True) if wanted.fullmatch(option))


def is_quiz(item: Item) -> bool:
    """Return whether a list is an item's options, and not a list in a longer post."""
    short = len(item.stem.split()) <= MOST_STEM_WORDS and all(len(option.split()) <= MOST_OPTION_WORDS for option in item.options)
    asks = "?" in item.stem or bool(SEVERAL_ASKED.search(item.stem)) or not re.search(r"[.!]\W*$", item.stem)
    return short and bool(item.stem) and len(item.options) <= MOST_OPTIONS and asks


def of_choice(item: Item, library: Library) -> Lead | None:
    """Return the option that is the answer and why, and what is wrong with the others; None if none clearly is."""
    together = any(ALL.fullmatch(option) for option in item.options)
    if not is_quiz(item) or (SEVERAL_ASKED.search(item.stem) and not together):
        return None
    stem = item.stem.rstrip(" ?:…._")
    chosen = choose(item.stem, item.options, [f"{stem} {option}" for option in item.options], library)
    if chosen.best is None or chosen.by is None:
        return None
    why = chosen.by.correction or chosen.by.text
    lines = [f"**The option that the cards support:** ||**{item.shown[chosen.best]}** – {inline(why)}||"]
    pieces = [piece_of(chosen.by)]
    for number, shown in enumerate(item.shown):
        against = None if number == chosen.best else against_option(number, chosen, library)
        if against is not None and prose_words([*pieces, against]) <= MOST_WORDS:
            lines.append(f"**{shown}:** ||{inline(against.text)}||")
            pieces.append(against)
    return Lead("\n".join(lines), tuple(pieces))


def against_option(number: int, chosen: Chosen, library: Library) -> Piece | None:
    """Return what the name of an option that is not the answer means."""
    slug = next((each for each in chosen.names[number] if chosen.by is None or each != chosen.by.slug), None)
    return None if slug is None else Piece(slug, "said:first", sentences(prose(library.base.cards[slug].short_answer))[0], 1.0)


def statement_of(text: str) -> str:
    """Return the statement of a true-or-false item; empty if it is unclear which one.

    >>> statement_of("True or false: k-means needs labels. ")
    'k-means needs labels.'
    """
    quoted = QUOTED.search(text)
    if quoted is not None:
        return quoted.group(1).strip()
    lines = [line for line in text.splitlines() if not YES_OR_TRUE.fullmatch(line) and not NO_OR_FALSE.fullmatch(line)]
    whole = " ".join(lines)
    asked = ASKS_FOR_VERDICT.search(whole)
    # "Homework, due tonight. True or false: ..." and "... True or false?"
    after = "" if asked is None else whole[asked.end() :]
    rest = after if len(content_stems(after)) > 1 else ASKS_FOR_VERDICT.sub(" ", whole)
    rest = re.sub(r"\s+", " ", rest).strip(" \t:?,;-–—().")
    return rest + ("." if text.rstrip().endswith(".") else "") if len(sentences(rest)) <= MOST_STATEMENT_SENTENCES else ""


def inline(text: str) -> str:
    """Return a text that fits within a spoiler: one line, with no bars that would end it."""
    return re.sub(r"\s+", " ", text.replace("||", "|")).strip()


def piece_of(by: Told) -> Piece:
    """Return a told sentence as a piece of its card, and a belief as its correction."""
    return Piece(by.slug, f"said:{by.text}", by.correction or by.text, 1.0)
