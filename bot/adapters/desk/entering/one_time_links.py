"""One-time links into the desk, which another process in the same home can make too."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path

from bot.adapters.desk.entering.by_account.accounts import Account
from bot.adapters.desk.entering.signed_tokens import SignedTokens
from knowledge.errors import UsageError
from knowledge.files import PRIVATE, write_atomically

# Long enough to walk to another device with it.
LINK_LASTS = dt.timedelta(minutes=15)
# In the home; only its owner reads it.
KEY_FILE = "desk.key"
KEY_BYTES = 32


class OneTimeLinks(SignedTokens):
    """The links that open one desk."""

    def __init__(self, key: bytes) -> None:
        super().__init__(key, "link", LINK_LASTS)

    def address(self, url: str, now: dt.datetime, account: Account | None = None) -> str:
        """Return a new link into the desk at an address; it lets in the mentor of an account, or without one under a name of choice."""
        return f"{url}/enter?link={self.make(now, **({} if account is None else account.words))}"


def make_key(home: Path) -> bytes:
    """Make a new key for a desk that starts, and keep it in the home, so that `askwell desk --link` and the bot can sign with it.

    Links from before the start open nothing any more.

    Raises:
        UsageError: the home can't be written.
    """
    key = secrets.token_bytes(KEY_BYTES)
    try:
        home.mkdir(parents=True, exist_ok=True)
        write_atomically(home / KEY_FILE, key.hex().encode() + b"\n", mode=PRIVATE)
    except OSError as error:
        raise UsageError(f"the desk's key can't be kept in {home}: {error.strerror or error}") from error
    return key


def read_key(home: Path) -> bytes:
    """Return the key of the desk that was started last in this home.

    Raises:
        UsageError: there is none, or it can't be read.
    """
    try:
        return bytes.fromhex((home / KEY_FILE).read_text(encoding="ascii").strip())
    except FileNotFoundError:
        raise UsageError(f"no desk was started in {home}: run 'askwell desk' first") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{home / KEY_FILE} can't be read ({error}): start 'askwell desk' again") from None
