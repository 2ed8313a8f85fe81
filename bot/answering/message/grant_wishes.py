"""Wishes about an explanation are granted out of the same card: shorter, simpler, deeper, its sources, its state, a question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.answering.compose import pieces as parts
from bot.answering.compose.sections import MAX_WORDS, Composed, Shown, prose_words
from bot.answering.message.wishes import Wish, topic_words
from bot.values import Piece
from index.search.library import Found
from index.store.passages import PassageKind, prose
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card, Slug
from knowledge.sentences import sentences
from knowledge.words import content_stems, words

TRY_IT = "*Try it in your own words, and I'll show you the card's answer to compare with.*"
COMPARE = "Compare yours with the card's answer:"
NO_DEEPER = "That was all that the card explains about it. Further reading is in its sources{related}."
HINT = (
    "This looks like graded work, so here is a hint first. It is about **{title}**. Ask yourself:\n\n{question}\n\n"
    '*Say "show me" for the explanation.*'
)
SOURCES = "This is from {cards}, which the course's mentors wrote. To check it:"
SURE = (
    "As sure as its card: I put this together out of {cards}, in the mentors' own words, but no mentor has looked at it for your question "
    "yet, so it is a draft. I may have picked the wrong card. To check it:"
)
HOLDS = "I can only go by the mentors' cards. What they say to that:"
ASK_ON = "If you still see it differently, say what speaks against it, or ask for a mentor."
NOT_TRANSLATED = "I read and answer in English, so I can't translate it. In plain English:"
SAID_AGAIN = "Sorry for repeating myself. What else the card says:"
NO_QUESTION = "The card has no question to check yourself by yet. What it says:"
NO_EXAMPLE = "The card has no example yet. What it says:"
MOST_SOURCES = 4
# A belief is the one that is meant if it is this near to what a learner holds against an answer (or to the question,
# after a bare no), or has this share of its words; one that was corrected before is a
# little less likely, and one of the card under discussion a little more.
BELIEF_NEAR = 0.5
BELIEF_SURE = 0.65
REPEATED, OF_TOPIC = 0.1, 0.15
POINT_NAMED = 0.6
FOUND_CARDS = 4
REASON = re.compile(r"\b(?:because|since|so that|why|therefore|otherwise|without|the reason)\b", re.IGNORECASE)
FIRST_NUMBER = re.compile(r"\b(one|two|three|[1-3])\b", re.IGNORECASE)
NUMBERS = {"one": 1, "two": 2, "three": 3, "1": 1, "2": 2, "3": 3}
MATHS = re.compile(r"=|\blog\b|\bln\b|\bexp\b|\bformula|\bminus\b|\bsum\b|\d\.\d")
FENCED = re.compile(r"```.*?```", re.DOTALL)
MOST_EXAMPLE_WORDS = 60


def check_piece(card: Card) -> Piece:
    """Return the card's question to check oneself by, its answer under a spoiler."""
    return Piece(card.slug, "check_yourself", card.check_yourself, 1.0)


def unasked(card: Card, base: KnowledgeBase, shown: Shown) -> Card:
    """Return the card, or the first neighbour whose question was not asked if the card's question was, or if it has none."""
    near = [base.cards[slug] for slug in (card.slug, *card.confused_with, *card.related) if slug in base.cards]
    with_question = [each for each in near if each.check_yourself]
    return next((each for each in with_question if check_piece(each).key not in shown), with_question[0] if with_question else card)


def check_question(card: Card, found: Found) -> Composed:
    """Ask the card's question; a card without one is said again."""
    if not card.check_yourself:
        return in_front_of(NO_QUESTION, shown_short(card, found))
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


def unread(turn: str, card: Card, found: Found, shown: Shown) -> list[Piece]:
    """Return paragraphs and corrections of a card that were not shown, as many as an answer holds, with formulas first if asked for."""
    pieces = sorted(parts.paragraphs(card, found), key=lambda piece: piece.name) + parts.corrections(card, found)
    if re.search(r"math|formula|equation", turn, re.IGNORECASE):
        pieces.sort(key=lambda piece: not MATHS.search(piece.text))
    left = [piece for piece in pieces if piece.key not in shown]
    # SAID_AGAIN may stand before them.
    most = MAX_WORDS - len(SAID_AGAIN.split())
    chosen: list[Piece] = []
    for piece in left:
        if not chosen or prose_words([*chosen, piece]) <= most:
            chosen.append(piece)
    return chosen


def deeper(turn: str, card: Card, base: KnowledgeBase, found: Found, shown: Shown) -> Composed:
    """Return what a card says beyond what this conversation has shown, or that this was all."""
    chosen = unread(turn, card, found, shown)
    if not chosen:
        neighbours = [base.cards[slug].title for slug in (*card.confused_with, *card.related)[:2] if slug in base.cards]
        related = ", and close to it are " + " and ".join(f"**{title}**" for title in neighbours) if neighbours else ""
        return Composed(NO_DEEPER.format(related=related), (parts.short_answer(card, found),))
    return Composed("\n\n".join(piece.text for piece in chosen), tuple(chosen))


