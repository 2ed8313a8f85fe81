"""The ledger's export: every row, with keyed hashes in place of a platform's ids."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ledger.tables import (
    AnswerRow,
    Conversation,
    DeliveryRow,
    Feedback,
    Learner,
    Mentor,
    Passing,
    PromotionRow,
    QuestionRow,
    ReviewRow,
    Row,
)
from knowledge.errors import UsageError
from knowledge.files import PRIVATE, write_new

KEY_FILE = "export.key"
KEY_BYTES = 32
# A shorter key could be found by trying.
LEAST_KEY_CHARS = 16
ROWS_READ = 500
# A table comes after those that it refers to.
TABLES: tuple[tuple[str, type[Row]], ...] = (
    ("conversation", Conversation),
    ("question", QuestionRow),
    ("answer", AnswerRow),
    ("review", ReviewRow),
    ("passing", Passing),
    ("feedback", Feedback),
    ("promotion", PromotionRow),
    ("delivery", DeliveryRow),
)


def export_key(home: Path, configured: str | None) -> bytes:
    """Return the key of an export's hashes: the configured one, or the home's, which is made when it's first needed.

    Raises:
        UsageError: the key is too short, or its file can't be read or made.
    """
    if configured is not None:
        if len(configured) < LEAST_KEY_CHARS:
            raise UsageError(f"ASKWELL_EXPORT_KEY needs at least {LEAST_KEY_CHARS} characters; leave it empty to have one made")
        return configured.encode()
    path = home / KEY_FILE
    try:
        if not path.exists():
            make_key(path)
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the key of exports in {path} can't be read or made: {error}") from None
    if len(key) < LEAST_KEY_CHARS:
        raise UsageError(f"{path} holds no key: remove it to have a new one made; hashes of earlier exports won't match then")
    return key.encode()


def make_key(path: Path) -> None:
    """Draw a key; two processes that do so at once end up with the same one, and it's never half a key."""
    """Draw a key; two processes that do this at once end up with the same whole key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        write_new(path, f"{secrets.token_hex(KEY_BYTES)}\n".encode(), mode=PRIVATE)


def export(session: Session, key: bytes) -> Iterator[dict[str, Any]]:
    """Yield every row of the ledger as JSON values; `row` names its table.

    Learners, places and messages are keyed hashes. Mentors' names stay, since they sign in public. A question's vector is left out,
    since it follows from the text.
    """
    learners = {row.id: pseudonym(key, row.platform, row.platform_id) for row in session.scalars(select(Learner))}
    mentors = {row.id: row.name for row in session.scalars(select(Mentor))}
    changed: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "learner_id": ("learner", learners.get),
        "mentor_id": ("mentor", mentors.get),
        # A delivery's key is an unkeyed hash of the learner's message, which anybody on the platform could make.
        **{name: (name, lambda value: hidden(key, value)) for name in ("place", "message_id", "sent_as", "target", "key")},
    }
    for name, table in TABLES:
        columns = [column.key for column in table.__mapper__.column_attrs if not column.key.startswith("vector")]
        wanted = select(table).order_by(table.__mapper__.primary_key[0]).execution_options(yield_per=ROWS_READ)
        for row in session.scalars(wanted):
            line: dict[str, Any] = {"row": name}
            for column in columns:
                shown, change = changed.get(column, (column, json_value))
                line[shown] = change(getattr(row, column))
            yield line


def pseudonym(key: bytes, *parts: str) -> str:
    """Return the keyed hash of a platform's id."""
    return hmac.new(key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:16]


def hidden(key: bytes, value: str | None) -> str | None:
    """Return the keyed hash of a place or a message."""
    return None if value is None else pseudonym(key, "place", value)


def json_value(value: Any) -> Any:
    """Return a column's value as a JSON value."""
    return value.isoformat() if isinstance(value, dt.datetime) else value
