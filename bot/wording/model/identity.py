"""The identity of a served model, as its server tells it, so that another model under the same name is noticed."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from bot.settings import Settings
from bot.wording.model.failures import place
from knowledge.errors import PlatformError

# Asked while a learner waits for the model's answer, which this is not to hold up for long.
TIMEOUT_S = 5.0
# Where Ollama listens unless it's told otherwise.
OLLAMA_PORT = 11434
# The statuses of a server that never says which models it has.
NOTHING_THERE = frozenset({404, 405})
# The rest of what an OpenAI-compatible server says of a model, such as when it was started, changes without the model.
LASTING = ("id", "root", "parent", "owned_by", "meta")


def server_says(settings: Settings) -> str:
    """Return Ollama's digest of the configured model, or a hash of what an OpenAI-compatible server says of it; empty if it says nothing.

    Raises:
        PlatformError: the server can't be reached, or can't say it now.
    """
    provider, _, name = (settings.model or "").partition(":")
    key = settings.model_api_key
    secret = key.get_secret_value() if key else ""
    base_url = settings.model_base_url
    try:
        if provider == "ollama":
            return ollama_digest(fetched(f"{ollama_url(base_url)}/api/tags", secret), name)
        if provider in {"openai", "completion"} and base_url:
            return entry_hash(fetched(f"{base_url.rstrip('/')}/models", secret), name)
    except HTTPError as error:
        error.close()
        raise PlatformError(
            f"the server of the model {settings.model} doesn't say which model it has (status {error.code}){place(base_url)}"
        ) from None
    except ValueError:
        raise PlatformError(f"the server of the model {settings.model} says what is no JSON{place(base_url)}") from None
    except (OSError, http.client.HTTPException):
        raise PlatformError(f"the server of the model {settings.model} can't be reached{place(base_url)}") from None
    return ""


def fetched(url: str, secret: str) -> Any:
    """Return the JSON at an address; None if the server has nothing there."""
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    try:
        with urlopen(Request(url, headers=headers), timeout=TIMEOUT_S) as reply:
            return json.load(reply)
    except HTTPError as error:
        # Anything else may pass, and says nothing of whether the server tells its models.
        if error.code not in NOTHING_THERE:
            raise
        error.close()
        return None


def ollama_url(base_url: str | None) -> str:
    """Return the address of Ollama's server, found as its own client finds it.

    >>> ollama_url("box")
    'http://box:11434'
    """
    host = (base_url or os.environ.get("OLLAMA_HOST") or "127.0.0.1").rstrip("/")
    if "://" in host:
        return host
    return f"http://{host}" if ":" in host else f"http://{host}:{OLLAMA_PORT}"


def ollama_digest(listed: Any, name: str) -> str:
    """Return the digest of a model that an Ollama server lists; empty if it lists none of this name."""
    return next((str(each.get("digest", "")) for each in entries(listed, "models") if each.get("name") in {name, f"{name}:latest"}), "")


def entry_hash(listed: Any, name: str) -> str:
    """Return a hash of what an OpenAI-compatible server lists of a model; empty if it lists none of this name."""
    found = [{key: each[key] for key in LASTING if key in each} for each in entries(listed, "data") if each.get("id") == name]
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest() if found else ""


def entries(listed: Any, key: str) -> list[dict[str, Any]]:
    """Return the objects that a server lists under a key, if it does."""
    rows = listed.get(key) if isinstance(listed, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
