"""Signed, short-lived tokens with a few words in them, each used once."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass

NONCE_BYTES = 16
SIGNATURE_BYTES = 32
# Browsers keep cookies of 4 kB, and an address of this length gets through every proxy.
MAX_TOKEN_CHARS = 3_000


@dataclass(frozen=True)
class Signed:
    """What a token says: its words, the nonce that tells it from every other, and until when it holds."""

    words: Mapping[str, str]
    nonce: str
    until: dt.datetime


class SignedTokens:
    """The tokens of one purpose under one key; those that were used are remembered until they have run out."""

    def __init__(self, key: bytes, purpose: str, lasts: dt.timedelta) -> None:
        self._key = key
        self._purpose = purpose
        self._lasts = lasts
        self._used: dict[str, dt.datetime] = {}
        self._lock = threading.Lock()

    def make(self, now: dt.datetime, **words: str) -> str:
        """Return a new token."""
        said = {**words, "nonce": secrets.token_urlsafe(NONCE_BYTES), "until": int((now + self._lasts).timestamp())}
        content = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(content + self._signature_of(content)).decode().rstrip("=")

    def read(self, token: str, now: dt.datetime) -> Signed | None:
        """Return what a token says, None if it's not ours, has run out or was used."""
        found = self._content_of(token)
        return None if found is None or found.until <= now or found.nonce in self._used else found

    def use(self, token: str, now: dt.datetime) -> Signed | None:
        """Use a token up and return what it says, None if it can't be used."""
        with self._lock:
            self._used = {nonce: until for nonce, until in self._used.items() if until > now}
            found = self.read(token, now)
            if found is not None:
                self._used[found.nonce] = found.until
            return found

    def _content_of(self, token: str) -> Signed | None:
        if len(token) > MAX_TOKEN_CHARS or not token.isascii():
            return None
        try:
            whole = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        content, signature = whole[:-SIGNATURE_BYTES], whole[-SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature_of(content)):
            return None
        # We signed it, so it's what `make` wrote.
        said = json.loads(content)
        nonce, until = said.pop("nonce"), said.pop("until")
        return Signed(said, nonce, dt.datetime.fromtimestamp(until, dt.UTC))

    def _signature_of(self, content: bytes) -> bytes:
        return hmac.digest(self._key, f"askwell desk {self._purpose}\0".encode() + content, hashlib.sha256)
