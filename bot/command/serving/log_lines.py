"""The log of a process that serves learners: one line for each event, with its time and level, as text or as JSON."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Literal

from bot.settings import unknown_settings

log = logging.getLogger(__name__)

Format = Literal["text", "json"]
# Libraries that tell more than an operator wants to know.
TOO_TALKATIVE = ("discord", "torch", "alembic", "httpx", "httpx2", "sentence_transformers", "asyncio")


def log_to_stderr(form: Format) -> None:
    """Send every line of at least level INFO to standard error in one form, in the place of what was set up before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine() if form == "json" else TextLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in TOO_TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for line in unknown_settings():
        log.warning("%s", line)


def moment(record: logging.LogRecord) -> str:
    """Return when something was logged, in UTC."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03d}Z"


class TextLine(logging.Formatter):
    """A line for people: time, level, logger and message; a traceback of a fault of ours follows it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = f"{moment(record)} {record.levelname} {record.name}: {' '.join(record.getMessage().splitlines())}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonLine(logging.Formatter):
    """A line for programs: an object with time, level, logger, message, and a traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        row = {"time": moment(record), "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            row["traceback"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False)
