"""The result of a command in a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

ANSWER = (
    "Quantization-aware training rounds weights and activations in the forward pass while the model is still being trained. "
    "The weights learn to sit where rounding does little harm. You need it when quantizing after training costs too much accuracy, "
    "most often for small models and for 4 bits or fewer. Post-training quantization needs no training at all, so it is tried first."
)


class Said(NamedTuple):
    """The status of a command, and its output."""

    status: int
    out: str
    err: str


Run = Callable[..., Said]


def done(said: Said) -> str:
    """Return the output of a command that succeeded."""
    assert (said.status, said.err) == (0, ""), said
    return said.out


def refused(said: Said, status: int) -> str:
    """Return the one line of a command that failed."""
    assert (said.status, said.out) == (status, ""), said
    assert said.err.count("\n") == 1
    assert said.err.startswith("askwell")
    return said.err
