"""The format of an export, told by its content and never by its name."""

from __future__ import annotations

import json
import re
from collections.abc import Set
from pathlib import Path

from pydantic import ValidationError

from knowledge.errors import UsageError
from knowledge.importing import discord_export, discord_text_export, discourse_topic, plain_text
from knowledge.importing.posts import ExportedThread

MAX_BYTES = 64 * 1024 * 1024
WANTED = "wanted is a Discourse topic (/t/ID.json), an export of DiscordChatExporter (JSON, or its text or CSV), or plain text"


def read_thread(path: Path, ordinary: Set[str]) -> ExportedThread:
    """Read a thread from a file of any known format.

    Raises:
        UsageError: the file can't be read, or is none of them.
    """
    text = read_text(path)
    if re.match(r"\s*(?:<\?xml[^>]*>\s*)?<(?:rss|feed|rdf:RDF)\b", text, re.I):
        raise UsageError(f"{path}: is a feed (RSS or Atom), which has no answers: {WANTED}")
    if re.match(r"\s*<(!doctype|html|\?xml)", text, re.I):
        raise UsageError(f"{path}: is a web page: {WANTED}")
    if discord_text_export.looks_like(text):
        thread = discord_text_export.read(text, ordinary)
    elif not re.match(r"\s*(\{\s*[\"}]|\[\s*[\[{])", text) and path.suffix.lower() != ".json":
        thread = plain_text.read(text, ordinary)
    else:
        thread = read_json(path, text, ordinary)
    if not thread.posts:
        raise UsageError(f"{path}: no posts to read in this {thread.format}: export the thread again with its posts")
    return thread


def read_text(path: Path) -> str:
    """Read a file's text, or say why it is none."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path}: larger than {MAX_BYTES // 1024**2} MiB: export a shorter span of dates")
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: can't be read ({(error.strerror or str(error)).lower()}): name an exported thread") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text (byte {error.start}): {WANTED}") from error
    if "\0" in text:
        raise UsageError(f"{path}: a binary file: {WANTED}")
    if not text.strip():
        raise UsageError(f"{path}: empty: {WANTED}")
    return text


def read_json(path: Path, text: str, ordinary: Set[str]) -> ExportedThread:
    """Read a JSON export of either platform."""
    try:
        payload = json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}:{error.lineno}: broken JSON ({error.msg.lower()}): save or export it again") from error
    except RecursionError as error:
        raise UsageError(f"{path}: JSON nested too deeply: {WANTED}") from error
    except ValueError as error:
        # Python reads no whole number of more than 4,300 digits.
        raise UsageError(f"{path}: a number in it can't be read (it has too many digits): {WANTED}") from error
    for platform in (discourse_topic, discord_export):
        if platform.looks_like(payload):
            try:
                thread: ExportedThread = platform.read(payload, ordinary)
            except ValidationError as error:
                detail = error.errors()[0]
                where = ".".join(str(part) for part in detail["loc"])
                raise UsageError(f"{path}: '{where}': {detail['msg'].lower()}: save or export it again") from error
            return thread
    raise UsageError(f"{path}: JSON of another kind: {WANTED}")
