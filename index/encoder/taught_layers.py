"""The packaged model's upper layers, as they were taught by labelled questions. Imports torch: only an `Encoder` needs it."""

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


def upper_layers(transformer: SentenceTransformer, count: int) -> nn.ModuleList:
    """Return the last of a model's transformer layers, so many of them, the uppermost last."""
    return nn.ModuleList([module for name, module in transformer.named_modules() if LAYER.fullmatch(name)][-count:])


def replace_upper_layers(transformer: SentenceTransformer, path: Path) -> None:
    """Put the numbers in a file in the place of the upper layers' own, as many as the file has.

    Raises:
        ValueError: the file can't be read, or is of another model.
    """
    try:
        numbers = {name: tensor.float() for name, tensor in load(path.read_bytes()).items()}
        count = 1 + max(int(name.split(".")[0]) for name in numbers)
        upper_layers(transformer, count).load_state_dict(numbers)
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        raise ValueError(str(error).splitlines()[0]) from error


def write_layers(layers: nn.ModuleList, path: Path) -> None:
    """Write the layers' numbers with half the digits, which is as exact as they are."""
    write_atomically(path, save({name: tensor.to(torch.float16).contiguous() for name, tensor in layers.state_dict().items()}))
