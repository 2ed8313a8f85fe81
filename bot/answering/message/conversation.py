"""A conversation so far, as its turns were understood."""

from __future__ import annotations

from dataclasses import dataclass

from bot.answering.compose import sections
from bot.answering.message.form import Form
from index.search.library import Found
from knowledge.reading.card import Slug


@dataclass(frozen=True)
class Reading:
    """One turn as it was understood: the search, the chance that it settles the turn, and the composed answer.

    `about` is the earlier message that a wish such as "simpler" refers to, `asks` is a question back to the learner, `withheld` is the
    explanation that a hint replaces, and `left` are the questions of a message that no card settles. `unsure` is that question of
    several which an answer to the whole message is least sure to settle. No model rewords a `fixed` answer.
    """

    text: str
    found: Found
    sure: float
    form: Form
    composed: sections.Composed | None = None
    about: str = ""
    asks: str = ""
    withheld: sections.Composed | None = None
    fixed: bool = False
    near: sections.Composed | None = None
    left: tuple[str, ...] = ()
    unsure: str = ""


@dataclass(frozen=True)
class Thread:
    """A conversation so far, made of its turns alone, so that nothing else needs to be kept about it."""

    readings: tuple[Reading, ...] = ()

    @property
    def topic(self) -> Slug | None:
        """Return the card that was discussed last."""
        return next((r.found.hits[0].slug for r in reversed(self.readings) if r.composed is not None), None)

    @property
    def shown(self) -> frozenset[tuple[Slug, str]]:
        """Return the pieces of cards that the learner has read in this conversation."""
        return frozenset(piece.key for reading in self.readings if reading.composed for piece in reading.composed.pieces)
