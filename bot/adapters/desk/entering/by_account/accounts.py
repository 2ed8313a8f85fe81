"""A mentor's account on a platform, as it signs them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TITLES = {"discord": "Discord", "discourse": "the forum"}


@dataclass(frozen=True)
class Account:
    """One account: its id never changes, its name is what people see, and its handle is the name that it alone has there."""

    platform: str
    platform_id: str
    name: str
    handle: str

    @property
    def words(self) -> dict[str, str]:
        """Return the account as a token carries it."""
        return {"platform": self.platform, "platform_id": self.platform_id, "name": self.name, "handle": self.handle}

    @property
    def title(self) -> str:
        """Return the platform's name as mentors read it."""
        return TITLES.get(self.platform, self.platform)


def account_in(words: Mapping[str, str]) -> Account | None:
    """Return the account that a token carries, None if it carries none."""
    if "platform_id" not in words:
        return None
    return Account(words["platform"], words["platform_id"], words["name"], words["handle"])
