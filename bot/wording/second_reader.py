"""The configured model reads its own drafts again, but only if it judges labelled claims well."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bot.wording.check.card_statements import premises_of
from index.evaluate.labelled_claims import Claim
from index.search.library import Library
from knowledge.errors import AskwellError

if TYPE_CHECKING:
    from bot.wording.model.chat_model import Writer

log = logging.getLogger(__name__)

# A model is tried on this many labelled claims, and must judge this share of each kind rightly.
TRIED = 24
RIGHT_AT_LEAST = 0.9
# Sentences of cards that it is shown for each claim.
SHOWN = 4


class SecondReader:
    """The model as a reader, tried on labelled claims when it is first needed; the result holds for all drafts."""

    def __init__(self, writer: Writer, claims: Sequence[Claim], library: Library) -> None:
        self._writer = writer
        self._claims = claims
        self._library = library
        self._lock = threading.Lock()
        self._strong: bool | None = None

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._writer.name

    def strong(self) -> bool:
        """Return whether the model judges labelled claims well enough.

        Raises:
            AskwellError: the model was busy, slow or away; the next call tries it again.
        """
        with self._lock:
            if self._strong is None:
                self._strong = self._tried()
            return self._strong

    def says(self, claim: str, premises: Sequence[str]) -> bool | None:
        """Return whether the model finds the claim in the premises; None if it gives neither yes nor no.

        Raises:
            AskwellError: no reply came.
        """
        # LangChain takes seconds to import, and only a second reader needs it here.
        from bot.wording.prompt.second_reading import reading_prompt, said  # noqa: PLC0415

        return said(self._writer.write(reading_prompt(claim, premises)))

    def _tried(self) -> bool:
        supported = spread([claim for claim in self._claims if claim.supported])
        unsupported = spread([claim for claim in self._claims if not claim.supported])
        for claims, right in ((supported, True), (unsupported, False)):
            found = [self.says(claim.claim, self._near(claim)) is right for claim in claims]
            if not found or sum(found) < RIGHT_AT_LEAST * len(found):
                log.warning(
                    "%s is not asked as a second reader: of %d %s sentences it judged %d rightly",
                    self.name,
                    len(found),
                    "true" if right else "false",
                    sum(found),
                )
                return False
        return True

    def _near(self, claim: Claim) -> list[str]:
        premises = premises_of([slug for slug in claim.cards if slug in self._library.base.cards], self._library)
        cosines = premises.vectors @ self._library.encode([claim.claim])[0]
        return [premises.said[row].text for row in np.argsort(-cosines)[:SHOWN]]


class DraftReader:
    """The second reader of one draft: it can cut a sentence, never save one; a model that is away or not strong enough cuts nothing.

    Each draft has its own reader, which tries the model once at most and logs a failure once.
    """

    def __init__(self, reader: SecondReader) -> None:
        self._reader = reader
        self._heard: bool | None = None
        self._told = False

    def __call__(self, claim: str, premises: Sequence[str]) -> tuple[bool, str]:
        """Return whether the model finds the claim in the premises, and why not."""
        try:
            if self._heard is None:
                # Set before the trial, so that a failed one is not repeated with the next sentence.
                self._heard = False
                self._heard = self._reader.strong()
            cuts = self._heard and self._reader.says(claim, premises) is False
        except AskwellError as error:
            if not self._told:
                log.warning("the second reader said nothing: %s", error)
            self._told = True
            return True, ""
        return (False, f"{self._reader.name}, as a second reader, does not find it in the cards") if cuts else (True, "")


def spread(claims: Sequence[Claim]) -> Sequence[Claim]:
    """Return a few claims from all over a list, so that they are about several cards."""
    return claims[:: max(1, len(claims) // (TRIED // 2))][: TRIED // 2]
