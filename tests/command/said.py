"""How a command is run in a test, and what it came to."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

ANSWER = (
    "Quantization-aware training rounds weights and activations in the forward pass while the model is still being trained. "
    "The weights learn to sit where rounding does little harm. You need it when quantizing after training costs too much accuracy, "
    "most often for small models and for 4 bits or fewer. Post-training quantization needs no training at all, so it is tried first."
)


class Said(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str


Run = Callable[..., Said]


def done(said: Said) -> str:
    """Return what a command printed that did what it should."""
    assert (said.status, said.err) == (0, ""), said
    return said.out


def refused(said: Said, status: int) -> str:
    """Return the one line of a command that could not be carried out."""
    assert (said.status, said.out) == (status, ""), said
    assert said.err.count("\n") == 1
    assert said.err.startswith("askwell")
    return said.err
