"""A checked draft and the mentors' own words are merged into one answer, so that a model's wording loses nothing of the card."""

from __future__ import annotations

from bot.answering.compose import pieces as parts
from bot.answering.compose.sections import NOT_SO
from bot.values import Answer, Composer, Piece
from bot.wording.check.draft_check import Checked
from index.store.passages import prose
from knowledge.reading.card import Slug
from knowledge.words import content_stems

# A draft replaces these pieces if it has this share of their words; it replaces others only if it says them.
REPLACED = "explanation"
COVERED = 0.6
MENTORS_WORDS = "**In the mentors' words**"
HOLD_ON_TO = "**To hold on to**"


def merged(curated: Answer, checked: Checked, model: str) -> Answer:
    """Return the answer that a model worded: its draft, then the pieces of the curated answer that the draft does not say."""
    drafted = Piece(Slug(""), "draft", checked.text, 1.0)
    # The correction of a false premise goes first, whoever words the rest.
    first = [piece for piece in curated.pieces if piece.text.startswith(NOT_SO)]
    rest = [
        piece
        for piece in curated.pieces
        if piece not in first and not replaced(piece, drafted) and not parts.says_again(piece, [drafted, *first])
    ]
    facts = [piece for piece in rest if piece.name.startswith("fact") and not parts.says_fact(piece, [drafted, *first])]
    bodies = [piece for piece in rest if not piece.name.startswith("fact")]
    text = "\n\n".join([*(piece.text for piece in first), checked.text])
    if bodies:
        text += f"\n\n{MENTORS_WORDS}\n\n" + "\n\n".join(piece.text for piece in bodies)
    if facts:
        text += f"\n\n{HOLD_ON_TO}\n" + "\n".join(f"- {piece.text}" for piece in facts)
    cited = tuple(dict.fromkeys([*checked.cited, *(piece.slug for piece in [*first, *bodies, *facts])]))
    update = {"answer": text, "composer": Composer.MODEL, "model": model, "cited": cited, "checks": checked.rows()}
    return curated.model_copy(update=update)


def replaced(piece: Piece, draft: Piece) -> bool:
    """Return whether a draft replaces a piece: it says an explanation in other words."""
    wanted = content_stems(prose(piece.text))
    return piece.name.startswith(REPLACED) and len(wanted & content_stems(prose(draft.text))) >= COVERED * len(wanted)
