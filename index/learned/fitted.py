"""The numbers that were learned from labelled questions; `askwell index fit` writes them to `index/parameters/`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.encoder.model_files import EmbeddingModel
from index.learned.card_classes import ClassModel
from index.store.passages import Passage
from knowledge.errors import IndexUnusable

PARAMETERS = Path(__file__).parents[1] / "parameters"

# Evidence for one card: cosines of its nearest passages by kind, BM25 scores (raw and as a share of the best card's), the class model.
EVIDENCE = (
    "phrasing", "phrasing_3", "misconception", "fact", "section",
    "asked", "asked_share", "said", "said_share", "named", "named_share",
)  # fmt: skip
FEATURES = (*EVIDENCE, "learned")
# What tells a question that some card settles from one that none does.
SCOPE_SIGNALS = (
    "bias", "phrasing", "phrasing_3", "misconception", "fact", "section", "asked", "said", "named",
    "beyond", "beyond_lead", "known_share", "length", "none", "learned",
)  # fmt: skip
# What tells a right best card from a wrong one.
RIGHT_SIGNALS = ("bias", "share", "margin", "phrasing", "learned", "agreement", "length")

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Fitted:
    """Everything learned: how evidence is weighed, how scores become shares and confidence, from where on a question is answered.

    Shapes: ranker (len(FEATURES),), plain (len(EVIDENCE),), scope (len(SCOPE_SIGNALS),), right (len(RIGHT_SIGNALS),).
    """

    ranker: Numbers
    plain: Numbers
    temperature: float
    scope: Numbers
    right: Numbers
    threshold: float
    classes: ClassModel | None
    made_from: dict[str, str]

    @classmethod
    def read(cls, folder: Path = PARAMETERS) -> Fitted:
        """Read the fitted numbers.

        Raises:
            IndexUnusable: a file is missing or not of this version.
        """
        path = folder / "confidence.json"
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                vector(row["ranker"], FEATURES),
                vector(row["plain"], EVIDENCE),
                float(row["temperature"]),
                vector(row["scope"], SCOPE_SIGNALS),
                vector(row["right"], RIGHT_SIGNALS),
                float(row["threshold"]),
                ClassModel.read(folder / "classes.npz"),
                dict(row["made_from"]),
            )
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise IndexUnusable(f"the fitted numbers in {path} can't be read ({error}): run 'askwell index fit'") from error

    @classmethod
    def for_model(cls, model: EmbeddingModel, home: Path) -> Fitted:
        """Read the numbers fitted for a model: those that come with the project, or those that were made in this home.

        Raises:
            IndexUnusable: there are none for this model yet.
        """
        for folder in (home / "fitted", PARAMETERS):
            if (folder / "confidence.json").exists():
                fitted = cls.read(folder)
                if fitted.made_from.get("model_identity") == model.identity:
                    return fitted
        raise IndexUnusable(f"ranking and confidence were not fitted for the model {model.name} yet: run 'askwell index fit' (minutes)")

    def is_stale(self, passages: Iterable[Passage]) -> bool:
        """Return whether the cards have changed since the numbers were fitted."""
        return self.made_from.get("cards") != passages_digest(passages)

    def write(self, folder: Path = PARAMETERS) -> None:
        """Write the numbers, each with its name, and the class model beside them."""
        folder.mkdir(parents=True, exist_ok=True)
        row = {
            "ranker": named(self.ranker, FEATURES),
            "plain": named(self.plain, EVIDENCE),
            "temperature": self.temperature,
            "scope": named(self.scope, SCOPE_SIGNALS),
            "right": named(self.right, RIGHT_SIGNALS),
            "threshold": self.threshold,
            "made_from": self.made_from,
        }
        (folder / "confidence.json").write_text(json.dumps(row, indent=1) + "\n", encoding="utf-8")
        if self.classes is not None:
            self.classes.write(folder / "classes.npz")


def unfitted() -> Fitted:
    """Return numbers that weigh all evidence alike: what fitting starts from."""
    plain = vector(
        {"phrasing": 6, "phrasing_3": 4, "misconception": 3, "fact": 2, "section": 3, "asked": 0.05, "asked_share": 1.5, "said": 0.02,
         "said_share": 0.5, "named": 0.05, "named_share": 1.0}, EVIDENCE,
    )  # fmt: skip
    zeros = np.zeros(1, dtype=np.float32)
    return Fitted(
        np.append(plain, zeros).astype(np.float32), plain, 1.0, np.zeros(len(SCOPE_SIGNALS), dtype=np.float32),
        np.zeros(len(RIGHT_SIGNALS), dtype=np.float32), 0.5, None, {},
    )  # fmt: skip


def vector(row: dict[str, float], names: tuple[str, ...]) -> Numbers:
    """Put named numbers into their order."""
    return np.array([float(row[name]) for name in names], dtype=np.float32)


def named(numbers: Numbers, names: tuple[str, ...]) -> dict[str, float]:
    """Put names to numbers."""
    return {name: round(float(number), 6) for name, number in zip(names, numbers, strict=True)}


def passages_digest(passages: Iterable[Passage]) -> str:
    """Return one hash of what all cards say."""
    return hashlib.sha256("".join(passage.content_hash() for passage in passages).encode()).hexdigest()
