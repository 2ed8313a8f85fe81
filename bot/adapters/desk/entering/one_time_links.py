"""One-time links into the desk: signed, short-lived, and used once."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import secrets
import threading
from pathlib import Path

from knowledge.errors import UsageError
from knowledge.files import PRIVATE, write_atomically

# Long enough to walk to another device with it.
LINK_LASTS = dt.timedelta(minutes=15)
# In the home; only its owner reads it.
KEY_FILE = "desk.key"
KEY_BYTES = 32
NONCE_BYTES = 16
EXPIRY_BYTES = 8
MAX_TOKEN_CHARS = 200


class OneTimeLinks:
    """The links that open one desk; it remembers those that were used until they have run out."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._used: dict[bytes, dt.datetime] = {}
        self._lock = threading.Lock()

    def make(self, now: dt.datetime) -> str:
        """Return the secret part of a new link."""
        return new_token(self._key, now)

    def is_open(self, token: str, now: dt.datetime) -> bool:
        """Return whether a link would still open the desk."""
        read = read_token(self._key, token)
        return read is not None and read[1] > now and read[0] not in self._used

    def use(self, token: str, now: dt.datetime) -> bool:
        """Use a link up; return whether it was open."""
        read = read_token(self._key, token)
        with self._lock:
            self._used = {nonce: until for nonce, until in self._used.items() if until > now}
            if read is None or read[1] <= now or read[0] in self._used:
                return False
            self._used[read[0]] = read[1]
            return True


def new_token(key: bytes, now: dt.datetime) -> str:
    """Return a signed token that holds when it runs out."""
    until = int((now + LINK_LASTS).timestamp())
    signed = until.to_bytes(EXPIRY_BYTES, "big") + secrets.token_bytes(NONCE_BYTES)
    return base64.urlsafe_b64encode(signed + signature_of(key, signed)).decode().rstrip("=")


def read_token(key: bytes, token: str) -> tuple[bytes, dt.datetime] | None:
    """Return a token's nonce and when it runs out, None if this key did not sign it."""
    if len(token) > MAX_TOKEN_CHARS or not token.isascii():
        return None
    try:
        content = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    signed, signature = content[: EXPIRY_BYTES + NONCE_BYTES], content[EXPIRY_BYTES + NONCE_BYTES :]
    if len(signed) != EXPIRY_BYTES + NONCE_BYTES or not hmac.compare_digest(signature, signature_of(key, signed)):
        return None
    return signed[EXPIRY_BYTES:], dt.datetime.fromtimestamp(int.from_bytes(signed[:EXPIRY_BYTES], "big"), dt.UTC)


def signature_of(key: bytes, signed: bytes) -> bytes:
    """Return the signature of a token's content."""
    return hmac.digest(key, b"askwell desk link\0" + signed, hashlib.sha256)


def make_key(home: Path) -> bytes:
    """Make a new key for a desk that starts, and keep it in the home, so that `askwell desk --link` can sign with it.

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
