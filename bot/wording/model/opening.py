"""What opening a model takes and gives: the settings that are read, and a function that sends a prompt."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Protocol

from pydantic import SecretStr

if TYPE_CHECKING:
    from bot.wording.prompt.assemble import Prompt

# Sends a prompt and yields the answer piece by piece.
Stream = Callable[["Prompt"], AsyncGenerator[str, None]]


class ModelSettings(Protocol):
    """The settings that a model needs; bot.settings has them."""

    @property
    def model(self) -> str | None: ...  # noqa: D102  its meaning stands in bot.settings, as that of the others
    @property
    def model_base_url(self) -> str | None: ...  # noqa: D102
    @property
    def model_api_key(self) -> SecretStr | None: ...  # noqa: D102
    @property
    def model_timeout_s(self) -> float: ...  # noqa: D102
    @property
    def model_retries(self) -> int: ...  # noqa: D102
    @property
    def model_at_once(self) -> int: ...  # noqa: D102
    @property
    def model_context(self) -> int: ...  # noqa: D102
