"""The packaged model's last layer, as it was taught by labelled questions. Imports torch: only an `Encoder` needs it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

from knowledge.files import write_atomically

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

LAYER = re.compile(r".*\.layer\.\d+")


def last_layer(transformer: SentenceTransformer) -> nn.Module:
    """Return the last of a model's transformer layers."""
    layers: list[nn.Module] = [module for name, module in transformer.named_modules() if LAYER.fullmatch(name)]
    return layers[-1]


def replace_last_layer(transformer: SentenceTransformer, path: Path) -> None:
    """Put the numbers in a file in the place of the last layer's own.

    Raises:
        ValueError: the file can't be read, or is of another model.
    """
    try:
        numbers = {name: tensor.float() for name, tensor in load(path.read_bytes()).items()}
        last_layer(transformer).load_state_dict(numbers)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise ValueError(str(error).splitlines()[0]) from error


def write_last_layer(layer: nn.Module, path: Path) -> None:
    """Write a layer's numbers with half the digits, which is as exact as they are."""
    write_atomically(path, save({name: tensor.to(torch.float16).contiguous() for name, tensor in layer.state_dict().items()}))