def shorter(turn: str, card: Card, found: Found) -> Composed:
    """Return as many sentences of the short answer as the message asks for: one, if it doesn't say."""
    number = FIRST_NUMBER.search(turn)
    most = 1 if number is None else NUMBERS[number.group(1).lower()]
    text = " ".join(sentences(card.short_answer)[:most])
    return Composed(text, (replaced_text(parts.short_answer(card, found), text),))


def named(slugs: Sequence[Slug], base: KnowledgeBase) -> str:
    """Name cards by their titles."""
    return ("the card " if len(slugs) == 1 else "the cards ") + " and ".join(f"**{base.cards[slug].title}**" for slug in slugs)


def with_sources(text: str, slugs: Sequence[Slug], base: KnowledgeBase) -> Composed:
    """Say something about an answer, and list the sources of its cards."""
    sources = dict.fromkeys(source.markdown() for slug in slugs for source in base.cards[slug].sources)
    lines = [text.format(cards=named(slugs, base)), *(f"- {source}" for source in list(sources)[:MOST_SOURCES])]
    return Composed("\n".join(lines), tuple(Piece(slug, "sources", text, 1.0) for slug in slugs))


def held_to(turn: str, card: Card, base: KnowledgeBase, found: Found, shown: Shown) -> Composed:
    """Meet a disagreement: correct the nearest belief, of the card, of its neighbours or of what was found, or say the answer again.

    `found` is the search for what the learner holds against it, or for the question where the message says only no.
    """
    slugs = dict.fromkeys((card.slug, *card.confused_with, *card.related, *(hit.slug for hit in found.hits[:FOUND_CARDS])))
    point = topic_words(turn)
    near = []
    for slug in slugs:
        for number, each in enumerate(base.cards[slug].misconceptions if slug in base.cards else ()):
            piece = Piece(slug, f"misconception:{number}", each.correction, found.cosine(slug, PassageKind.MISCONCEPTION, str(number)))
            named = len(point & content_stems(each.belief)) / len(point) if point else 0.0
            if piece.fit >= (BELIEF_NEAR if point else BELIEF_SURE) or named >= POINT_NAMED:
                near.append((piece.fit + named / 2 - REPEATED * (piece.key in shown) + OF_TOPIC * (slug == card.slug), piece))
    piece = max(near, key=lambda pair: pair[0])[1] if near else parts.short_answer(card, found)
    return Composed(f"{HOLDS} {piece.text}\n\n{ASK_ON}", (piece,))


def reasons(card: Card, found: Found, shown: Shown) -> Composed | None:
    """Return the paragraph of a card with most reasons in it that this conversation has not shown, the nearest of equals."""
    left = [piece for piece in parts.paragraphs(card, found) if piece.key not in shown]
    best = max(left, key=lambda piece: len(REASON.findall(piece.text)), default=None)
    return None if best is None or not REASON.search(best.text) else Composed(best.text, (best,))


def shown_short(card: Card, found: Found) -> Composed:
    """Return the short answer alone."""
    piece = parts.short_answer(card, found)
    return Composed(piece.text, (piece,))


def in_front_of(text: str, composed: Composed) -> Composed:
    """Put a sentence of our own before pieces of cards."""
    return Composed(f"{text}\n\n{composed.text}", composed.pieces)


def granted(wish: Wish, turn: str, card: Card, *, base: KnowledgeBase, found: Found, shown: Shown, before: Composed | None) -> Composed:
    """Grant a wish about a card; `before` is the last explanation."""
    cited = (card.slug,) if before is None else before.cited
    match wish:
        case Wish.CHECK:
            return check_question(unasked(card, base, shown), found)
        case Wish.SOURCE:
            return with_sources(SOURCES, cited, base)
        case Wish.SURE:
            return with_sources(SURE, cited, base)
        case Wish.DISAGREE:
            return held_to(turn, card, base, found, shown)
        case Wish.VERDICT | Wish.SHORTER:
            return shorter(turn, card, found)
        case Wish.SIMPLER:
            return simpler(card, "" if before is None else before.text, found)
        case Wish.TRANSLATE:
            return in_front_of(NOT_TRANSLATED, simpler(card, "" if before is None else before.text, found))
        case Wish.EXAMPLE:
            if not card.example:
                return in_front_of(NO_EXAMPLE, shown_short(card, found))
            piece = parts.example(card, found)
            return Composed(piece.text, (piece,))
        case Wish.AGAIN:
            return in_front_of(SAID_AGAIN, deeper(turn, card, base, found, shown))
        case Wish.DEEPER:
            return deeper(turn, card, base, found, shown)


def is_check(pieces: Sequence[Piece]) -> bool:
    """Return whether an answer was a card's question to the learner."""
    return len(pieces) == 1 and pieces[0].name == "check_yourself"
