"""The meaning of a failed call to a model's server: whether to try again, and one line that tells the operator."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

# The server may answer the same request a moment later.
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
# The request was at fault, so these say nothing about the server's health.
OF_THE_REQUEST = frozenset({400, 413, 422})
# Compared by name, since each provider's package has its own classes.
UNREACHED = frozenset({"APIConnectionError", "TransportError", "ConnectionError"})
DETAIL_CHARS = 160


def status(error: BaseException) -> int | None:
    """Return the HTTP status that a provider's error carries."""
    for bearer in (error, getattr(error, "response", None)):
        found = getattr(bearer, "status_code", None)
        if isinstance(found, int) and found > 0:
            return found
    return None


def unreached(error: BaseException) -> bool:
    """Return whether the server could not be reached, or hung up."""
    return any(each.__name__ in UNREACHED for each in type(error).__mro__)


def may_pass(error: BaseException) -> bool:
    """Return whether the same call is worth another attempt."""
    found = status(error)
    return found in PASSING if found is not None else unreached(error)


def retry_after_s(error: BaseException) -> float | None:
    """Return the pause that the server asked for, if it gave one in seconds."""
    headers: Any = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def described(error: BaseException, name: str, *, timeout_s: float, base_url: str | None, secret: str) -> str:
    """Return one line on why a model gave no answer, without the key."""
    found = status(error)
    if isinstance(error, TimeoutError):
        return f"the model {name} did not answer within {timeout_s:g} s"
    if found in {401, 403}:
        return f"the server of the model {name} refuses the key (status {found}): check ASKWELL_MODEL_API_KEY"
    if found == 404:
        return f"the server has no model {name}, or nothing at that address (status 404): check ASKWELL_MODEL and ASKWELL_MODEL_BASE_URL"
    if found is None and unreached(error):
        return f"the server of the model {name} can't be reached{place(base_url)}"
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "no reason given")
    detail = (first.replace(secret, "***") if secret else first)[:DETAIL_CHARS]
    if found is not None:
        return f"the server of the model {name} answered with status {found}: {detail}"
    return f"the answer of the model {name} can't be read ({type(error).__name__}: {detail})"


def place(base_url: str | None) -> str:
    """Return the host and port of a server in words, without the rest of its URL."""
    host = urlsplit(base_url or "").netloc.rpartition("@")[2]
    return f" at {host}" if host else ""
