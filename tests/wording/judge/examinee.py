"""A stand-in's replies as a judge that knows the exam's answers would give them, or one that errs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from knowledge.reading.exam import read_exam
from tests.model_servers.stand_in import Request

SENTENCE = re.compile(r"^\(\d+\) (.+)$", re.MULTILINE)


def asked_about(request: Request) -> list[str]:
    """Return the sentences that a judge is asked about, after those of the worked judgements."""
    return SENTENCE.findall(str(request.body["messages"][-1]["content"]))


def reply_by(keeps: Callable[[str], bool]) -> Callable[[Request], str]:
    """Return replies that keep the sentences that `keeps` says, and find the others in no note."""

    def reply(request: Request) -> str:
        rows = [
            {"sentence": number, "notes": [1], "differs": "", "ruling": "supported" if keeps(sentence) else "unsupported"}
            for number, sentence in enumerate(asked_about(request), start=1)
        ]
        return json.dumps({"sentences": rows})

    return reply


def knows(knowledge: Path) -> Callable[[str], bool]:
    """Return what keeps just the true claims of an exam."""
    true = {pair.holds for pair in read_exam(knowledge)[0]}
    return lambda sentence: sentence in true
