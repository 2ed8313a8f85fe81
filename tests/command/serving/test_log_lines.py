"""The log of a process that serves learners: each event is a line with its time and level, in text or in JSON."""

from __future__ import annotations

import json
import logging
import sys

from bot.command.serving.log_lines import JsonLine, TextLine
from bot.record import Incoming
from bot.service import Service


def record(message: str, *arguments: object, failed: bool = False) -> logging.LogRecord:
    made = logging.LogRecord("bot.service", logging.WARNING, "x.py", 1, message, arguments, None)
    made.created, made.msecs = 1_770_120_000.25, 250.0
    if failed:
        try:
            raise ValueError("odd")
        except ValueError:
            made.exc_info = sys.exc_info()
    return made


def test_a_line_of_text_has_time_level_and_origin_and_no_line_end() -> None:
    assert TextLine().format(record("two\nlines of %s", "words")) == "2026-02-03T12:00:00.250Z WARNING bot.service: two lines of words"
    assert TextLine().format(record("broken", failed=True)).splitlines()[-1] == "ValueError: odd"


def test_a_line_of_json_is_one_line_even_with_a_traceback() -> None:
    line = JsonLine().format(record("two\nlines", failed=True))
    assert "\n" not in line
    row = json.loads(line)
    assert (row["time"], row["level"], row["logger"], row["message"]) == (
        "2026-02-03T12:00:00.250Z",
        "WARNING",
        "bot.service",
        "two\nlines",
    )
    assert row["traceback"].endswith("ValueError: odd")


def test_each_question_is_one_line_without_a_word_of_it(service: Service) -> None:
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger, handler = logging.getLogger("bot.service"), Kept()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        told = Service(service.library, None).ask(Incoming("discord", "1", "here", "ann", "Is pretraining supervised?"))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
    assert told is not None
    (line,) = lines
    assert line.startswith("question (not kept) of discord answered in ")
    assert line.split(", cards ")[1].split(", ") == list(told.cited)
    assert "Is pretraining" not in line
