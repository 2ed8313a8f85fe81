"""The reader's learned numbers: the weights of its evidence, its gate, and the labelled questions that passages are found by."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from index.encoder.embedding import Vectors
from index.encoder.model_files import EmbeddingModel
from knowledge.errors import IndexUnusable
from knowledge.files import write_atomically

log = logging.getLogger(__name__)

PARAMETERS = Path(__file__).parents[1] / "parameters"
FILE = "reader.safetensors"
# The largest number of a rounded vector.
LEVELS = 127


@dataclass(frozen=True)
class ReaderWeights:
    """All that the reader learned.

    `settles` names the passages that settle each labelled question (`slug#name`); a question that no passage settles has none.
    `gate` turns what it weighs of a reading into the log odds that the two best passages settle the question. From
    `settled_from` on they are the answer, from `near_from` on the best one is shown as the nearest.

    Shapes: mean, scale, weights (evidence,); gate (signals,); questions (labelled questions, dimension).
    """

    mean: Vectors
    scale: Vectors
    weights: Vectors
    gate: Vectors
    settled_from: float
    near_from: float
    questions: Vectors
    settles: tuple[tuple[str, ...], ...]
    model_identity: str
    # What is added to the scores of a promoted card's passages, and to the log odds that they settle a question.
    new_card: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def for_model(cls, model: EmbeddingModel, home: Path) -> ReaderWeights:
        """Read the numbers learned for a model: those made in this home, or those that come with the project.

        Raises:
            IndexUnusable: there are none for this model yet.
        """
        return cls.read(folder_for(model, home) / FILE)

    @classmethod
    def read(cls, path: Path) -> ReaderWeights:
        """Read the file.

        Raises:
            IndexUnusable: it's damaged or not of this version.
        """
        try:
            with safe_open(path, framework="numpy") as file:
                row = json.loads(file.metadata()["reader"])
                array = {name: file.get_tensor(name) for name in ("mean", "scale", "weights", "gate", "questions")}
            return cls(
                array["mean"], array["scale"], array["weights"], array["gate"], float(row["settled_from"]),
                float(row["near_from"]), unit_vectors(array["questions"]), tuple(map(tuple, row["settles"])), row["model_identity"],
                tuple(row.get("new_card", (0.0, 0.0))),
            )  # fmt: skip
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise IndexUnusable(f"the reader's numbers in {path} can't be read ({error}): run 'askwell index fit'") from error

    def write(self, folder: Path) -> None:
        """Write the file.

        Raises:
            OSError: it can't be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        row = {
            "settled_from": self.settled_from, "near_from": self.near_from, "new_card": self.new_card,
            "settles": self.settles, "model_identity": self.model_identity,
        }  # fmt: skip
        arrays = {"mean": self.mean, "scale": self.scale, "weights": self.weights, "gate": self.gate}
        content = save({**arrays, "questions": in_eight_bits(self.questions)}, {"reader": json.dumps(row)})
        write_atomically(folder / FILE, content)


def in_eight_bits(vectors: Vectors) -> npt.NDArray[np.int8]:
    """Return vectors in whole numbers from -127 to 127, a quarter of their size: only their direction is kept."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-12)
    return np.asarray(np.rint(vectors / largest * LEVELS), dtype=np.int8)


def unit_vectors(rounded: npt.NDArray[np.int8]) -> Vectors:
    """Return the unit vectors of what `in_eight_bits` made. Shapes: as given."""
    vectors = rounded.astype(np.float32)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def folder_for(model: EmbeddingModel, home: Path) -> Path:
    """Return the folder of the numbers that are used for a model: those made in this home, or those that come with the project.

    Numbers that an older program made of other evidence are passed over.

    Raises:
        IndexUnusable: there are none for this model yet, or they are damaged.
    """
    own = home / "fitted"
    packaged = ReaderWeights.read(PARAMETERS / FILE)
    if (own / FILE).exists():
        read = ReaderWeights.read(own / FILE)
        if read.model_identity == model.identity:
            if (read.weights.shape, read.gate.shape) == (packaged.weights.shape, packaged.gate.shape):
                return own
            log.warning("%s was learned by another version of the program and is not used: run 'askwell index fit' again", own / FILE)
    if packaged.model_identity == model.identity:
        return PARAMETERS
    raise IndexUnusable(f"the reader was not fitted for the model {model.name} yet: run 'askwell index fit' (minutes)")


def unfitted_weights(evidence: int, dimension: int, model_identity: str = "") -> ReaderWeights:
    """Return numbers that know no question and weigh nothing: what fitting starts from."""
    zeros = np.zeros(evidence, dtype=np.float32)
    return ReaderWeights(
        zeros, np.ones(evidence, dtype=np.float32), zeros, np.zeros(evidence, dtype=np.float32), 0.5, 0.5,
        np.zeros((0, dimension), dtype=np.float32), (), model_identity,
    )  # fmt: skip
