"""The packaged model's linear layers in 8-bit integers, with scales measured once. Imports torch: only an `Encoder` needs it."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from knowledge.files import replacing

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Ranges = dict[str, npt.NDArray[np.float32]]

# Weights become whole numbers from -127 to 127, and inputs within their reach numbers from 0 to 127. The sums of two products then fit
# into the 16 bits in which older processors add them.
LEVELS = 127
MIDDLE = 64
# Chosen from 0.5 to 1 by the cosine with the unrounded model's vectors. Larger inputs are cut off: negative ones at their reach, positive
# ones at three times that.
NEARLY_ALL = 0.98


class RoundedLinear(nn.Module):
    """A linear layer that computes with 8-bit integers: each input has its own scale, measured beforehand, each output its own too.

    Scales that don't depend on what comes in are the point: a text's vector is the same whoever it shares a batch with.
    """

    def __init__(self, layer: nn.Linear, reach: npt.NDArray[np.float32]) -> None:
        """Round a layer. Shapes: `reach` (inputs,), how far each input goes from zero."""
        super().__init__()
        scale = torch.from_numpy(np.maximum(reach, 1e-5))
        weights = layer.weight.detach() * scale
        steps = weights.abs().amax(dim=1) / LEVELS
        with warnings.catch_warnings():
            # torch will drop tensors of this kind. A release without them is treated as a processor without an 8-bit engine.
            warnings.simplefilter("ignore")
            rounded = torch.quantize_per_channel(weights, steps, torch.zeros_like(steps, dtype=torch.int64), 0, torch.qint8)
        self.packed = torch.ops.quantized.linear_prepack(rounded, layer.bias.detach())
        self.shrink = nn.Buffer(1 / scale)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return the layer's outputs. Shapes: values (…, inputs), returns (…, outputs)."""
        done: torch.Tensor = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            values * self.shrink, 2 / LEVELS, MIDDLE, self.packed
        )
        return done


def rounded(transformer: SentenceTransformer, ranges: Ranges) -> None:
    """Put rounded layers in the place of a model's linear ones.

    Raises:
        RuntimeError, AttributeError: this processor, or this torch, has no 8-bit engine; the model is as it was.
        KeyError: the ranges are those of another model.
    """
    layers = {name: RoundedLinear(layer, ranges[name]) for name, layer in linear(transformer)}
    for name, layer in layers.items():
        # Some processors can pack weights and not compute with them; that must be known before the first layer is replaced.
        layer(torch.zeros(1, len(ranges[name])))
    for name, layer in layers.items():
        parent, _, own = name.rpartition(".")
        setattr(transformer.get_submodule(parent), own, layer)


def measured(transformer: SentenceTransformer, texts: Sequence[str]) -> Ranges:
    """Return how far each input of each linear layer goes over some texts: in nearly all of them, so that no odd one coarsens the rest."""
    largest: dict[str, list[npt.NDArray[np.float32]]] = {}

    def watch(name: str, values: torch.Tensor) -> None:
        largest.setdefault(name, []).append(values.detach().abs().flatten(0, -2).amax(dim=0).numpy())

    handles = [layer.register_forward_pre_hook(lambda _, inputs, name=name: watch(name, inputs[0])) for name, layer in linear(transformer)]
    try:
        # One by one, so that no padding is measured.
        transformer.encode(list(texts), batch_size=1, show_progress_bar=False)
    finally:
        for handle in handles:
            handle.remove()
    return {name: np.quantile(rows, NEARLY_ALL, axis=0).astype(np.float32) for name, rows in largest.items()}


def linear(transformer: SentenceTransformer) -> list[tuple[str, nn.Linear]]:
    """Return a model's linear layers with their names."""
    return [(name, layer) for name, layer in transformer.named_modules() if isinstance(layer, nn.Linear)]


def write_ranges(ranges: Ranges, path: Path) -> None:
    """Write ranges to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        np.savez_compressed(file, allow_pickle=False, **ranges)


def read_ranges(path: Path) -> Ranges:
    """Read ranges from a file.

    Raises:
        ValueError: it can't be read.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(str(error) or type(error).__name__) from error
